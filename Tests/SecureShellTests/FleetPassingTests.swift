import ClusterModel
import Digests
import Execution
import Foundation
import SSHServerRig
import TestSupport
import Testing

@testable import SecureShell
@testable import Transports

extension ServerTests {
    /// Three hosts that need the same file, as `apply` copies it.
    @Suite struct FleetPassingTests {
        private struct Ground {
            let fleet: Fleet
            let blob: BlobSource
            let names: [String]
            let servers: [TestServer]

            func path(on name: String) -> String { servers[names.firstIndex(of: name) ?? 0].folder + "/in/it's a file" }
        }

        /// - Parameter change: to the hosts of the spec.
        private func withFleet(
            bytes: Int = 6_000_000, mayBePassed: Bool = true, change: (inout HostSpec) -> Void = { _ in },
            _ body: (Ground) async throws -> Void
        ) async throws {
            let scratch = try Scratch("fleet")
            let content = (0..<bytes).map { UInt8(truncatingIfNeeded: $0 &* 17 &+ $0 >> 8) }
            let source = try scratch.write("content", content)
            var servers: [TestServer] = []
            defer { for server in servers { server.stop() } }
            for number in 1...3 { servers.append(try await TestServer(listen: "127.0.0.\(number)")) }
            let hosts = servers.enumerated().map { index, server in
                var host = HostSpec(
                    name: "h\(index + 1)", address: server.address, internalAddress: server.address, roles: [.worker],
                    ssh: SSHSettings(
                        user: server.user, port: Int(server.port), identityFile: server.folder + "/id",
                        knownHostsFile: server.knownHosts))
                change(&host)
                return host
            }
            let fleet = Fleet(transport: SSHTransport { _ in nil }, hosts: hosts, lock: nil)
            let ground = Ground(
                fleet: fleet,
                blob: BlobSource(
                    path: source, offset: 0, size: bytes, sha256: Digest.sha256(content), mayBePassed: mayBePassed),
                names: hosts.map(\.name), servers: servers)
            try await body(ground)
            for name in ground.names { #expect(try LocalFile.read(ground.path(on: name)) == content, "\(name)") }
            for server in servers {
                #expect(try FileManager.default.contentsOfDirectory(atPath: server.folder + "/in") == ["it's a file"])
            }
            await fleet.close()
        }

        private func copy(_ ground: Ground, to names: [String]? = nil) async throws -> [String: BlobDelivery] {
            try await withThrowingTaskGroup(of: (String, BlobDelivery).self) { group in
                for name in names ?? ground.names {
                    group.addTask {
                        (
                            name,
                            try await ground.fleet.put(ground.blob, to: ground.path(on: name), mode: 0o644, on: name)
                        )
                    }
                }
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
        }

        private func sent(_ deliveries: [String: BlobDelivery]) -> Int {
            deliveries.values.reduce(0) { sum, delivery in
                if case .sent(let bytes) = delivery { sum + bytes } else { sum }
            }
        }

        private func takers(_ deliveries: [String: BlobDelivery]) -> Int {
            deliveries.values.count { if case .taken = $0 { true } else { false } }
        }

        @Test func oneHostGetsItFromHereAndTheOthersFromEachOther() async throws {
            try await withFleet { ground in
                await ground.fleet.expect(ground.blob, on: Set(ground.names))
                let deliveries = try await copy(ground)
                #expect(sent(deliveries) == ground.blob.size, "\(deliveries)")
                #expect(takers(deliveries) == 2, "\(deliveries)")
                // Once all have it nobody gives any more.
                for server in ground.servers {
                    #expect(
                        try Running.run("pgrep", ["-f", "\(server.address):6.*martlet-give"]).output.isEmpty)
                }
                let again = try await copy(ground)
                #expect(again.values.allSatisfy { $0 == .there }, "\(again)")
            }
        }

        @Test func whoComesLaterStillFindsItThoughTheFirstHostRemovedIts() async throws {
            try await withFleet { ground in
                await ground.fleet.expect(ground.blob, on: Set(ground.names))
                let first = try await copy(ground, to: ["h1"])
                #expect(first == ["h1": .sent(ground.blob.size)])
                let aside = ground.path(on: "h1")
                try FileManager.default.removeItem(atPath: aside)
                let second = try await copy(ground, to: ["h2"])
                #expect(second == ["h2": .taken(from: "h1")])
                let third = try await copy(ground, to: ["h3"])
                #expect(takers(third) == 1)
                _ = try await copy(ground, to: ["h1"])
            }
        }

        @Test func whatMayNotBecomeKnownGoesToEachHostFromHere() async throws {
            try await withFleet(mayBePassed: false) { ground in
                await ground.fleet.expect(ground.blob, on: Set(ground.names))
                let deliveries = try await copy(ground)
                #expect(sent(deliveries) == 3 * ground.blob.size, "\(deliveries)")
            }
        }

        @Test func whatNobodyAnnouncedAndWhatIsSmallGoesToEachHostFromHere() async throws {
            try await withFleet { ground in
                let deliveries = try await copy(ground)
                #expect(sent(deliveries) == 3 * ground.blob.size, "\(deliveries)")
            }
            try await withFleet(bytes: 300_000) { ground in
                await ground.fleet.expect(ground.blob, on: Set(ground.names))
                let deliveries = try await copy(ground)
                #expect(sent(deliveries) == 3 * ground.blob.size, "\(deliveries)")
            }
        }

        @Test func aHostThatMustNotPassFilesNeitherTakesNorGives() async throws {
            try await withFleet(change: { if $0.name == "h1" { $0.ssh.passFiles = false } }) { ground in
                await ground.fleet.expect(ground.blob, on: Set(ground.names))
                let first = try await copy(ground, to: ["h1"])
                #expect(first == ["h1": .sent(ground.blob.size)])
                let others = try await copy(ground, to: ["h2", "h3"])
                #expect(sent(others) == ground.blob.size, "\(others)")
                #expect(takers(others) == 1)
                #expect(!others.values.contains(.taken(from: "h1")))
            }
        }

        /// An address of documentation: nobody listens there, as behind a firewall or a router that translates addresses.
        @Test func whereNoHostCanGiveAllComesFromHere() async throws {
            try await withFleet(change: { $0.internalAddress = "192.0.2.1" }) { ground in
                await ground.fleet.expect(ground.blob, on: Set(ground.names))
                let deliveries = try await copy(ground)
                #expect(sent(deliveries) == 3 * ground.blob.size, "\(deliveries)")
            }
        }
    }
}
