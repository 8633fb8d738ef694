package import ClusterModel
package import Planning

/// One host, as its base probes found it.
package struct HostState: Sendable, Hashable {
    /// Nil: the question was not answered.
    package var system: System?
    package var kubeadm: KubeadmArtefacts
    /// Image name to the checksum of the archive it came from; nil if the runtime could not be asked.
    package var images: [String: String]?
    /// Only of control planes whose API server answered.
    package var api: APIState?
    /// Only of control planes whose etcd answered.
    package var members: [EtcdMember]?

    /// Hardware address of a stranger that has the cluster's endpoint; only asked of control planes that are none yet.
    package var endpointOwner: String?

    package init(_ host: HostSpec, _ facts: HostFacts, _ endpoint: Endpoint) {
        system = facts[BaseProbes.system].text.map(System.init)
        kubeadm = facts[BaseProbes.artefacts].text.map(KubeadmArtefacts.init) ?? KubeadmArtefacts("")
        images = facts[BaseProbes.images].text.map { text in
            Dictionary(
                text.split(separator: "\n").compactMap { line -> (String, String)? in
                    let words = line.split(separator: " ")
                    return words.count == 2 ? (String(words[0]), String(words[1])) : nil
                }, uniquingKeysWith: { first, _ in first })
        }
        guard host.isControlPlane else { return }
        api = facts[BaseProbes.api(host)].text.map(APIState.init)
        members = facts[BaseProbes.members].text.flatMap(EtcdMember.list)
        endpointOwner = BaseProbes.endpointOwner(endpoint).flatMap { facts[$0].text }.map {
            String($0.prefix { !$0.isNewline })
        }
    }

    /// The machine itself.
    package struct System: Sendable, Hashable {
        /// `ID-VERSION_ID` of os-release, for example `debian-12`.
        package var distribution = ""
        package var machine = ""
        package var hostname = ""
        package var machineID = ""
        package var cpus = 0
        package var memoryKiB = 0
        package var swaps = 0
        /// systemd's word for the container that the host is, for example `systemd-nspawn`; empty on a machine.
        package var container = ""
        package var hasSystemd = false
        package var cgroupVersion = 2
        package var capabilities: UInt64 = .max
        package var hasBridgeFilter = false
        package var hasOverlay = false
        /// IPv4 address to interface.
        package var interfaces: [String: String] = [:]
        /// IPv4 address to the length of its network.
        package var prefixes: [String: Int] = [:]
        /// The unit of another distribution of Kubernetes that starts at boot.
        package var otherKubernetes: String?
        package var podCIDR: String?
        package var timeService: String?
        /// The first one of the file that kubeadm lets pods have: of systemd-resolved where it runs, else `/etc/resolv.conf`.
        package var nameServer: String?
        package var uptimeSeconds = 0.0
        /// Seconds since 1970 by the host's clock when it was asked.
        package var clock = 0.0

        init(_ text: String) {
            for line in text.split(separator: "\n") {
                guard let equals = line.firstIndex(of: "=") else { continue }
                let value = line[line.index(after: equals)...]
                switch line[..<equals] {
                case "os": distribution = String(value)
                case "arch": machine = String(value)
                case "hostname": hostname = String(value)
                case "machine-id": machineID = String(value)
                case "cpus": cpus = Int(value) ?? 0
                case "memory-kib": memoryKiB = Int(value) ?? 0
                case "swaps": swaps = Int(value) ?? 0
                case "container": container = String(value)
                case "systemd": hasSystemd = true
                case "cgroup": cgroupVersion = Int(value) ?? 2
                case "capabilities": capabilities = UInt64(value, radix: 16) ?? .max
                case "bridge": hasBridgeFilter = true
                case "overlay": hasOverlay = true
                case "address":
                    let words = value.split(separator: " ")
                    guard words.count >= 2 else { continue }
                    interfaces[String(words[1])] = String(words[0])
                    if words.count == 3 { prefixes[String(words[1])] = Int(words[2]) }
                case "kubernetes": otherKubernetes = String(value)
                case "pod-cidr": podCIDR = String(value)
                case "time": timeService = String(value)
                case "name-server": nameServer = value.isEmpty ? nil : String(value)
                case "uptime": uptimeSeconds = Double(value) ?? 0
                case "clock": clock = Double(value) ?? 0
                default: break
                }
            }
        }

        package var isContainer: Bool { !container.isEmpty }

        /// CAP_SYS_RESOURCE (24): without it nobody can lower `oom_score_adj` (capabilities(7)).
        package var mayRaiseLimits: Bool { capabilities & (1 << 24) != 0 }

        package var isDebianLike: Bool { distribution.hasPrefix("debian-") || distribution.hasPrefix("ubuntu-") }
    }
}

