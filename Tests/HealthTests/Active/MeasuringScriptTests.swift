import Foundation
import Glibc
import Testing

@testable import Health

/// The script in a real shell, against this machine's loopback.
@Suite struct MeasuringScriptTests {
    private static let busybox = "/usr/bin/busybox"
    private static var hasBusyBox: Bool { FileManager.default.isExecutableFile(atPath: busybox) }

    /// With the tools of this machine's BusyBox and no others, as in a pod.
    private static func run(_ script: String, _ environment: [String: String]) throws -> [MeasuringLine] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for tool in ["sh", "nc", "nslookup", "timeout", "grep", "awk", "wc"] {
            try FileManager.default.createSymbolicLink(atPath: folder + "/" + tool, withDestinationPath: busybox)
        }
        let variables = environment.map { "\($0)=\($1); export \($0)\n" }.joined()
        try Data("exec >\(folder)/output\nPATH=\(folder); export PATH\n\(variables)\(script)".utf8)
            .write(to: URL(fileURLWithPath: folder + "/script"))
        try Self.spawn([folder + "/sh", folder + "/script"])
        return MeasuringLine.parse(try String(contentsOfFile: folder + "/output", encoding: .utf8))
    }

    /// With no signal blocked: threads of this process block most, children inherit it, and a shell that never hears of a
    /// child's end waits for ever.
    private static func spawn(_ words: [String]) throws {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var arguments = words.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var process = pid_t()
        try #require(posix_spawn(&process, words[0], nil, &attributes, &arguments, nil) == 0)
        var status: Int32 = 0
        #expect(waitpid(process, &status, 0) == process)
    }

    @Test(.enabled(if: hasBusyBox)) func everyTargetGetsItsLine() throws {
        var targets = MeasuringScript.Targets()
        targets.peers = [.init(node: "here", podAddress: "127.0.0.1", nodeAddress: "127.0.0.1")]
        targets.nodePort = 1
        targets.serviceAddress = "127.0.0.1"
        targets.guardedAddress = "127.0.0.1"
        // Nothing listens on port 1.
        var script = MeasuringScript.text(targets)
        for port in [MeasuringScript.port, MeasuringScript.refusedPort] {
            script = script.replacingOccurrences(of: " \(port)", with: " 1")
        }
        let lines = try Self.run(script, ["KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": "1"])
        func results(_ kind: MeasuringLine.Kind) -> [String] { lines.filter { $0.kind == kind }.map(\.result) }
        #expect(results(.tcp) == ["silent"])
        #expect(results(.udp) == ["ok"], "a closed port refuses, so the datagram came there and back")
        #expect(results(.big).isEmpty, "no small answer, so no large one is tried")
        #expect(results(.nodePort) == ["silent"])
        #expect(results(.service) == ["silent", "silent", "silent"])
        #expect(results(.apiService) == ["silent"])
        #expect(results(.policyAllowed) == ["silent"] && results(.policyDenied) == ["silent"])
        #expect(results(.end) == ["ok"])
    }

    @Test func namesAreAskedForWhenThereAreSome() {
        var targets = MeasuringScript.Targets()
        #expect(!MeasuringScript.text(targets).contains("look name"), "nothing to ask, nothing asked")
        targets.service = "servers.x.svc"
        targets.headless = "headless.x.svc"
        #expect(!MeasuringScript.text(targets).contains("look external"))
        targets.externalName = "example.org"
        #expect(MeasuringScript.text(targets).contains("look external example.org.;"))
    }
}
