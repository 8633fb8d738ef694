package import ConfigTree
import Diagnostics

/// Every key of a cluster spec: its name, its type, its meaning.
///
/// Decoder, JSON Schema and help follow from here.
package enum SpecFields {
    package static let apiVersionText = "martlet/v1"

    /// The shape of a whole spec.
    package static var shape: Shape { root.shape }

    // MARK: Root

    static let apiVersion = Field(
        "apiVersion",
        Codec<String>.choice([(apiVersionText, "The format described here", apiVersionText)]), required: true,
        "Version of the spec's format")
    static let kind = Field(
        "kind", Codec<String>.choice([("Cluster", "A Kubernetes cluster", "Cluster")]), required: true,
        "What the file describes")
    static let name = Field(
        "name", .text(SpecFormats.dnsLabel), required: true, "Name of the cluster; also of the kubeconfig context")
    static let profile = Field(
        "profile",
        Codec<Profile>.choice([
            ("lab", "Small machines, shared disks: limits relaxed, nothing hardened", .lab),
            ("production", "kubeadm's defaults with the gaps of a production cluster closed", .production),
        ]), defaultText: "production", "How strict the cluster is made")
    static let kubernetes = Field("kubernetes", kubernetesCodec, required: true, "Version and origin of Kubernetes")
    static let endpoint = Field(
        "endpoint", endpointCodec, "Address under which the API is reached; needed with several control planes")
    static let network = Field("network", networkCodec, "Networks of pods and services")
    static let images = Field("images", imagesCodec, "Where images come from")
    static let packages = Field("packages", packagesCodec, "Where packages of the operating system come from")
    static let components = Field("components", componentsCodec, "Overrides of what martlet writes for each component")
    static let ssh = Field("ssh", sshCodec(isHost: false), "How all hosts are reached, unless a host says otherwise")
    static let hosts = Field(
        "hosts", Codec.list(hostCodec, minimum: 1),
        "The machines; needed with kubeadm, with minikube the one that runs it, or left out for this computer")
    static let pools = Field("pools", Codec.list(poolCodec), "Groups of spare hosts, of which only some are nodes")

    static let root = Codec<PartialSpec>.record(
        "the spec",
        [
            apiVersion, kind, name, profile, kubernetes, endpoint, network, images, packages, components, ssh, hosts,
            pools,
        ], otherWords: SpecWords.root
    ) { record in
        _ = record.required(apiVersion)
        _ = record.required(kind)
        var spec = PartialSpec()
        spec.name = record.required(name)
        spec.profile = record.optional(profile)
        spec.kubernetes = record.required(kubernetes)
        spec.hasEndpoint = record.has(endpoint)
        spec.endpoint = record.optional(endpoint)
        spec.network = record.optional(network)
        spec.images = record.optional(images)
        spec.packages = record.optional(packages)
        spec.components = record.optional(components)
        spec.ssh = record.optional(ssh)
        let errors = record.decoder.errorCount
        let isMinikube = record.valueNode(kubernetes)?["driver"]?.hasText("minikube") ?? false
        spec.hosts = (isMinikube ? record.optional(hosts) : record.required(hosts)) ?? []
        spec.hasFaultyHosts = record.decoder.errorCount > errors
        spec.pools = record.optional(pools) ?? []
        return spec
    }

    // MARK: Kubernetes

    static let driver = Field(
        "driver",
        Codec<Kubernetes.Driver>.choice([
            ("kubeadm", "kubeadm over SSH", .kubeadm),
            ("minikube", "minikube on this computer or on a host", .minikube),
        ]), defaultText: "kubeadm", "The program that makes the cluster")
    static let kubernetesVersion = Field(
        "version", .text(SpecFormats.kubernetesVersion), required: true,
        "A released version: v1.20 to v1.36, with minikube what its version can make")
    static let source = Field("source", sourceCodec, defaultText: "{ upstream: {} }", "Where binaries come from")
    static let minikube = Field("minikube", MinikubeFields.codec, "Only the driver minikube: how it makes the cluster")

    private static let kubernetesCodec = Codec<Kubernetes>.record(
        "kubernetes", [driver, kubernetesVersion, source, minikube]
    ) { record in
        let driver = record.has(driver) ? record.optional(driver) : .kubeadm
        let version = record.required(kubernetesVersion).flatMap { KubernetesVersion($0) }
        let source = record.has(source) ? record.optional(source) : .upstream(Kubernetes.Upstream())
        let minikube = minikube(record, driver)
        guard let driver, let version, let source, driver == .kubeadm || minikube != nil else {
            // The version alone is worth having: it decides which fields of the components exist.
            return version.map {
                Kubernetes(driver: driver ?? .kubeadm, version: $0, source: .upstream(Kubernetes.Upstream()))
            }
        }
        return Kubernetes(driver: driver, version: version, source: source, minikube: minikube)
    }

    private static func minikube(_ record: RecordReader, _ driver: Kubernetes.Driver?) -> MinikubeSpec? {
        guard driver == .minikube else {
            if driver == .kubeadm { rejectForeign(record, [minikube.name], "belongs to the driver minikube") }
            return nil
        }
        return record.required(minikube)
    }

    static let bundle = Field(
        "bundle", .text(SpecFormats.localPath), "Folder or tar with binaries, images and packages; relative to the spec"
    )
    static let upstream = Field("upstream", upstreamCodec, "Release binaries by URL")

    private static let sourceCodec = Codec<Kubernetes.Source>.record(
        "the source", [bundle, upstream], exactlyOne: [["bundle", "upstream"]]
    ) { record in
        if let path = record.optional(bundle) { return .bundle(path: path) }
        return record.optional(upstream).map { .upstream($0) }
    }

    private static let upstreamDefaults = Kubernetes.Upstream()
    static let binaries = Field(
        "binaries", .text(SpecFormats.httpsURL), defaultText: upstreamDefaults.binaries,
        "Base of release binaries; /VERSION/bin/linux/ARCH/NAME is appended")
    static let cniPlugins = Field(
        "cniPlugins", .text(SpecFormats.httpsURL), defaultText: upstreamDefaults.cniPlugins,
        "Base of archives of CNI plug-ins")
    static let cniPluginsVersion = Field(
        "cniPluginsVersion", .text(SpecFormats.version), defaultText: upstreamDefaults.cniPluginsVersion,
        "Version of the CNI plug-ins")
    static let crictl = Field(
        "crictl", .text(SpecFormats.httpsURL), defaultText: upstreamDefaults.crictl, "Base of archives of crictl")
    static let crictlVersion = Field(
        "crictlVersion", .text(SpecFormats.version),
        "Version of crictl; without it the first release of the cluster's own minor version")

    private static let upstreamCodec = Codec<Kubernetes.Upstream>.record(
        "upstream", [binaries, cniPlugins, cniPluginsVersion, crictl, crictlVersion]
    ) { record in
        var upstream = Kubernetes.Upstream()
        if let value = record.optional(binaries) { upstream.binaries = withoutSlash(value) }
        if let value = record.optional(cniPlugins) { upstream.cniPlugins = withoutSlash(value) }
        if let value = record.optional(cniPluginsVersion) { upstream.cniPluginsVersion = value }
        if let value = record.optional(crictl) { upstream.crictl = withoutSlash(value) }
        upstream.crictlVersion = record.optional(crictlVersion)
        return upstream
    }

    private static func withoutSlash(_ url: String) -> String { url.hasSuffix("/") ? String(url.dropLast()) : url }

    // MARK: Endpoint

    static let endpointType = Field(
        "type",
        Codec<Endpoint.Kind>.choice(
            [
                ("keepalived", "A virtual address held by keepalived, haproxy behind it", .keepalived),
                ("external", "A load balancer somebody else runs", .external),
                ("host", "The only control plane itself", .host),
            ], otherWords: SpecWords.endpointType), required: true, "Who answers at the address")
    static let endpointAddress = Field(
        "address", .text(SpecFormats.nameOrIPv4),
        "IPv4 address or DNS name; needed for keepalived and external, otherwise the control plane's own")
    static let endpointPort = Field(
        "port", .integer(1...65535), defaultText: "8443 with keepalived, otherwise 6443", "TCP port")
    static let virtualRouterID = Field(
        "virtualRouterID", .integer(1...255), defaultText: "51",
        "Only keepalived: virtual router id, unique on the network segment")
    static let interface = Field(
        "interface", .text(SpecFormats.interface),
        "Only keepalived: network interface; without it the one that carries the host's own address")

    private static let endpointCodec = Codec<PartialEndpoint>.record(
        "the endpoint", [endpointType, endpointAddress, endpointPort, virtualRouterID, interface],
        otherWords: SpecWords.endpoint
    ) { record in
        PartialEndpoint(
            kind: record.required(endpointType), hasAddress: record.has(endpointAddress),
            address: record.optional(endpointAddress), port: record.optional(endpointPort),
            virtualRouterID: record.optional(virtualRouterID), interface: record.optional(interface),
            keepalivedOnly: [record.valueNode(virtualRouterID), record.valueNode(interface)].compactMap { $0 },
            node: record.node)
    }

    // MARK: Network

    private static let networkDefaults = Network()
    static let pods = Field(
        "pods", .text(SpecFormats.network), defaultText: networkDefaults.pods, "IPv4 network of the pods")
    static let services = Field(
        "services", .text(SpecFormats.network), defaultText: networkDefaults.services, "IPv4 network of the services")
    static let domain = Field(
        "domain", .text(SpecFormats.dnsName), defaultText: networkDefaults.domain, "DNS domain of the services")
    static let plugin = Field(
        "plugin", pluginCodec, defaultText: "routed", "How pods on different hosts reach each other")

    private static let networkCodec = Codec<Network>.record(
        "the network", [pods, services, domain, plugin], otherWords: SpecWords.network
    ) { record in
        var network = Network()
        if record.has(pods) { network.pods = record.optional(pods) ?? "" }
        if record.has(services) { network.services = record.optional(services) ?? "" }
        if let value = record.optional(domain) { network.domain = value }
        if let value = record.optional(plugin) { network.plugin = value }
        return network
    }

    static let preset = Field(
        "preset",
        Codec<Network.Preset>.choice([
            ("flannel", "Flannel", .flannel), ("calico", "Calico", .calico), ("cilium", "Cilium", .cilium),
        ]), "A known network; its digest is taken from the lock file beside the spec")
    static let presetVersion = Field("version", .text(SpecFormats.version), "Version of the preset")
    static let manifest = Field("manifest", .text(SpecFormats.fileOrURL), "File, relative to the spec, or https URL")
    static let manifestSum = Field("sha256", .text(SpecFormats.sha256), "SHA-256 sum of the manifest")

    private static let pluginCodec: Codec<Network.Plugin> = .either(
        single: Codec<Network.Plugin>.choice(
            [
                ("routed", "Bridge and host-local plug-ins with routes between hosts on one network segment", .routed),
                ("none", "Somebody else brings the pod network", .none),
            ], otherWords: SpecWords.pluginWord),
        mapping: Codec<Network.Plugin>.record(
            "the plugin", [preset, presetVersion, manifest, manifestSum], exactlyOne: [["preset", "manifest"]],
            otherWords: SpecWords.plugin
        ) { record in
            if record.has(preset) {
                rejectForeign(record, [manifestSum.name], "belongs to `manifest`")
                guard let name = record.optional(preset), let version = record.required(presetVersion) else {
                    return nil
                }
                return .preset(name: name, version: version)
            }
            guard record.has(manifest) else { return nil }
            rejectForeign(record, [presetVersion.name], "belongs to `preset`")
            let location = record.optional(manifest)
            guard let sum = record.required(manifestSum), let location else { return nil }
            return .manifest(location: location, sha256: sum)
        })

    private static func rejectForeign(_ record: RecordReader, _ names: [String], _ reason: String) {
        for name in names {
            guard let entry = record.node.entry(name) else { continue }
            record.decoder.report("conflict", at: entry.key, "`\(entry.value.path)` \(reason)", hint: "remove it")
        }
    }

    // MARK: Images and packages

    static let repository = Field(
        "repository", .text(SpecFormats.repository), "Registry and path before /kube-apiserver")
    static let mirrors = Field(
        "mirrors", Codec.map(key: SpecFormats.registryHost, Codec.list(.text(SpecFormats.httpsURL), minimum: 1)),
        "Registry host to the URLs of its mirrors, tried in order")

    private static let imagesCodec = Codec<Images>.record("images", [repository, mirrors]) { record in
        Images(repository: record.optional(repository), mirrors: record.optional(mirrors) ?? [:])
    }

    static let packageSource = Field(
        "source",
        Codec<Packages.Source>.choice([
            ("distribution", "The host's own package manager and archives", .distribution),
            ("bundle", "The packages in the bundle; the host needs no archive", .bundle),
        ]), defaultText: "distribution", "Who provides packages")

    private static let packagesCodec = Codec<Packages>.record("packages", [packageSource]) { record in
        Packages(source: record.optional(packageSource) ?? .distribution)
    }

    // MARK: Components

    static let kubelet = Field(
        "kubelet", Codec.node(ComponentFields.kubelet.shape), "Fields of KubeletConfiguration (v1beta1)")
    static let kubeProxy = Field(
        "kubeProxy", Codec.node(ComponentFields.kubeProxy.shape), "Fields of KubeProxyConfiguration (v1alpha1)")
    static let containerd = Field("containerd", containerdCodec, "Settings of containerd")
    static let apiServer = Field("apiServer", apiServerCodec, "Settings of kube-apiserver")
    static let controllerManager = Field(
        "controllerManager", argumentsCodec("the controller manager", .controllerManager),
        "Settings of kube-controller-manager")
    static let scheduler = Field(
        "scheduler", argumentsCodec("the scheduler", .scheduler), "Settings of kube-scheduler")
    static let etcd = Field("etcd", argumentsCodec("etcd", .etcd), "Settings of etcd")
    static let ignorePreflightErrors = Field(
        "ignorePreflightErrors", Codec.list(.text(SpecFormats.preflightCheck)),
        "kubeadm preflight checks to ignore, by name")

    private static let componentsCodec = Codec<PartialComponents>.record(
        "components",
        [
            kubelet, kubeProxy, containerd, apiServer, controllerManager, scheduler, etcd, ignorePreflightErrors,
        ]
    ) { record in
        var partial = PartialComponents()
        partial.kubelet = record.optional(kubelet)
        partial.kubeProxy = record.optional(kubeProxy)
        if let value = record.optional(containerd) { partial.components.containerd = value }
        if let value = record.optional(apiServer) {
            partial.components.apiServer = value.arguments
            partial.components.certificateNames = value.names
        }
        partial.components.controllerManager = record.optional(controllerManager) ?? [:]
        partial.components.scheduler = record.optional(scheduler) ?? [:]
        partial.components.etcd = record.optional(etcd) ?? [:]
        partial.components.ignorePreflightErrors = record.optional(ignorePreflightErrors) ?? []
        return partial
    }

    static let systemdCgroup = Field(
        "systemdCgroup", .boolean, "Whether systemd manages control groups; without it decided from the host")
    static let restrictOOMScoreAdj = Field(
        "restrictOOMScoreAdj", .boolean,
        "Do not lower scores of the out-of-memory killer below containerd's own; without it decided from the host")
    static let sandboxImage = Field(
        "sandboxImage", .text(SpecFormats.image), "The pause image; without it the one of the bundle or of kubeadm")

    private static let containerdCodec = Codec<Components.Containerd>.record(
        "containerd", [systemdCgroup, restrictOOMScoreAdj, sandboxImage]
    ) { record in
        Components.Containerd(
            systemdCgroup: record.optional(systemdCgroup), restrictOOMScoreAdj: record.optional(restrictOOMScoreAdj),
            sandboxImage: record.optional(sandboxImage))
    }

    struct APIServer: Sendable {
        var arguments: [String: String]
        var names: [String]
    }

    static let certificateNames = Field(
        "certificateNames", Codec.list(.text(SpecFormats.certificateName)),
        "Additional names and addresses in the API server's certificate")

    private static let apiServerCodec: Codec<APIServer> = {
        let extraArguments = extraArgumentsField(.apiServer)
        return Codec<APIServer>.record(
            "the API server", [extraArguments, certificateNames], otherWords: SpecWords.apiServer
        ) { record in
            APIServer(
                arguments: record.optional(extraArguments) ?? [:], names: record.optional(certificateNames) ?? [])
        }
    }()

    private static func argumentsCodec(_ title: String, _ component: ComponentFlags) -> Codec<[String: String]> {
        let extraArguments = extraArgumentsField(component)
        return Codec<[String: String]>.record(title, [extraArguments], otherWords: SpecWords.component) { record in
            record.optional(extraArguments) ?? [:]
        }
    }

    private static func extraArgumentsField(_ component: ComponentFlags) -> Field<[String: String]> {
        let codec = Codec.map(key: SpecFormats.flag, Codec<String>.text)
        return Field(
            "extraArgs",
            Codec(shape: codec.shape) { node, decoder in
                component.refuseOwned(node, decoder)
                return codec.read(node, decoder)
            }, "Command-line arguments without leading dashes")
    }

    // MARK: SSH

    static let user = Field("user", .text(SpecFormats.user), "Login name; without it from ~/.ssh/config")
    static let port = Field(
        "port", .integer(1...65535), "Port of the SSH server; without it from ~/.ssh/config, then 22")
    static let identityFile = Field(
        "identityFile", .text(SpecFormats.localPath), "Private key; relative to the spec, ~ is the home folder")
    static let hostKey = Field(
        "hostKey", .text(SpecFormats.hostKey), "Pins the host's key: its fingerprint as `ssh-keygen -l` prints it")
    static let knownHostsFile = Field(
        "knownHostsFile", .text(SpecFormats.localPath),
        "File of known host keys; relative to the spec, ~ is the home folder")
    static let jump = Field(
        "jump", .text(SpecFormats.jump),
        "Bastion, [user@]host[:port]; several are passed in order, separated by commas; none switches it off")
    static let sudoPassword = Field("sudoPassword", sudoPasswordCodec, "Where the password for sudo comes from")

    static let passFiles = Field(
        "passFiles", .boolean, defaultText: "true",
        """
        Whether the host takes large files of the bundle from other hosts, unencrypted, and gives them; false: all come from this \
        machine
        """)

    static let environment = Field("environment", .text(SpecFormats.environmentName), "Name of an environment variable")
    static let file = Field("file", .text(SpecFormats.localPath), "File whose first line is the password")

    private static let sudoPasswordCodec: Codec<SSHSettings.PasswordSource> = .either(
        single: Codec(
            shape: .choice([Shape.Choice("prompt", "It is asked for when needed")])
        ) { node, decoder in
            guard !node.hasText("prompt") else { return .prompt }
            // Never quote what may be a password.
            decoder.report(
                "value", at: node,
                "\(decoder.name(node)) must be `prompt`, `{ environment: NAME }` or `{ file: PATH }`",
                detail: "a password is never written in a spec", hidesText: true)
            return nil
        },
        mapping: Codec<SSHSettings.PasswordSource>.record(
            "sudoPassword", [environment, file], exactlyOne: [["environment", "file"]]
        ) { record in
            if let name = record.optional(environment) { return .environment(name) }
            return record.optional(file).map { .file($0) }
        })

    private static func sshCodec(isHost: Bool) -> Codec<SSHSettings> {
        let common: [any ConfigField] = [user, port, identityFile, knownHostsFile, jump, sudoPassword, passFiles]
        return Codec<SSHSettings>.record("ssh", isHost ? common + [hostKey] : common, otherWords: SpecWords.ssh) {
            record in
            SSHSettings(
                user: record.optional(user), port: record.optional(port), identityFile: record.optional(identityFile),
                hostKey: isHost ? record.optional(hostKey) : nil, knownHostsFile: record.optional(knownHostsFile),
                jump: record.optional(jump), sudoPassword: record.optional(sudoPassword),
                passFiles: record.optional(passFiles))
        }
    }

    // MARK: Hosts

    static let hostName = Field(
        "name", .text(SpecFormats.dnsLabel), required: true, "Name of the host and of its node; a DNS label")
    static let address = Field(
        "address", .text(SpecFormats.hostAddress), required: true, "Where SSH connects to: an IP address or DNS name")
    static let internalAddress = Field(
        "internalAddress", .text(SpecFormats.ipv4), defaultText: "the same as address",
        "IPv4 address that Kubernetes uses between nodes")
    static let roles = Field(
        "roles",
        Codec.list(
            Codec<HostSpec.Role>.choice(
                [
                    ("control-plane", "Runs the API server, etcd, scheduler and controllers", .controlPlane),
                    ("worker", "Runs workloads; beside control-plane it takes the taint away", .worker),
                ], otherWords: SpecWords.role), minimum: 1), required: true, "The parts that the host plays")
    static let labels = Field(
        "labels", Codec.map(key: SpecFormats.qualifiedName, .text(SpecFormats.labelValue)), "Labels of the node")
    static let taints = Field("taints", Codec.list(taintCodec), "Taints of the node")
    static let hostPool = Field(
        "pool", .text(SpecFormats.dnsLabel), "The pool whose spare it is; without it the host always is a node")
    static let hostSSH = Field("ssh", sshCodec(isHost: true), "How this host is reached, over the defaults of the spec")

    static let taintKey = Field("key", .text(SpecFormats.qualifiedName), required: true, "Key of the taint")
    static let taintValue = Field("value", .text(SpecFormats.labelValue), defaultText: "\"\"", "Value of the taint")
    static let effect = Field(
        "effect",
        Codec<Taint.Effect>.choice([
            ("NoSchedule", "No new pods without toleration", .noSchedule),
            ("PreferNoSchedule", "New pods without toleration only when there is no other place", .preferNoSchedule),
            ("NoExecute", "Pods without toleration have to go", .noExecute),
        ]), required: true, "What happens to pods that do not tolerate it")

    static let taintCodec = Codec<Taint>.record("the taint", plural: "taints", [taintKey, taintValue, effect]) {
        record in
        let (key, value, effect) = (record.required(taintKey), record.optional(taintValue), record.required(effect))
        guard let key, let effect else { return nil }
        return Taint(key: key, value: value ?? "", effect: effect)
    }

    /// Wrong fields become empty: the host keeps its place, and what depends on them is not checked.
    private static let hostCodec = Codec<PartialHost>.record(
        "the host", plural: "hosts", [hostName, address, internalAddress, roles, labels, taints, hostPool, hostSSH],
        otherWords: SpecWords.host
    ) { record in
        let address = record.required(address) ?? ""
        let inner = record.has(internalAddress) ? record.optional(internalAddress) ?? "" : address
        return PartialHost(
            spec: HostSpec(
                name: record.required(hostName) ?? "", address: address, internalAddress: inner,
                roles: Set(record.required(roles) ?? []), labels: record.optional(labels) ?? [:],
                taints: record.optional(taints) ?? [], ssh: record.optional(hostSSH) ?? SSHSettings(),
                pool: record.optional(hostPool)),
            node: record.node)
    }
}
