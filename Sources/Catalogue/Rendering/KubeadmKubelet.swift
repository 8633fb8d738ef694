import ClusterModel

extension KubeadmConfiguration {
    /// KubeletConfiguration, the same for every host of the cluster (kubelet.config.k8s.io/v1beta1).
    ///
    /// `serverTLSBootstrap` is not set: the kubelet would then serve no TLS at all until somebody approves its request,
    /// and no controller of Kubernetes approves requests of the signer `kubernetes.io/kubelet-serving`. A spec with an
    /// approver sets it under `components.kubelet`.
    static func kubeletConfiguration(_ context: KubeadmContext) -> OrderedMap {
        var document: OrderedMap = [
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "cgroupDriver": .string(context.cgroupDriver.rawValue),
            "clusterDNS": .strings(DNSAddress.address(services: context.spec.network.services).map { [$0] } ?? []),
            "clusterDomain": .string(context.spec.network.domain),
            "containerLogMaxSize": "10Mi",
            "containerLogMaxFiles": 5,
        ]
        if document["clusterDNS"] == [] { document["clusterDNS"] = nil }
        let profile = context.isProduction ? productionKubelet(context) : labKubelet
        document = document.merging(profile)
        if context.hostIsContainer {
            // Swap and the kernel's settings belong to the machine around the host.
            document["failSwapOn"] = false
            document["protectKernelDefaults"] = false
        }
        if context.facts.hasFailCgroupV1, let failCgroupV1 = context.failCgroupV1 {
            document["failCgroupV1"] = .bool(failCgroupV1)
        }
        return document.merging(OrderedMap(sorted: context.spec.components.kubelet))
    }

    private static func productionKubelet(_ context: KubeadmContext) -> OrderedMap {
        var document: OrderedMap = [
            "protectKernelDefaults": true,
            "podPidsLimit": 4096,
            "tlsMinVersion": "VersionTLS12",
            "kubeReserved": ["cpu": "100m", "memory": "256Mi", "ephemeral-storage": "1Gi"],
            "systemReserved": ["cpu": "100m", "memory": "256Mi", "ephemeral-storage": "1Gi"],
            "evictionHard": [
                "memory.available": "200Mi", "nodefs.available": "10%", "nodefs.inodesFree": "5%",
                "imagefs.available": "15%",
            ],
        ]
        if context.facts.hasGracefulNodeShutdown {
            document["shutdownGracePeriod"] = "60s"
            document["shutdownGracePeriodCriticalPods"] = "20s"
        }
        if context.facts.hasSeccompDefault { document["seccompDefault"] = true }
        return document
    }

    /// Hosts of a lab share one disk, which is fuller than any threshold: nothing is evicted for it, and no image that
    /// came from a bundle is deleted for it, because it could not be pulled again.
    private static let labKubelet: OrderedMap = [
        "failSwapOn": false,
        "imageGCHighThresholdPercent": 100,
        "evictionHard": [
            "memory.available": "50Mi", "nodefs.available": "0%", "nodefs.inodesFree": "0%", "imagefs.available": "0%",
        ],
    ]
}
