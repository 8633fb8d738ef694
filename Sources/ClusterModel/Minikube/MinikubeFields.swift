import ConfigTree

/// The keys below `kubernetes.minikube`.
enum MinikubeFields {
    static let version = Field(
        "version", .text(SpecFormats.version), required: true,
        "Version of minikube, v1.16.0 or newer; it decides which Kubernetes can be made")
    static let profile = Field(
        "profile", .text(SpecFormats.dnsLabel), defaultText: "the name of the cluster",
        "minikube's name for the cluster")
    static let driver = Field(
        "driver",
        Codec<MinikubeSpec.Driver>.choice([
            ("docker", "Containers of Docker", .docker), ("podman", "Containers of Podman", .podman),
            ("none", "The host itself, as root", .none), ("ssh", "Another machine, over minikube's own SSH", .ssh),
            ("kvm2", "Virtual machines of libvirt", .kvm2),
        ]), required: true, "Where the machines of the cluster are")
    static let nodes = Field("nodes", .integer(1...99), defaultText: "1", "Machines, the control plane included")
    static let containerRuntime = Field(
        "containerRuntime",
        Codec<MinikubeSpec.Runtime>.choice([
            ("docker", "Docker", .docker), ("containerd", "containerd", .containerd), ("cri-o", "CRI-O", .crio),
        ]), "What runs containers in the machines; without it minikube chooses")
    static let cni = Field(
        "cni",
        Codec<MinikubeSpec.Network>.choice([
            ("auto", "minikube chooses", .auto), ("bridge", "The bridge plug-in", .bridge),
            ("calico", "Calico", .calico), ("cilium", "Cilium", .cilium), ("flannel", "Flannel", .flannel),
            ("kindnet", "kindnet", .kindnet), ("none", "Somebody else brings the pod network", .off),
        ]), "The pod network; without it minikube chooses")
    static let cpus = Field("cpus", .integer(1...1024), "Processors of a machine; minikube refuses less than 2")
    static let memory = Field(
        "memory", .integer(1...16_777_216), "Memory of a machine in MiB; minikube refuses less than 1800")
    static let disk = Field(
        "disk", .integer(1...134_217_728), "Only kvm2: disk of a machine in MiB; minikube refuses less than 2000")
    static let addons = Field("addons", Codec.list(.text(SpecFormats.dnsLabel)), "Addons of minikube to be enabled")
    static let extraConfig = Field(
        "extraConfig", Codec.map(key: extraConfigKey, Codec<String>.text),
        "COMPONENT.KEY to value, as --extra-config of minikube takes it")
    static let registryMirrors = Field(
        "registryMirrors", Codec.list(.text(registryURL)), "Mirrors of Docker Hub for the runtime docker")
    static let insecureRegistries = Field(
        "insecureRegistries", Codec.list(.text(registry)),
        "Registries without TLS for the runtime docker: a host with or without port, or a network")
    static let target = Field("target", targetCodec, "Only the driver ssh: the machine")
    static let binary = Field(
        "binary", fileCodec("the binary"),
        "The program minikube, installed below the user's home; without it the host's own")
    static let kubectl = Field(
        "kubectl", fileCodec("kubectl"),
        "The program kubectl, installed beside minikube; without it the host's own, if any")
    static let cache = Field(
        "cache", fileCodec("the cache"), "A tar of a `.minikube/cache` folder, for a host without the internet")
    static let installDriver = Field(
        "installDriver", .boolean, defaultText: "false",
        "Install Debian's packages of the driver where it is missing; the user needs to be root or sudo without a password"
    )
    static let allowRoot = Field(
        "allowRoot", .boolean, defaultText: "false",
        "Let minikube work as root (--force, which also skips checks of its own) with docker, podman, ssh and kvm2")
    static let rootless = Field(
        "rootless", .boolean, defaultText: "what `minikube config` of the host says",
        "Only docker and podman: containers of the user, without root; from minikube v1.26.0 on")

    static let codec = Codec<MinikubeSpec>.record(
        "minikube",
        [
            version, profile, driver, nodes, containerRuntime, cni, cpus, memory, disk, addons, extraConfig,
            registryMirrors, insecureRegistries, target, binary, kubectl, cache, installDriver, allowRoot, rootless,
        ]
    ) { record in
        let version = record.required(version).flatMap { KubernetesVersion($0) }
        let driver = record.required(driver)
        let profile = record.has(profile) ? record.optional(profile) : ""
        let rest = MinikubeSpec(
            version: version ?? MinikubeRelease.newest, profile: profile ?? "", driver: driver ?? .docker,
            nodes: record.optional(nodes) ?? 1, containerRuntime: record.optional(containerRuntime),
            network: record.optional(cni), cpus: record.optional(cpus), memory: record.optional(memory),
            disk: record.optional(disk), addons: Set(record.optional(addons) ?? []).sorted(),
            extraConfig: record.optional(extraConfig) ?? [:],
            registryMirrors: record.optional(registryMirrors) ?? [],
            insecureRegistries: record.optional(insecureRegistries) ?? [], target: record.optional(target),
            binary: record.optional(binary), kubectl: record.optional(kubectl), cache: record.optional(cache),
            installsDriver: record.optional(installDriver) ?? false, allowsRoot: record.optional(allowRoot) ?? false,
            isRootless: record.optional(rootless) ?? false)
        return version == nil || driver == nil || profile == nil ? nil : rest
    }

