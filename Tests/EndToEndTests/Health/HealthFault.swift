import Foundation

/// Something that is really broken on real hosts, and the probes that must say so.
struct HealthFault: Sendable {
    enum Cluster {
        /// Three control planes and a worker.
        case highlyAvailable
        /// One control plane and one worker, at the same time.
        case ofTwo

        /// Probes that say of such a cluster, rightly and always, that it would not survive a loss.
        var known: Set<String> { self == .ofTwo ? ["control-plane.count", "dns.replicas"] : [] }
    }

    /// What was done, for the table in docs/.
    var what: String
    /// Probes that must turn red, with what they must say at least.
    var proves: [String: HealthAnswer.Status]
    /// Probes that may turn red as a consequence: prefixes of ids.
    var mayFollow: [String] = []
    /// Limits for this case, as the file of `--thresholds`; only to shorten waiting.
    var limits: String?
    /// What the verdict is asked with; nothing for one that only reads.
    var asks: [String] = []
    /// Where it is made.
    var cluster = Cluster.highlyAvailable
    /// Takes more than half a minute: made only with `MARTLET_E2E_FULL=1`, and when the proof is recorded.
    var isSlow = false
    /// How long until all must have been seen, in seconds.
    var within: Double = 60
    var make: @Sendable (TestFleet) async throws -> Void
    var undo: @Sendable (TestFleet) async throws -> Void

    var asksProfile: Bool { asks.contains("--profile") }

    /// etcd may be without a leader for some moments.
    var disturbsEtcd: Bool {
        mayFollow.contains("etcd") || proves.keys.contains { $0.hasPrefix("etcd") || $0 == ControlPlane.loss }
    }

    /// Those of this run.
    ///
    /// While one works on some of them, those whose text contains a part of `MARTLET_E2E_FAULT`, parted
    /// by bars; nothing is proven then.
    static var chosen: [HealthFault] {
        guard let word else { return isWhole ? whole : whole.filter { !$0.isSlow } }
        return whole.filter { fault in word.split(separator: "|").contains { fault.what.contains($0) } }
    }

    static let whole = passive + profiles + active + slowProfiles + slow

    private static let isWhole =
        Ground.isWhole || ProcessInfo.processInfo.environment["MARTLET_RECORD_PROOF"] == "1"
    static var isChosen: Bool { word != nil }

    private static let word = ProcessInfo.processInfo.environment["MARTLET_E2E_FAULT"]
}

/// What `martlet health --format json` prints.
struct HealthAnswer: Decodable {
    enum Status: String, Decodable, Sendable {
        case pass, warn, fail, unknown, skipped
    }

    struct Finding: Decodable {
        var id: String
        var status: Status
        var subject: String
        var measured: String
        var remedy: String
    }

    struct Cost: Decodable {
        var seconds: Double
        var apiCalls: Int
        var apiBytes: Int
    }

    var verdict: Status
    var endpoint: String
    var findings: [Finding]
    var cost: Cost

    /// All that would alarm somebody.
    ///
    /// Kubernetes 1.20 is out of support: that is said, and true.
    var alarms: [Finding] {
        findings.filter { $0.status != .pass && $0.status != .skipped && $0.id != "versions.support" }
    }

    func has(_ probe: String, _ status: Status) -> Bool {
        findings.contains { $0.id == probe && $0.status == status && !$0.remedy.isEmpty }
    }

    /// Whether it was measured and is well everywhere.
    func passes(_ probe: String) -> Bool {
        let mine = findings.filter { $0.id == probe }
        return !mine.isEmpty && mine.allSatisfy { $0.status == .pass }
    }
}
