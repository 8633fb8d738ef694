internal import Planning

/// Certificates of a host, on its disk and as its ports serve them; asked once for several probes.
///
/// Certificates are public; the keys beside them stay on the host.
struct HostCertificates {
    /// kubeadm's places; those that a host does not have are left out.
    static let authorityFiles = ["ca.crt", "front-proxy-ca.crt", "etcd/ca.crt"]
    static let leafFiles = [
        "apiserver.crt", "apiserver-kubelet-client.crt", "apiserver-etcd-client.crt", "front-proxy-client.crt",
        "etcd/server.crt", "etcd/peer.crt", "etcd/healthcheck-client.crt",
    ]
    static let kubeletFiles = ["kubelet-client-current.pem", "kubelet-server-current.pem", "kubelet.crt"]

    private static let authorityFolder = "/etc/kubernetes/pki/"
    private static let kubeletFolder = "/var/lib/kubelet/pki/"

    static let diskQuestion = Probe.script(
        "health.certificates",
        """
        set --
        for file in \((authorityFiles + leafFiles).map { authorityFolder + $0 }.joined(separator: " ")) \
        \(kubeletFiles.map { kubeletFolder + $0 }.joined(separator: " ")); do
          [ -r $file ] && set -- "$@" $file
        done
        [ $# -gt 0 ] || exit 1
        awk '
          FNR == 1 { print "file=" FILENAME; inside = 0 }
          /^-----BEGIN CERTIFICATE-----/ { inside = 1 }
          inside { print }
          /^-----END CERTIFICATE-----/ { inside = 0 }
        ' "$@"
        """)

    /// The API server, etcd and the kubelet, as far as the host should have them.
    ///
    /// A server sends its certificate before
    /// it asks for the client's, so that none is needed.
    static let wireQuestion = Probe.script(
        "health.served-certificates",
        """
        \(HostShell.requiring("openssl"))
        ports=
        [ -e /etc/kubernetes/manifests/kube-apiserver.yaml ] && ports="$ports 6443"
        [ -e /etc/kubernetes/manifests/etcd.yaml ] && ports="$ports 2379"
        [ -e /var/lib/kubelet/config.yaml ] && ports="$ports 10250"
        [ -n "$ports" ] || exit 1
        for port in $ports; do
          echo "port=$port"
          timeout 2 openssl s_client -connect 127.0.0.1:$port </dev/null 2>/dev/null
        done | awk '
          /^port=/ { print; inside = 0 }
          /^-----BEGIN CERTIFICATE-----/ { inside = 1 }
          inside { print }
          /^-----END CERTIFICATE-----/ { inside = 0 }'
        """)

    /// By name, as in the lists above.
    private(set) var onDisk: [String: [CertificateDocument]] = [:]

    /// - Throws: `Unmeasured` also if the host has none of these files.
    init(_ host: HealthHost) throws {
        guard let text = try host.answer(Self.diskQuestion) else {
            throw Unmeasured("no certificates of Kubernetes on this host")
        }
        for (path, lines) in Self.sections(text, key: "file") {
            var name = path[...]
            for folder in [Self.authorityFolder, Self.kubeletFolder] where name.hasPrefix(folder) {
                name = name.dropFirst(folder.count)
            }
            onDisk[String(name)] = CertificateDocument.all(pem: lines)
        }
    }

    /// What the ports serve; a port without an answer is there without a certificate.
    static func onWire(_ host: HealthHost) throws -> [Int: CertificateDocument?] {
        guard let text = try host.answer(wireQuestion) else { throw Unmeasured("no ports of Kubernetes on this host") }
        _ = try HostAnswer(text)
        var result: [Int: CertificateDocument?] = [:]
        for (port, lines) in sections(text, key: "port") {
            guard let port = Int(port) else { continue }
            result.updateValue(CertificateDocument.all(pem: lines).first, forKey: port)
        }
        return result
    }

    /// Parts that begin with a line `KEY=VALUE`.
    private static func sections(_ text: String, key: String) -> [(value: String, lines: [Substring])] {
        var result: [(value: String, lines: [Substring])] = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("\(key)=") {
                result.append((String(line.dropFirst(key.count + 1)), []))
            } else if !result.isEmpty {
                result[result.count - 1].lines.append(line)
            }
        }
        return result
    }
}

/// How near the end of a certificate is.
enum CertificateExpiry {
    /// Limits in days are meant for kubeadm's certificates of one year.
    ///
    /// For shorter ones they shrink in proportion: one
    /// of a day is not expiring when it is new.
    ///
    /// - Parameter now: seconds since 1970.
    static func status(_ certificate: CertificateDocument, now: Double, limits: Limits) -> HealthStatus {
        let scale = min(1, max(0, certificate.lifetime) / (365 * day))
        let left = certificate.notAfter - now
        if left <= limits["fail"] * day * scale || certificate.notBefore > now + day { return .fail }
        return left <= limits["warn"] * day * scale ? .warn : .pass
    }

    /// `expires in 364 days`.
    static func words(_ certificate: CertificateDocument, now: Double) -> String {
        if certificate.notBefore > now + day {
            return "is not valid before \(HostWords.duration(certificate.notBefore - now)) from now"
        }
        let left = certificate.notAfter - now
        return left < 0 ? "expired \(HostWords.duration(-left)) ago" : "expires in \(HostWords.duration(left))"
    }

    static func threshold(_ limits: Limits) -> String {
        "over \(Int(limits["warn"])) days left; \(Int(limits["fail"])) fail"
    }

    private static let day = 86_400.0
}
