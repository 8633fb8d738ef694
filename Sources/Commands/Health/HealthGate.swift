internal import ClusterModel
internal import Diagnostics
internal import Execution
internal import Health
internal import Reporting

/// The end of an apply: the cluster works, or it is said what does not.
enum HealthGate {
    /// In seconds, unless somebody says another.
    static let patience = 90

    /// Waits for what is still starting.
    ///
    /// - Parameter patience: seconds that this may take.
    /// - Throws: `Diagnostics` with every finding that fails or could not be measured.
    static func pass(_ session: ClusterSession, within patience: Int = patience) async throws {
        let request = HealthRequest(target: .spec(""), only: session.driver.gate)
        var deadline = ContinuousClock.now + .seconds(patience)
        while true {
            let start = ContinuousClock.now
            // A host that reboots is waited for as it is in the middle of a step; one that stays away is a finding.
            try? await session.fleet.renew()
            deadline += ContinuousClock.now - start
            let report = try await HealthSession.judge(request, session.spec, session.fleet)
            let problems = report.findings.filter { $0.status == .fail || $0.status == .unknown }
            guard !problems.isEmpty else {
                let count = report.findings.count { $0.status == .pass }
                Conversation.say("healthy: \(count) findings pass; `martlet health` tells all")
                return
            }
            guard ContinuousClock.now < deadline else { throw Diagnostics(problems.map(diagnostic)) }
            try await Task.sleep(for: .seconds(1))
        }
    }

    private static func diagnostic(_ finding: Finding) -> Diagnostic {
        Diagnostic(
            code: "health.\(finding.id)", "\(finding.subject): \(finding.measured)",
            detail: finding.threshold.isEmpty ? nil : "expected: \(finding.threshold)",
            hint: finding.remedy, evidence: finding.evidence)
    }
}
