import Foundation
import Planning
import Testing

@testable import Health

/// One host for a test: what it answers to which question.
struct BenchHost {
    var name = "cp-1"
    var address = "10.0.0.11"
    var isControlPlane = true
    var answers: [Probe: FactValue] = [:]
    var problem: String?
    var clockOffset: Double?

    init(_ name: String = "cp-1", _ address: String = "10.0.0.11", isControlPlane: Bool = true) {
        self.name = name
        self.address = address
        self.isControlPlane = isControlPlane
    }

    func answering(_ question: Probe, _ text: String) -> BenchHost {
        var copy = self
        copy.answers[question] = .present(text)
        return copy
    }

    func lacking(_ question: Probe) -> BenchHost {
        var copy = self
        copy.answers[question] = .absent
        return copy
    }

    func silent(_ reason: String) -> BenchHost {
        var copy = self
        copy.problem = reason
        return copy
    }

    func offset(_ seconds: Double) -> BenchHost {
        var copy = self
        copy.clockOffset = seconds
        return copy
    }

    /// On somebody's computer, as a host of a lab is.
    var inContainer: BenchHost { answering(HostContainer.question, "container=systemd-nspawn") }
    var onMachine: BenchHost { answering(HostContainer.question, "container=none") }

    var host: HealthHost {
        HealthHost(
            name: name, address: address, isControlPlane: isControlPlane, facts: HostFacts(answers: answers),
            problem: problem, clockOffset: clockOffset)
    }
}

/// Judges with one probe, as a verdict does.
func judge(
    _ probe: HealthProbe, _ hosts: BenchHost..., now: Double = CertificateFixtures.begin + 86_400,
    endpoint: String = ""
) -> [Finding] {
    var evidence = HealthEvidence(now: Date(timeIntervalSince1970: now), hosts: hosts.map(\.host))
    evidence.endpoint = endpoint
    return HealthEvaluation.findings([probe], evidence)
}

/// Expects one finding with a status, a subject and words in what was measured.
func expect(
    _ findings: [Finding], _ status: HealthStatus, _ subject: String, _ words: String...,
    at location: SourceLocation = #_sourceLocation
) {
    guard findings.count == 1, let finding = findings.first else {
        Issue.record("\(findings.count) findings: \(findings)", sourceLocation: location)
        return
    }
    #expect(finding.status == status, "\(finding)", sourceLocation: location)
    #expect(finding.subject == subject, sourceLocation: location)
    for word in words {
        #expect(finding.measured.contains(word), "\(word) is not in: \(finding.measured)", sourceLocation: location)
    }
    let isQuiet = status == .pass || status == .skipped
    #expect(finding.remedy.isEmpty == isQuiet, sourceLocation: location)
}
