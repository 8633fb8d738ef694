import ClusterModel
import Diagnostics
import Execution
import Foundation
import Planning
import Testing

@testable import Minikube

/// What was taken out of the spec, changed by hand, or left behind.
@Suite("Differences between a profile and its spec")
struct DriftTests {
    private func reason(_ scenario: Scenario, _ spec: ClusterSpec) async throws -> String {
        try await scenario.ask(spec).plan.steps.filter { $0.change != .noOp }.map(\.reason).joined(separator: "\n")
    }

    @Test(
        "What is taken out of the spec is seen, and cannot go in place",
        arguments: [
            ("registryMirrors: [https://a.example]", "registryMirrors is https://a.example, the spec says none"),
            ("insecureRegistries: [10.1.0.0/16]", "insecureRegistries is 10.1.0.0/16, the spec says none"),
            ("extraConfig: {kubelet.max-pods: '50'}", "kubelet.max-pods is 50, the spec says none"),
        ])
    func removed(_ before: String, _ words: String) async throws {
        for version in Scenario.versions {
            let scenario = try Scenario(version)
            try await scenario.apply(try scenario.spec(before))
            #expect(try await scenario.ask(try scenario.spec(before)).plan.changes.isEmpty)
            let spec = try scenario.spec()
            let asked = try await scenario.ask(spec)
            #expect(asked.plan.isBlocked)
            let said = try await reason(scenario, spec)
            #expect(said.contains(words) && said.contains("--replace demo"), "\(said)")
            #expect(try await scenario.apply(spec, MinikubeConsent(replace: "demo")).report.exitCode == .done)
            #expect(try await scenario.ask(spec).plan.changes.isEmpty)
        }
    }

    @Test(
        "One of several extra options goes, another changes, in place; values that change places are seen",
        arguments: Scenario.versions)
    func extraConfig(_ version: String) async throws {
        let scenario = try Scenario(version)
        try await scenario.apply(
            try scenario.spec("extraConfig: {kubelet.max-pods: '50', kubelet.v: '4', apiserver.v: '2'}"))
        let spec = try scenario.spec("extraConfig: {kubelet.max-pods: '4', kubelet.v: '50'}")
        let said = try await reason(scenario, spec)
        for words in [
            "apiserver.v is 2, the spec says none", "kubelet.max-pods is 50, the spec says 4",
            "kubelet.v is 4, the spec says 50",
        ] {
            #expect(said.contains(words), "\(said)")
        }
        #expect(try await scenario.apply(spec).report.exitCode == .done)
        #expect(scenario.exists(".local/share/martlet/minikube/demo-etcd.tar"), "a restart has a copy before it")
        #expect(try await scenario.ask(spec).plan.changes.isEmpty)
    }

    @Test("minikube's own extra options are no difference")
    func ownOptions() async throws {
        let scenario = try DriverTests.scenario("none", "v1.18.1")
        let spec = try scenario.spec("profile: minikube", driver: "none")
        try await scenario.apply(spec)
        #expect(try scenario.read(".minikube/profiles/minikube/config.json").contains("resolv-conf"))
        #expect(try await scenario.ask(spec).plan.changes.isEmpty)
    }

    @Test("Registries of the user's settings are no difference")
    func settings() async throws {
        let scenario = try Scenario()
        try scenario.minikube([
            "start", "-p", "demo", "--driver=docker", "--force=true", "--kubernetes-version=\(scenario.kubernetes)",
            "--insecure-registry=10.9.0.0/16",
        ])
        let spec = try scenario.spec()
        let consent = MinikubeConsent(adopt: "demo")
        #expect(try await scenario.ask(spec, consent).plan.isBlocked)
        try scenario.writeSettings(["insecure-registry": "10.9.0.0/16"])
        #expect(try await !scenario.ask(spec, consent).plan.isBlocked)
    }

    @Test("An addon that the spec names no longer is disabled, if martlet has enabled it", arguments: Scenario.versions)
    func addons(_ version: String) async throws {
        let scenario = try Scenario(version)
        try await scenario.apply(try scenario.spec("addons: [ingress, metrics-server]"))
        try scenario.minikube(["addons", "enable", "dashboard", "-p", "demo"])
        let spec = try scenario.spec("addons: [ingress]")
        let asked = try await scenario.ask(spec)
        #expect(asked.plan.changes.map(\.id) == ["minikube-addon-metrics-server@this-computer"])
        #expect(asked.plan.changes.first?.title == "the addon metrics-server is disabled")
        #expect(try await scenario.apply(spec).report.exitCode == .done)
        #expect(scenario.commands.last == "addons disable metrics-server -p demo")
        #expect(try await scenario.ask(spec).plan.changes.isEmpty)
        // A restart does not forget what was enabled, and what somebody else has enabled stays.
        #expect(try await scenario.perform(.stop, spec).report?.exitCode == .done)
        #expect(try await scenario.apply(spec).report.exitCode == .done)
        let none = try scenario.spec()
        #expect(try await scenario.ask(none).plan.changes.map(\.id) == ["minikube-addon-ingress@this-computer"])
        #expect(try await scenario.apply(none).report.exitCode == .done)
        #expect(try await scenario.ask(none).plan.changes.isEmpty)
        #expect(try scenario.read(".minikube/profiles/demo/config.json").contains("\"dashboard\": true"))
    }

