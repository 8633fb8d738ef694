import ClusterModel

extension KubeadmConfiguration {
    /// How a host registers itself: name, runtime, taints, addresses and the labels that a kubelet may set.
    static func nodeRegistration(_ context: KubeadmContext, host: HostSpec) -> OrderedValue {
        let ignored = ignoredPreflightErrors(context, host: host)
        var registration: OrderedMap = [
            "name": .string(host.name),
            "criSocket": .string(context.facts.criSocket(context.criSocket)),
            "taints": .list(taints(context, host: host)),
            "kubeletExtraArgs": arguments(kubeletArguments(host), api: context.facts.kubeadmAPI),
        ]
        if !ignored.isEmpty { registration["ignorePreflightErrors"] = .strings(ignored) }
        return .map(registration)
    }

    /// The spec's checks, and the one that cannot pass without CoreDNS.
    ///
    /// kubeadm's preflight of a control plane pulls the images of its whole list, the one of the DNS add-on among them
    /// even if the add-on's phase is skipped (cmd/kubeadm/app/images, GetControlPlaneImages). From v1beta4 on it leaves
    /// that image out where the document turns the add-on off.
    private static func ignoredPreflightErrors(_ context: KubeadmContext, host: HostSpec) -> [String] {
        let listed = context.spec.components.ignorePreflightErrors
        let lacksImage = host.isControlPlane && !context.usesKubeadmDNS && context.facts.kubeadmAPI < .v1beta4
        return lacksImage && !listed.contains("ImagePull") ? listed + ["ImagePull"] : listed
    }

    /// Always a list: kubeadm taints a control plane by itself where the field is missing
    /// (SetNodeRegistrationDynamicDefaults).
    private static func taints(_ context: KubeadmContext, host: HostSpec) -> [OrderedValue] {
        var taints = host.taints
        if host.isControlPlane && !host.roles.contains(.worker) {
            let own = context.facts.controlPlaneTaints.map { Taint(key: $0, effect: .noSchedule) }
            taints = own + taints.filter { !own.contains($0) }
        }
        return taints.map { taint in
            var entry: OrderedMap = ["key": .string(taint.key)]
            if !taint.value.isEmpty { entry["value"] = .string(taint.value) }
            entry["effect"] = .string(taint.effect.rawValue)
            return .map(entry)
        }
    }

    /// What has no field in KubeletConfiguration because it differs between hosts.
    private static func kubeletArguments(_ host: HostSpec) -> [String: String] {
        // The name by itself, too: kubeadm gives it only where the host has another one at that moment, and a host that is called
        // otherwise later would have a kubelet that looks for another node.
        var arguments = ["node-ip": host.internalAddress, "hostname-override": host.name]
        let labels = NodeLabels.settableByKubelet(host.labels)
        if !labels.isEmpty {
            arguments["node-labels"] = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                .joined(separator: ",")
        }
        return arguments
    }

    /// Extra arguments: a map up to v1beta3, a list of names and values from v1beta4 on.
    static func arguments(_ arguments: [String: String], api: KubeadmAPI) -> OrderedValue {
        let sorted = arguments.sorted { $0.key < $1.key }
        guard api >= .v1beta4 else { return .map(OrderedMap(sorted: arguments)) }
        return .list(sorted.map { ["name": .string($0.key), "value": .string($0.value)] })
    }
}
