import ClusterModel
import Diagnostics
import Planning
import Testing

@testable import Minikube

@Suite("What is wrong before minikube is called")
struct PreflightTests {
    private func codes(_ scenario: Scenario, _ spec: ClusterSpec) async throws -> [String] {
        let plan = try await scenario.ask(spec).plan
        #expect(scenario.commands.isEmpty)
        return plan.diagnostics.filter { $0.severity == .error }.map(\.code)
    }

    @Test("A host where all is well", arguments: Scenario.versions)
    func well(_ version: String) async throws {
        let scenario = try Scenario(version)
        #expect(try await codes(scenario, try scenario.spec()).isEmpty)
    }

    @Test("minikube is missing, or another version")
    func program() async throws {
        let scenario = try Scenario(isInstalled: false)
        #expect(try await codes(scenario, try scenario.spec()) == ["minikube.missing"])
        let old = try Scenario("v1.18.1")
        let newer = try Scenario("v1.38.1")
        #expect(try await codes(old, try newer.spec()) == ["minikube.version"])
    }

    @Test(
        "Docker says why it cannot be used",
        arguments: [("denied", "minikube.docker-permission"), ("down", "minikube.driver-down")])
    func docker(_ state: String, _ code: String) async throws {
        let scenario = try Scenario()
        try scenario.set(["docker": state])
        #expect(try await codes(scenario, try scenario.spec()) == [code])
    }

    @Test("A driver that is not there is missing, unless it may be installed")
    func missingDriver() async throws {
        let scenario = try Scenario()
        var spec = try scenario.spec()
        spec.kubernetes.minikube?.driver = .kvm2
        #expect(try await codes(scenario, spec) == ["minikube.driver-missing"])
        spec.kubernetes.minikube?.installsDriver = true
        let plan = try await scenario.ask(spec).plan
        #expect(plan.diagnostics.isEmpty)
        #expect(plan.changes.first?.id == "minikube-driver@this-computer")
    }

    @Test(
        "Too few processors and too little memory, by minikube's own minimum and by what the spec wants",
        arguments: [
            (1, 8000, "", "minikube.cpus"), (2, 8000, "cpus: 4", "minikube.cpus"), (4, 1700, "", "minikube.memory"),
            (4, 4000, "memory: 8000", "minikube.memory"),
        ])
    func resources(_ cpus: Int, _ memory: Int, _ more: String, _ code: String) async throws {
        let scenario = try Scenario()
        try scenario.set(["cpus": cpus, "memory": memory])
        #expect(try await codes(scenario, try scenario.spec(more)) == [code])
    }

    @Test("minikube refuses root with docker")
    func root() async throws {
        let scenario = try Scenario()
        let spec = try #require(Scenario.read(scenario.text(isRootAllowed: false)).spec)
        let minikube = try #require(spec.kubernetes.minikube)
        let probes = MinikubeProbes(minikube: minikube, kubernetes: spec.kubernetes.version)
        let answers: [Probe: FactValue] = [
            probes.host: .present("uid 0\nuser root\ncpus 4\nmemory 8000\ndriver works x"),
            probes.version: .present("v1.38.1"), probes.stored: .absent,
        ]
        let facts = Facts(hosts: ["this-computer": HostFacts(answers: answers)])
        let context = try #require(MinikubeContext(spec: spec, specPlace: "", facts: facts))
        #expect(MinikubePreflight.diagnostics(context).map(\.code) == ["minikube.as-root"])
    }

    @Test("An addon that this minikube does not have; versions before v1.24.0 tell only of a profile that is there")
    func addon() async throws {
        let scenario = try Scenario()
        var spec = try scenario.spec()
        spec.kubernetes.minikube?.addons = ["helm-tiller"]
        #expect(try await codes(scenario, spec) == ["minikube.addon"])
        let old = try Scenario("v1.18.1")
        spec = try old.spec()
        spec.kubernetes.minikube?.addons = ["headlamp"]
        #expect(try await codes(old, spec).isEmpty)
        try await old.apply(try old.spec())
        #expect(try await old.ask(spec).plan.diagnostics.map(\.code) == ["minikube.addon"])
    }

    @Test("A profile with the name of another's machine")
    func machineName() async throws {
        let scenario = try Scenario()
        try await scenario.apply(try scenario.spec("nodes: 2"))
        let plan = try await scenario.ask(try scenario.spec(name: "demo-m02")).plan
        #expect(plan.diagnostics.map(\.code) == ["minikube.profile"])
    }

    @Test("Settings of the user that decide what the spec leaves open are told")
    func settings() async throws {
        let scenario = try Scenario()
        try scenario.writeSettings(["memory": "4096", "WantUpdateNotification": "false"])
        let warning = try await scenario.ask(try scenario.spec()).plan.diagnostics.first
        #expect(warning?.code == "minikube.settings" && warning?.severity == .warning)
        #expect(warning?.detail == "memory = 4096")
        #expect(try await scenario.ask(try scenario.spec("memory: 2200")).plan.diagnostics.isEmpty)
    }
}
