internal import Planning

/// Modes and owners of files that decide about the cluster.
enum ProductionFiles {
    static let probes = [secretFiles, settingsFiles, superAdministrator]

    private static let secretFiles = HealthProbe(
        id: "production.secret-files", group: .security, kind: .ssh, title: "Keys and kubeconfigs are root's alone",
        why: """
            Looks at private keys, kubeconfigs, manifests and the keys of encryption: mode 600 at most, owner root. With any of \
            them one becomes somebody else in the cluster.
            """,
        remedy: "chmod 600 and chown root:root the named files", questions: [FileModes.question]
    ) { evidence, _ in
        HealthProbe.eachHost(evidence) { host in
            let modes = try FileModes(on: host)
            let files = modes.files.filter { file in
                file.path.hasPrefix("/etc/kubernetes/")
                    && (file.path.hasSuffix(".key") || file.path.hasSuffix(".conf")
                        || file.path.hasPrefix("/etc/kubernetes/manifests/")
                        || file.path.hasPrefix("/etc/kubernetes/encryption/"))
            }
            return [
                try FileModes.judge(
                    files, host.subject, threshold: "mode 600 or less, owner root:root", otherwise: .fail
                ) { $0.isWithin(0o600) && $0.isRoot }
            ]
        }
    }

    private static let settingsFiles = HealthProbe(
        id: "production.settings-files", group: .security, kind: .ssh,
        title: "Settings and certificates are writable by root only",
        why: """
            Looks at the kubelet's settings and unit, certificates, the audit policy, the pod network's files, and at etcd's \
            folder, which must be closed to others altogether.
            """,
        remedy: "take the named rights away with chmod and chown", questions: [FileModes.question]
    ) { evidence, _ in
        HealthProbe.eachHost(evidence) { host in
            let modes = try FileModes(on: host)
            let files = modes.files.filter { file in
                file.path == modes.kubeletSettings || file.path == modes.dataFolder || file.path.hasSuffix(".crt")
                    || file.path.hasSuffix("audit-policy.yaml") || file.path.contains("/kubelet.service")
                    || file.path.hasPrefix("/etc/cni/net.d/")
            }
            return [
                try FileModes.judge(
                    files, host.subject, threshold: "mode 644 or less, etcd's folder 700, owner root:root",
                    otherwise: .fail
                ) { file in
                    file.path == modes.dataFolder
                        ? file.isWithin(0o700) && (file.isRoot || file.owner == "etcd:etcd")
                        : file.isWithin(0o755) && file.mode & 0o022 == 0 && file.isRoot
                }
            ]
        }
    }

    private static let superAdministrator = HealthProbe(
        id: "production.super-administrator", group: .security, kind: .ssh,
        title: "The kubeconfig above all roles is not kept on hosts",
        why: """
            From 1.29 on kubeadm writes super-admin.conf, whose group system:masters is above every role; it is for emergencies \
            and belongs in a safe place. Older versions have no other administrator.
            """,
        remedy: "copy /etc/kubernetes/super-admin.conf to a safe place and delete it on the host", needs: [.version],
        questions: [FileModes.question], isForControlPlanesOnly: true
    ) { evidence, _ in
        if let minor = CISBenchmark.minor(evidence), minor < 29 {
            return [Judgement(.skipped, "cluster", "super-admin.conf came with 1.29, and the cluster has 1.\(minor)")]
        }
        return HealthProbe.eachHost(evidence, controlPlanesOnly: true) { host in
            let modes = try FileModes(on: host)
            guard !modes.files.isEmpty else { throw Unmeasured("the host named no file at all") }
            let isThere = modes.file("/etc/kubernetes/super-admin.conf") != nil
            return [
                Judgement(
                    isThere ? .warn : .pass, host.subject, isThere ? "super-admin.conf is there" : "not there",
                    threshold: "no /etc/kubernetes/super-admin.conf")
            ]
        }
    }
}