    // MARK: Parts

    static let targetAddress = Field(
        "address", .text(SpecFormats.address), required: true,
        "Its IP address or DNS name; minikube does not check its host key")
    static let targetUser = Field("user", .text(SpecFormats.user), defaultText: "root", "Login name")
    static let targetKey = Field(
        "identityFile", .text(.notEmpty), "Private key without a passphrase, on the machine that runs minikube")
    static let targetPort = Field("port", .integer(1...65535), defaultText: "22", "Port of the SSH server")

    private static let targetCodec = Codec<MinikubeSpec.Target>.record(
        "the target", [targetAddress, targetUser, targetKey, targetPort]
    ) { record in
        record.required(targetAddress).map {
            MinikubeSpec.Target(
                address: $0, user: record.optional(targetUser), identityFile: record.optional(targetKey),
                port: record.optional(targetPort))
        }
    }

    static let file = Field("file", .text(.notEmpty), "On this machine; relative to the spec")
    static let url = Field("url", .text(SpecFormats.httpsURL), "From where the host downloads it")
    static let sha256 = Field("sha256", .text(SpecFormats.sha256), required: true, "Its SHA-256 sum")

    private static func fileCodec(_ title: String) -> Codec<MinikubeSpec.File> {
        Codec<MinikubeSpec.File>.record(title, [file, url, sha256], exactlyOne: [["file", "url"]]) { record in
            let path = record.optional(file)
            let address = record.optional(url)
            guard let sum = record.required(sha256) else { return nil }
            if let path { return MinikubeSpec.File(location: .file(path), sha256: sum) }
            return address.map { MinikubeSpec.File(location: .url($0), sha256: sum) }
        }
    }

    /// Components of `--extra-config` (pkg/minikube/bootstrapper/bsutil/extraconfig.go).
    static let components = ["apiserver", "controller-manager", "etcd", "kubeadm", "kubelet", "proxy", "scheduler"]

    /// Parameters of kubeadm that minikube passes on (KubeadmExtraArgsAllowed in the same file).
    static let kubeadmParameters = [
        "certificate-key", "cri-socket", "dry-run", "experimental-upload-certs", "ignore-preflight-errors",
        "kubeconfig",
        "kubeconfig-dir", "node-name", "pod-network-cidr", "rootfs", "skip-phases",
    ]

    private static let extraConfigKey = TextFormat(
        "a component and a key such as kubelet.max-pods", pattern: "^[a-z-]+\\.[A-Za-z0-9._-]+$"
    ) { text in
        guard let dot = text.firstIndex(of: "."), dot > text.startIndex, text.index(after: dot) < text.endIndex else {
            return "a dot stands between component and key"
        }
        let isPlain = text.utf8.allSatisfy {
            SpecFormats.isAlphanumeric($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F
        }
        return isPlain ? nil : "it has letters, digits, dots, dashes and underscores only"
    }

    /// validateInsecureRegistry in cmd/minikube/cmd/start.go; a scheme, which minikube drops from some versions on, is left out.
    private static let registry = TextFormat(
        "a host with or without a port, or a network such as 10.0.0.0/8", pattern: "^[A-Za-z0-9.:/\\[\\]-]+$"
    ) { text in
        if text.contains("://") { return "it has no scheme" }
        if text.contains("/") { return SpecFormats.network.check(text) }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count == 2, Int(parts[1]).map({ (1...65535).contains($0) }) != true {
            return "behind the colon stands a port"
        }
        let host = text.utf8.allSatisfy {
            SpecFormats.isAlphanumeric($0) || [0x2D, 0x2E, 0x3A, 0x5B, 0x5D].contains($0)
        }
        return host ? nil : "a host has letters, digits, dots and dashes only"
    }

    /// minikube takes a scheme and a host, without a path (validateRegistryMirror in cmd/minikube/cmd/start.go).
    private static let registryURL = TextFormat(
        "a URL without a path such as https://mirror.example", pattern: "^https?://[A-Za-z0-9.:\\[\\]-]+$"
    ) { text in
        let scheme = ["https://", "http://"].first { text.hasPrefix($0) }
        guard let scheme else { return "it begins with `https://` or `http://`" }
        let host = text.dropFirst(scheme.count)
        if host.isEmpty { return "the host is missing" }
        let isHost = host.utf8.allSatisfy {
            SpecFormats.isAlphanumeric($0) || [0x2D, 0x2E, 0x3A, 0x5B, 0x5D].contains($0)
        }
        return isHost ? nil : "behind the host stands nothing"
    }
}
