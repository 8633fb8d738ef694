internal import Foundation

/// The certificate by which the kubelet logs in, and the one it serves.
///
/// The kubelet renews the first by itself when 70 to 90 % of its life are over, so that one near its end is not being
/// renewed. It makes its own serving certificate (`kubelet.crt`, one year) anew only when it starts, unless
/// `serverTLSBootstrap` has the cluster sign it.
enum KubeletCertificates {
    static let probe = HealthProbe(
        id: "certificates.kubelet", group: .certificates, kind: .ssh, title: "The kubelet's certificates last",
        why: """
            Reads the kubelet's client certificate and its serving certificate, from disk and from its port. When the first expires \
            the node is lost; when the second does, logs, exec and metrics of its pods fail.
            """,
        remedy: "run `systemctl restart kubelet` on the host, and look for its requests with `kubectl get csr`",
        limits: [.init("warn", 30, "days"), .init("fail", 7, "days")],
        questions: [HostCertificates.diskQuestion, HostCertificates.wireQuestion]
    ) { evidence, limits in
        let now = evidence.now.timeIntervalSince1970
        return HealthProbe.eachHost(evidence) { host in
            let disk = try HostCertificates(host).onDisk
            let wire = (try? HostCertificates.onWire(host)).flatMap { $0[10250] ?? nil }
            // A login by a certificate within kubelet.conf is not renewed and not in a file of its own.
            guard let client = disk["kubelet-client-current.pem"]?.first else {
                throw Unmeasured("no /var/lib/kubelet/pki/kubelet-client-current.pem")
            }
            let stored = ["kubelet-server-current.pem", "kubelet.crt"].compactMap { disk[$0]?.first }
            var parts = [("the client certificate", client)]
            if let server = wire ?? stored.first { parts.append(("the serving certificate", server)) }
            let statuses = parts.map { CertificateExpiry.status($0.1, now: now, limits: limits) }
            var status = statuses.min { $0.rank < $1.rank } ?? .pass
            let soonest = parts.min { $0.1.notAfter < $1.1.notAfter } ?? parts[0]
            var words = "\(soonest.0) \(CertificateExpiry.words(soonest.1, now: now))"
            // A warning only: `tlsCertFile` may name a third file.
            if let wire, !stored.isEmpty, !stored.contains(wire) {
                words += "; another is served than on disk"
                if status == .pass { status = .warn }
            }
            return [
                Judgement(
                    status, host.subject, words, threshold: "\(CertificateExpiry.threshold(limits)), served as on disk")
            ]
        }
    }
}
