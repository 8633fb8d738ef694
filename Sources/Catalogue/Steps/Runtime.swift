internal import Bundles
internal import ClusterModel
internal import Planning

/// containerd: its own binaries where the bundle brings them, configuration, registry mirrors, service.
let runtime = StepDefinition(
    "containerd", .runtime, "Configure and start containerd",
    explanation: """
        The configuration names the same pause image as kubeadm, the same control-group driver as the kubelet and the folder \
        of the CNI plug-ins. On a host without CAP_SYS_RESOURCE (a container) `restrict_oom_score_adj` is set, because every \
        sandbox would fail otherwise. Debian's own default file has the CRI plug-in switched off. A file that others wrote is put \
        aside (`config.toml.before-martlet`) and given back by `martlet reset`.
        """
) { context in
    let release = context.cluster.release
    var goals: [Goal] = []
    var requires = ["packages"]
    if release.bringsRuntime {
        let names = ["containerd", "containerd-shim-runc-v2", "ctr", "runc"]
        let binaries = names.compactMap { release.binary($0) }
        goals.append(
            Goal(
                "containerd-binaries", .runtime,
                "containerd \(release.binary("containerd")?.version ?? "") of the bundle",
                because: "the bundle brings the runtime that this Kubernetes needs",
                ensure: binaries.map { .blob("/usr/local/bin/\($0.name)", $0.blob) }
                    + [.file(ContainerdConfiguration.unitPath, ContainerdConfiguration.unit)],
                by: binaries.map { .putBlob(path: "/usr/local/bin/\($0.name)", mode: 0o755, blob: $0.blob) }
                    + [
                        .put(ContainerdConfiguration.unitPath, ContainerdConfiguration.unit),
                        .run("reload systemd", "systemctl daemon-reload"),
                    ], pool: .copy))
        requires.append("containerd-binaries")
    }
    let text = configuration(context).text
    let mirrors = ContainerdConfiguration.mirrorFiles(context.spec.images.mirrors)
    goals.append(
        Goal(
            "containerd", .runtime, "containerd is configured and runs",
            because: "the kubelet starts containers through it",
            ensure: [.file(ContainerdConfiguration.path, text), .file(ContainerdConfiguration.crictlPath, crictl)]
                + mirrors.map { .file($0.path, $0.text) } + [.running("containerd.service")],
            by: [
                putForeignConfigurationAside, .put(ContainerdConfiguration.path, text),
                .put(ContainerdConfiguration.crictlPath, crictl),
            ]
                + mirrors.map { .put($0.path, $0.text) }
                + [
                    .run(
                        "restart containerd",
                        "systemctl daemon-reload\nsystemctl enable -q containerd\nsystemctl restart containerd",
                        timeoutSeconds: 90)
                ],
            requires: requires + ["kernel-modules"], settleSeconds: 15, diagnose: .journal(["containerd"])))
    return goals
}

private let putForeignConfigurationAside = Action.run(
    "put aside a configuration of containerd that others wrote", ForeignFile.putAside(ContainerdConfiguration.path))

/// The same on every host.
private let crictl = ContainerdConfiguration.crictl()

private func configuration(_ context: HostContext) -> ContainerdConfiguration {
    let cluster = context.cluster
    let overrides = context.spec.components.containerd
    return ContainerdConfiguration(
        release: containerdRelease(context),
        sandboxImage: cluster.sandboxImage,
        cgroupDriver: cluster.kubeadm.cgroupDriver,
        restrictOOMScoreAdj: overrides.restrictOOMScoreAdj ?? !(context.state.system?.mayRaiseLimits ?? true),
        cniBinaries: PodNetwork.pluginFolder)
}

/// Format 2 of the configuration is understood by every containerd from 1.6 on, so it is the choice when in doubt.
private func containerdRelease(_ context: HostContext) -> ContainerdConfiguration.Release {
    let release = context.cluster.release
    let version =
        release.binary("containerd")?.version
        ?? release.packages(for: context.state.system?.distribution ?? "").first { $0.name == "containerd" }?.version
    return version.flatMap { ContainerdConfiguration.Release(version: $0) } ?? .one
}
