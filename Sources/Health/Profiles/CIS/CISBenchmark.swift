/// The controls of one version of the CIS Kubernetes Benchmark; numbers and facts are its, words are ours.
///
/// Numbers, expected values and the division in automated and manual are those of kube-bench's `cfg/cis-1.20`.
enum CISBenchmark {
    static let name = "CIS Kubernetes Benchmark v1.20"
    /// Minor versions of Kubernetes 1 that it is for (kube-bench, docs/platforms.md).
    static let minors = 19...21

    static let controls: [CISControl] =
        CISControlPlaneFiles.controls + CISAPIServer.controls + CISControllerManager.controls + CISScheduler.controls
        + CISEtcd.controls + CISControlPlane.controls + CISNodeFiles.controls + CISKubelet.controls + CISAccess.controls
        + CISPodSecurity.controls + CISPolicies.controls

    static let probes: [HealthProbe] = [version] + controls.map(\.probe)

    /// Whether the numbers fit the cluster.
    static let version = HealthProbe(
        id: "cis.version", group: .security, kind: .api, title: "The benchmark is for this version of Kubernetes",
        why: """
            Compares the cluster's version with those that the \(name) was written for. Beyond them the numbers are still \
            that version's; controls about what a newer Kubernetes no longer has are skipped.
            """,
        remedy: "read the findings beside the edition of the benchmark that is for this version", needs: [.version]
    ) { evidence, _ in
        let version = try evidence.api.version.get()
        let threshold = "Kubernetes 1.\(minors.lowerBound) to 1.\(minors.upperBound)"
        guard let minor = minor(evidence) else { throw Unmeasured("\(version) is no version of Kubernetes 1") }
        return [
            Judgement(
                minors.contains(minor) ? .pass : .warn, "cluster", "\(name), Kubernetes \(version)",
                threshold: threshold)
        ]
    }

    /// Of `v1.20.2`; nil if it is not known.
    static func minor(_ evidence: HealthEvidence) -> Int? {
        guard let version = try? evidence.api.version.get() else { return nil }
        let parts = version.drop { $0 == "v" }.split(separator: ".")
        guard parts.count > 1, parts[0] == "1" else { return nil }
        return Int(parts[1].prefix { $0.isNumber })
    }
}
