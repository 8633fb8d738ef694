internal import Foundation
internal import Planning

/// What the member of etcd on one control plane says about itself and its cluster: one question for all probes of etcd.
///
/// It is asked through etcd's JSON gateway (`/v3/cluster/member/list`, `/v3/maintenance/status`; etcd 3.4 and later)
/// with kubeadm's health-check certificate, and through its metrics on loopback (`--listen-metrics-urls`, as kubeadm sets
/// it). Both answer from the member's own memory, so that they also answer without a quorum. Alarms are taken from the
/// status: the list of alarms itself would go through raft, which is a write, and waits while there is no leader.
struct EtcdState {
    static let question = Probe.script(
        "health.etcd",
        """
        [ -r /etc/kubernetes/manifests/etcd.yaml ] || exit 1
        \(HostShell.requiring("curl"))
        pki=/etc/kubernetes/pki/etcd
        [ -r $pki/healthcheck-client.crt ] || { echo "missing=$pki/healthcheck-client.crt"; exit 0; }
        echo "now=$(date +%s)"
        curl -s --connect-timeout 1 -m 3 --cacert $pki/ca.crt --cert $pki/healthcheck-client.crt \
        --key $pki/healthcheck-client.key -d '{}' -w '\\nend=%{http_code}\\n' \
        https://127.0.0.1:2379/v3/cluster/member/list https://127.0.0.1:2379/v3/maintenance/status \
        --next -s --connect-timeout 1 -m 3 -w '\\nend=%{http_code}\\n' http://127.0.0.1:2381/metrics 2>/dev/null | awk '
          substr($0, 1, 1) == "{" { print "json=" $0; next }
          /^end=/ { print; next }
          /--heartbeat-interval=/ { sub(/.*--heartbeat-interval=/, ""); print "heartbeat=" $0 + 0; next }
          /^etcd_disk_(wal_fsync|backend_commit)_duration_seconds_bucket/ { print; next }
          /^etcd_network_peer_round_trip_time_seconds_bucket/ { print; next }
          /^etcd_server_(has_leader|leader_changes_seen_total|quota_backend_bytes) / { print; next }
          /^process_start_time_seconds / { print }
        ' - /etc/kubernetes/manifests/etcd.yaml
        """)

    /// One of the member list.
    struct Member: Hashable {
        /// Decimal, as the JSON gateway writes it.
        var id: String
        /// Empty until it has started for the first time.
        var name: String
        var isLearner: Bool
    }

    struct Status {
        /// Of the member that answered.
        var id: String
        var version: String
        /// Of the member that leads; nil while there is none.
        var leader: String?
        /// Bytes of the file.
        var size: Double
        /// Bytes of it that hold data.
        var sizeInUse: Double
        /// Alarms, `memberID:1 alarm:NOSPACE`, and the want of a leader.
        var errors: [String]
    }

    /// Seconds since 1970 by the host's clock.
    var now: Double
    /// nil if it did not answer; that is a fault of etcd, because the host did.
    var members: [Member]?
    var status: Status?
    var metrics: EtcdMetrics?
    /// Milliseconds; etcd's default is 100.
    var heartbeat: Double

    init(_ text: String) throws {
        let answer = try HostAnswer(text)
        now = try answer.number("now")
        heartbeat = answer["heartbeat"].flatMap { Double($0) } ?? 100
        let codes = answer.all("end")
        guard codes.count == 3 else { throw Unmeasured("curl did not answer for etcd") }
        for document in answer.all("json") {
            // Told apart by what they hold; an error has neither.
            if let list = Self.decode(MemberList.self, document), let members = list.members {
                self.members = members.map {
                    Member(id: $0.ID ?? "", name: $0.name ?? "", isLearner: $0.isLearner ?? false)
                }
            } else if let status = Self.decode(StatusDocument.self, document), let version = status.version {
                self.status = Status(
                    id: status.header?.member_id ?? "", version: version,
                    leader: status.leader.flatMap { $0 == "0" || $0.isEmpty ? nil : $0 },
                    size: status.dbSize.flatMap { Double($0) } ?? 0,
                    sizeInUse: status.dbSizeInUse.flatMap { Double($0) } ?? 0,
                    errors: (status.errors ?? []).map {
                        String($0.split(separator: " ").joined(separator: " ").prefix(200))
                    })
            }
        }
        if codes[2] == "200" { metrics = EtcdMetrics(answer.lines) }
    }

    var hasLeader: Bool { status?.leader != nil }

    var alarms: [String] { status?.errors.filter { $0.contains("alarm:") } ?? [] }

    // The gateway writes 64-bit numbers as text and leaves out what is zero.
    private struct MemberList: Decodable {
        struct Member: Decodable {
            var ID: String?
            var name: String?
            var isLearner: Bool?
        }
        var members: [Member]?
    }

    private struct StatusDocument: Decodable {
        struct Header: Decodable { var member_id: String? }
        var header: Header?
        var version: String?
        var dbSize: String?
        var dbSizeInUse: String?
        var leader: String?
        var errors: [String]?
    }

    private static func decode<Document: Decodable>(_ type: Document.Type, _ text: String) -> Document? {
        try? JSONDecoder().decode(type, from: Data(text.utf8))
    }
}

extension EtcdState {
    /// nil if the host has no member of etcd: it may be elsewhere, or the control plane is not made yet.
    static func of(_ host: HealthHost) throws -> EtcdState? { try host.answer(question).map { try EtcdState($0) } }

    /// Judges the member of every control plane by itself.
    static func eachMember(
        _ evidence: HealthEvidence, _ judge: (HealthHost, EtcdState) throws -> [Judgement]
    ) -> [Judgement] {
        HealthProbe.eachHost(evidence, controlPlanesOnly: true) { host in
            guard let state = try of(host) else {
                return [Judgement(.skipped, host.subject, "no etcd on this host")]
            }
            return try judge(host, state)
        }
    }

    /// Of an etcd that does not answer; `etcd.quorum` says that it fails.
    func answeredStatus() throws -> Status {
        guard let status else { throw Unmeasured("etcd does not answer at 127.0.0.1:2379") }
        return status
    }

    func answeredMetrics() throws -> EtcdMetrics {
        guard let metrics else { throw Unmeasured("etcd gives no metrics at 127.0.0.1:2381") }
        return metrics
    }
}

/// The answers of all control planes side by side.
struct EtcdCluster {
    var states: [(host: HealthHost, state: EtcdState)] = []
    /// Hosts that could not be asked, and why.
    var unmeasured: [(host: HealthHost, reason: String)] = []
    var hostsWithout: [HealthHost] = []

    init(_ evidence: HealthEvidence) {
        for host in evidence.controlPlanes {
            do {
                if let state = try EtcdState.of(host) {
                    states.append((host, state))
                } else {
                    hostsWithout.append(host)
                }
            } catch {
                unmeasured.append((host, (error as? Unmeasured)?.reason ?? "\(error)"))
            }
        }
    }

    /// The list of a member that follows a leader, otherwise of any: without a leader it may be old.
    var members: [EtcdState.Member]? {
        let answering = states.filter { $0.state.members != nil }
        return (answering.first { $0.state.hasLeader } ?? answering.first)?.state.members
    }

    /// A judgement for all if there is no member to ask.
    func absence() throws -> [Judgement]? {
        guard states.isEmpty else { return nil }
        if let first = unmeasured.first { throw Unmeasured("\(first.host.name): \(first.reason)") }
        return [Judgement(.skipped, "cluster", "no etcd on the control planes")]
    }
}
