/// Judges evidence: pure, so that every verdict can be repeated from what was gathered.
package enum HealthEvaluation {
    /// - Parameter overrides: by probe id, then by limit.
    package static func findings(
        _ probes: [HealthProbe], _ evidence: HealthEvidence, overrides: [String: [String: Double]] = [:]
    ) -> [Finding] {
        probes.flatMap { probe -> [Finding] in
            let limits = Limits(probe.limits, overrides: overrides[probe.id] ?? [:])
            let judgements: [Judgement]
            do {
                judgements = try judge(probe, evidence, limits)
            } catch {
                let reason = (error as? Unmeasured)?.reason ?? "\(error)"
                judgements = [Judgement(.unknown, "cluster", reason, remedy: HealthProbe.remedyOfUnmeasured)]
            }
            return judgements.map { judgement in
                Finding(
                    id: probe.id, status: judgement.status, subject: judgement.subject, measured: judgement.measured,
                    threshold: judgement.threshold,
                    remedy: judgement.status == .pass || judgement.status == .skipped
                        ? "" : judgement.remedy ?? probe.remedy,
                    evidence: judgement.evidence, since: judgement.since)
            }
        }
    }

    private static func judge(_ probe: HealthProbe, _ evidence: HealthEvidence, _ limits: Limits) throws -> [Judgement]
    {
        if probe.kind == .ssh, evidence.hosts.isEmpty {
            return [Judgement(.skipped, "cluster", "no access to hosts: only a spec (--file) gives it")]
        }
        return try probe.judge(evidence, limits)
    }
}

extension HealthProbe {
    /// A probe's own remedy would send people after something that was never seen.
    static let remedyOfUnmeasured = "mend what keeps it from being measured, then run `martlet health` again"

    /// Asks every host it is for: a host that did not answer becomes `unknown`, the others go on.
    package static func eachHost(
        _ evidence: HealthEvidence, controlPlanesOnly: Bool = false, _ judge: (HealthHost) throws -> [Judgement]
    ) -> [Judgement] {
        (controlPlanesOnly ? evidence.controlPlanes : evidence.hosts).flatMap { host -> [Judgement] in
            do {
                return try judge(host)
            } catch {
                return [
                    Judgement(
                        .unknown, host.subject, (error as? Unmeasured)?.reason ?? "\(error)", remedy: remedyOfUnmeasured
                    )
                ]
            }
        }
    }
}
