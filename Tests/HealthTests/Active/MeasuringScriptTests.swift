import Foundation
import TestSupport
import Testing

@testable import Health

/// The script in a real shell, against this machine's loopback.
@Suite struct MeasuringScriptTests {
    private static let busybox = "/usr/bin/busybox"
    private static var hasBusyBox: Bool { FileManager.default.isExecutableFile(atPath: busybox) }

    /// With the tools of this machine's BusyBox and no others, as in a pod.
    private static func run(_ script: String, _ environment: [String: String]) throws -> [MeasuringLine] {
        let folder = try Scratch("pod")
        for tool in ["sh", "nc", "nslookup", "timeout", "grep", "awk", "wc"] {
            try FileManager.default.createSymbolicLink(atPath: folder.file(tool), withDestinationPath: busybox)
        }
        let outcome = try LocalShell.run(
            script, shell: folder.file("sh"), environment: environment.merging(["PATH": folder.path]) { $1 },
            isAlone: true)
        return MeasuringLine.parse(outcome.output)
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
