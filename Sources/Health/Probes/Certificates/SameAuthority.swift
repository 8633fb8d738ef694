internal import Planning

/// All hosts trust the same authorities, and the keys on control planes belong to them.
enum SameAuthority {
    /// The public half of each authority's key; the key itself stays where it is.
    ///
    /// Keys may be kept elsewhere on purpose.
    static let question = Probe.script(
        "health.authority-keys",
        """
        \(HostShell.requiring("openssl"))
        cd /etc/kubernetes/pki 2>/dev/null || exit 1
        for name in ca front-proxy-ca etcd/ca; do
          [ -r $name.key ] || continue
          echo "key=$name.crt"
          timeout 2 openssl pkey -in $name.key -passin pass: -pubout </dev/null 2>/dev/null
        done
        true
        """)

    static let probe = HealthProbe(
        id: "certificates.same-authority", group: .certificates, kind: .ssh, title: "Hosts have the same authorities",
        why: """
            Compares the cluster's authority on all hosts, those of etcd and of the front proxy on all control planes, and the keys \
            with their certificates. A host with another authority belongs to another cluster; a key that does not match makes \
            certificates that nobody accepts.
            """,
        remedy:
            "compare `sha256sum /etc/kubernetes/pki/ca.crt` on all hosts; take the host that differs out and join it anew",
        questions: [HostCertificates.diskQuestion, question]
    ) { evidence, _ in
        let expected = authorities(of: evidence)
        return HealthProbe.eachHost(evidence) { host in
            let disk = try HostCertificates(host).onDisk
            guard disk["ca.crt"]?.isEmpty == false else { throw Unmeasured("no /etc/kubernetes/pki/ca.crt") }
            var faults: [String] = []
            for file in HostCertificates.authorityFiles {
                guard let own = disk[file], let expected = expected[file], own != expected else { continue }
                faults.append("\(file) differs from the other hosts'")
            }
            var status: HealthStatus = faults.isEmpty ? .pass : .fail
            if host.isControlPlane {
                do {
                    let keys = try keys(host)
                    for (file, key) in keys.sorted(by: { $0.key < $1.key }) {
                        guard let certificates = disk[file], !certificates.contains(where: { $0.publicKey == key })
                        else {
                            continue
                        }
                        faults.append(
                            key.isEmpty ? "the key of \(file) cannot be read" : "the key of \(file) is another's")
                        status = .fail
                    }
                } catch {
                    if status == .pass { status = .unknown }
                    faults.append("keys not measured: \((error as? Unmeasured)?.reason ?? "\(error)")")
                }
            }
            return [
                Judgement(
                    status, host.subject, faults.isEmpty ? "as on all hosts" : faults.joined(separator: "; "),
                    threshold: "equal on all hosts, keys match")
            ]
        }
    }

    /// By file, what most hosts have.
    private static func authorities(of evidence: HealthEvidence) -> [String: [CertificateDocument]] {
        var counts: [String: [[CertificateDocument]: Int]] = [:]
        for host in evidence.hosts {
            guard let disk = try? HostCertificates(host).onDisk else { continue }
            for file in HostCertificates.authorityFiles {
                if let found = disk[file] { counts[file, default: [:]][found, default: 0] += 1 }
            }
        }
        var result: [String: [CertificateDocument]] = [:]
        for (file, groups) in counts {
            let most = groups.values.max() ?? 0
            let candidates = groups.filter { $0.value == most }
            // With as many of one kind as of the other, that of the first host in the spec.
            let first = evidence.hosts.lazy.compactMap { try? HostCertificates($0).onDisk[file] }
                .first { candidates[$0] != nil }
            result[file] = first
        }
        return result
    }

    /// Public keys by the file of the certificate; empty where openssl could not read the key.
    private static func keys(_ host: HealthHost) throws -> [String: [UInt8]] {
        guard let text = try host.answer(question) else { return [:] }
        let answer = try HostAnswer(text)
        var result: [String: [UInt8]] = [:]
        var lines: [String: [Substring]] = [:]
        var file = ""
        for line in answer.lines {
            if line.hasPrefix("key=") {
                file = String(line.dropFirst(4))
                result[file] = []
            } else {
                lines[file, default: []].append(line)
            }
        }
        for file in result.keys {
            result[file] = CertificateDocument.blocks(lines[file] ?? [], label: "PUBLIC KEY").first ?? []
        }
        return result
    }
}
