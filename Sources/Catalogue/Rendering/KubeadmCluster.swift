import ClusterModel

extension KubeadmConfiguration {
    /// ClusterConfiguration: what all control planes share and what kubeadm keeps in the cluster for joins and
    /// upgrades.
    static func clusterConfiguration(_ context: KubeadmContext) -> OrderedMap {
        let spec = context.spec
        let facts = context.facts
        let api = facts.kubeadmAPI
        var document: OrderedMap = [
            "apiVersion": .string(api.apiVersion),
            "kind": "ClusterConfiguration",
            "clusterName": .string(spec.name),
            "kubernetesVersion": .string(spec.kubernetes.version.description),
            "controlPlaneEndpoint": .string("\(spec.endpoint.address):\(spec.endpoint.port)"),
        ]
        if let repository = context.imageRepository { document["imageRepository"] = .string(repository) }
        document["networking"] = [
            "podSubnet": .string(spec.network.pods),
            "serviceSubnet": .string(spec.network.services),
            "dnsDomain": .string(spec.network.domain),
        ]
        if let dns = dnsAddOn(context) { document["dns"] = .map(dns) }
        document["etcd"] = ["local": .map(localEtcd(context))]
        document["apiServer"] = .map(apiServer(context))
        let controllerManager = ControlPlaneArguments.controllerManager(context)
        document["controllerManager"] = component(controllerManager, api: api)
        document["scheduler"] = component(ControlPlaneArguments.scheduler(context), api: api)
        return document.removingEmptyMaps()
    }

    private static func component(_ extraArguments: [String: String], api: KubeadmAPI) -> OrderedValue {
        extraArguments.isEmpty ? [:] : ["extraArgs": arguments(extraArguments, api: api)]
    }

    private static func apiServer(_ context: KubeadmContext) -> OrderedMap {
        let api = context.facts.kubeadmAPI
        let extraArguments = ControlPlaneArguments.apiServer(context)
        var server: OrderedMap = ["certSANs": .strings(certificateNames(context.spec))]
        if !extraArguments.isEmpty { server["extraArgs"] = arguments(extraArguments, api: api) }
        let volumes = ControlPlaneFiles.volumes(context)
        if !volumes.isEmpty { server["extraVolumes"] = .list(volumes) }
        if api < .v1beta4 { server["timeoutForControlPlane"] = .string(controlPlaneTimeout(context)) }
        return server
    }

    private static func localEtcd(_ context: KubeadmContext) -> OrderedMap {
        var etcd: OrderedMap = ["dataDir": "/var/lib/etcd"]
        if let tag = context.etcdTag { etcd["imageTag"] = .string(tag) }
        let extraArguments = ControlPlaneArguments.etcd(context)
        if !extraArguments.isEmpty {
            etcd["extraArgs"] = arguments(extraArguments, api: context.facts.kubeadmAPI)
        }
        return etcd
    }

    /// The DNS add-on where it is not kubeadm's default.
    ///
    /// A bundle's image is named as the bundle names it: its folder and tag are often another kubeadm's.
    ///
    /// The registry moved CoreDNS one folder down with 1.21. kubeadm knows that for its own default repository only,
    /// which is `registry.k8s.io` from 1.25 on (cmd/kubeadm/app/images, GetDNSImage).
    private static func dnsAddOn(_ context: KubeadmContext) -> OrderedMap? {
        let version = context.spec.kubernetes.version
        guard context.usesKubeadmDNS else {
            return context.facts.kubeadmAPI >= .v1beta4 ? ["disabled": true] : nil
        }
        var dns: OrderedMap = [:]
        if let image = context.coreDNSImage {
            dns = ["imageRepository": .string(image.repository), "imageTag": .string(image.tag)]
        } else if context.imageRepository == KubernetesFacts.defaultImageRepository, version.isAtLeast(1, 21),
            !version.isAtLeast(1, 25)
        {
            dns = ["imageRepository": .string(KubernetesFacts.defaultImageRepository + "/coredns")]
        } else {
            return nil
        }
        if context.facts.kubeadmAPI == .v1beta2 { dns["type"] = "CoreDNS" }
        return dns
    }

    /// Every name under which an API server may be reached, in a stable order and each once.
    static func certificateNames(_ spec: ClusterSpec) -> [String] {
        var names = [spec.endpoint.address]
        for host in spec.controlPlanes { names += [host.name, host.internalAddress, host.address] }
        names += ["127.0.0.1", "localhost"]
        names += spec.components.certificateNames
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }
}

extension OrderedMap {
    func removingEmptyMaps() -> OrderedMap {
        var result = self
        for entry in entries where entry.value == .map([:]) { result[entry.key] = nil }
        return result
    }
}
