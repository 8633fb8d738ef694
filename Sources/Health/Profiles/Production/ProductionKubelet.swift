internal import Planning

/// Settings of every kubelet.
enum ProductionKubelet {
    static let probes = [
        settings(
            "kubelet-authentication", "Kubelets let in nobody without rights",
            why: "Who reaches a kubelet without credentials reads logs and runs commands in every pod of the node.",
            remedy: "set anonymous off, authorization Webhook and a client authority under components.kubelet",
            KubeletRule("authentication.anonymous.enabled", flag: "anonymous-auth", .equals("false"), default: "false"),
            KubeletRule("authorization.mode", flag: "authorization-mode", .equals("Webhook"), default: "Webhook"),
            KubeletRule("authentication.x509.clientCAFile", flag: "client-ca-file", .isSet)),
        settings(
            "kubelet-read-only-port", "Kubelets' port without credentials is closed",
            why: "It shows pods and their environment to everybody.", remedy: "set readOnlyPort: 0",
            KubeletRule("readOnlyPort", flag: "read-only-port", .equals("0"), default: "0")),
        settings(
            "kubelet-rotation", "Kubelets renew their client certificates",
            why: "Without it a node falls out of the cluster when its certificate ends, a year after it joined.",
            remedy: "set rotateCertificates: true",
            KubeletRule("rotateCertificates", flag: "rotate-certificates", .equals("true"), default: "false")),
        settings(
            "kubelet-serving-certificate", "Kubelets serve certificates that the cluster signed", otherwise: .warn,
            why: """
                Otherwise the API server and metrics-server cannot verify them. It needs somebody who approves the requests, \
                which Kubernetes does not do by itself.
                """,
            remedy: "install an approver, then set serverTLSBootstrap: true under components.kubelet",
            KubeletRule(
                "serverTLSBootstrap", flag: "rotate-server-certificates",
                .isTrueOrAllSet([("tlsCertFile", "tls-cert-file"), ("tlsPrivateKeyFile", "tls-private-key-file")]))),
        settings(
            "kubelet-tls-floor", "Kubelets speak TLS 1.2 or newer",
            why: "Older versions of TLS are broken; the default is 1.2.", remedy: "set tlsMinVersion: VersionTLS12",
            KubeletRule(
                "tlsMinVersion", flag: "tls-min-version", .isWithin(["VersionTLS12", "VersionTLS13"]),
                default: "VersionTLS12")),
        kernelDefaults,
        reservations,
        eviction,
        settings(
            "kubelet-pids", "The number of processes of a pod is bounded", otherwise: .warn,
            why: "A pod that starts processes without end stops the whole node; there is no limit by default.",
            remedy: "set podPidsLimit from 1024 to 4096",
            KubeletRule("podPidsLimit", flag: "pod-max-pids", .isIn(1024...4096), default: "-1")),
        settings(
            "kubelet-logs", "Logs of containers are bounded", otherwise: .warn,
            why: "Logs fill the disk of a node otherwise. Explicit values survive a change of the default.",
            remedy: "set containerLogMaxSize: 10Mi and containerLogMaxFiles: 5",
            KubeletRule("containerLogMaxSize", flag: "container-log-max-size", .isSet),
            KubeletRule("containerLogMaxFiles", flag: "container-log-max-files", .isIn(2...20))),
        settings(
            "kubelet-sessions", "Idle sessions end and chains of iptables are kept",
            why: "Sessions that never end hold memory; without its chains addresses of pods are not translated.",
            remedy: "remove --streaming-connection-idle-timeout=0 and makeIPTablesUtilChains: false",
            KubeletRule(
                "streamingConnectionIdleTimeout", flag: "streaming-connection-idle-timeout",
                .isNotAsFlag(["0", "0s", "0h0m0s"]), default: "4h"),
            KubeletRule(
                "makeIPTablesUtilChains", flag: "make-iptables-util-chains", .equals("true"), default: "true")),
        since(
            21, "kubelet-shutdown", "A node that is shut down ends its pods first", "graceful shutdown",
            why: "Without shutdownGracePeriod pods are cut off when the machine stops.",
            remedy: "set shutdownGracePeriod: 60s and shutdownGracePeriodCriticalPods: 20s",
            KubeletRule("shutdownGracePeriod", .isNot(["0", "0s"]), default: "0s"),
            KubeletRule("shutdownGracePeriodCriticalPods", .isNot(["0", "0s"]), default: "0s")),
        since(
            25, "kubelet-seccomp", "Pods get a seccomp profile by default", "the default profile",
            why: "A profile keeps rarely used calls of the kernel away from containers that ask for none.",
            remedy: "set seccompDefault: true",
            KubeletRule("seccompDefault", flag: "seccomp-default", .equals("true"), default: "false")),
    ]