    @Test("Names in the certificate change in place; addresses from v1.25.0 on")
    func certificateNames() async throws {
        for (version, isPossible) in [("v1.18.1", false), ("v1.38.1", true)] {
            let scenario = try Scenario(version)
            try await scenario.apply(try scenario.spec())
            var spec = try scenario.spec()
            spec.components.certificateNames = ["api.example"]
            #expect(try await scenario.apply(spec).report.exitCode == .done)
            #expect(try await scenario.ask(spec).plan.changes.isEmpty)
            spec.components.certificateNames.append("10.1.1.1")
            #expect(try await scenario.ask(spec).plan.isBlocked == !isPossible, "\(version)")
            guard isPossible else { continue }
            #expect(try await scenario.apply(spec).report.exitCode == .done)
            #expect(try await scenario.ask(spec).plan.changes.isEmpty)
        }
    }

    @Test("A first start that was refused leaves nothing that stands in the way", arguments: Scenario.versions)
    func refusedStart(_ version: String) async throws {
        let scenario = try Scenario(version)
        try scenario.fail("start", "PROVIDER_DOCKER_NEWGRP", 69)
        #expect(try await scenario.apply(try scenario.spec()).report.exitCode != .done)
        try scenario.set([:])
        let asked = try await scenario.ask(try scenario.spec())
        #expect(asked.context.state.profiles?.invalid.map(\.Name) == ["demo"])
        #expect(asked.context.state.standing == .absent)
        #expect(try await scenario.apply(try scenario.spec()).report.exitCode == .done)
    }

    @Test(
        "A cluster that the kubeconfig does not lead to gets its entry again, and is not restarted",
        arguments: Scenario.versions)
    func unreferenced(_ version: String) async throws {
        let scenario = try Scenario(version)
        try await scenario.apply(try scenario.spec())
        try FileManager.default.removeItem(atPath: scenario.home + "/.kube/config")
        let asked = try await scenario.ask(try scenario.spec())
        #expect(asked.context.state.standing == .unreferenced)
        #expect(try await scenario.apply(try scenario.spec()).report.exitCode == .done)
        #expect(scenario.commands.last == "update-context -p demo")
        #expect(scenario.starts.count == 1)
        #expect(try await scenario.ask(try scenario.spec()).plan.changes.isEmpty)
    }

    @Test("One of several machines that is gone is made again", arguments: Scenario.versions)
    func goneMachine(_ version: String) async throws {
        let scenario = try Scenario(version)
        let spec = try scenario.spec("nodes: 3")
        try await scenario.apply(spec)
        try FileManager.default.removeItem(atPath: scenario.home + "/.minikube/machines/demo-m02")
        let asked = try await scenario.ask(spec)
        #expect(asked.context.state.standing == .running)
        #expect(asked.plan.changes.map(\.id) == ["minikube-nodes@this-computer"])
        #expect(try await scenario.apply(spec).report.exitCode == .done)
        #expect(scenario.commands.last == "node start m02 -p demo")
        #expect(try await scenario.ask(spec).plan.changes.isEmpty)
    }

    @Test("A further machine leaves the memory of the profile as it is", arguments: Scenario.versions)
    func memory(_ version: String) async throws {
        let scenario = try Scenario(version)
        try await scenario.apply(try scenario.spec("memory: 2300"))
        let spec = try scenario.spec("memory: 2300\nnodes: 2")
        #expect(try await scenario.apply(spec).report.exitCode == .done)
        #expect(try scenario.stored("Memory") == "2300")
        #expect(try await scenario.ask(spec).plan.changes.isEmpty)
    }

    @Test("A new machine is called as minikube's version calls it, also behind a gap")
    func gap() async throws {
        func nodes(_ names: [String]) -> StoredProfile? {
            let nodes = names.map { "{\"Name\": \"\($0)\", \"IP\": \"\", \"Port\": 8443, \"ControlPlane\": false}" }
            let kubernetes =
                #"{"KubernetesVersion": "v1.35.1", "ContainerRuntime": "docker", "ServiceCIDR": "", "DNSDomain": "", "ImageRepository": "", "CNI": ""}"#
            let text =
                "{\"Name\": \"demo\", \"Driver\": \"docker\", \"Memory\": 1, \"CPUs\": 2, \"DiskSize\": 3, \"KubernetesConfig\": \(kubernetes), \"Nodes\": [\(nodes.joined(separator: ", "))]}"
            return try? JSONDecoder().decode(StoredProfile.self, from: Data(text.utf8))
        }
        func names(_ version: KubernetesVersion, _ count: Int, _ stored: [String]) throws -> MachineNames {
            let profile = try #require(nodes(stored))
            return MachineNames(
                MinikubeSpec(version: version, profile: "demo", driver: .docker, nodes: count), stored: profile)
        }
        let newer = try names(.init(1, 38, 1), 3, ["", "m03"])
        #expect(newer.all == ["demo", "demo-m03", "demo-m04"] && newer.obstacle == nil)
        let older = try names(.init(1, 18, 1), 3, ["", "m03"])
        #expect(older.obstacle?.contains("would name the next machine demo-m03") == true)
        #expect(try names(.init(1, 18, 1), 3, ["", "m02"]).all == ["demo", "demo-m02", "demo-m03"])
        let fresh = MachineNames(
            MinikubeSpec(version: .init(1, 38, 1), profile: "a", driver: .docker, nodes: 2), stored: nil)
        #expect(fresh.all == ["a", "a-m02"])
    }
}
