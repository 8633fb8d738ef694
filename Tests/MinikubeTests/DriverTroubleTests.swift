import ClusterModel
import Diagnostics
import Planning
import Testing

@testable import Minikube

@Suite("What is wrong with a driver before minikube is called")
struct DriverTroubleTests {
    private func problems(_ scenario: Scenario, _ spec: ClusterSpec) async throws -> [Diagnostic] {
        let plan = try await scenario.ask(spec).plan
        #expect(scenario.commands.isEmpty)
        return plan.diagnostics
    }

    @Test(
        "libvirt says why it cannot be used",
        arguments: [
            ("denied", "minikube.kvm-permission"), ("down", "minikube.driver-down"),
            ("no-kvm", "minikube.no-virtualisation"),
        ])
    func libvirt(_ state: String, _ code: String) async throws {
        let scenario = try Scenario(programs: ["virsh"])
        try scenario.set(["virsh": state])
        #expect(try await problems(scenario, try scenario.spec(driver: "kvm2")).map(\.code) == [code])
    }

    @Test("kvm2 on another architecture")
    func architecture() throws {
        let spec = try Scenario().spec(driver: "kvm2")
        #expect(codes(spec, "uid 1000\narch aarch64\ndriver works x") == ["minikube.driver-unsupported"])
        let older = try Scenario("v1.18.1").spec(driver: "kvm2")
        #expect(codes(older, "uid 1000\narch aarch64\ndriver works x").isEmpty)
    }

    @Test("Podman needs root, answers not, or is older than minikube wants")
    func podman() async throws {
        let scenario = try Scenario(programs: ["podman", "sudo", "id"])
        let spec = try scenario.spec(driver: "podman")
        try scenario.set(["podman": "fails"])
        #expect(try await problems(scenario, spec).map(\.code) == ["minikube.driver-down"])
        try scenario.set(["podman": "4.3.1"])
        let old = try await problems(scenario, spec)
        #expect(old.map(\.code) == ["minikube.podman-version"] && old.first?.severity == .warning)
        let older = try Scenario("v1.18.1", programs: ["podman", "sudo"])
        try older.set(["podman": "4.3.1"])
        #expect(try await problems(older, try older.spec(driver: "podman")).isEmpty)
        try scenario.set(["user": "eva", "sudo": "asks"])
        let denied = try await problems(scenario, spec)
        #expect(denied.map(\.code) == ["minikube.needs-root"])
        #expect(denied.first?.hint?.contains("rootless: true") == true)
    }

    @Test("Without root is wanted, and the engine works as root", arguments: ["docker", "podman"])
    func notRootless(_ driver: String) async throws {
        let scenario = try Scenario(programs: ["podman", "sudo"])
        let spec = try scenario.spec("rootless: true\ncontainerRuntime: containerd", driver: driver)
        #expect(try await problems(scenario, spec).map(\.code) == ["minikube.not-rootless"])
    }

    @Test(
        "What the driver none looks for, by Kubernetes, runtime and minikube",
        arguments: [
            ("v1.18.1", "v1.17.0", "docker", "iptables sudo docker", false),
            ("v1.18.1", "v1.20.2", "docker", "iptables sudo conntrack docker", false),
            ("v1.18.1", "v1.20.2", "containerd", "iptables sudo conntrack containerd docker", false),
            ("v1.31.0", "v1.23.0", "containerd", "iptables sudo conntrack containerd", false),
            ("v1.38.1", "v1.35.1", "docker", "iptables sudo conntrack crictl docker cri-dockerd dockerd", true),
            ("v1.38.1", "v1.35.1", "cri-o", "iptables sudo conntrack crictl crio", true),
        ])
    func needs(
        _ minikube: String, _ kubernetes: String, _ runtime: String, _ programs: String, _ wantsPlugins: Bool
    ) throws {
        let version = try #require(KubernetesVersion(minikube))
        let cluster = try #require(KubernetesVersion(kubernetes))
        let spec = MinikubeSpec(
            version: version, profile: "minikube", driver: .none,
            containerRuntime: MinikubeSpec.Runtime(rawValue: runtime))
        let needs = try #require(DriverNeeds.of(spec, kubernetes: cluster))
        #expect(needs.programs.joined(separator: " ") == programs)
        #expect(needs.folders == (wantsPlugins ? ["/opt/cni/bin"] : []))
    }

    @Test("Missing programs of the driver none are named together; Debian's may be installed, the others not")
    func missing() throws {
        var spec = try Scenario().spec("profile: minikube", driver: "none")
        let answer = "uid 0\ndriver missing conntrack cri-dockerd"
        let both = diagnostics(spec, answer)
        #expect(both.map(\.code) == ["minikube.program-missing"])
        #expect(both.first?.summary.hasPrefix("conntrack, cri-dockerd are not on this host") == true)
        spec.kubernetes.minikube?.installsDriver = true
        let left = diagnostics(spec, answer)
        #expect(left.first?.summary.hasPrefix("cri-dockerd is not on this host") == true)
        #expect(left.first?.hint?.contains("no package") == true)
        #expect(diagnostics(spec, "uid 0\ndriver missing conntrack").isEmpty)
    }

    @Test("The driver none is refused to users whom sudo asks for a password")
    func sudo() async throws {
        let scenario = try DriverTests.scenario("none", "v1.18.1")
        try scenario.set(["user": "eva", "sudo": "asks"])
        let spec = try scenario.spec("profile: minikube", driver: "none")
        #expect(try await problems(scenario, spec).map(\.code) == ["minikube.needs-root"])
    }

    private func codes(_ spec: ClusterSpec, _ host: String) -> [String] { diagnostics(spec, host).map(\.code) }

    /// From the host's answer alone.
    private func diagnostics(_ spec: ClusterSpec, _ host: String) -> [Diagnostic] {
        guard let minikube = spec.kubernetes.minikube else { return [] }
        let probes = MinikubeProbes(minikube: minikube, kubernetes: spec.kubernetes.version)
        let answers: [Probe: FactValue] = [
            probes.host: .present(host), probes.version: .present(minikube.version.description), probes.stored: .absent,
        ]
        let facts = Facts(hosts: ["this-computer": HostFacts(answers: answers)])
        return MinikubeContext(spec: spec, specPlace: "", facts: facts).map(MinikubePreflight.diagnostics) ?? []
    }
}