    private static func settings(
        _ id: String, _ title: String, otherwise: HealthStatus = .fail, why: String, remedy: String,
        _ rules: KubeletRule...
    ) -> HealthProbe {
        HealthProbe(
            id: "production.\(id)", group: .nodes, kind: .ssh, title: title, why: why, remedy: remedy,
            questions: KubeletSettings.questions
        ) { evidence, _ in
            HealthProbe.eachHost(evidence) { host in
                [KubeletRule.judge(rules, try KubeletSettings(on: host), host.subject, otherwise: otherwise)]
            }
        }
    }

    /// Settings that older versions do not have.
    private static func since(
        _ minor: Int, _ id: String, _ title: String, _ what: String, why: String, remedy: String,
        _ rules: KubeletRule...
    ) -> HealthProbe {
        HealthProbe(
            id: "production.\(id)", group: .nodes, kind: .ssh, title: title, why: why, remedy: remedy,
            needs: [.version],
            questions: KubeletSettings.questions
        ) { evidence, _ in
            if let current = CISBenchmark.minor(evidence), current < minor {
                return [
                    Judgement(.skipped, "cluster", "\(what) came with 1.\(minor), and the cluster has 1.\(current)")
                ]
            }
            return HealthProbe.eachHost(evidence) { host in
                [KubeletRule.judge(rules, try KubeletSettings(on: host), host.subject, otherwise: .warn)]
            }
        }
    }

    private static let kernelDefaults = HealthProbe(
        id: "production.kubelet-kernel", group: .nodes, kind: .ssh,
        title: "Kubelets do not change the kernel's settings silently",
        why: """
            With protectKernelDefaults a kubelet refuses to start on settings that it would have to change. Hosts that are \
            containers have no kernel of their own and are left out.
            """,
        remedy: "set the kernel's settings (production.kernel-settings), then protectKernelDefaults: true",
        questions: KubeletSettings.questions + [HostContainer.question]
    ) { evidence, _ in
        HealthProbe.eachHost(evidence) { host in
            if HostContainer.holds(host) {
                return [Judgement(.skipped, host.subject, "the host is a container and owns no kernel")]
            }
            let rule = KubeletRule(
                "protectKernelDefaults", flag: "protect-kernel-defaults", .equals("true"), default: "false")
            return [KubeletRule.judge([rule], try KubeletSettings(on: host), host.subject, otherwise: .fail)]
        }
    }

    private static let reservations = HealthProbe(
        id: "production.kubelet-reservations", group: .capacity, kind: .ssh,
        title: "Room is kept for the system and the kubelet",
        why: """
            Without kubeReserved and systemReserved pods may be given the whole machine; under load the kubelet and sshd then \
            starve first.
            """,
        remedy: "set kubeReserved and systemReserved with cpu and memory", questions: KubeletSettings.questions
    ) { evidence, _ in
        HealthProbe.eachHost(evidence) { host in
            let settings = try KubeletSettings(on: host)
            let missing = [("kubeReserved", "kube-reserved"), ("systemReserved", "system-reserved")].flatMap {
                path, flag in
                let given = settings.arguments.list(flag).map { $0.prefix { $0 != "=" } }
                let map = settings.map(path)
                return ["cpu", "memory"].filter { name in
                    // A flag takes the place of the whole field.
                    given.isEmpty ? map[name] == nil : !given.contains { $0 == name }
                }.map { "\(path).\($0)" }
            }
            return [
                Judgement(
                    missing.isEmpty ? .pass : .warn, host.subject,
                    missing.isEmpty ? "both are set" : "\(missing.joined(separator: ", ")) is not set",
                    threshold: "kubeReserved and systemReserved with cpu and memory")
            ]
        }
    }

    /// The four signals of the kubelet's own default (DefaultEvictionHard): a mapping of one's own replaces all of them.
    private static let signals = ["memory.available", "nodefs.available", "nodefs.inodesFree", "imagefs.available"]

    private static let eviction = HealthProbe(
        id: "production.kubelet-eviction", group: .capacity, kind: .ssh,
        title: "Pods are evicted before the node breaks",
        why: """
            Below these thresholds the kubelet ends pods so that the node lives. A mapping of one's own replaces the default as a \
            whole, so that a signal left out, or set to 0, is off.
            """,
        remedy: "give evictionHard all four signals, or leave it out", questions: KubeletSettings.questions
    ) { evidence, _ in
        HealthProbe.eachHost(evidence) { host in
            let settings = try KubeletSettings(on: host)
            let threshold = "all four signals above 0"
            guard settings.arguments["eviction-hard"] == nil else {
                throw Unmeasured("--eviction-hard is given as a flag, which this check does not read")
            }
            guard settings.has("evictionHard") else {
                return [Judgement(.pass, host.subject, "the kubelet's default", threshold: threshold)]
            }
            let given = settings.map("evictionHard")
            let off = signals.filter { given[$0] == nil || ["0", "0%"].contains(given[$0] ?? "") }
            return [
                Judgement(
                    off.isEmpty ? .pass : .warn, host.subject,
                    off.isEmpty
                        ? "all four signals" : "\(off.joined(separator: ", ")) \(off.count == 1 ? "is" : "are") off",
                    threshold: threshold)
            ]
        }
    }
}
