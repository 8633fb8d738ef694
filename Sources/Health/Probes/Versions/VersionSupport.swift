internal import Foundation

/// Days on which minor versions reach their end of life: data/releases/eol.yaml of https://github.com/kubernetes/website up to
/// 1.32, and for 1.33 to 1.36 the pages https://kubernetes.io/releases/1.33/ and following.
///
/// The list ends with what was published when it was written; a newer version is `unknown`, never a pass.
enum VersionSupport {
    static let lastDays: [Int: String] = [
        19: "2021-10-28", 20: "2022-02-28", 21: "2022-06-28", 22: "2022-12-08", 23: "2023-02-28", 24: "2023-07-28",
        25: "2023-10-28", 26: "2024-02-28", 27: "2024-07-16", 28: "2024-10-22", 29: "2025-02-28", 30: "2025-07-15",
        31: "2025-11-11", 32: "2026-02-28", 33: "2026-06-28", 34: "2026-10-27", 35: "2027-02-28", 36: "2027-06-28",
    ]

    static let probe = HealthProbe(
        id: "versions.support", group: .versions, kind: .api, title: "The version still gets fixes",
        why: """
            A minor version gets fixes for about fourteen months. After that holes stay open. That is a warning and no \
            failure: the cluster works today as it did yesterday.
            """,
        remedy: "plan the upgrade to the next minor version",
        limits: [.init("warn", 60, "days")], needs: [.version]
    ) { evidence, limits in
        let text = try evidence.api.version.get()
        guard let version = MinorVersion(text), let last = lastDays[version.minor],
            let end = KubernetesTime.parse(last + "T00:00:00Z")
        else { throw Unmeasured("the end of support of \(text) is not in martlet's table") }
        let left = end.timeIntervalSince(evidence.now) / 86400
        let expected = "more than \(Int(limits["warn"])) days left"
        return [
            Judgement(
                left < limits["warn"] ? .warn : .pass, "cluster",
                left < 0 ? "\(text) had its last fixes on \(last)" : "\(text) gets fixes until \(last)",
                threshold: expected)
        ]
    }
}
