import Foundation
import Planning
import TestSupport
import Testing

@testable import Health

@Suite("Questions to hosts, run by real shells")
struct QuestionTests {
    static let peers = [("cp-1", "127.0.0.1", true), ("w-1", "127.0.0.2", false)]

    static let probes =
        HostProbes.all(peers: peers) + HealthCatalogue.profiles(HealthProfile.allCases).filter { $0.kind == .ssh }

    /// Equal questions once, as they travel.
    static let questions = Array(Set(probes.flatMap(\.questions))).sorted { $0.subject < $1.subject }

    @Test("Each ends soon, without a word on standard error, on a machine without Kubernetes", arguments: questions)
    func alone(_ question: Probe) throws {
        let world = try QuestionShell()
        for shell in LocalShell.all {
            let result = try world.run(question, shell: shell)
            #expect(result.errors.isEmpty, "\(question.subject): \(result.errors)")
            #expect(result.seconds < 5, "\(question.subject) takes \(result.seconds) s")
            #expect(result.status == 0 || result.status == 1, "\(question.subject) ends with \(result.status)")
        }
    }

    @Test("Each survives a host that lacks every program", arguments: questions)
    func withoutPrograms(_ question: Probe) throws {
        let text = "PATH=/nonexistent; export PATH\n(\n\(question.text ?? "")\n)"
        let result = try LocalShell.run(text)
        #expect(result.seconds < 5)
    }

    @Test("All travel as one batch and are judged without a crash")
    func together() throws {
        let world = try QuestionShell()
        let script = ProbeScript(Self.questions)
        let result = try world.run(.script("batch", script.text))
        #expect(result.seconds < 5)
        let answers = script.answers(in: result.output)
        #expect(answers.count == Self.questions.count)
        for (question, answer) in answers {
            if case .unknown(let reason) = answer { Issue.record("\(question.subject): \(reason)") }
        }
        let host = HealthHost(
            name: "cp-1", address: "127.0.0.1", isControlPlane: true, facts: HostFacts(answers: answers), clockOffset: 0
        )
        let findings = HealthEvaluation.findings(Self.probes, HealthEvidence(now: Date(), hosts: [host]))
        #expect(findings.count >= Self.probes.count)
    }

    @Test("Ids of probes differ, and so do those of questions with different text")
    func identifiers() {
        #expect(Set(Self.probes.map(\.id)).count == Self.probes.count)
        var texts: [String: String] = [:]
        for question in Self.probes.flatMap(\.questions) {
            #expect(texts[question.subject] ?? question.text == question.text)
            texts[question.subject] = question.text
        }
    }

    @Test("A host that could not be asked is unknown everywhere, and never a pass")
    func unreachable() {
        for probe in Self.probes {
            for finding in judge(probe, BenchHost().silent("no route to host")) {
                #expect(finding.status == .unknown || finding.status == .skipped, "\(finding)")
            }
        }
    }

    @Test("Nonsense instead of an answer is no pass", arguments: ["", "\u{1}\u{2}=", "a=b\nnonsense", "=\n=\n{}"])
    func nonsense(_ text: String) {
        // What an empty file says is no nonsense to these.
        let tolerant: Set = [
            "control-plane.manifests-equal", "network.host-ports", "etcd.backup", "certificates.same-authority",
        ]
        for probe in Self.probes where !tolerant.contains(probe.id) {
            var host = BenchHost()
            for question in probe.questions { host = host.answering(question, text) }
            for finding in judge(probe, host) { #expect(finding.status != .pass, "\(finding)") }
        }
    }
}
