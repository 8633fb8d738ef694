import Foundation
import KubernetesAPI
import Testing

@testable import Health

@Suite struct ControlPlaneLossTests {
    private func findings(_ course: ControlPlaneLossTrial.Course) -> [Finding] {
        var evidence = HealthEvidence(now: .now)
        let judged = ControlPlaneLossTrial.judge(course, "host/cp-1")
        evidence.active.judgements[ControlPlaneLoss.id] = judged.judgement.map { [$0] } ?? []
        evidence.active.timings[ControlPlaneLoss.id] = judged.timing.map { [$0] } ?? []
        return HealthEvaluation.findings(HealthCatalogue.disruptive, evidence)
    }

    @Test(arguments: [(0.4, HealthStatus.pass), (6, .warn), (21, .fail)])
    func theLongestSilenceIsJudged(gap: Double, status: HealthStatus) {
        let found = findings(.init(wasAway: true, isBack: true, longestGap: gap, answers: 90))
        #expect(found.map(\.status) == [status])
        #expect(found[0].measured.contains("answered 90 times"))
    }

    @Test func whatDidNotHappenIsUnknownAndWhatDoesNotComeBackFails() {
        let never = findings(.init(wasAway: false, isBack: true, longestGap: 0.2, answers: 90))
        #expect(never.map(\.status) == [.unknown])
        let gone = findings(.init(wasAway: true, isBack: false, longestGap: 110, answers: 3, failures: ["refused"]))
        #expect(gone.map(\.status) == [.fail])
        #expect(gone[0].remedy.contains("systemctl start kubelet") && gone[0].evidence == ["refused"])
    }

    @Test func oneOrTwoControlPlanesAreLeftAlone() async {
        var evidence = HealthEvidence(now: .now)
        let two = ["cp-1", "cp-2"].map { HealthHost(name: $0, address: "127.0.0.1", isControlPlane: true) }
        await ControlPlaneLossTrial(.direct("https://127.0.0.1:1"), controlPlanes: two) { host, _ in
            Issue.record("\(host) was touched")
        }.run(into: &evidence.active)
        #expect(HealthEvaluation.findings(HealthCatalogue.disruptive, evidence).map(\.status) == [.skipped])
    }

    @Test func nothingIsStoppedWhereAHostDoesNotAnswerOrIsLocked() async {
        var evidence = HealthEvidence(now: .now)
        var three = ["cp-1", "cp-2", "cp-3"].map { HealthHost(name: $0, address: "127.0.0.1", isControlPlane: true) }
        three[2].problem = "another martlet is changing this host"
        await ControlPlaneLossTrial(.direct("https://127.0.0.1:1"), controlPlanes: three) { host, _ in
            Issue.record("\(host) was touched")
        }.run(into: &evidence.active)
        let found = HealthEvaluation.findings(HealthCatalogue.disruptive, evidence)
        #expect(found.map(\.status) == [.unknown] && found[0].measured.contains("another martlet"))
    }

    @Test func nothingIsStoppedWhereOneIsAwayAlready() async {
        var evidence = HealthEvidence(now: .now)
        let three = ["cp-1", "cp-2", "cp-3"].map { HealthHost(name: $0, address: "127.0.0.1", isControlPlane: true) }
        await ControlPlaneLossTrial(.direct("https://127.0.0.1:1"), controlPlanes: three) { host, _ in
            Issue.record("\(host) was touched")
        }.run(into: &evidence.active)
        let found = HealthEvaluation.findings(HealthCatalogue.disruptive, evidence)
        #expect(found.map(\.status) == [.unknown] && found[0].measured.contains("cp-1 is not ready"))
    }
}
