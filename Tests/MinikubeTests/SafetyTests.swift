import ClusterModel
import Diagnostics
import Execution
import Foundation
import Planning
import Testing

@testable import Minikube

/// What must never be done to a profile, on a double of minikube.
@Suite("What is never done to a profile by itself")
struct SafetyTests {
    private func blocked(_ plan: Plan) -> String {
        plan.steps.filter { $0.change == .blocked }.map(\.reason).joined(separator: "\n")
    }

    @Test(
        "What cannot change in place blocks and names --replace, which then does it",
        arguments: [
            ("memory: 2200", "memory: 4096", "memory is 2200, the spec says 4096"),
            ("cpus: 2", "cpus: 3", "cpus is 2, the spec says 3"),
            (
                "containerRuntime: docker", "containerRuntime: containerd",
                "containerRuntime is docker, the spec says containerd"
            ),
            ("cni: bridge", "cni: calico", "cni is bridge, the spec says calico"),
            (
                "registryMirrors: [https://a.example]", "registryMirrors: [https://b.example]",
                "registryMirrors is https://a.example"
            ),
        ])
    func replace(_ before: String, _ after: String, _ words: String) async throws {
        let version = Scenario.versions[before.count % 2]
        let scenario = try Scenario(version)
        try await scenario.apply(try scenario.spec(before))
        let spec = try scenario.spec(after)
        let asked = try await scenario.ask(spec)
        #expect(asked.plan.isBlocked)
        #expect(blocked(asked.plan).contains(words), "\(blocked(asked.plan))")
        #expect(blocked(asked.plan).contains("--replace demo"))
        #expect(scenario.commands.filter { $0.hasPrefix("delete") }.isEmpty)
        let replaced = try await scenario.apply(spec, MinikubeConsent(replace: "demo"))
        #expect(replaced.report.exitCode == .done, "\(replaced.report.entries.compactMap(\.outcome.diagnostic))")
        #expect(scenario.commands.contains("delete -p demo"))
        #expect(try await scenario.ask(spec).plan.changes.isEmpty)
    }

    @Test("Another driver and an older Kubernetes need a replacement")
    func driverAndDowngrade() async throws {
        let scenario = try Scenario("v1.38.1")
        try await scenario.apply(try scenario.spec())
        let older = try await scenario.ask(try scenario.spec(kubernetes: "v1.34.0"))
        #expect(blocked(older.plan).contains("Kubernetes is v1.35.1, the spec says v1.34.0"))
        var other = try scenario.spec()
        other.kubernetes.minikube?.driver = .podman
        #expect(blocked(try await scenario.ask(other).plan).contains("driver is docker, the spec says podman"))
    }

    @Test("A newer Kubernetes is an upgrade: a copy of etcd first, then start", arguments: Scenario.versions)
    func upgrade(_ version: String) async throws {
        let scenario = try Scenario(version)
        let (old, new) = version == "v1.18.1" ? ("v1.19.4", "v1.20.2") : ("v1.34.0", "v1.35.1")
        try await scenario.apply(try scenario.spec(kubernetes: old))
        let spec = try scenario.spec(kubernetes: new)
        let asked = try await scenario.ask(spec)
        let step = try #require(asked.plan.changes.first)
        #expect(step.actions.first?.summary.contains("copy etcd's data") == true)
        #expect(try await scenario.apply(spec).report.exitCode == .done)
        #expect(scenario.commands.suffix(2).first == "stop -p demo")
        #expect(try await scenario.ask(spec).plan.changes.isEmpty)
    }

    @Test("No restart without a copy: where it fails, minikube is not started")
    func noCopy() async throws {
        let scenario = try Scenario()
        try await scenario.apply(try scenario.spec())
        try scenario.minikube(["stop", "-p", "demo"])
        try scenario.set(["docker": "missing-data"])
        let before = scenario.commands.filter { $0.hasPrefix("start") }.count
        let result = try await scenario.apply(try scenario.spec())
        #expect(result.report.exitCode == .failed)
        #expect(scenario.commands.filter { $0.hasPrefix("start") }.count == before)
    }

    @Test("A driver of whose machines no copy can be taken needs --accept-reset")
    func acceptReset() async throws {
        let scenario = try Scenario()
        try await scenario.apply(try scenario.spec())
        try scenario.minikube(["stop", "-p", "demo"])
        var spec = try scenario.spec()
        spec.kubernetes.minikube?.driver = .kvm2
        // The profile says so, too.
        let path = scenario.home + "/.minikube/profiles/demo/config.json"
        let text = try String(contentsOfFile: path, encoding: .utf8).replacing(
            "\"docker\",\n    \"DockerEnv\"", with: "\"kvm2\",\n    \"DockerEnv\"")
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let asked = try await scenario.ask(spec)
        #expect(blocked(asked.plan).contains("--accept-reset demo"), "\(blocked(asked.plan))")
        let accepted = try await scenario.ask(spec, MinikubeConsent(acceptReset: "demo"))
        #expect(blocked(accepted.plan).isEmpty)
    }

