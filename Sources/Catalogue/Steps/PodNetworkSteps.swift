internal import ClusterModel
internal import Planning

/// The pod network: martlet's own routes, or a manifest that somebody else wrote.
let podNetwork = StepDefinition(
    "pod-network", .network, "Give pods their network",
    explanation: """
        `routed` needs nothing but the standard plug-ins: a bridge on each host, a /24 for its pods, and one route for every \
        other host, applied by a unit at boot and kept fresh by a timer. A host keeps its subnet for life. Any other network is \
        a manifest, pinned by its checksum and applied to the cluster.
        """
) { context in
    switch context.spec.network.plugin {
    case .routed: routed(context)
    case .manifest, .preset: manifest(context)
    case .none: []
    }
}

private func routed(_ context: HostContext) -> [Goal] {
    let cluster = context.cluster
    guard let cidr = cluster.podCIDRs[context.host.name] else {
        return [
            Goal(
                "pod-network", .network, "a subnet for the pods", because: "pods need addresses", ensure: [], by: [],
                blocked: "\(context.spec.network.pods) has no /24 left for this host")
        ]
    }
    let conflist = PodNetwork.conflist(podCIDR: cidr)
    let files = PodRoutes.files
    return [
        Goal(
            "pod-network", .network, "pods of \(context.host.name) in \(cidr), routes to the others",
            because: "pods on different hosts reach each other",
            ensure: [
                .file(PodNetwork.configurationPath, conflist),
                .file(PodRoutes.tablePath, digest: cluster.podRoutesDigest),
                noEarlierNetwork,
            ]
                + files.map { .file($0.path, $0.text, mode: $0.mode) }
                + [.running(PodRoutes.unitName), .running(PodRoutes.timerName)],
            by: [
                putEarlierNetworksAside,
                .put(PodNetwork.configurationPath, conflist), .put(PodRoutes.tablePath, cluster.podRoutes),
            ]
                + files.map { .put($0.path, $0.text, mode: $0.mode) }
                + [
                    .run(
                        "set the routes, now and at boot",
                        """
                        systemctl daemon-reload
                        systemctl enable -q \(PodRoutes.unitName) \(PodRoutes.timerName)
                        systemctl restart \(PodRoutes.unitName) \(PodRoutes.timerName)
                        """)
                ], requires: ["packages", "kernel-settings"], settleSeconds: 5,
            diagnose: .journal([PodRoutes.unitName]))
    ]
}

private let noEarlierNetwork = Check(
    .script("networks-before-ours", PodNetwork.earlier("echo \"$name\"")), .equals(""),
    title: "networks that the runtime would take before this one")

private let putEarlierNetworksAside = Action.run(
    "put aside what others left in \(PodNetwork.configurationFolder) that would come first",
    PodNetwork.earlier("mv -f \"$name\" \"$name\(ForeignFile.suffix)\""))

private func manifest(_ context: HostContext) -> [Goal] {
    guard context.isPrimary, let text = context.cluster.networkManifest else { return [] }
    return [
        appliedManifest(
            "pod-network", .network, "the pod network of the spec", because: "pods on different hosts reach each other",
            file: "/etc/martlet/manifests/pod-network.yaml", text: text, ensure: [])
    ]
}

/// A manifest that is kept on the first control plane and applied whenever it differs from what was applied last.
func appliedManifest(
    _ id: String, _ phase: Phase, _ title: String, because: String, file: String, text: String, ensure: [Check],
    requires: [String] = ["control-plane-init"]
) -> Goal {
    Goal(
        id, phase, title, because: because, ensure: [.file(file, text, mode: 0o600)] + ensure,
        by: [
            .run(
                "apply the manifest",
                """
                mkdir -p /run/martlet
                cat >/run/martlet/manifest.yaml
                \(BaseProbes.kubectl) apply -f /run/martlet/manifest.yaml >/dev/null
                rm -f /run/martlet/manifest.yaml
                """, input: text, timeoutSeconds: 120),
            .put(file, text, mode: 0o600),
        ], requires: requires, settleSeconds: 10, diagnose: .kubernetes)
}
