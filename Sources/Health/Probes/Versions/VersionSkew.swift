/// https://kubernetes.io/releases/version-skew-policy/: a kubelet is never newer than the API server, and at most two minor
/// versions older; three since 1.28.
enum VersionSkew {
    static let probe = HealthProbe(
        id: "versions.skew", group: .versions, kind: .api, title: "Kubelets fit the API server",
        why: """
            A kubelet may be older than the API server by two minor versions (three since 1.28), and never newer. Beyond that \
            nothing is tested, and pods fail in odd ways.
            """,
        remedy: "upgrade the control plane first, then the kubelets, one minor version at a time",
        needs: [.nodes, .version]
    ) { evidence, _ in
        let text = try evidence.api.version.get()
        guard let server = MinorVersion(text) else {
            throw Unmeasured("the API server's version \(text) is not understood")
        }
        let most = server.minor >= 28 ? 3 : 2
        return try evidence.api.nodes.get().map { node in
            guard let kubelet = MinorVersion(node.version) else {
                return Judgement(.unknown, node.subject, "version \(node.version) is not understood")
            }
            let behind = server.minor - kubelet.minor
            let status: HealthStatus = behind < 0 || behind > most ? .fail : behind == most ? .warn : .pass
            return Judgement(
                status, node.subject, "kubelet \(node.version), API server \(text)",
                threshold: "at most \(most) minor versions older, never newer")
        }
    }
}

/// `v1.20.2-gke.3` as far as policies need it.
struct MinorVersion: Hashable, Comparable {
    var major: Int
    var minor: Int

    init?(_ text: String) {
        let parts = text.drop { $0 == "v" }.split(separator: ".")
        guard parts.count >= 2, let major = Int(parts[0]), let minor = Int(parts[1].prefix { $0.isNumber }) else {
            return nil
        }
        self.major = major
        self.minor = minor
    }

    static func < (left: MinorVersion, right: MinorVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}
