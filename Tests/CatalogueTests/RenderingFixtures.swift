import ClusterModel

@testable import Catalogue

/// Clusters and contexts that the rendering tests share.
enum RenderingFixtures {
    static let versions = [
        KubernetesVersion(1, 20, 2), KubernetesVersion(1, 24, 17), KubernetesVersion(1, 29, 15),
        KubernetesVersion(1, 31, 4), KubernetesVersion(1, 36, 0),
    ]

    static func cluster(
        _ version: KubernetesVersion, profile: Profile, plugin: Network.Plugin = .routed,
        components: Components = Components(), extraRoles: Set<HostSpec.Role> = []
    ) -> ClusterSpec {
        let controlPlanes = (1...3).map { number in
            HostSpec(
                name: "cp\(number)", address: "192.0.2.1\(number)", internalAddress: "10.20.0.1\(number)",
                roles: extraRoles.union([.controlPlane]))
        }
        let worker = HostSpec(
            name: "worker1", address: "192.0.2.21", internalAddress: "10.20.0.21", roles: [.worker],
            labels: [
                "disk": "ssd", "topology.kubernetes.io/zone": "a", "node-role.kubernetes.io/worker": "",
                "node-restriction.kubernetes.io/team": "blue",
            ],
            taints: [Taint(key: "dedicated", value: "batch", effect: .noSchedule)])
        return ClusterSpec(
            name: "example", profile: profile,
            kubernetes: Kubernetes(driver: .kubeadm, version: version, source: .bundle(path: "bundle.tar")),
            endpoint: Endpoint(kind: .keepalived, address: "10.20.0.100", port: 8443),
            network: Network(plugin: plugin), images: Images(), packages: Packages(), components: components,
            hosts: controlPlanes + [worker])
    }

    static func context(_ version: KubernetesVersion, profile: Profile) -> KubeadmContext {
        switch profile {
        case .lab:
            KubeadmContext(
                spec: cluster(version, profile: .lab), imageRepository: "k8s.gcr.io", etcdTag: "3.4.13-0",
                cgroupDriver: .cgroupfs, usesKubeadmDNS: false, hostIsContainer: true, failCgroupV1: false)
        case .production:
            KubeadmContext(
                spec: cluster(version, profile: .production), imageRepository: "registry.k8s.io", cgroupDriver: .systemd
            )
        }
    }

    /// A spec that overrides something of everything.
    static func overridden(_ version: KubernetesVersion) -> KubeadmContext {
        let components = Components(
            kubelet: [
                "maxPods": .int(50), "evictionHard": .map(["memory.available": .string("1Gi")]), "podPidsLimit": .null,
                "featureGates": .map(["Example": .bool(true)]),
            ],
            kubeProxy: ["mode": .string("ipvs"), "ipvs": .map(["strictARP": .bool(true)])],
            apiServer: ["profiling": "true", "event-ttl": "2h"],
            controllerManager: ["node-monitor-grace-period": "20s"], scheduler: ["v": "4"],
            etcd: ["quota-backend-bytes": "8589934592"], certificateNames: ["api.example.org", "cp1"],
            ignorePreflightErrors: ["NumCPU", "Mem"])
        let spec = cluster(
            version, profile: .production, plugin: .preset(name: .calico, version: "v3.27.0"), components: components,
            extraRoles: [.worker])
        return KubeadmContext(spec: spec, imageRepository: "registry.example.org:5000/k8s", etcdTag: "3.5.9-0")
    }
}
