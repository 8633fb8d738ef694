import Diagnostics
import Execution
import Foundation
import Planning
import Testing

@testable import Minikube

@Suite("Reasons of minikube")
struct ReasonTests {
    private static let step = Step(
        id: "minikube-cluster@host", phase: .controlPlane, host: "host", title: "the profile demo runs", change: .run,
        reason: "", ensure: [], actions: [], requires: [])

    /// As `PrintErrorExitCode` in pkg/minikube/out/register/json.go prints it.
    private static func event(_ reason: String, _ exitCode: Int, _ message: String, advice: String = "") -> String {
        #"{"specversion":"1.0","id":"6a1e","source":"https://minikube.sigs.k8s.io/","type":"io.k8s.sigs.minikube.error","#
            + #""datacontenttype":"application/json","data":{"advice":"\#(advice)","exitcode":"\#(exitCode)","issues":"","#
            + #""message":"\#(message)","name":"\#(reason)","url":""}}"#
    }

    @Test(
        "Each reason has its code and its exit status",
        arguments: MinikubeReason.named.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    func named(_ name: String, _ reason: MinikubeReason) throws {
        let diagnostic = try #require(
            MinikubeFailure.read(Self.step, status: 1, errorOutput: Self.event(name, 1, "it went wrong")))
        #expect(diagnostic.code == "minikube.\(reason.code)")
        #expect(diagnostic.exitCode == reason.exitCode)
        #expect(diagnostic.hint == reason.remedy)
        #expect(diagnostic.detail?.contains(name) == true)
        #expect(diagnostic.summary.contains("it went wrong"))
    }

    @Test(
        "A reason that is not known is told by its family, then by its exit status",
        arguments: [
            ("INET_CACHE_KUBECTL", 40, "minikube.internet"),
            ("PROVIDER_DOCKER_VERSION_LOW", 69, "minikube.driver-fails"),
            ("PR_KVM_SOCKET", 69, "minikube.driver-fails"), ("RSRC_KVM_OOM", 23, "minikube.resources"),
            ("HOST_VIRT_UNAVAILABLE", 38, "minikube.host"), ("IF_DEDICATED_NETWORK", 70, "minikube.network"),
            ("NEW_REASON", 12, "minikube.program"), ("NEW_REASON", 29, "minikube.resources"),
            ("NEW_REASON", 38, "minikube.host"), ("NEW_REASON", 49, "minikube.internet"),
            ("NEW_REASON", 56, "minikube.driver"), ("NEW_REASON", 63, "minikube.driver-fails"),
            ("NEW_REASON", 79, "minikube.network"), ("NEW_REASON", 83, "minikube.machine"),
            ("NEW_REASON", 99, "minikube.runtime"), ("NEW_REASON", 102, "minikube.kubernetes"),
            ("NEW_REASON", 112, "minikube.service"), ("NEW_REASON", 137, "minikube.killed"),
            ("NEW_REASON", 1, "minikube.failed"),
        ])
    func unknown(_ name: String, _ exitCode: Int, _ code: String) throws {
        let diagnostic = MinikubeFailure.read(
            Self.step, status: Int32(exitCode), errorOutput: Self.event(name, exitCode, "it went wrong"))
        #expect(diagnostic?.code == code)
    }

    @Test("minikube's advice is evidence, its unfilled templates are not")
    func advice() {
        let diagnostic = MinikubeFailure.read(
            Self.step, status: 27,
            errorOutput: Self.event("HOST_HOME_PERMISSION", 37, "no", advice: "Run: chown\\n{{.x}}"))
        #expect(diagnostic?.evidence == ["Run: chown"])
    }

    @Test("An error without an exit status ends nothing; text without an event is left to others")
    func noFailure() {
        let plain =
            #"{"specversion":"1.0","type":"io.k8s.sigs.minikube.error","data":{"message":"* this is only said"}}"#
        #expect(MinikubeFailure.read(Self.step, status: 1, errorOutput: plain) == nil)
        #expect(MinikubeFailure.read(Self.step, status: 1, errorOutput: "something else") == nil)
        var other = Self.step
        other.id = "containerd@host"
        #expect(MinikubeFailure.read(other, status: 29, errorOutput: Self.event("MK_USAGE", 14, "no")) == nil)
    }

    @Test("Commands without events say their reason in a line")
    func plain() {
        let text = "\nX Exiting due to GUEST_STOP_TIMEOUT: Unable to stop VM: timed out\n"
        let diagnostic = MinikubeFailure.read(Self.step, status: 82, errorOutput: text)
        #expect(diagnostic?.code == "minikube.stop")
        #expect(diagnostic?.summary.hasSuffix("Unable to stop VM: timed out") == true)
    }

    @Test("From the double to the diagnostic", arguments: Scenario.versions)
    func whole(_ version: String) async throws {
        let scenario = try Scenario(version)
        try scenario.fail("start", "PROVIDER_DOCKER_NEWGRP", 69, advice: "Add your user to the 'docker' group")
        let result = try await scenario.apply(try scenario.spec())
        let diagnostic = try #require(result.report.entries.compactMap(\.outcome.diagnostic).first)
        #expect(diagnostic.code == "minikube.docker-permission")
        #expect(diagnostic.evidence == ["Add your user to the 'docker' group"])
        #expect(diagnostic.detail == "minikube says PROVIDER_DOCKER_NEWGRP, exit status 69")
        #expect(result.report.exitCode == .lacking)
    }

    @Test("Each reason that martlet knows by name is one of minikube's")
    func names() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let recorded = try ["v1.18.1", "v1.38.1"].flatMap { version in
            try String(contentsOf: folder.appendingPathComponent("Recorded/reasons-\(version).txt"), encoding: .utf8)
                .split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)
        }
        let unknown = MinikubeReason.named.keys.filter { !recorded.contains($0) }
        #expect(unknown.sorted() == [])
    }
}
