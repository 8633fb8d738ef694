import Diagnostics
import Digests
import Foundation
import Glibc
import SSHServerRig
import Synchronization
import TestSupport
import Testing

@testable import SecureShell

extension ServerTests {
    /// One host gives a file, another takes it: the real programs on both sides.
    @Suite struct PassingTests {
        private static let content = (0..<6_000_000).map { UInt8(truncatingIfNeeded: $0 &* 29 &+ $0 >> 7) }
        private static let sum = Digest.sha256(content)

        /// A host that has the file, and one that lacks it.
        private struct Hosts {
            let giver: SSHSession
            let taker: SSHSession
            let givingServer: TestServer
            let takingServer: TestServer
            var given: String { givingServer.folder + "/given file" }
            var taken: String { takingServer.folder + "/in/taken" }
        }

        private func withHosts(
            _ configuration: [String] = [], _ body: (Hosts) async throws -> Void
        ) async throws {
            try await withSession { giver, givingServer in
                try await withServer(listen: "127.0.0.2", configuration) { takingServer in
                    let taker = try await SSHSession.connect(to: takingServer.target())
                    let hosts = Hosts(
                        giver: giver, taker: taker, givingServer: givingServer, takingServer: takingServer)
                    try FileManager.default.createDirectory(
                        atPath: takingServer.folder + "/in", withIntermediateDirectories: true)
                    try await giver.upload(.bytes(Self.content), to: hosts.given, mode: 0o600)
                    try await body(hosts)
                    #expect(try LocalFile.read(hosts.taken) == Self.content)
                    #expect(
                        try FileManager.default.contentsOfDirectory(atPath: takingServer.folder + "/in") == ["taken"])
                    await taker.close()
                }
            }
        }

        /// Copies to the taker; `offers` are made one after another, then there is none.
        private func copy(_ hosts: Hosts, from offers: [FileOffer]) async throws -> (UploadReport, [PeerMiss?]) {
            let state = Mutex((rest: offers[...], misses: [PeerMiss?]()))
            let report = try await hosts.taker.upload(
                .bytes(Self.content), to: hosts.taken, mode: 0o640,
                peers: { miss in
                    state.withLock { state in
                        state.misses.append(miss)
                        return state.rest.popFirst()
                    }
                })
            return (report, state.withLock { $0.misses })
        }

        @Test func contentComesFromTheOtherHostAlsoAfterItWasRemovedThere() async throws {
            try await withHosts { hosts in
                let giver = try await hosts.giver.startGiving(at: "127.0.0.1")
                let offer = try await giver.offer(hosts.given)
                try FileManager.default.removeItem(atPath: hosts.given)
                let (report, misses) = try await copy(hosts, from: [offer])
                #expect(misses == [nil])
                #expect(report.sent == 0)
                #expect(report.takenFrom == "127.0.0.1")
                #expect(!report.wasUnchanged)
                let mode = try FileManager.default.attributesOfItem(atPath: hosts.taken)[.posixPermissions] as? Int
                #expect(mode == 0o640)
                // What is there already asks nobody.
                let (second, none) = try await copy(hosts, from: [offer])
                #expect(second.wasUnchanged)
                #expect(none.isEmpty)
            }
        }

        @Test func whatAnInterruptedUploadLeftIsContinuedFromTheOtherHost() async throws {
            try await withHosts { hosts in
                let giver = try await hosts.giver.startGiving(at: "127.0.0.1")
                let part = UploadScript.temporaryPath(for: hosts.taken, sha256: Self.sum)
                try Data(Self.content.prefix(4_000_001)).write(to: URL(fileURLWithPath: part))
                let (report, _) = try await copy(hosts, from: [try await giver.offer(hosts.given)])
                #expect(report.resumedFrom == 4_000_001)
                #expect(report.sent == 0)
            }
        }

