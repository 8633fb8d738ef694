internal import Bundles
internal import ClusterModel
internal import Planning

/// kubeadm, kubelet, kubectl, crictl, the CNI plug-ins and the kubelet's unit.
let binaries = StepDefinition(
    "kubernetes-binaries", .kubernetes, "Copy Kubernetes' programs and the CNI plug-ins",
    explanation: """
        The programs go to /usr/local/bin, the CNI plug-ins to /opt/cni/bin. A file is sent only when its checksum differs, \
        lands under a temporary name, is verified on the host and renamed. A kubelet that runs a node is never replaced by \
        one of another version.
        """
) { context in
    let release = context.cluster.release
    let wanted = ["kubeadm", "kubelet", "kubectl", "crictl"].compactMap { release.binary($0) }
    let plugins = release.cniPlugins
    let unit = KubeletService.unit()
    let dropIn = KubeletService.dropIn()
    return [
        Goal(
            "kubernetes-binaries", .kubernetes, "kubeadm, kubelet, kubectl \(release.kubernetesVersion)",
            because: "the host becomes a node with them",
            ensure: wanted.map { .blob("/usr/local/bin/\($0.name)", $0.blob) },
            by: wanted.map { .putBlob(path: "/usr/local/bin/\($0.name)", mode: 0o755, blob: $0.blob) }, pool: .copy,
            blocked: upgradeBlock(context)),
        Goal(
            "cni-plugins", .kubernetes, "CNI plug-ins in \(PodNetwork.pluginFolder)",
            because: "the runtime gives pods their network through them",
            ensure: plugins.map { .blob("\(PodNetwork.pluginFolder)/\($0.name)", $0.blob) },
            by: plugins.map { .putBlob(path: "\(PodNetwork.pluginFolder)/\($0.name)", mode: 0o755, blob: $0.blob) },
            pool: .copy),
        Goal(
            "kubelet-service", .kubernetes, "the kubelet's unit",
            because: "kubeadm starts the kubelet through systemd",
            ensure: [
                .file(KubeletService.unitPath, unit), .file(KubeletService.dropInPath, dropIn),
                Check(
                    .script("kubelet-enabled", "[ -e /etc/systemd/system/multi-user.target.wants/kubelet.service ]"),
                    .present,
                    title: "kubelet at boot"),
            ],
            by: [
                .put(KubeletService.unitPath, unit), .put(KubeletService.dropInPath, dropIn),
                .run(
                    "enable it",
                    "mkdir -p /etc/kubernetes/manifests\nsystemctl daemon-reload\nsystemctl enable -q kubelet"),
            ], requires: ["kubernetes-binaries"]),
        Goal(
            "kubelet", .verify, "the kubelet runs", because: "a node without its kubelet is lost after a minute",
            ensure: [.running("kubelet.service")],
            by: [.run("start it", "systemctl start kubelet", timeoutSeconds: 90)],
            requires: ["kubelet-service", "control-plane-init", "control-plane-join", "worker-join"], settleSeconds: 20,
            diagnose: .journal(["kubelet"])),
    ]
}

private func upgradeBlock(_ context: HostContext) -> String? {
    guard let node = context.cluster.api?.nodes[context.host.name],
        let running = KubernetesVersion(node.version), running != context.spec.kubernetes.version
    else { return nil }
    return "the node runs \(running) and the spec says \(context.spec.kubernetes.version): "
        + "changing the version of a running cluster is not supported; set kubernetes.version to \(running)"
}
