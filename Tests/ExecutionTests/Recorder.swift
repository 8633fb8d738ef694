import ClusterModel
import Diagnostics
import Execution
import Foundation
import Planning
import Synchronization
import TestSupport

/// A host that runs scripts with this machine's own shell, or answers as told, and records what it was asked.
final class RecordingHost: Sendable {
    struct State {
        /// Every script, in the order in which it came.
        var scripts: [String] = []
        /// Of every script, whether it may show in a process list.
        var mayBeSeen: [Bool] = []
        var copies: [String] = []
        /// What was offered to other hosts, and the end of it.
        var offers: [String] = []
        var connections = 0
        var closed = 0
        /// Batches that lose their connection: the index of the batch, and whether its scripts run before.
        var losses: [Int: Loss] = [:]
        var batches = 0
        var running = 0
        var mostRunning = 0
        var refusals: [Diagnostic] = []
    }

    enum Loss: Sendable {
        case beforeRunning
        case afterRunning
    }

    let state = Mutex(State())
    /// In the spec, where others have to know it.
    let name: String
    /// Answers instead of the shell; nil: ask the shell.
    private let answer: @Sendable (RemoteCommand) async throws -> RemoteResult?

    init(
        _ name: String = "", answer: @escaping @Sendable (RemoteCommand) async throws -> RemoteResult? = { _ in nil }
    ) {
        self.name = name
        self.answer = answer
    }

    func lose(batch: Int, _ loss: Loss) { state.withLock { $0.losses[batch] = loss } }

    var scripts: [String] { state.withLock { $0.scripts } }
    var batches: Int { state.withLock { $0.batches } }
    var connections: Int { state.withLock { $0.connections } }

    static let lost = Diagnostic(code: "ssh.connection-lost", "the connection was lost", exitCode: .unreachable)

    func run(_ commands: [RemoteCommand]) async throws -> [RemoteResult] {
        let loss = state.withLock { state in
            defer { state.batches += 1 }
            state.running += 1
            state.mostRunning = max(state.mostRunning, state.running)
            return state.losses[state.batches]
        }
        defer { state.withLock { $0.running -= 1 } }
        if loss == .beforeRunning { throw Self.lost }
        var results: [RemoteResult] = []
        for command in commands {
            state.withLock { state in
                state.scripts.append(command.script)
                state.mayBeSeen.append(command.mayBeSeen)
            }
            if let told = try await answer(command) {
                results.append(told)
            } else {
                let said = try LocalShell.run(command.script, input: command.input)
                results.append(RemoteResult(status: said.status, output: said.output, errorOutput: said.errors))
            }
        }
        if loss == .afterRunning { throw Self.lost }
        return results
    }
}

/// A connection that ends for good when it is lost, as real ones do.
actor RecordingConnection: HostConnection {
    private let host: RecordingHost
    private var isOpen = true

    init(_ host: RecordingHost) { self.host = host }

    var isLost: Bool { !isOpen }

    func run(_ commands: [RemoteCommand], timeout: Duration) async throws -> [RemoteResult] {
        guard isOpen else { throw RecordingHost.lost }
        do {
            return try await host.run(commands)
        } catch {
            isOpen = false
            throw error
        }
    }

    func put(_ source: BlobSource, to path: String, mode: Int, ticket: BlobTicket?) async throws -> BlobDelivery {
        guard isOpen else { throw RecordingHost.lost }
        let giver = await ticket?.next(after: nil)?.host
        host.state.withLock { $0.copies.append("\(source.sha256) to \(path) \(String(mode, radix: 8))") }
        return giver.map { .taken(from: $0) } ?? .sent(source.size)
    }

    func offer(_ path: String) async throws -> BlobOffer {
        host.state.withLock { $0.offers.append(path) }
        return BlobOffer(host: host.name, address: "192.0.2.1", port: 61_000, token: Secret("token"), file: 10)
    }

    func withdraw(_ offer: BlobOffer) async { host.state.withLock { $0.offers.append("withdrawn") } }

    func stopGiving() async { host.state.withLock { $0.offers.append("stopped") } }

    func forwardingProxy() async throws -> String {
        throw Diagnostic(code: "test.no-proxy", "nothing is forwarded here", exitCode: .failed)
    }

    func close() async {
        isOpen = false
        host.state.withLock { $0.closed += 1 }
    }
}

struct RecordingTransport: Transport {
    var hosts: [String: RecordingHost]
    var connecting: @Sendable (HostSpec) async throws -> Void = { _ in }

    func connect(to host: HostSpec, lock: String?) async throws -> any HostConnection {
        try await connecting(host)
        guard let known = hosts[host.name] else {
            throw Diagnostic(code: "ssh.unreachable", "no such host", exitCode: .unreachable)
        }
        let refusal = known.state.withLock { state in
            state.connections += 1
            return state.refusals.isEmpty ? nil : state.refusals.removeFirst()
        }
        if let refusal { throw refusal }
        return RecordingConnection(known)
    }
}

extension HostSpec {
    static func named(_ name: String) -> HostSpec {
        HostSpec(name: name, address: "192.0.2.1", internalAddress: "192.0.2.1", roles: [.worker])
    }
}

/// Names that were seen.
final class Names: Sendable {
    private let list = Mutex<Set<String>>([])

    /// True the first time.
    func insert(_ name: String) -> Bool { list.withLock { $0.insert(name).inserted } }
}

/// Whoever comes waits here until so many have come.
final class Meeting: Sendable {
    private let size: Int
    private let present = Mutex(0)

    init(_ size: Int) { self.size = size }

    func join() async throws {
        present.withLock { $0 += 1 }
        try await waitUntil("\(size) have come", within: 30, every: .milliseconds(5)) {
            present.withLock { $0 } >= size
        }
    }
}

/// Collects events in their order.
final class Events: Sendable {
    private let list = Mutex<[RunEvent]>([])

    var all: [RunEvent] { list.withLock { $0 } }

    @Sendable func add(_ event: RunEvent) { list.withLock { $0.append(event) } }

    /// `start ID`, `ID done`, `ID ... note`.
    var lines: [String] {
        all.map { event in
            switch event {
            case .started(let step): "start \(step.id)"
            case .progress(let step, let note): "\(step.id) ... \(note)"
            case .finished(let step, let outcome, _): "\(step.id) \(outcome.word)"
            case .note(let diagnostic): "note \(diagnostic.code)"
            }
        }
    }
}
