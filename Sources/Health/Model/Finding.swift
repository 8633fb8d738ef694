/// What a probe says about one subject.
package enum HealthStatus: String, Sendable, Hashable, Codable, CaseIterable {
    case pass
    case warn
    case fail
    /// It could not be measured, which is never a pass.
    case unknown
    /// It does not apply here; the finding's `measured` says why.
    case skipped

    /// How bad it is, for the order of a report: failures first.
    package var rank: Int {
        switch self {
        case .fail: 0
        case .unknown: 1
        case .warn: 2
        case .skipped: 3
        case .pass: 4
        }
    }
}

/// One line of a verdict.
package struct Finding: Sendable, Hashable, Codable {
    /// Of the probe, for example `node.ready`.
    package var id: String
    package var status: HealthStatus
    /// What it is about: `node/cp-1`, `host/cp-1`, `pod/kube-system/coredns-x`, `cluster`; of a pair `node/a -> node/b`.
    package var subject: String
    /// With its unit, as a person would say it: `no heartbeat for 52 s`.
    package var measured: String
    /// What was expected, with the limits that applied: `under 15 s; 40 s fails`.
    package var threshold: String
    /// What to do, one sentence; empty for a pass.
    package var remedy: String
    /// Lines quoted from the cluster, trimmed and free of secrets.
    package var evidence: [String]
    /// Since when it is so, RFC 3339, where the cluster knows.
    package var since: String?

    package init(
        id: String, status: HealthStatus, subject: String, measured: String, threshold: String = "",
        remedy: String = "", evidence: [String] = [], since: String? = nil
    ) {
        self.id = id
        self.status = status
        self.subject = subject
        self.measured = measured
        self.threshold = threshold
        self.remedy = remedy
        self.evidence = evidence
        self.since = since
    }
}