        @Test func aSpoiledBeginningIsNotContinuedFromTheOtherHost() async throws {
            try await withHosts { hosts in
                let giver = try await hosts.giver.startGiving(at: "127.0.0.1")
                let part = UploadScript.temporaryPath(for: hosts.taken, sha256: Self.sum)
                try Data(Self.content.prefix(4_000_000).map { $0 ^ 1 }).write(to: URL(fileURLWithPath: part))
                let (report, misses) = try await copy(hosts, from: [try await giver.offer(hosts.given)])
                #expect(report.resumedFrom == 0)
                #expect(report.takenFrom == "127.0.0.1")
                #expect(misses == [nil])
            }
        }

        /// What somebody gets who sends these words to the giver.
        private func answer(to request: String, at port: UInt16) throws -> [UInt8] {
            let scratch = try Scratch("passing")
            _ = try Running.succeed(
                "bash",
                ["-c", "exec 3<>/dev/tcp/127.0.0.1/\(port); cat >&3; cat <&3 >\(scratch.path)/answer"],
                input: .text(request))
            return try scratch.bytes("answer")
        }

        private func request(_ token: String, _ file: Int, _ offset: Int) -> String {
            func padded(_ text: String, _ width: Int) -> String {
                String(repeating: " ", count: width - text.count) + text
            }
            return "\(token) \(padded("\(file)", 10)) \(padded("\(offset)", 20))"
        }

