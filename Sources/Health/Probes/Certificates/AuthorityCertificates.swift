internal import Foundation

/// The authorities of the cluster, of etcd and of the front proxy.
enum AuthorityCertificates {
    static let probe = HealthProbe(
        id: "certificates.authorities", group: .certificates, kind: .ssh, title: "Authorities last",
        why: """
            Reads when the cluster's authorities expire. Every certificate and kubeconfig depends on them, and to change one takes \
            weeks of planning in a large cluster.
            """,
        remedy:
            "plan the change of the authority (`kubeadm certs check-expiration` shows all) while the old one is still valid",
        limits: [.init("warn", 730, "days"), .init("fail", 365, "days")], questions: [HostCertificates.diskQuestion]
    ) { evidence, limits in
        let now = evidence.now.timeIntervalSince1970
        return HealthProbe.eachHost(evidence) { host in
            let certificates = try HostCertificates(host)
            // A file holds two while an authority is being changed: the newer one counts.
            let authorities = HostCertificates.authorityFiles.compactMap { file in
                certificates.onDisk[file]?.max { $0.notAfter < $1.notAfter }.map { (file, $0) }
            }
            guard let soonest = authorities.min(by: { $0.1.notAfter < $1.1.notAfter }) else {
                throw Unmeasured("no certificate of an authority on this host")
            }
            // Not scaled by the lifetime as for others: the plan takes the time it takes.
            let days = (soonest.1.notAfter - now) / 86_400
            return [
                Judgement(
                    days <= limits["fail"] ? .fail : days <= limits["warn"] ? .warn : .pass, host.subject,
                    "\(soonest.0) \(CertificateExpiry.words(soonest.1, now: now))",
                    threshold: CertificateExpiry.threshold(limits))
            ]
        }
    }
}
