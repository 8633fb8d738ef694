package import Planning

/// One question about a cluster's health: where the answer comes from, how it is judged, why it matters.
package struct HealthProbe: Sendable {
    package enum Kind: String, Sendable, Codable, CaseIterable {
        /// Read from the Kubernetes API.
        case api
        /// Read from hosts over SSH.
        case ssh
        /// Something is made in the cluster, used and taken away again.
        case active
    }

    package enum Group: String, Sendable, Codable, CaseIterable {
        case nodes
        case controlPlane = "control-plane"
        case etcd
        case dns
        case network
        case storage
        case certificates
        case capacity
        case versions
        case workload
        /// How it is secured and set up; the probes of profiles.
        case security
        case endToEnd = "end-to-end"
    }

    /// A named number that may be overridden, for example `fail`.
    package struct Limit: Sendable, Hashable {
        package var name: String
        package var value: Double
        /// `s`, `%`, `days`, or nothing for a count.
        package var unit: String

        package init(_ name: String, _ value: Double, _ unit: String = "") {
            self.name = name
            self.value = value
            self.unit = unit
        }
    }

    /// Dotted, stable and public, for example `node.ready`.
    package var id: String
    package var group: Group
    package var kind: Kind
    /// A few words, for lists: `Nodes are ready`.
    package var title: String
    /// What it does and why it matters, for `--explain`; plain sentences.
    package var why: String
    /// What to do when it is not a pass; one sentence, may be replaced by a more exact one in a finding.
    package var remedy: String
    package var limits: [Limit]
    /// Lists of the API that must be fetched for it.
    package var needs: Set<APIList>
    /// What every host (or every control plane) is asked; the answers are in `HealthHost.facts`.
    package var questions: [Probe]
    package var isForControlPlanesOnly: Bool
    /// Throws `Unmeasured` when nothing can be said; that becomes one finding `unknown`.
    package var judge: @Sendable (HealthEvidence, Limits) throws -> [Judgement]

    package init(
        id: String, group: Group, kind: Kind, title: String, why: String, remedy: String, limits: [Limit] = [],
        needs: Set<APIList> = [], questions: [Probe] = [], isForControlPlanesOnly: Bool = false,
        judge: @escaping @Sendable (HealthEvidence, Limits) throws -> [Judgement]
    ) {
        self.id = id
        self.group = group
        self.kind = kind
        self.title = title
        self.why = why
        self.remedy = remedy
        self.limits = limits
        self.needs = needs
        self.questions = questions
        self.isForControlPlanesOnly = isForControlPlanesOnly
        self.judge = judge
    }
}

/// Why a probe could not measure.
package struct Unmeasured: Error, Sendable, Hashable {
    package var reason: String
    package init(_ reason: String) { self.reason = reason }
}

/// A finding before it knows its probe.
package struct Judgement: Sendable, Hashable {
    package var status: HealthStatus
    package var subject: String
    package var measured: String
    package var threshold: String
    /// nil takes the probe's.
    package var remedy: String?
    package var evidence: [String]
    package var since: String?

    package init(
        _ status: HealthStatus, _ subject: String, _ measured: String, threshold: String = "", remedy: String? = nil,
        evidence: [String] = [], since: String? = nil
    ) {
        self.status = status
        self.subject = subject
        self.measured = measured
        self.threshold = threshold
        self.remedy = remedy
        self.evidence = evidence
        self.since = since
    }
}

/// The limits of one probe, overrides applied.
package struct Limits: Sendable, Hashable {
    private var values: [String: Double]

    package init(_ limits: [HealthProbe.Limit], overrides: [String: Double] = [:]) {
        values = Dictionary(limits.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        for (name, value) in overrides where values[name] != nil { values[name] = value }
    }

    /// A limit that the probe declares.
    package subscript(name: String) -> Double {
        guard let value = values[name] else { preconditionFailure("the probe declares no limit \(name)") }
        return value
    }

    /// `warn` and `fail` applied to a value that is better the smaller it is: at or above a limit counts.
    package func status(of value: Double) -> HealthStatus {
        if value >= self["fail"] { return .fail }
        if let warn = values["warn"], value >= warn { return .warn }
        return .pass
    }
}
