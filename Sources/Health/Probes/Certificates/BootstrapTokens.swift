internal import Foundation

enum BootstrapTokens {
    static let probe = HealthProbe(
        id: "certificates.bootstrap-tokens", group: .certificates, kind: .api, title: "Bootstrap tokens end",
        why: """
            Who holds a bootstrap token can make a node. One that never ends is a key under the mat; kubeadm's own end after \
            a day at most.
            """,
        remedy: "`kubeadm token delete ID`; martlet makes one for each join and needs none in between",
        limits: [.init("warn", 86400, "s")], needs: [.bootstrapTokens]
    ) { evidence, limits in
        let tokens = try evidence.api.bootstrapTokens.get()
        let judged = tokens.map { token -> Judgement in
            let expected = "ends within \(span(limits["warn"]))"
            let text = token.data?.expiration.flatMap { Data(base64Encoded: $0) }.map {
                String(decoding: $0, as: UTF8.self)
            }
            guard let end = KubernetesTime.parse(text) else {
                return Judgement(.fail, "token/\(token.name)", "never ends", threshold: expected)
            }
            let left = end.timeIntervalSince(evidence.now)
            return Judgement(
                left > limits["warn"] ? .warn : .pass, "token/\(token.name)",
                left < 0 ? "has ended" : "ends in \(span(left))", threshold: expected)
        }
        return judged.isEmpty ? [Judgement(.pass, "cluster", "none", threshold: "none, or ending")] : judged
    }
}
