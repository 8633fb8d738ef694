internal import Planning

/// Hosts: kernel, control groups, packages.
enum ProductionHosts {
    static let probes = [kernel, cgroupDriver, heldPackages]

    /// What the kubelet wants (`protectKernelDefaults`), and room for watches of files.
    static let settings: [(name: String, wanted: Double, isFloor: Bool)] = [
        ("vm.overcommit_memory", 1, false), ("vm.panic_on_oom", 0, false), ("kernel.panic", 10, false),
        ("kernel.panic_on_oops", 1, false), ("kernel.keys.root_maxkeys", 1_000_000, true),
        ("kernel.keys.root_maxbytes", 25_000_000, true), ("fs.inotify.max_user_instances", 8192, true),
        ("fs.inotify.max_user_watches", 524_288, true),
    ]

    static let kernelQuestion = Probe.script(
        "health.production-kernel",
        """
        for name in \(settings.map(\.name).joined(separator: " ")); do
          value=
          path=$name
          while [ "$path" != "${path%%.*}" ]; do path="${path%%.*}/${path#*.}"; done
          [ -r "/proc/sys/$path" ] && read -r value <"/proc/sys/$path"
          echo "$name=$value"
        done
        true
        """)

    private static let kernel = HealthProbe(
        id: "production.kernel-settings", group: .nodes, kind: .ssh, title: "The kernel is set as kubelets want it",
        why: """
            Reads the settings that the kubelet insists on (it panics and reboots rather than goes on broken, never refuses \
            memory that is only promised) and the number of watches of files, which many pods share.
            """,
        remedy: "use `profile: production`, or set them in a file below /etc/sysctl.d",
        questions: [kernelQuestion, HostContainer.question]
    ) { evidence, _ in
        HealthProbe.eachHost(evidence) { host in
            if HostContainer.holds(host) {
                return [Judgement(.skipped, host.subject, "the host is a container and owns no kernel")]
            }
            let answer = try host.keyedAnswer(kernelQuestion)
            let wrong = try settings.filter { setting in
                guard let text = answer[setting.name], !text.isEmpty else {
                    throw Unmeasured("the host does not tell \(setting.name)")
                }
                let value = try answer.number(setting.name)
                return setting.isFloor ? value < setting.wanted : value != setting.wanted
            }
            return [
                Judgement(
                    wrong.isEmpty ? .pass : .warn, host.subject,
                    wrong.isEmpty
                        ? "all \(settings.count) settings"
                        : wrong.map { "\($0.name) is \(answer[$0.name] ?? "")" }.joined(separator: ", "),
                    threshold: (wrong.isEmpty ? settings : wrong).map {
                        "\($0.name) \($0.isFloor ? "from " : "")\(Int($0.wanted))"
                    }.joined(separator: ", "))
            ]
        }
    }

    /// What containerd's file says; the file is martlet's, kubeadm users' and the packages' usual place.
    static let runtimeQuestion = Probe.script(
        "health.runtime-cgroups",
        """
        \(HostShell.requiring("sed"))
        [ -r /etc/containerd/config.toml ] || exit 1
        sed -n 's/^[[:space:]]*SystemdCgroup[[:space:]]*=[[:space:]]*\\([a-z]*\\).*/systemd=\\1/p' /etc/containerd/config.toml
        echo read=1
        """)

    private static let cgroupDriver = HealthProbe(
        id: "production.cgroup-driver", group: .nodes, kind: .ssh, title: "systemd alone keeps the control groups",
        why: """
            Two who manage the same tree (systemd and the kubelet's cgroupfs) disagree under load. Kubelet and containerd must \
            name the same driver, and on a host with systemd that is systemd. From 1.31 on a kubelet asks its runtime, and \
            containerd answers from 2.0 on: what the kubelet's own settings say is then without effect.
            """,
        remedy: "set cgroupDriver: systemd and containerd's SystemdCgroup = true on every host", needs: [.version],
        questions: KubeletSettings.questions + [runtimeQuestion, RuntimeHealth.question]
    ) { evidence, _ in
        HealthProbe.eachHost(evidence) { host in
            let settings = try KubeletSettings(on: host)
            let kubelet = settings.value("cgroupDriver", flag: "cgroup-driver") ?? "cgroupfs"
            guard try host.answer(runtimeQuestion) != nil else {
                throw Unmeasured("/etc/containerd/config.toml is not there")
            }
            let runtime = try host.keyedAnswer(runtimeQuestion)["systemd"] == "true" ? "systemd" : "cgroupfs"
            let isTaken = try kubelet != runtime && takesDriverFromRuntime(host, minor: CISBenchmark.minor(evidence))
            let status: HealthStatus =
                kubelet != runtime && !isTaken ? .fail : runtime == "systemd" ? .pass : .warn
            return [
                Judgement(
                    status, host.subject,
                    "kubelet \(kubelet), containerd \(runtime)" + (isTaken ? ", which the kubelet takes over" : ""),
                    threshold: "systemd for both")
            ]
        }
    }

    /// KubeletCgroupDriverFromCRI is on by default since 1.31, and `RuntimeConfig` of CRI is in containerd since 2.0; an older
    /// one is not asked a second time, and the kubelet's own settings count.
    ///
    /// - Throws: `Unmeasured` if that hangs on a version of containerd that is not known.
    private static func takesDriverFromRuntime(_ host: HealthHost, minor: Int?) throws -> Bool {
        guard let minor, minor >= 31 else { return false }
        let version = RuntimeHealth.version(try host.keyedAnswer(RuntimeHealth.question).lines)
        guard let major = version.flatMap({ Int($0.drop { $0 == "v" }.prefix { $0.isNumber }) }) else {
            throw Unmeasured("kubelet and containerd name different drivers, and containerd does not tell its version")
        }
        return major >= 2
    }

    static let packageQuestion = Probe.script(
        "health.held-packages",
        """
        \(HostShell.requiring("dpkg-query"))
        dpkg-query -W -f 'package=${db:Status-Want} ${db:Status-Status} ${Package}\\n' kubelet kubeadm kubectl 2>/dev/null
        echo read=1
        """)

    private static let heldPackages = HealthProbe(
        id: "production.held-packages", group: .versions, kind: .ssh,
        title: "No upgrade of the system moves Kubernetes",
        why: """
            Unattended upgrades would move a kubelet past its control plane. Looks at Debian packages of Kubernetes; where the \
            programs are plain files there is nothing to hold.
            """,
        remedy: "apt-mark hold kubelet kubeadm kubectl", questions: [packageQuestion]
    ) { evidence, _ in
        HealthProbe.eachHost(evidence) { host in
            let answer = try host.keyedAnswer(packageQuestion)
            _ = try answer.text("read")
            let packages = answer.all("package").map { $0.split(separator: " ") }
                .filter { $0.count == 3 && $0[1] == "installed" }
            guard !packages.isEmpty else {
                return [Judgement(.skipped, host.subject, "no package of Kubernetes is installed")]
            }
            let free = packages.filter { $0[0] != "hold" }.map { String($0[2]) }
            return [
                Judgement(
                    free.isEmpty ? .pass : .warn, host.subject,
                    free.isEmpty ? "all are held" : "\(free.joined(separator: ", ")) may be upgraded", threshold: "held"
                )
            ]
        }
    }
}
