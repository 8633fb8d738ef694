internal import ArgumentParser
internal import ClusterModel
internal import Diagnostics
internal import Execution
internal import Foundation
internal import Planning
internal import Transports

/// Copies a file to hosts the way `apply` does: checked, renamed into place, not sent where it is already.
struct MeasureCopy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "copy", abstract: "Copy a file to hosts.")

    @Option(help: "As of exec.")
    var target: [String] = []

    @Option(help: "The file.")
    var source: String

    @Option(help: "Its SHA-256, as a bundle's manifest tells it.")
    var sha256: String

    @Option(help: "Where to; a dot and the host's address are appended.")
    var to: String

    @Flag(help: "Send every copy from here, instead of hosts passing it on to each other as in apply.")
    var direct = false

    func run() async throws {
        let hosts = try HostChoice(file: nil, targets: target, patterns: [], role: nil).hosts()
        let size = (try FileManager.default.attributesOfItem(atPath: source)[.size] as? Int) ?? 0
        let blob = BlobSource(path: source, offset: 0, size: size, sha256: sha256, mayBePassed: !direct)
        let fleet = Fleet(transport: SSHTransport(ask: PasswordPrompt.ask), hosts: hosts, lock: nil)
        await fleet.expect(blob, on: Set(hosts.map(\.name)))
        let deliveries = try await withThrowingTaskGroup(of: BlobDelivery.self, returning: [BlobDelivery].self) {
            group in
            var waiting = hosts[...]
            func startNext() {
                guard let host = waiting.popFirst() else { return }
                group.addTask {
                    try await fleet.put(blob, to: "\(to).\(host.address)", mode: 0o644, on: host.name)
                }
            }
            for _ in 0..<Pool.copy.depth { startNext() }
            var deliveries: [BlobDelivery] = []
            while let delivery = try await group.next() {
                deliveries.append(delivery)
                startNext()
            }
            return deliveries
        }
        await fleet.close()
        let sent = deliveries.reduce(0) { sum, delivery in
            if case .sent(let bytes) = delivery { sum + bytes } else { sum }
        }
        let taken = deliveries.count { if case .taken = $0 { true } else { false } }
        print("\(hosts.count) hosts, \(size) bytes each: \(sent) bytes from here, \(taken) copies from host to host")
    }
}
