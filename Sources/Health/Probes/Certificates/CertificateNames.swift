/// The names in the certificate that the API server serves.
enum CertificateNames {
    static let probe = HealthProbe(
        id: "certificates.names", group: .certificates, kind: .ssh, title: "The API server's certificate has its names",
        why: """
            Checks that the certificate which each API server serves is valid for its host's name and address, for the \
            endpoint of the spec and for the name of the API in the cluster. Clients that come by a missing name are refused.
            """,
        remedy:
            "delete /etc/kubernetes/pki/apiserver.crt and .key on the host, run `kubeadm init phase certs apiserver` with the cluster's configuration and restart kube-apiserver",
        questions: [HostCertificates.wireQuestion], isForControlPlanesOnly: true
    ) { evidence, _ in
        HealthProbe.eachHost(evidence, controlPlanesOnly: true) { host in
            guard let certificate = try HostCertificates.onWire(host)[6443] ?? nil else {
                throw Unmeasured("nothing is served at 127.0.0.1:6443")
            }
            let names = [host.address, host.name, evidence.endpoint, "kubernetes.default.svc"].filter { !$0.isEmpty }
            let missing = names.filter { !certificate.covers($0) }
            return [
                Judgement(
                    missing.isEmpty ? .pass : .fail, host.subject,
                    missing.isEmpty ? "has all names" : "is not valid for \(missing.joined(separator: ", "))",
                    threshold: names.joined(separator: ", "))
            ]
        }
    }
}
