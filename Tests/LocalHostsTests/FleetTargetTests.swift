import Diagnostics
import Testing

@testable import LocalHosts

@Suite struct FleetTargetTests {
    private let records = [
        Samples.record("lab"),
        Samples.record("other", third: 2, hosts: [("cp-1", ["control-plane"]), ("solo", ["worker"])]),
    ]

    @Test func findsFleetsAndHosts() throws {
        #expect(try FleetTarget.resolve("lab", in: records) == FleetTarget(fleet: "lab"))
        #expect(try FleetTarget.resolve("solo", in: records) == FleetTarget(fleet: "other", hosts: ["solo"]))
        #expect(try FleetTarget.resolve("other/cp-1", in: records) == FleetTarget(fleet: "other", hosts: ["cp-1"]))
        #expect(try FleetTarget.resolveHost("10.66.2.12", in: records) == FleetTarget(fleet: "other", hosts: ["solo"]))
    }

    @Test func asksWhichOne() {
        let problem = #expect(throws: Diagnostic.self) { try FleetTarget.resolve("cp-1", in: records) }
        #expect(problem?.code == "hosts.ambiguous")
        #expect(problem?.hint == "say which: lab/cp-1 or other/cp-1")
    }

    @Test func aFleetIsNoHost() {
        let problem = #expect(throws: Diagnostic.self) { try FleetTarget.resolveHost("other", in: records) }
        #expect(problem?.code == "hosts.fleet")
        #expect(problem?.hint == "name one of its hosts: other/cp-1, other/solo")
    }

    @Test func suggestsTheNearest() {
        for (text, hint) in [
            ("worker-2", "did you mean worker-1?"), ("lab/cp-9", "did you mean cp-1?"),
            ("labb/cp-1", "did you mean lab?"),
        ] {
            let problem = #expect(throws: Diagnostic.self) { try FleetTarget.resolve(text, in: records) }
            #expect(problem?.code == "hosts.unknown")
            #expect(problem?.hint == hint)
        }
    }

    @Test func sshCommandLine() {
        let target = FleetTarget(fleet: "lab", hosts: ["cp-1"])
        #expect(
            FleetShell.arguments(target, store: Samples.store, command: ["uname", "-r"]) == [
                "ssh", "-F", "/state/martlet/hosts/lab/ssh_config", "cp-1", "--", "uname", "-r",
            ])
    }
}
