import ClusterModel
import Foundation
import Planning
import Reporting
import TestSupport
import Testing

@testable import Catalogue

@Suite("The plan of a fresh cluster")
struct CataloguePlanTests {
    private static let plain = Terminal(isInteractive: false, hasColour: false, columns: 80)

    @Test(
        "As text",
        arguments: [
            ("lab-bundle", Scenario()),
            ("production-upstream", Scenario(profile: .production, packages: .distribution, isBundle: false)),
        ])
    func text(_ name: String, _ scenario: Scenario) throws {
        try expectGolden(PlanView.text(scenario.fresh.plan(), on: Self.plain), "plan/\(name).txt")
    }

    @Test("As JSON")
    func json() throws {
        let text = PlanView.json(Scenario(profile: .production).fresh.plan())
        try expectGolden(text, "plan/production-bundle.json")
    }

    @Test("Every step of a plan can be explained", arguments: Scenario.all)
    func explained(_ scenario: Scenario) {
        let ids = scenario.fresh.plan().steps.map { String($0.id.prefix { $0 != "@" }) }
        #expect(ids.filter { ClusterCatalogue.definition(of: $0) == nil } == [])
        let known = Set(ClusterCatalogue.definitions.map(\.id))
        #expect(Set(ClusterCatalogue.otherSteps.keys).isSubset(of: known))
    }

    @Test("The plan to reset takes workers first and the first control plane last")
    func reset() {
        let spec = Scenario().spec
        let plan = ResetCatalogue.plan(spec, hosts: spec.hosts)
        #expect(plan.steps.map(\.id) == ["reset@worker1", "reset@cp3", "reset@cp2", "reset@cp1"])
        #expect(
            plan.steps.map(\.requires) == [
                [], ["reset@worker1"], ["reset@worker1", "reset@cp3"], ["reset@worker1", "reset@cp2"],
            ])
        let isWritten = plan.steps.allSatisfy { $0.change == .run && !$0.ensure.isEmpty && !$0.reason.isEmpty }
        #expect(isWritten)
    }

    /// Each as a real kubeadm wrote it, on hosts that were broken for it.
    @Test(
        "A cause is found in what programs say",
        arguments: [
            (
                "couldn't validate the identity of the API Server: Get \"https://10.66.4.11:6443/api/v1/namespaces/kube-public/configmaps/cluster-info?timeout=10s\": dial tcp 10.66.4.11:6443: i/o timeout",
                "the host does not reach the API server at the endpoint"
            ),
            (
                "couldn't validate the identity of the API Server: cluster CA found in cluster-info ConfigMap is invalid: none of the public keys \"sha256:1f\" are pinned",
                "another cluster answers at the endpoint"
            ),
            ("[ERROR Port-10259]: Port 10259 is in use", "a port that Kubernetes needs is taken"),
            (
                "mv: cannot move '/etc/hosts.martlet-new' to '/etc/hosts': Operation not permitted",
                "the host refuses a change of a file even to root"
            ),
            (
                "mkdir: cannot create directory '/etc/martlet': Read-only file system",
                "a file system is mounted read-only: on purpose, or because its disk has errors"
            ),
            (
                "E: Packages need to be removed but remove is disabled.",
                "a package that is needed conflicts with one that is installed"
            ),
            (
                "E: Held packages were changed and -y was used without --allow-change-held-packages.",
                "a package that is needed is held at what it is"
            ),
            (
                "E: Unable to correct problems, you have held broken packages.",
                "no version of a package that is needed fits those that are installed or held"
            ),
            (
                "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 4711 (apt-get)",
                "another package manager has been busy for five minutes"
            ),
        ])
    func meaning(_ said: String, _ meaning: String) {
        let found = KnownCauses.all.first { said.lowercased().contains($0.trace.lowercased()) }
        #expect(found?.meaning == meaning)
    }

    @Test("Every known cause has a meaning and a remedy, and its trace is told apart from the others'")
    func causes() {
        let traces = KnownCauses.all.map { $0.trace.lowercased() }
        #expect(Set(traces).count == traces.count)
        for cause in KnownCauses.all {
            #expect(!cause.meaning.isEmpty && !cause.remedy.isEmpty)
            let hiding = traces.filter { $0 != cause.trace.lowercased() && cause.trace.lowercased().contains($0) }
            #expect(hiding == [], "\(cause.trace)")
        }
    }
}
