import ClusterModel
import Diagnostics
import Execution
import Foundation
import Planning
import SSHServerRig
import Testing

@testable import Minikube

/// Every driver from nothing to nothing, on the doubles of minikube and of what the driver needs.
@Suite("Drivers on this computer", .serialized)
struct DriverTests {
    /// What a driver needs beside minikube, and how its profile is called.
    static func scenario(_ driver: String, _ version: String, remote: TestServer? = nil) throws -> Scenario {
        let programs: [String: [String]] = [
            "podman": ["podman", "sudo", "id"], "kvm2": ["virsh"],
            "none": ["iptables", "conntrack", "crictl", "cri-dockerd", "dockerd", "sudo", "id", "tar"],
        ]
        return try Scenario(version, programs: programs[driver] ?? [], remote: remote)
    }

    static func more(_ driver: String) -> String { driver == "none" ? "profile: minikube" : "memory: 2200" }

    /// docker's life is told in `LifecycleTests`, that of ssh in `TargetTests`.
    static let all = ["podman", "kvm2", "none"].flatMap { driver in
        Scenario.versions.map { (driver, $0) }
    }

    @Test("Planned, applied, nothing left to do, replaced, stopped, started again, deleted", arguments: all)
    func life(_ driver: String, _ version: String) async throws {
        let folder = try NetworkPlugins.needed(by: driver, version)
        defer { folder?.remove() }
        let scenario = try Self.scenario(driver, version)
        let spec = try scenario.spec(Self.more(driver), driver: driver)
        let profile = try #require(spec.kubernetes.minikube?.profile)
        let fresh = try await scenario.ask(spec)
        #expect(fresh.plan.diagnostics.isEmpty, "\(fresh.plan.diagnostics.map(\.summary))")
        #expect(fresh.plan.changes.map(\.id) == ["minikube-cluster@this-computer"])
        let made = await scenario.run(fresh.plan, fresh.context)
        #expect(made.report.exitCode == .done, "\(made.report.entries.compactMap(\.outcome.diagnostic))")
        let start = try #require(scenario.starts.first)
        #expect(start.contains("--driver=\(driver) "))
        // The driver none is made for root.
        #expect(start.contains("--force=true") == (driver != "none"))
        #expect(try await scenario.ask(spec).plan.changes.isEmpty)

        let other = try scenario.spec(Self.more(driver) + "\ncni: bridge", driver: driver)
        let changed = try await scenario.ask(other)
        #expect(
            changed.plan.steps.contains {
                $0.change == .blocked && $0.reason.hasPrefix("cni is not set, the spec says bridge")
                    && $0.reason.hasSuffix("--replace \(profile)")
            })
        #expect(try await scenario.apply(other, MinikubeConsent(replace: profile)).report.exitCode == .done)
        #expect(scenario.commands.suffix(2).first == "delete -p \(profile)")
        // What the spec leaves to minikube is no difference.
        #expect(try await scenario.ask(spec).plan.changes.isEmpty)

        #expect(try await scenario.perform(.stop, spec).report?.exitCode == .done)
        var stopped = try await scenario.ask(spec)
        #expect(stopped.context.state.standing == .stopped)
        #expect(stopped.plan.isBlocked == (driver == "kvm2"), "a machine of kvm2 cannot be read while it is down")
        if driver == "kvm2" { stopped = try await scenario.ask(spec, MinikubeConsent(acceptReset: profile)) }
        let again = await scenario.run(stopped.plan, stopped.context)
        #expect(again.report.exitCode == .done, "\(again.report.entries.compactMap(\.outcome.diagnostic))")
        #expect(scenario.exists(".local/share/martlet/minikube/\(profile)-etcd.tar") == (driver != "kvm2"))
        #expect(try await scenario.ask(spec).plan.changes.isEmpty)
        #expect(try await scenario.perform(.delete, spec).report?.exitCode == .done)
        #expect(!scenario.exists(".minikube/profiles/\(profile)"))
    }

    @Test("Machines are the guests of kvm2, and of the driver none the host under its own name")
    func machines() async throws {
        let folder = try NetworkPlugins.needed(by: "none", "v1.38.1")
        defer { folder?.remove() }
        let none = try Self.scenario("none", "v1.38.1")
        let spec = try none.spec("profile: minikube", driver: "none")
        try await none.apply(spec)
        let asked = try await none.ask(spec)
        let machines = MinikubeMachines(asked.context)
        #expect(machines.machines.map(\.name) == [asked.context.state.host["hostname"]?.lowercased()])
        #expect(!machines.entering("x", "true") { $0 }.contains("minikube ssh"))
        let kvm = try Self.scenario("kvm2", "v1.38.1")
        let two = try kvm.spec("nodes: 2", driver: "kvm2")
        try await kvm.apply(two)
        #expect(
            MinikubeMachines(try await kvm.ask(two).context).machines == [
                .init(name: "demo", address: "192.168.39.2", isControlPlane: true),
                .init(name: "demo-m02", address: "192.168.39.3", isControlPlane: false),
            ])
    }

    @Test("Podman without root is asked and copied without sudo; its address is a port of the machine itself")
    func rootless() async throws {
        let scenario = try Self.scenario("podman", "v1.38.1")
        try scenario.set(["engine": "rootless", "user": "eva", "sudo": "asks"])
        let spec = try scenario.spec("rootless: true\ncontainerRuntime: containerd", driver: "podman")
        #expect(try await scenario.ask(spec).plan.diagnostics.isEmpty)
        #expect(try await scenario.apply(spec).report.exitCode == .done)
        #expect(try await scenario.ask(spec).plan.changes.isEmpty)
        #expect(try await scenario.perform(.stop, spec).report?.exitCode == .done)
        #expect(try await scenario.apply(spec).report.exitCode == .done)
        #expect(scenario.exists(".local/share/martlet/minikube/demo-etcd.tar"))
        #expect(try scenario.read(".kube/config").contains("server: https://127.0.0.1:32771"))
    }

    @Test("The user's own setting `rootless` counts as minikube counts it")
    func rootlessBySetting() async throws {
        let scenario = try Self.scenario("podman", "v1.38.1")
        try scenario.set(["engine": "rootless", "user": "eva", "sudo": "asks"])
        let spec = try scenario.spec("containerRuntime: containerd", driver: "podman")
        #expect(try await scenario.ask(spec).plan.diagnostics.map(\.code) == ["minikube.needs-root"])
        try scenario.writeSettings(["rootless": true])
        let plan = try await scenario.ask(spec).plan
        #expect(plan.diagnostics.map(\.code) == ["minikube.settings"] && !plan.isBlocked)
    }
}

/// `/opt/cni/bin`, which minikube wants on the host of the driver none from Kubernetes 1.24 on; taken away if it was not there before.
struct NetworkPlugins {
    private let made: [String]

    static func needed(by driver: String, _ version: String) throws -> NetworkPlugins? {
        guard driver == "none", version != "v1.18.1" else { return nil }
        let missing = ["/opt/cni/bin", "/opt/cni"].filter { !FileManager.default.fileExists(atPath: $0) }
        try FileManager.default.createDirectory(atPath: "/opt/cni/bin", withIntermediateDirectories: true)
        return NetworkPlugins(made: missing)
    }

    func remove() { for path in made { rmdir(path) } }
}
