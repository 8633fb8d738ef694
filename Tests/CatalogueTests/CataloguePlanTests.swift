import ClusterModel
import Foundation
import Planning
import Reporting
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