    @Test("A cluster whose API server is down beside running machines is not started", arguments: Scenario.versions)
    func broken(_ version: String) async throws {
        let scenario = try Scenario(version)
        try await scenario.apply(try scenario.spec())
        try scenario.setMachine("demo", ["apiserver": "Error", "kubelet": "Stopped"])
        let asked = try await scenario.ask(try scenario.spec())
        #expect(blocked(asked.plan).contains("reset it with all that is in it"))
        let accepted = try await scenario.ask(try scenario.spec(), MinikubeConsent(acceptReset: "demo"))
        #expect(!accepted.plan.isBlocked)
    }

    @Test("Machines that are gone are not made anew by themselves", arguments: Scenario.versions)
    func gone(_ version: String) async throws {
        let scenario = try Scenario(version)
        try await scenario.apply(try scenario.spec())
        try FileManager.default.removeItem(atPath: scenario.home + "/.minikube/machines/demo")
        let asked = try await scenario.ask(try scenario.spec())
        guard case .broken = asked.context.state.standing else {
            Issue.record("\(asked.context.state.standing)")
            return
        }
        #expect(asked.plan.isBlocked)
    }

    @Test("A reset that minikube does all the same is no success", arguments: Scenario.versions)
    func reset(_ version: String) async throws {
        let scenario = try Scenario(version)
        try await scenario.apply(try scenario.spec())
        try scenario.minikube(["stop", "-p", "demo"])
        try scenario.set(["reset": true])
        let result = try await scenario.apply(try scenario.spec())
        let diagnostic = try #require(result.report.entries.compactMap(\.outcome.diagnostic).first)
        #expect(diagnostic.code == "minikube.was-reset")
        #expect(diagnostic.detail?.contains("will reset") == true)
        #expect(result.report.exitCode == .failed)
        #expect(scenario.exists(".local/share/martlet/minikube/demo-etcd.tar"))
    }

    @Test("A first start that failed is resumed without questions", arguments: Scenario.versions)
    func resumed(_ version: String) async throws {
        let scenario = try Scenario(version)
        try scenario.fail("provision", "GUEST_PROVISION", 80)
        let failed = try await scenario.apply(try scenario.spec())
        #expect(failed.report.entries.compactMap(\.outcome.diagnostic).first?.code == "minikube.machine")
        try scenario.set([:])
        let asked = try await scenario.ask(try scenario.spec())
        #expect(!asked.plan.isBlocked, "\(blocked(asked.plan))")
        #expect(try await scenario.apply(try scenario.spec()).report.exitCode == .done)
        #expect(try await scenario.ask(try scenario.spec()).plan.changes.isEmpty)
    }

    @Test("A profile that martlet did not make is left alone until it is named", arguments: Scenario.versions)
    func stranger(_ version: String) async throws {
        let scenario = try Scenario(version)
        try scenario.minikube([
            "start", "-p", "demo", "--driver=docker", "--force=true", "--kubernetes-version=\(scenario.kubernetes)",
        ])
        let spec = try scenario.spec()
        #expect(blocked(try await scenario.ask(spec).plan).contains("--adopt demo"))
        for verb in MinikubeVerb.allCases {
            let result = try await scenario.perform(verb, spec)
            #expect(result.plan.isBlocked, "\(verb)")
            #expect(result.report == nil)
        }
        #expect(scenario.commands.count == 1)
        #expect(try await scenario.apply(spec, MinikubeConsent(adopt: "demo")).report.exitCode == .done)
        #expect(scenario.commands.count == 1, "it runs already: only the record was missing")
        #expect(try await scenario.ask(spec).plan.changes.isEmpty)
    }

    @Test("Two specs with one profile: the second is refused, and told whose it is")
    func twoSpecs() async throws {
        let scenario = try Scenario()
        try await scenario.apply(try scenario.spec())
        let other = try scenario.spec("profile: demo", name: "other")
        let asked = try await scenario.ask(other, place: "desk:/other.yaml")
        #expect(blocked(asked.plan).contains("belongs to the cluster demo of desk:/cluster.yaml"))
        // The same name from another file: warned of, not stopped.
        let twin = try await scenario.ask(try scenario.spec(), place: "desk:/copy.yaml")
        #expect(twin.plan.diagnostics.map(\.code) == ["minikube.other-spec"])
        #expect(!twin.plan.isBlocked)
    }

    @Test("Profiles live side by side", arguments: Scenario.versions)
    func sideBySide(_ version: String) async throws {
        let scenario = try Scenario(version)
        for name in ["one", "two"] { try await scenario.apply(try scenario.spec(name: name)) }
        #expect(try await scenario.perform(.delete, try scenario.spec(name: "one")).report?.exitCode == .done)
        let two = try await scenario.ask(try scenario.spec(name: "two"))
        #expect(two.context.state.standing == .running)
        #expect(two.plan.changes.isEmpty)
    }

    @Test("A profile that minikube cannot read is left alone, and can be replaced", arguments: Scenario.versions)
    func unreadable(_ version: String) async throws {
        let scenario = try Scenario(version)
        try await scenario.apply(try scenario.spec())
        try "{".write(
            toFile: scenario.home + "/.minikube/profiles/demo/config.json", atomically: true, encoding: .utf8)
        let asked = try await scenario.ask(try scenario.spec())
        #expect(asked.context.state.standing == .invalid)
        #expect(blocked(asked.plan).contains("--replace demo"))
    }
}
