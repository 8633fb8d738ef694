internal import ClusterModel
internal import Planning

/// Kernel modules, kernel settings and swap.
let kernel = StepDefinition(
    "kernel", .system, "Load kernel modules, set kernel settings, turn swap off",
    explanation: """
        Pods on different hosts cannot talk without forwarding and bridge filtering; images need overlayfs. The function is \
        probed, not the list of modules: a kernel may have it built in, and a container cannot load modules. Swap is turned \
        off, now and in /etc/fstab, unless the kubelet is told to live with it.
        """
) { context in
    let settings = settingsGoals[context.spec.profile]?[context.state.system?.isContainer ?? false]
    return [modules] + (settings.map { [$0] } ?? []) + (context.spec.profile == .production ? [swap] : [])
}

// Thousands of hosts share these: each is made once.

private let modules: Goal = {
    let text = HostPreparation.modulesFile()
    return Goal(
        "kernel-modules", .system, "kernel modules \(HostPreparation.modules.joined(separator: ", "))",
        because: "pods on different hosts cannot talk without bridge filtering, images need overlayfs",
        ensure: [.file(HostPreparation.modulesPath, text), Check(bridgeFilter, .present, title: "bridge filtering")],
        by: [
            .put(HostPreparation.modulesPath, text),
            .run(
                "load the modules",
                """
                for module in \(HostPreparation.modules.joined(separator: " ")); do modprobe $module 2>/dev/null || true; done
                [ -e /proc/sys/net/bridge/bridge-nf-call-iptables ] || {
                  echo "the kernel has no bridge filtering and modprobe br_netfilter failed" >&2
                  exit 1
                }
                """),
        ], requires: ["packages"])
}()

/// By profile, and by whether the host is a container.
private let settingsGoals = Dictionary(
    uniqueKeysWithValues: Profile.allCases.map { profile in
        (profile, Dictionary(uniqueKeysWithValues: [true, false].map { ($0, settings(profile, isContainer: $0)) }))
    })

private func settings(_ profile: Profile, isContainer: Bool) -> Goal {
    let text = HostPreparation.sysctlFile(profile: profile, hostIsContainer: isContainer)
    let required = HostPreparation.settings(profile: .lab, hostIsContainer: true).filter(\.isRequired)
    return Goal(
        "kernel-settings", .system, "kernel settings of \(HostPreparation.sysctlPath)",
        because: "the kubelet and the pod network expect them",
        ensure: [.file(HostPreparation.sysctlPath, text)]
            + required.map { Check(.sysctl($0.key), .equals($0.value), title: $0.key) },
        by: [
            .put(HostPreparation.sysctlPath, text),
            .run(
                "apply them", applySettings(HostPreparation.settings(profile: profile, hostIsContainer: isContainer))),
        ], requires: ["kernel-modules", "packages"])
}

private let bridgeFilter = Probe.script("bridge-filter", "[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]")

private func applySettings(_ settings: [HostPreparation.Setting]) -> String {
    settings.map { setting in
        let command = "sysctl -q -w \(Shell.quote("\(setting.key)=\(setting.value)"))"
        return setting.isRequired ? command : "\(command) 2>/dev/null || true"
    }.joined(separator: "\n")
}

private let swap = Goal(
    "swap", .system, "swap is off", because: "the kubelet refuses to start with swap unless it is configured for it",
    ensure: [
        Check(
            .script(
                "swap",
                "set -- $(wc -l </proc/swaps); echo $(($1 - 1)); grep -cE '^[^#].*[[:space:]]swap[[:space:]]' /etc/fstab || true"
            ),
            .equals("0\n0"), title: "active and configured swap areas")
    ],
    by: [
        .run(
            "turn swap off, now and at boot",
            """
            swapoff -a
            if grep -qE '^[^#].*[[:space:]]swap[[:space:]]' /etc/fstab; then
              sed -E 's|^([^#].*[[:space:]]swap[[:space:]].*)$|# off by martlet: \\1|' /etc/fstab >/etc/fstab.martlet-new
              chmod 644 /etc/fstab.martlet-new
              sync /etc/fstab.martlet-new
              mv /etc/fstab.martlet-new /etc/fstab
            fi
            """)
    ])
