import Health

/// What the parts of the page share: findings by the place they belong to.
struct HealthPageModel {
    let report: HealthReport
    let groups: [FindingGroup]
    /// Of pairs of nodes, worst first.
    let pairs: [NodePair: [Finding]]
    private let byMember: [String: [Finding]]
    /// About the way to the API.
    let ofEndpoint: [Finding]
    /// About the cluster as a whole or about things that are no node.
    let elsewhere: [Finding]

    init(_ report: HealthReport) {
        self.report = report
        groups = FindingGroup.groups(of: report.findings)
        var pairs: [NodePair: [Finding]] = [:]
        var byMember: [String: [Finding]] = [:]
        var ofEndpoint: [Finding] = []
        var elsewhere: [Finding] = []
        let names = Set(report.members.map(\.name))
        let addresses = Dictionary(
            report.members.map { ($0.address, $0.name) }, uniquingKeysWith: { first, _ in first })
        for finding in report.findings {
            if let pair = NodePair(finding.subject) {
                pairs[pair, default: []].append(finding)
            } else if let member = Self.member(of: finding.subject, names: names, addresses: addresses) {
                byMember[member, default: []].append(finding)
            } else if finding.subject.hasPrefix("endpoint/") {
                ofEndpoint.append(finding)
            } else {
                elsewhere.append(finding)
            }
        }
        for (member, findings) in Self.blame(pairs) { byMember[member, default: []] += findings }
        self.pairs = pairs
        self.byMember = byMember.mapValues(Self.worstFirst)
        self.ofEndpoint = ofEndpoint
        self.elsewhere = elsewhere
    }

    /// Worst first.
    func findings(of member: HealthReport.Member) -> [Finding] { byMember[member.name] ?? [] }

    /// The anchor of the first group of a finding's probe and status.
    func anchor(of finding: Finding) -> String? {
        guard finding.status.isProblem else { return nil }
        let index = groups.firstIndex { group in
            (group.id, group.status, group.threshold, group.remedy)
                == (finding.id, finding.status, finding.threshold, finding.remedy)
        }
        return index.map { "finding-\($0)" }
    }

    private static func worstFirst(_ findings: [Finding]) -> [Finding] {
        findings.sorted { ($0.status.rank, $0.id) < ($1.status.rank, $1.id) }
    }

    private static func member(of subject: String, names: Set<String>, addresses: [String: String]) -> String? {
        guard let slash = subject.firstIndex(of: "/") else { return nil }
        let name = String(subject[subject.index(after: slash)...])
        switch subject[..<slash] {
        case "node", "host": return names.contains(name) ? name : nil
        case "apiserver":
            // With or without a port; an IPv6 address with a port stands in brackets.
            let host = name.hasPrefix("[") ? name.dropFirst().prefix { $0 != "]" } : name.prefix { $0 != ":" }
            return addresses[name] ?? addresses[String(host)]
        default: return nil
        }
    }

    /// Which of two nodes a bad connection belongs to.
    ///
    /// It is the source if most of what it sends fails, and the target if most of what is sent to it fails; if neither, both.
    /// Otherwise one node that is cut off would make all others look ill.
    private static func blame(_ pairs: [NodePair: [Finding]]) -> [String: [Finding]] {
        var sent = Tally()
        var received = Tally()
        let isBad = { (findings: [Finding]) in findings.contains { $0.status.isProblem } }
        for (pair, findings) in pairs {
            sent.add(pair.source, isBad: isBad(findings))
            received.add(pair.target, isBad: isBad(findings))
        }
        var result: [String: [Finding]] = [:]
        for (pair, findings) in pairs where isBad(findings) {
            var guilty = Set<String>()
            if sent.isMostlyBad(pair.source) { guilty.insert(pair.source) }
            if received.isMostlyBad(pair.target) { guilty.insert(pair.target) }
            for name in guilty.isEmpty ? [pair.source, pair.target] : guilty {
                result[name, default: []] += findings.filter(\.status.isProblem)
            }
        }
        return result.mapValues {
            $0.sorted { ($0.status.rank, $0.id, $0.subject) < ($1.status.rank, $1.id, $1.subject) }
        }
    }

    /// Connections of each node in one direction.
    private struct Tally {
        private var all: [String: Int] = [:]
        private var bad: [String: Int] = [:]

        mutating func add(_ name: String, isBad: Bool) {
            all[name, default: 0] += 1
            if isBad { bad[name, default: 0] += 1 }
        }

        func isMostlyBad(_ name: String) -> Bool { bad[name, default: 0] * 2 > all[name, default: 0] }
    }
}
