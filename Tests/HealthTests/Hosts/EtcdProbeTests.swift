import Planning
import Testing

@testable import Health

@Suite("Probes of hosts: etcd")
struct EtcdProbeTests {
    static let ids = ["cp-1": "8211829465184726123", "cp-2": "12593026477526642892", "cp-3": "16150591836424838471"]

    static func memberList(_ names: [String], learner: String? = nil) -> String {
        let members = names.map { name in
            "{\"ID\":\"\(ids[name] ?? "77")\",\(name.isEmpty ? "" : "\"name\":\"\(name)\",")"
                + "\"peerURLs\":[\"https://10.0.0.1:2380\"]\(name == learner ? ",\"isLearner\":true" : "")}"
        }
        return
            "json={\"header\":{\"cluster_id\":\"1\",\"member_id\":\"2\"},\"members\":[\(members.joined(separator: ","))]}"
    }

    static func status(
        _ name: String, leader: String? = "cp-1", version: String = "3.4.13", size: Double = 20_480_000,
        inUse: Double = 10_000_000, errors: [String] = []
    ) -> String {
        let leader = leader.map { "\"leader\":\"\(ids[$0] ?? "1")\"," } ?? ""
        let errors = errors.isEmpty ? "" : ",\"errors\":[\(errors.map { "\"\($0)\"" }.joined(separator: ","))]"
        return "json={\"header\":{\"cluster_id\":\"1\",\"member_id\":\"\(ids[name] ?? "9")\",\"raft_term\":\"2\"},"
            + "\"version\":\"\(version)\",\"dbSize\":\"\(Int(size))\",\(leader)\"raftIndex\":\"9\",\"raftTerm\":\"2\","
            + "\"dbSizeInUse\":\"\(Int(inUse))\"\(errors)}"
    }

    /// 1000 writes: all but `slow` of them within 8 ms, the others between 512 ms and `bound`.
    static func histogram(
        _ metric: String, slow: Int = 0, bound: Double = 0.064, labels: String = "", count: Int = 1000
    ) -> String {
        """
        \(metric)_bucket{\(labels)le="0.001"} 0
        \(metric)_bucket{\(labels)le="0.008"} \(count - slow)
        \(metric)_bucket{\(labels)le="\(bound)"} \(count)
        \(metric)_bucket{\(labels)le="+Inf"} \(count)
        """
    }

    static let fsync = "etcd_disk_wal_fsync_duration_seconds"
    static let commit = "etcd_disk_backend_commit_duration_seconds"
    static let trip = "etcd_network_peer_round_trip_time_seconds"

    static func answer(
        _ name: String, members: [String] = ["cp-1", "cp-2", "cp-3"], list: String? = nil, status: String? = nil,
        metrics: String = "", heartbeat: Int = 100, changes: Int = 1, start: Int = 900_000,
        quota: String = "2.147483648e+09"
    ) -> String {
        """
        now=1000000
        \(list ?? memberList(members))
        end=200
        \(status ?? Self.status(name))
        end=200
        etcd_server_has_leader 1
        etcd_server_leader_changes_seen_total \(changes)
        etcd_server_quota_backend_bytes \(quota)
        process_start_time_seconds \(start)
        \(histogram(fsync))
        \(histogram(commit))
        \(metrics)
        end=200
        heartbeat=\(heartbeat)
        """
    }

    static let dead = "now=1000000\nend=000\nend=000\nend=000"

    static func host(_ name: String, _ answer: String) -> BenchHost {
        BenchHost(name, "10.0.0.1\(name.suffix(1))").answering(EtcdState.question, answer)
    }

    static func host(_ name: String) -> BenchHost { host(name, answer(name)) }

    /// As a member of etcd 3.6.14 wrote it: blanks after commas, fields that 3.4 has not, and an alarm with a blank at its end.
    @Test("The answer of etcd 3.6 is understood like that of 3.4")
    func newerEtcd() throws {
        let list = """
            json={"header":{"cluster_id":"1", "member_id":"2"}, "members":[{"ID":"2", "name":"cp-1", \
            "peerURLs":["https://10.0.0.1:2380"], "clientURLs":["https://10.0.0.1:2379"]}]}
            """
        let status = """
            json={"header":{"cluster_id":"1", "member_id":"2", "revision":"1", "raft_term":"2"}, "version":"3.6.14", \
            "dbSize":"24576", "leader":"2", "raftIndex":"5", "raftTerm":"2", "raftAppliedIndex":"5", \
            "errors":["memberID:1 alarm:NOSPACE "], "dbSizeInUse":"20480", "storageVersion":"3.6.0", \
            "dbSizeQuota":"2147483648", "downgradeInfo":{}}
            """
        let state = try EtcdState(Self.answer("cp-1", list: list, status: status))
        #expect(state.members == [EtcdState.Member(id: "2", name: "cp-1", isLearner: false)])
        #expect(state.status?.version == "3.6.14")
        #expect(state.status?.leader == "2")
        #expect(state.status?.size == 24576)
        #expect(state.status?.sizeInUse == 20480)
        #expect(state.alarms == ["memberID:1 alarm:NOSPACE"])
        expect(
            judge(EtcdAlarms.probe, Self.host("cp-1", Self.answer("cp-1", list: list, status: status))), .fail,
            "host/cp-1", "NOSPACE")
    }

    // MARK: Cluster

    @Test("The margin of the quorum")
    func quorumMargin() {
        let probe = EtcdQuorum.probe
        expect(
            judge(probe, Self.host("cp-1"), Self.host("cp-2"), Self.host("cp-3")), .pass, "cluster",
            "3 of 3 members healthy")
        expect(
            judge(probe, Self.host("cp-1"), Self.host("cp-2"), Self.host("cp-3", Self.dead)), .warn, "cluster",
            "2 of 3 members healthy, 2 needed", "not: cp-3")
        let alone = Self.answer("cp-1", status: Self.status("cp-1", leader: nil, errors: ["etcdserver: no leader"]))
        expect(
            judge(probe, Self.host("cp-1", alone), Self.host("cp-2", Self.dead), Self.host("cp-3", Self.dead)), .fail,
            "cluster",
            "0 of 3")
        expect(judge(probe, Self.host("cp-1", Self.dead)), .fail, "cluster", "answers on no control plane")
        expect(
            judge(probe, Self.host("cp-1", Self.answer("cp-1", members: ["cp-1"]))), .pass, "cluster",
            "1 of 1 member healthy")
        let pair = Self.answer("cp-1", members: ["cp-1", "cp-2"])
        let other = Self.answer("cp-2", members: ["cp-1", "cp-2"])
        expect(
            judge(probe, Self.host("cp-1", pair), Self.host("cp-2", other)), .warn, "cluster", "2 of 2 members healthy")
    }

    @Test("A host that could not be asked makes the quorum unknown, unless the others suffice")
    func quorumWithUnaskedHost() {
        let silent = BenchHost("cp-3", "10.0.0.13").silent("no route to host")
        expect(
            judge(EtcdQuorum.probe, Self.host("cp-1"), Self.host("cp-2"), silent), .unknown, "cluster",
            "cp-3 (could not be asked)")
        expect(judge(EtcdQuorum.probe, Self.host("cp-1", Self.dead), silent), .unknown, "cluster", "could not be asked")
    }

    @Test("External etcd is skipped everywhere; a host without curl is unknown")
    func external() {
        let probes = HostProbes.all.filter { $0.questions == [EtcdState.question] }
        #expect(probes.count == 10)
        for probe in probes {
            let findings = judge(probe, BenchHost().lacking(EtcdState.question))
            #expect(findings.map(\.status) == [.skipped], "\(findings)")
            let blind = judge(probe, BenchHost().answering(EtcdState.question, "missing=curl"))
            #expect(blind.map(\.status) == [.unknown], "\(blind)")
        }
    }

    @Test("A dead etcd fails once, in its quorum; what cannot be measured of it is unknown")
    func dead() {
        for probe in HostProbes.all where probe.questions == [EtcdState.question] && probe.id != "etcd.quorum" {
            #expect(judge(probe, Self.host("cp-1", Self.dead)).map(\.status) == [.unknown], "\(probe.id)")
        }
    }

    @Test("Members against control planes")
    func members() {
        func members(_ answer: String) -> [Finding] {
            judge(
                EtcdMembers.probe, Self.host("cp-1", answer), Self.host("cp-2", Self.dead), Self.host("cp-3", Self.dead)
            )
        }
        expect(members(Self.answer("cp-1")), .pass, "cluster", "3 members: cp-1, cp-2, cp-3")
        expect(members(Self.answer("cp-1", members: ["cp-1", "cp-2"])), .fail, "cluster", "no member: cp-3")
        expect(
            members(Self.answer("cp-1", members: ["cp-1", "cp-2", "cp-3", "old"])), .fail, "cluster",
            "no control plane: old (4d)")
        expect(members(Self.answer("cp-1", members: ["cp-1", "cp-2", ""])), .fail, "cluster", "never started: 4d")
        let learning = Self.memberList(["cp-1", "cp-2", "cp-3"], learner: "cp-3")
        expect(members(Self.answer("cp-1", list: learning)), .warn, "cluster", "cp-3 still learns")
        let split = judge(
            EtcdMembers.probe, Self.host("cp-1"), Self.host("cp-2", Self.answer("cp-2", members: ["cp-1", "cp-2"])),
            Self.host("cp-3"))
        expect(split, .fail, "cluster", "lists differ")
    }

    @Test("One version, and what is not measured is no pass")
    func versions() {
        let probe = EtcdVersion.probe
        expect(judge(probe, Self.host("cp-1"), Self.host("cp-2")), .pass, "cluster", "3.4.13 on 2 members")
        let newer = Self.answer("cp-2", status: Self.status("cp-2", version: "3.5.6"))
        expect(judge(probe, Self.host("cp-1"), Self.host("cp-2", newer)), .fail, "cluster", "cp-2 3.5.6")
        expect(judge(probe, Self.host("cp-1"), Self.host("cp-2", Self.dead)), .unknown, "cluster", "not measured: cp-2")
    }

    // MARK: Members by themselves

    @Test(
        "Changes of the leader by the hour, without the first election",
        arguments: [
            (1, 900_000, HealthStatus.pass, "leads, 0 changes of leader in 28 h"), (20, 900_000, .pass, "19 changes"),
            (100, 900_000, .warn, "99 changes"), (400, 900_000, .fail, "399 changes"),
            (4, 999_400, .pass, "3 changes of leader in 10 min"), (9, 999_400, .fail, "8 changes"),
        ])
    func leader(_ changes: Int, _ start: Int, _ status: HealthStatus, _ words: String) {
        let host = Self.host("cp-1", Self.answer("cp-1", changes: changes, start: start))
        expect(judge(EtcdLeader.probe, host), status, "host/cp-1", words)
    }

    @Test("No leader, and members that follow different ones")
    func leaders() {
        let lost = Self.host("cp-1", Self.answer("cp-1", status: Self.status("cp-1", leader: nil)))
        expect(judge(EtcdLeader.probe, lost), .fail, "host/cp-1", "no leader")
        let other = Self.host("cp-2", Self.answer("cp-2", status: Self.status("cp-2", leader: "cp-2")))
        #expect(judge(EtcdLeader.probe, Self.host("cp-1"), other).map(\.status) == [.warn, .warn])
    }

    @Test(
        "Writes to the log: a lab with a longer heartbeat stays green until that no longer suffices",
        arguments: [
            (100, 5, 0.064, HealthStatus.pass, "99 of 100 take under 8 ms"), (100, 100, 0.064, .warn, "58 ms"),
            (250, 100, 0.128, .pass, "116 ms"), (250, 100, 0.512, .warn, "462 ms"), (250, 100, 2.048, .fail, "1.8 s"),
        ])
    func fsync(_ heartbeat: Int, _ slow: Int, _ bound: Double, _ status: HealthStatus, _ words: String) {
        let text =
            Self.answer("cp-1", heartbeat: heartbeat).split(separator: "\n").filter { !$0.hasPrefix(Self.fsync) }
            .joined(separator: "\n") + "\n" + Self.histogram(Self.fsync, slow: slow, bound: bound)
        expect(judge(EtcdLatency.fsync, Self.host("cp-1", text)), status, "host/cp-1", words)
        let commit = text.replacing(Self.commit, with: "x").replacing(Self.fsync, with: Self.commit)
        let other = judge(EtcdLatency.commit, Self.host("cp-1", commit))
        #expect(other.count == 1 && other[0].measured.contains(words))
    }

    @Test(
        "Round trips to peers: the median while there are few",
        arguments: [
            (30, 10, 0.512, 100, HealthStatus.pass, "half of the round trips"),
            (1000, 100, 0.512, 100, .warn, "99 of 100 round trips take under 462 ms"),
            (1000, 5, 0.512, 100, .pass, "99 of 100 round trips take under 8 ms"),
            (1000, 100, 0.128, 250, .pass, "116 ms"), (1000, 500, 3.2, 250, .fail, "3.1 s"),
        ])
    func peers(
        _ count: Int, _ slow: Int, _ bound: Double, _ heartbeat: Int, _ status: HealthStatus, _ words: String
    ) {
        let metrics = Self.histogram(
            Self.trip, slow: slow, bound: bound, labels: "To=\"af74041eca695613\",", count: count)
        let host = Self.host("cp-1", Self.answer("cp-1", metrics: metrics, heartbeat: heartbeat))
        expect(judge(EtcdPeerLatency.probe, host), status, "host/cp-1", words)
    }

    @Test("Without a peer there is no round trip")
    func alone() {
        expect(judge(EtcdPeerLatency.probe, Self.host("cp-1")), .skipped, "host/cp-1", "no round trip")
    }

    @Test(
        "Size against the quota, and space that holds nothing",
        arguments: [
            (20e6, 10e6, "2.147483648e+09", HealthStatus.pass, "19 MiB of 2 GiB, 1 %", HealthStatus.pass),
            (1.2e9, 1.1e9, "2.147483648e+09", .warn, "56 %", .pass),
            (1.7e9, 1.1e9, "2.147483648e+09", .fail, "79 %", .warn),
            (1.7e9, 0.5e9, "8.589934592e+09", .pass, "of 8 GiB", .fail), (1.7e9, 1.6e9, "0", .fail, "of 2 GiB", .pass),
        ])
    func space(
        _ size: Double, _ inUse: Double, _ quota: String, _ status: HealthStatus, _ words: String, _ slack: HealthStatus
    ) {
        let text = Self.answer("cp-1", status: Self.status("cp-1", size: size, inUse: inUse), quota: quota)
        expect(judge(EtcdSize.probe, Self.host("cp-1", text)), status, "host/cp-1", words)
        expect(judge(EtcdSlack.probe, Self.host("cp-1", text)), slack, "host/cp-1", "unused")
    }

    @Test("Alarms stand in the status")
    func alarms() {
        expect(judge(EtcdAlarms.probe, Self.host("cp-1")), .pass, "host/cp-1", "none")
        let errors = ["memberID:8211829465184726123 alarm:NOSPACE ", "etcdserver: no leader"]
        let full = Self.answer("cp-1", status: Self.status("cp-1", errors: errors))
        let findings = judge(EtcdAlarms.probe, Self.host("cp-1", full))
        expect(findings, .fail, "host/cp-1", "NOSPACE")
        #expect(findings.first?.evidence == ["memberID:8211829465184726123 alarm:NOSPACE"])
    }

    // MARK: Backups

    @Test(
        "The newest backup by its age",
        arguments: [
            ("now=1000000\nfile=996400 4096 /b/x.db", HealthStatus.pass, "60 min old, 4 KiB, on cp-1"),
            ("now=1000000\nfile=970000 4096 /b/x.db", .warn, "8 h old"),
            ("now=1000000\nfile=800000 4096 /b/x.db", .fail, "2 days old"),
            ("now=1000000\nfile=999999 0 /b/x.db", .fail, "is empty"), ("now=1000000", .fail, "holds no snapshot"),
        ])
    func backup(_ answer: String, _ status: HealthStatus, _ words: String) {
        expect(judge(EtcdBackup.probe, BenchHost().answering(EtcdBackup.question, answer)), status, "cluster", words)
    }

    @Test("One recent backup on any control plane suffices; no folder at all is skipped")
    func backups() {
        let old = BenchHost("cp-1").answering(EtcdBackup.question, "now=1000000\nfile=5 9 /b/x.db")
        let recent = BenchHost("cp-2").answering(EtcdBackup.question, "now=1000000\nfile=999000 9 /b/x.db")
        expect(judge(EtcdBackup.probe, old, recent), .pass, "cluster", "on cp-2")
        let none = BenchHost().lacking(EtcdBackup.question)
        expect(judge(EtcdBackup.probe, none, none), .skipped, "cluster", "no backups are made here yet")
        expect(judge(EtcdBackup.probe, none, BenchHost("cp-2").silent("no route")), .unknown, "cluster", "no route")
    }

    // MARK: Numbers

    @Test("Quantiles of a histogram")
    func quantiles() {
        var histogram = LatencyHistogram()
        #expect(histogram.quantile(0.99) == nil)
        for (bound, count) in [(0.01, 90.0), (0.1, 100.0), (.infinity, 100.0)] {
            histogram.add(bound: bound, count: count)
        }
        #expect(histogram.quantile(0.9) == 0.01)
        #expect(abs((histogram.quantile(0.95) ?? 0) - 0.055) < 1e-9)
        #expect(histogram.quantile(1) == 0.1)
        var beyond = LatencyHistogram()
        beyond.add(bound: .infinity, count: 10)
        beyond.add(bound: 8.192, count: 1)
        #expect(beyond.quantile(0.99) == 8.192)
    }
}