        @Test func whoeverLacksTheTokenGetsNothingAndNoProcessListShowsIt() async throws {
            try await withHosts { hosts in
                let giver = try await hosts.giver.startGiving(at: "127.0.0.1")
                let offer = try await giver.offer(hosts.given)
                let token = offer.token.reveal()
                #expect(token.utf8.count == 64)
                let wrong = String(token.reversed())
                #expect(try answer(to: request(wrong, offer.file, 0), at: offer.port).isEmpty)
                #expect(
                    try answer(to: request(String(repeating: "*", count: 64), offer.file, 0), at: offer.port).isEmpty)
                #expect(try answer(to: "", at: offer.port).isEmpty)
                // With the token, what was not offered is not given.
                #expect(try answer(to: request(token, 0, 0), at: offer.port).isEmpty)
                #expect(try answer(to: request(token, offer.file + 1, 0), at: offer.port).isEmpty)
                #expect(
                    try answer(to: request(token, offer.file, 5_999_990), at: offer.port) == Self.content.suffix(10))
                let lines = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap {
                    try? LocalFile.read("/proc/\($0)/cmdline")
                }
                #expect(lines.contains { text($0).contains("martlet-give") })
                #expect(!lines.contains { text($0).contains(token) })
                _ = try await copy(hosts, from: [offer])
                await giver.withdraw(offer)
                try await waitUntil("the file is let go of") {
                    try answer(to: request(token, offer.file, 0), at: offer.port).isEmpty
                }
            }
        }

        /// A giver as it never should be: it sends these bytes to whoever comes, and then ends, or nothing more.
        ///
        /// A double, for a real one cannot be made to stop at a certain byte.
        private func withStranger(
            sending bytes: [UInt8], staying: Bool = false, _ body: (FileOffer) async throws -> Void
        ) async throws {
            let scratch = try Scratch("stranger")
            try scratch.write("bytes", bytes)
            let port = UInt16.random(in: 45_000..<60_000)
            let stranger = try Running(
                "systemd-socket-activate",
                [
                    "-l", "127.0.0.1:\(port)", "--accept", "--inetd", "sh", "-c",
                    "head -c 96 >/dev/null; cat \(scratch.path)/bytes; \(staying ? "exec sleep 100" : "")",
                ])
            defer { stranger.end() }
            try await waitUntil("it listens") { stranger.errors.contains("Listening on") }
            try await body(
                FileOffer(address: "127.0.0.1", port: port, token: Secret(String(repeating: "0", count: 64)), file: 10))
        }

        @Test func afterAGiverThatEndsMidwayTheRestComesFromHere() async throws {
            try await withHosts { hosts in
                try await withStranger(sending: Array(Self.content.prefix(2_500_000))) { offer in
                    let (report, misses) = try await copy(hosts, from: [offer])
                    #expect(misses == [nil, .short])
                    #expect(report.resumedFrom == 2_500_000)
                    #expect(report.sent == Self.content.count - 2_500_000)
                    #expect(report.takenFrom == nil)
                }
            }
        }

        @Test func aGiverThatFallsSilentIsGivenUp() async throws {
            try await withHosts { hosts in
                try await withStranger(sending: Array(Self.content.prefix(2_500_000)), staying: true) { offer in
                    let giver = try await hosts.giver.startGiving(at: "127.0.0.1")
                    let start = ContinuousClock.now
                    let (report, misses) = try await copy(hosts, from: [offer, try await giver.offer(hosts.given)])
                    #expect(misses == [nil, .short])
                    // The other giver has the rest.
                    #expect(report.sent == 0)
                    // But for a block that was not full yet.
                    #expect((2_300_000...2_500_000).contains(report.resumedFrom), "\(report)")
                    #expect(ContinuousClock.now - start < .seconds(TakeScript.stall + 6))
                }
            }
        }

        @Test func wrongContentIsNotKept() async throws {
            try await withHosts { hosts in
                let giver = try await hosts.giver.startGiving(at: "127.0.0.1")
                let offer = try await giver.offer(hosts.given)
                let file = try #require(FileHandle(forWritingAtPath: hosts.given))
                try file.seek(toOffset: 3_000_000)
                try file.write(contentsOf: Data([Self.content[3_000_000] ^ 1]))
                try file.close()
                let (report, misses) = try await copy(hosts, from: [offer])
                #expect(misses == [nil, .digest])
                #expect(report.sent == Self.content.count)
                #expect(report.resumedFrom == 0)
            }
        }

        @Test func aGiverThatNeverStopsFillsNoDisk() async throws {
            try await withHosts { hosts in
                try await withStranger(sending: Self.content + Self.content) { offer in
                    let (report, misses) = try await copy(hosts, from: [offer])
                    #expect(misses == [nil])
                    #expect(report.sent == 0)
                }
            }
        }

        @Test func wherePortsAreBlockedItComesFromHereAfterSomeSeconds() async throws {
            try await withHosts { hosts in
                // Nobody listens there.
                let refused = FileOffer(address: "127.0.0.1", port: 1, token: Secret("x"), file: 10)
                // A full queue: the kernel drops what a firewall would drop.
                let full = try FullListener()
                let dropped = FileOffer(address: "127.0.0.1", port: full.port, token: Secret("x"), file: 10)
                let start = ContinuousClock.now
                let (report, misses) = try await copy(hosts, from: [refused, dropped])
                #expect(misses == [nil, .unreachable, .unreachable])
                #expect(report.sent == Self.content.count)
                let taken = ContinuousClock.now - start
                #expect(taken > .seconds(TakeScript.patience - 1) && taken < .seconds(TakeScript.patience + 4))
                full.close()
            }
        }

        /// A folder of the programs that an upload needs, and of some more.
        private func programs(and more: [String]) throws -> Scratch {
            let scratch = try Scratch("programs")
            let needed = [
                "sh", "env", "wc", "sha256sum", "chmod", "sync", "mv", "rm", "flock", "cat", "sleep", "mkdir",
            ]
            for name in needed + more {
                try FileManager.default.createSymbolicLink(
                    atPath: scratch.path + "/" + name, withDestinationPath: "/usr/bin/" + name)
            }
            return scratch
        }

        @Test func aTakerWithoutBashIsServedFromHere() async throws {
            let scratch = try programs(and: [])
            try await withHosts(["SetEnv PATH=\(scratch.path)"]) { hosts in
                let giver = try await hosts.giver.startGiving(at: "127.0.0.1")
                let (report, misses) = try await copy(hosts, from: [try await giver.offer(hosts.given)])
                #expect(misses == [nil, .noBash])
                #expect(report.sent == Self.content.count)
            }
        }

        @Test func aHostThatCannotGiveSaysWhy() async throws {
            let scratch = try programs(and: ["bash"])
            try await withSession(["SetEnv PATH=\(scratch.path)"]) { session, _ in
                let error = await sshError { _ = try await session.startGiving(at: "127.0.0.1") }
                #expect("\(String(describing: error))".contains("systemd-socket-activate is missing"))
            }
            try await withSession { session, server in
                // An address of documentation, which no machine has.
                let error = await sshError { _ = try await session.startGiving(at: "192.0.2.1") }
                #expect("\(String(describing: error))".contains("192.0.2.1"))
                let word = await sshError { _ = try await session.startGiving(at: "localhost; id") }
                #expect(word?.code == "ssh.invalid-input")
                let giver = try await session.startGiving(at: "127.0.0.1")
                let missing = await sshError { _ = try await giver.offer(server.folder + "/none") }
                #expect("\(String(describing: missing))".contains("cannot be read"))
                #expect(try await session.run("true").isSuccess)
            }
        }

        // MARK: What is left

        /// Processes of a giver: those that have its token, and the one that started them, whose id they are given.
        private func processes(of giver: FileGiver) -> [String] {
            let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.filter { Int32($0) != nil } ?? []
            let started = all.filter { process in
                text((try? LocalFile.read("/proc/\(process)/environ")) ?? []).contains(giver.token.reveal())
            }
            let first = started.compactMap { process in
                let words = text((try? LocalFile.read("/proc/\(process)/cmdline")) ?? []).split(separator: "\0")
                return words.firstIndex(of: "martlet-give").flatMap { words.dropFirst($0 + 1).first }.map(String.init)
            }
            return started + all.filter { first.contains($0) }
        }

        private func isListening(_ port: UInt16) -> Bool {
            ["/proc/net/tcp", "/proc/net/tcp6"].contains { path in
                text((try? LocalFile.read(path)) ?? []).split(separator: "\n").contains { line in
                    let fields = line.split(separator: " ")
                    return fields.count > 3 && fields[3] == "0A" && fields[1].hasSuffix(String(format: ":%04X", port))
                }
            }
        }

        /// Ways in which giving ends.
        private static let endings = ["stop", "goodbye", "cut"]

        @Test(arguments: endings) func nothingIsLeftOfAGiverHoweverItEnds(ending: String) async throws {
            try await withSession { session, server in
                let path = server.folder + "/f"
                try await session.upload(.bytes(Self.content), to: path)
                let before = try FileManager.default.contentsOfDirectory(atPath: server.folder).sorted()
                let giver = try await session.startGiving(at: "127.0.0.1")
                _ = try await giver.offer(path)
                #expect(isListening(giver.port))
                // Somebody who was let in and says nothing.
                let guest = try Running("bash", ["-c", "exec 3<>/dev/tcp/127.0.0.1/\(giver.port); cat <&3"])
                defer { guest.end() }
                // bash, timeout, the listener, and a handler for the guest.
                try await waitUntil("all are there") { processes(of: giver).count >= 4 }
                let alive = processes(of: giver)
                switch ending {
                case "stop": await giver.stop()
                case "goodbye": await session.close()
                default: for process in server.sessionProcesses() { kill(process, SIGKILL) }
                }
                try await waitUntil("nobody listens") { !isListening(giver.port) }
                try await waitUntil("no process is left") {
                    alive.allSatisfy { !FileManager.default.fileExists(atPath: "/proc/\($0)") }
                }
                #expect(try FileManager.default.contentsOfDirectory(atPath: server.folder).sorted() == before)
            }
        }
    }
}

/// A listener whose queue is full.
private final class FullListener {
    let port: UInt16
    private var sockets: [Int32] = []

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        inet_pton(AF_INET, "127.0.0.1", &name.sin_addr)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 0) == 0 ? getsockname(listener, $0, &length) : -1
            }
        }
        guard status == 0 else { throw Failure("no listener") }
        port = UInt16(bigEndian: name.sin_port)
        sockets = [listener]
        // Of a queue of length 0 Linux makes one place; another may be under way.
        for _ in 0..<4 {
            let guest = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            _ = withUnsafePointer(to: &name) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(guest, $0, length) }
            }
            sockets.append(guest)
        }
    }

    func close() { for socket in sockets { Glibc.close(socket) } }
}
