internal import Foundation

/// The certificates that kubeadm made for the control plane, and whether the servers use those on the disk.
enum LeafCertificates {
    /// Ports and the files they should serve.
    private static let served = [(6443, "apiserver.crt", "kube-apiserver"), (2379, "etcd/server.crt", "etcd")]

    static let probe = HealthProbe(
        id: "certificates.expiry", group: .certificates, kind: .ssh, title: "Certificates of the control plane last",
        why: """
            Reads the certificates of every control plane from its disk and as the API server and etcd serve them. Expired ones stop \
            the whole cluster at one moment. One that was renewed but is not yet served means that the server must be restarted \
            before the old one expires.
            """,
        remedy:
            "run `kubeadm certs renew all` on the host, then restart the static pods by moving their manifests out of /etc/kubernetes/manifests and back",
        limits: [.init("warn", 60, "days"), .init("fail", 14, "days")],
        questions: [HostCertificates.diskQuestion, HostCertificates.wireQuestion], isForControlPlanesOnly: true
    ) { evidence, limits in
        let now = evidence.now.timeIntervalSince1970
        return HealthProbe.eachHost(evidence, controlPlanesOnly: true) { host in
            let certificates = try HostCertificates(host)
            let leaves = HostCertificates.leafFiles.compactMap { file in
                certificates.onDisk[file]?.first.map { (file, $0) }
            }
            guard let soonest = leaves.min(by: { $0.1.notAfter < $1.1.notAfter }) else {
                throw Unmeasured("no certificates of a control plane on this host")
            }
            var status = CertificateExpiry.status(soonest.1, now: now, limits: limits)
            for leaf in leaves where CertificateExpiry.status(leaf.1, now: now, limits: limits) == .fail {
                status = .fail
            }
            var words = ["\(soonest.0) \(CertificateExpiry.words(soonest.1, now: now))"]
            var remedy: String?
            do {
                let wire = try HostCertificates.onWire(host)
                for (port, file, name) in served {
                    // A port that does not answer is the matter of other probes.
                    guard let answered = wire[port], let certificate = answered,
                        let disk = certificates.onDisk[file]?.first,
                        certificate != disk
                    else { continue }
                    if status != .fail {
                        remedy =
                            "restart \(name) on the host by moving its manifest out of /etc/kubernetes/manifests for 20 s and back"
                    }
                    status = .fail
                    words.append(
                        "\(name) serves another certificate than \(file), which \(CertificateExpiry.words(certificate, now: now))"
                    )
                }
            } catch {
                if status == .pass { status = .unknown }
                words.append("what is served was not measured: \((error as? Unmeasured)?.reason ?? "\(error)")")
            }
            return [
                Judgement(
                    status, host.subject, words.joined(separator: "; "),
                    threshold: "\(CertificateExpiry.threshold(limits)), served as on disk", remedy: remedy)
            ]
        }
    }
}
