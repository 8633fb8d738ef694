/// One verdict with all that led to it; what `--format json` prints.
package struct HealthReport: Sendable, Hashable, Codable {
    /// A host or node, for the picture of the cluster.
    package struct Member: Sendable, Hashable, Codable {
        package var name: String
        /// `control-plane`, `worker`, in the order of the alphabet.
        package var roles: [String]
        package var address: String
        /// Of the kubelet, `v1.20.2`; empty if it is no node.
        package var version: String

        package init(name: String, roles: [String], address: String, version: String) {
            self.name = name
            self.roles = roles
            self.address = address
            self.version = version
        }
    }

    /// What the verdict cost.
    package struct Cost: Sendable, Hashable, Codable {
        package var seconds: Double
        package var apiCalls: Int
        /// Bodies of answers, in bytes, as they came over the wire.
        package var apiBytes: Int
        /// Hosts asked over SSH.
        package var hosts: Int

        package init(seconds: Double, apiCalls: Int, apiBytes: Int, hosts: Int) {
            self.seconds = seconds
            self.apiCalls = apiCalls
            self.apiBytes = apiBytes
            self.hosts = hosts
        }
    }

    package var formatVersion = 1
    package var cluster: String
    package var endpoint: String
    /// RFC 3339, UTC.
    package var time: String
    /// The worst status of all findings, see `HealthReport.verdict(of:)`.
    package var verdict: HealthStatus
    package var members: [Member]
    /// Worst first, then by probe and subject.
    package var findings: [Finding]
    package var cost: Cost

    package init(
        cluster: String, endpoint: String, time: String, members: [Member], findings: [Finding], cost: Cost
    ) {
        self.cluster = cluster
        self.endpoint = endpoint
        self.time = time
        self.members = members
        self.findings = findings.sorted {
            ($0.status.rank, $0.id, $0.subject) < ($1.status.rank, $1.id, $1.subject)
        }
        self.cost = cost
        verdict = Self.verdict(of: findings)
    }

    /// fail before unknown before warn before pass; nothing measured at all is unknown.
    package static func verdict(of findings: [Finding]) -> HealthStatus {
        let worst = findings.map(\.status).filter { $0 != .skipped }.min { $0.rank < $1.rank }
        return worst ?? .unknown
    }
}
