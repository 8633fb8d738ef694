import Health

/// Findings that say the same of several subjects: same probe, status, limits and remedy.
struct FindingGroup: Sendable {
    /// Subjects of which the very same was measured.
    struct Entry: Sendable {
        var subjects: [String]
        var measured: String
        var since: String?
        var evidence: [String]
    }

    var id: String
    var status: HealthStatus
    var threshold: String
    var remedy: String
    var findings: [Finding]

    /// In the order of the findings, each once.
    var subjects: [String] { Self.unique(findings.map(\.subject)) }

    /// What was measured, if it is the same of all.
    var commonMeasured: String? {
        guard let first = findings.first?.measured, findings.allSatisfy({ $0.measured == first }) else { return nil }
        return first
    }

    var entries: [Entry] {
        struct Key: Hashable {
            var measured: String
            var since: String?
            var evidence: [String]
        }
        var order: [Key] = []
        var subjects: [Key: [String]] = [:]
        for finding in findings {
            let key = Key(measured: finding.measured, since: finding.since, evidence: finding.evidence)
            if subjects[key] == nil { order.append(key) }
            subjects[key, default: []].append(finding.subject)
        }
        return order.map { key in
            Entry(
                subjects: Self.unique(subjects[key] ?? []), measured: key.measured, since: key.since,
                evidence: key.evidence)
        }
    }

    /// In the order of the first finding of each; skipped ones also need the same reason.
    static func groups(of findings: [Finding]) -> [FindingGroup] {
        struct Key: Hashable {
            var id: String
            var status: HealthStatus
            var threshold: String
            var remedy: String
            var reason: String
        }
        var order: [Key] = []
        var members: [Key: [Finding]] = [:]
        for finding in findings {
            let key = Key(
                id: finding.id, status: finding.status, threshold: finding.threshold, remedy: finding.remedy,
                reason: finding.status == .skipped ? finding.measured : "")
            if members[key] == nil { order.append(key) }
            members[key, default: []].append(finding)
        }
        return order.map { key in
            FindingGroup(
                id: key.id, status: key.status, threshold: key.threshold, remedy: key.remedy,
                findings: members[key] ?? [])
        }
    }

    private static func unique(_ names: [String]) -> [String] {
        var seen = Set<String>()
        return names.filter { seen.insert($0).inserted }
    }
}

extension HealthReport {
    /// Of a probe's id: the part before the first dot.
    static func group(of id: String) -> String {
        let group = id.prefix { $0 != "." }
        return group.isEmpty ? "other" : String(group)
    }

    func count(of status: HealthStatus) -> Int { findings.count { $0.status == status } }

    /// `3 fail, 1 unknown, 41 pass`: worst first, without what there is none of.
    var counts: String {
        let order = HealthStatus.allCases.sorted { $0.countOrder < $1.countOrder }
        let parts = order.map { ($0, count(of: $0)) }.filter { $0.1 > 0 }.map { "\($0.1) \($0.0.rawValue)" }
        return parts.isEmpty ? "nothing measured" : parts.joined(separator: ", ")
    }

    /// `certificates 4, node 12`: findings of that status by group of probes, in the order of the alphabet.
    func counts(of status: HealthStatus) -> String {
        let groups = Dictionary(grouping: findings.filter { $0.status == status }) { Self.group(of: $0.id) }
        return groups.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.count)" }.joined(separator: ", ")
    }
}

extension HealthStatus {
    /// What was skipped is the least interesting number, so it comes last.
    fileprivate var countOrder: Int { self == .skipped ? 5 : rank }

    /// What needs somebody: neither a pass nor left out.
    var isProblem: Bool { self == .fail || self == .unknown || self == .warn }
}