/// What kubeadm left on a host.
package struct KubeadmArtefacts: Sendable, Hashable {
    /// Path below `/etc/kubernetes` to size in bytes.
    package var sizes: [String: Int] = [:]
    /// Files that were cut short or hold nothing usable; kubeadm writes without a rename, so a power cut leaves such.
    package var broken: Set<String> = []
    /// SHA-256 of the cluster's CA certificate file.
    package var ca: String?
    package var hasEtcdData = false
    package var hasKubeletConfig = false
    package var hasKubeletClient = false
    /// `kubeadm init` or `join` has run to its end here.
    package var isApplied = false

    init(_ text: String) {
        for line in text.split(separator: "\n") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            let value = line[line.index(after: equals)...]
            switch line[..<equals] {
            case "size":
                let words = value.split(separator: " ", maxSplits: 1)
                guard words.count == 2, let size = Int(words[0]) else { continue }
                sizes[String(words[1])] = size
                if size == 0 { broken.insert(String(words[1])) }
            case "broken": broken.insert(String(value))
            case "ca": ca = String(value)
            case "etcd-data": hasEtcdData = true
            case "kubelet-config": hasKubeletConfig = true
            case "kubelet-client": hasKubeletClient = true
            case "applied": isApplied = true
            default: break
            }
        }
    }

    package func has(_ path: String) -> Bool { sizes[path] != nil && !broken.contains(path) }

    /// The files that kubeadm 1.20 to 1.36 writes on a control plane with its own etcd (phases certs, kubeconfig,
    /// control-plane and etcd of `kubeadm init`).
    static let controlPlane = [
        "admin.conf", "controller-manager.conf", "scheduler.conf", "kubelet.conf", "manifests/etcd.yaml",
        "manifests/kube-apiserver.yaml", "manifests/kube-controller-manager.yaml", "manifests/kube-scheduler.yaml",
        "pki/ca.crt", "pki/ca.key", "pki/sa.key", "pki/sa.pub", "pki/front-proxy-ca.crt", "pki/front-proxy-ca.key",
        "pki/etcd/ca.crt", "pki/etcd/ca.key", "pki/apiserver.crt", "pki/apiserver.key",
        "pki/apiserver-kubelet-client.crt", "pki/apiserver-kubelet-client.key", "pki/apiserver-etcd-client.crt",
        "pki/apiserver-etcd-client.key", "pki/front-proxy-client.crt", "pki/front-proxy-client.key",
        "pki/etcd/server.crt", "pki/etcd/server.key", "pki/etcd/peer.crt", "pki/etcd/peer.key",
        "pki/etcd/healthcheck-client.crt", "pki/etcd/healthcheck-client.key",
    ]

    /// What is missing or broken of a complete control plane.
    package var controlPlaneGaps: [String] { Self.controlPlane.filter { !has($0) } }

    package var isTouched: Bool { !sizes.isEmpty || hasEtcdData || hasKubeletConfig }

    /// `bootstrap-kubelet.conf` is deleted by kubeadm once the kubelet has its own certificate.
    package var isJoinedWorker: Bool {
        has("kubelet.conf") && sizes["bootstrap-kubelet.conf"] == nil && hasKubeletConfig && hasKubeletClient
    }
}
