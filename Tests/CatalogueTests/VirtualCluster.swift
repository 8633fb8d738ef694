import Bundles
import ClusterModel
import Digests
import Planning
import TestSupport
import Testing

@testable import Catalogue

/// One machine in memory: it answers probes and takes the effects of actions, without a shell.
struct VirtualHost {
    var spec: HostSpec
    /// Lines of the answer about the machine itself.
    var system: [String: String]
    /// Path to mode, digest and text.
    var files: [String: (mode: Int, digest: String, text: String)] = [:]
    var blobs: [String: (mode: Int, digest: String)] = [:]
    var packages: Set<String> = []
    var active: Set<String> = []
    var enabled: Set<String> = []
    var sysctls: [String: String] = ["net.ipv4.ip_forward": "0"]
    var hasBridgeFilter = false
    var swaps = 0
    /// Hardware address of a stranger with the endpoint's address.
    var endpointOwner: String?
    var images: [String: String] = [:]
    /// Path below `/etc/kubernetes` to size.
    var artefacts: [String: Int] = [:]
    var broken: Set<String> = []
    var ca: String?
    var hasEtcdData = false
    var hasKubeletConfig = false
    var hasKubeletClient = false
    /// Manifests that somebody has edited since they were written.
    var changedManifests: [String] = []
    /// A name of the API that its certificate does not have.
    var missingName = ""
    /// The file of another network, which the runtime would take first.
    var earlierNetwork = ""
    /// The control plane's processes do not run although everything is there.
    var isStopped = false

    init(_ spec: HostSpec, clock: Double = 1_700_000_000) {
        self.spec = spec
        system = [
            "os": "debian-12", "arch": "x86_64", "hostname": spec.name, "machine-id": "id-of-\(spec.name)", "cpus": "4",
            "memory-kib": "8000000", "swaps": "0", "container": "", "systemd": "yes", "cgroup": "2",
            "capabilities": "000001ffffffffff", "overlay": "yes", "address": "eth0 \(spec.internalAddress)",
            "clock": "\(clock)", "name-server": "192.0.2.53",
        ]
    }

    func has(_ artefact: String) -> Bool { artefacts[artefact] != nil && !broken.contains(artefact) }

    var hasControlPlane: Bool { KubeadmArtefacts.controlPlane.allSatisfy(has) }

    func isKnown(_ unit: String) -> Bool {
        let name = unit.prefix { $0 != "." }
        return packages.contains(String(name)) || files["/etc/systemd/system/\(unit)"] != nil
    }

    var runsKubelet: Bool { active.contains("kubelet.service") && hasKubeletConfig && !isStopped }

    var answersAPI: Bool { runsKubelet && hasControlPlane && hasEtcdData }
}

/// Machines and the cluster that they form.
///
/// Steps are carried out in any order that their requirements allow.
struct VirtualCluster {
    struct Node {
        var version: String
        var labels: [String: String] = [:]
        var taints: Set<String> = []
        /// Machines that the spec does not name are ready for ever.
        var isStranger = false
    }

    let spec: ClusterSpec
    let release: Release
    let manifest: String?
    var prune: Bool
    /// Spares that the next plan joins or takes out.
    var change = PoolChange.none
    var hosts: [String: VirtualHost]
    var nodes: [String: Node] = [:]
    var members: [EtcdMember] = []
    var objects: Set<String> = []
    var tokens: Set<String> = []
    private var slots: [Slot: String] = [:]
    private var lastNumber = 0

    init(_ spec: ClusterSpec, _ release: Release, manifest: String? = nil, prune: Bool = false) {
        self.spec = spec
        self.release = release
        self.manifest = manifest
        self.prune = prune
        hosts = Dictionary(uniqueKeysWithValues: spec.hosts.map { ($0.name, VirtualHost($0)) })
    }

    // MARK: Asking

    var blankContext: ClusterContext { context(Facts()) }

    func context(_ facts: Facts) -> ClusterContext {
        ClusterContext(
            spec: spec, release: release, facts: facts, networkManifest: manifest, prune: prune, pools: change)
    }

    /// What the probes of a first contact find.
    func facts() -> Facts {
        var facts = Facts()
        for (host, script) in ClusterCatalogue.probes(for: blankContext) {
            facts.hosts[host] = HostFacts(
                answers: Dictionary(uniqueKeysWithValues: script.probes.map { ($0, answer($0, on: host)) }))
        }
        return facts
    }

    func plan() -> Plan {
        let facts = facts()
        return ClusterCatalogue.plan(context(facts), facts: facts, specDigest: "digest")
    }

    func answer(_ probe: Probe, on name: String) -> FactValue {
        guard let host = hosts[name] else { return .unknown("no such host") }
        switch probe.kind {
        case .file:
            guard let file = host.files[probe.subject] else { return .absent }
            return .present("file \(Self.octal(file.mode)) 0 0 \(file.digest)")
        case .blob:
            guard let blob = host.blobs[probe.subject] else { return .absent }
            return .present("file \(Self.octal(blob.mode)) 0 0 \(blob.digest)")
        case .service:
            guard host.isKnown(probe.subject) else { return .absent }
            let isActive = host.active.contains(probe.subject)
            return .present(
                "loaded \(isActive ? "active" : "inactive") \(host.enabled.contains(probe.subject) ? "enabled" : "disabled")"
            )
        case .package: return host.packages.contains(probe.subject) ? .present("1.0") : .absent
        case .sysctl: return host.sysctls[probe.subject].map(FactValue.present) ?? .absent
        case .script: return script(probe, host)
        }
    }

    private func script(_ probe: Probe, _ host: VirtualHost) -> FactValue {
        switch probe.subject {
        case "system": return .present(system(host))
        case "kubeadm-artefacts": return artefacts(host)
        case "images":
            guard host.active.contains("containerd.service") else { return .absent }
            return .present(
                host.images.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: "\n"))
        case "api": return api(host)
        case "etcd-members": return etcdMembers(host)
        case "bridge-filter": return host.hasBridgeFilter ? .present("") : .absent
        case "endpoint-owner": return host.endpointOwner.map { .present($0 + "\n") } ?? .absent
        case "swap": return .present("\(host.swaps)\n\(host.swaps)")
        case "kubelet-enabled": return host.enabled.contains("kubelet.service") ? .present("") : .absent
        case "control-plane-files", "shared-certificates":
            guard !host.artefacts.isEmpty,
                let list = probe.text?.split(separator: "for file in ", maxSplits: 1).last?.prefix(while: { $0 != ";" })
            else { return .absent }
            return .present(
                list.split(separator: " ").map(String.init).filter { (host.artefacts[$0] ?? 0) == 0 }.joined(
                    separator: "\n"))
        case "worker-joined":
            let isJoined =
                host.has("kubelet.conf") && host.artefacts["bootstrap-kubelet.conf"] == nil && host.hasKubeletConfig
                && host.hasKubeletClient
            return isJoined ? .present("") : .absent
        case "api-endpoint":
            guard host.has("pki/ca.crt") else { return .absent }
            return servesEndpoint ? .present("ok") : .absent
        case "spare-leftovers":
            let isClean =
                !host.has("kubelet.conf") && !host.hasKubeletConfig && !host.active.contains("kubelet.service")
            return .present(isClean ? "" : "/etc/kubernetes/kubelet.conf")
        case "api-certificate-names": return host.has("pki/apiserver.crt") ? .present(host.missingName) : .absent
        case "static-pods":
            guard host.files[StaticPods.recordPath] != nil, !host.artefacts.isEmpty else { return .absent }
            return .present(host.changedManifests.joined(separator: "\n"))
        case "networks-before-ours": return .present(host.earlierNetwork)
        case "apiserver-image":
            return host.images.keys.contains { $0.hasSuffix("/kube-apiserver:\(spec.kubernetes.version)") }
                ? .present("") : .absent
        default:
            Issue.record("the virtual host does not know the probe \(probe.subject)")
            return .unknown("not modelled")
        }
    }

    private func system(_ host: VirtualHost) -> String {
        var lines = host.system.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        if host.spec.name == endpointHolder { lines.append("address=eth0 \(spec.endpoint.address) 32") }
        if host.hasBridgeFilter { lines.append("bridge=yes") }
        if let conflist = host.files["/etc/cni/net.d/10-martlet.conflist"]?.text,
            let subnet = conflist.firstMatch(of: /"subnet": *"([0-9.\/]+)"/)
        {
            lines.append("pod-cidr=\(subnet.1)")
        }
        return lines.joined(separator: "\n")
    }

    private func artefacts(_ host: VirtualHost) -> FactValue {
        guard !host.artefacts.isEmpty || host.blobs["/usr/local/bin/kubelet"] != nil else { return .absent }
        var lines = host.artefacts.sorted { $0.key < $1.key }.map { "size=\($0.value) \($0.key)" }
        lines += host.broken.sorted().map { "broken=\($0)" }
        if let ca = host.ca { lines.append("ca=\(ca)") }
        if host.hasEtcdData { lines.append("etcd-data=yes") }
        if host.hasKubeletConfig { lines.append("kubelet-config=yes") }
        if host.hasKubeletClient { lines.append("kubelet-client=yes") }
        if host.files["/etc/martlet/kubeadm.yaml"] != nil { lines.append("applied=yes") }
        return .present(lines.joined(separator: "\n"))
    }

    private func api(_ host: VirtualHost) -> FactValue {
        guard host.has("admin.conf"), host.blobs["/usr/local/bin/kubectl"] != nil else { return .absent }
        guard host.answersAPI else { return .unknown("its script ended with status 3") }
        var lines: [String] = []
        for (name, node) in nodes.sorted(by: { $0.key < $1.key }) {
            lines.append("node \(name) \(isReady(name, node) ? "True" : "False") \(node.version)")
            lines += node.labels.sorted { $0.key < $1.key }.map { "label \(name) \($0.key)=\($0.value)" }
            lines += node.taints.sorted().map { "taint \(name) \($0)" }
        }
        return .present((lines + objects.sorted()).joined(separator: "\n"))
    }

    private func isReady(_ name: String, _ node: Node) -> Bool {
        guard !node.isStranger else { return true }
        guard let host = hosts[name], host.runsKubelet else { return false }
        return spec.network.plugin != .routed || host.active.contains("martlet-pod-routes.service")
    }

    private func etcdMembers(_ host: VirtualHost) -> FactValue {
        guard host.has("pki/apiserver-etcd-client.key"), host.has("manifests/etcd.yaml") else { return .absent }
        guard host.runsKubelet, host.hasEtcdData else { return .unknown("its script ended with status 3") }
        let list = members.map { member in
            let name = member.isStarted ? "\"name\":\"\(member.name)\"," : ""
            let learner = member.isLearner ? ",\"isLearner\":true" : ""
            return
                "{\"ID\":\"\(member.id)\",\(name)\"peerURLs\":[\"\(member.peerURLs.joined(separator: "\",\""))\"]\(learner)}"
        }
        return .present("{\"header\":{},\"members\":[\(list.joined(separator: ","))]}")
    }

    /// The control plane that has the endpoint's address.
    private var endpointHolder: String? {
        guard spec.endpoint.kind == .keepalived else { return nil }
        return spec.controlPlanes.map(\.name).first { name in
            guard let host = hosts[name] else { return false }
            return host.active.contains("keepalived.service") && host.files[EndpointConfiguration.keepalivedPath] != nil
        }
    }

    private var servesEndpoint: Bool {
        let answering = spec.controlPlanes.compactMap { hosts[$0.name] }.filter(\.answersAPI)
        guard spec.endpoint.kind == .keepalived else { return !answering.isEmpty }
        let holds = spec.controlPlanes.compactMap { hosts[$0.name] }.contains {
            $0.active.isSuperset(of: ["haproxy.service", "keepalived.service"])
        }
        return holds && !answering.isEmpty
    }

    private static func octal(_ mode: Int) -> String { "0" + String(mode, radix: 8) }

    // MARK: Acting

    /// Carries out the changes of a plan in a random order that the requirements allow, and verifies every step.
    ///
    /// - Parameter limit: how many steps are carried out before the run is cut off.
    mutating func run(_ plan: Plan, limit: Int = .max, numbers: inout SeededNumbers) {
        slots = [:]
        let steps = plan.changes
        var schedule = Schedule(steps, perHost: .max)
        var waiting: [Int] = schedule.start()
        var done = 0
        while done < limit {
            guard !waiting.isEmpty else { break }
            let position = waiting.remove(at: Int.random(in: waiting.indices, using: &numbers))
            carryOut(steps[position])
            schedule.finish(position)
            waiting += schedule.start()
            done += 1
        }
        if limit == .max { #expect(done == steps.count, "steps that never became ready") }
    }

    private mutating func carryOut(_ step: Step) {
        guard step.change != .blocked else {
            Issue.record("\(step.id) is blocked: \(step.reason)")
            return
        }
        for action in step.actions { act(action, step) }
        for check in step.ensure {
            let verdict = check.verdict(on: answer(check.probe, on: step.host))
            #expect(verdict == .passed, "\(step.id): \(check.title) after the step")
        }
    }

    private mutating func act(_ action: Action, _ step: Step) {
        switch action {
        case .putFile(let path, let mode, let text):
            let filled = fill(text, step)
            hosts[step.host]?.files[path] = (mode, Digest.sha256(filled), filled)
            if path.hasPrefix("/etc/kubernetes/") {
                hosts[step.host]?.artefacts[String(path.dropFirst("/etc/kubernetes/".count))] = filled.utf8.count
            }
        case .putBlob(let path, let mode, let blob): hosts[step.host]?.blobs[path] = (mode, blob.sha256)
        case .script(let script):
            let output = effect(of: script, input: fill(script.input, step), text: fill(script.text, step), step)
            if let slot = script.produces { slots[slot] = output }
        }
    }

    private func fill(_ text: String, _ step: Step) -> String {
        let (filled, missing) = Slot.fill(text, with: slots)
        if let missing { Issue.record("\(step.id) needs \(missing.name), which no step before it has produced") }
        return filled ?? ""
    }

    private func demand(_ isMet: Bool, _ what: String, _ step: Step) {
        if !isMet { Issue.record("\(step.id) ran before \(what)") }
    }

    /// What the script would do; its standard output.
    private mutating func effect(of script: Action.Script, input: String, text: String, _ step: Step) -> String {
        guard var host = hosts[step.host] else { return "" }
        var output = ""
        switch script.summary {
        case let summary where summary.hasPrefix("install "):
            let names = text.firstMatch(of: /install --no-install-recommends ([^>]*) >/)?.1.split(separator: " ") ?? []
            demand(!names.isEmpty, "it knew any package", step)
            for name in names.map(String.init) {
                host.packages.insert(name)
                if ["containerd", "haproxy", "keepalived"].contains(name) {
                    host.active.insert("\(name).service")
                    host.enabled.insert("\(name).service")
                }
            }
        case "load the modules":
            demand(host.packages.contains("kmod"), "kmod was installed", step)
            host.hasBridgeFilter = true
            for key in ["iptables", "ip6tables"] { host.sysctls["net.bridge.bridge-nf-call-\(key)"] = "1" }
        case "apply them":
            demand(
                host.hasBridgeFilter && host.packages.contains("procps"), "bridge filtering and procps were there", step
            )
            for match in text.matches(of: /sysctl -q -w ([^ =]+)=([^ \n]+)/) {
                host.sysctls[String(match.1)] = String(match.2)
            }
        case "turn swap off, now and at boot": host.swaps = 0
        case "reload systemd": break
        case "restart containerd":
            demand(host.isKnown("containerd.service"), "containerd was installed", step)
            host.active.insert("containerd.service")
            host.enabled.insert("containerd.service")
        case "enable it":
            demand(host.isKnown("kubelet.service"), "the kubelet's unit was there", step)
            host.enabled.insert("kubelet.service")
        case "start it":
            demand(host.isKnown("kubelet.service") && host.hasKubeletConfig, "the kubelet had its configuration", step)
            host.active.insert("kubelet.service")
        case "import it into containerd":
            demand(host.active.contains("containerd.service"), "containerd ran", step)
            let names = text.firstMatch(of: /for reference in ([^;]*);/)?.1.split(separator: " ") ?? []
            let digest = text.firstMatch(of: /martlet\.archive=([0-9a-f]+)/)?.1 ?? ""
            for name in names { host.images[String(name)] = String(digest) }
            host.blobs = host.blobs.filter { !$0.key.hasPrefix("/var/lib/martlet/images/") }
        case "pull them with kubeadm":
            demand(
                host.active.contains("containerd.service") && host.blobs["/usr/local/bin/kubeadm"] != nil,
                "kubeadm and containerd were there", step)
            host.images["registry.k8s.io/kube-apiserver:\(spec.kubernetes.version)"] = "unrecorded"
        case let summary where summary.hasPrefix("check the file and restart "):
            let name = String(summary.split(separator: " ").last ?? "")
            demand(host.packages.contains(name), "\(name) was installed", step)
            host.active.insert("\(name).service")
            host.enabled.insert("\(name).service")
        case "put aside what others left in /etc/cni/net.d that would come first": host.earlierNetwork = ""
        case let summary where summary.hasPrefix("put aside a configuration of "):
            let path =
                switch step.id.prefix(while: { $0 != "@" }) {
                case "haproxy": EndpointConfiguration.haproxyPath
                case "keepalived": EndpointConfiguration.keepalivedPath
                default: ContainerdConfiguration.path
                }
            guard let file = host.files[path], !file.text.hasPrefix("# Written by martlet.\n") else { break }
            host.files[path] = nil
            host.files[path + ForeignFile.suffix] = host.files[path + ForeignFile.suffix] ?? file
        case "set the routes, now and at boot":
            demand(host.packages.contains("iproute2"), "iproute2 was installed", step)
            for unit in ["martlet-pod-routes.service", "martlet-pod-routes-refresh.timer"] {
                demand(host.isKnown(unit), "\(unit) was written", step)
                host.active.insert(unit)
                host.enabled.insert(unit)
            }
        case "make the key for Secrets, unless there is one":
            host.artefacts["encryption/config.yaml"] = input.utf8.count
        case "run kubeadm init":
            initialise(&host, text, step)
        case "keep the checksums of the manifests":
            demand(host.has("manifests/kube-scheduler.yaml"), "kubeadm wrote the manifests", step)
            host.changedManifests = []
            host.files[StaticPods.recordPath] = (0o644, "recorded", "")
        case "render anew those that were changed":
            demand(host.has("pki/ca.key"), "the authority was there", step)
            for name in host.changedManifests { host.artefacts["manifests/\(name)"] = 100 }
        case "make kubeadm's objects anew":
            demand(host.answersAPI, "the API server answered", step)
            objects.formUnion([
                "configmap/kubeadm-config", "daemonset.apps/kube-proxy",
                "rolebinding.rbac.authorization.k8s.io/kube-proxy",
            ])
        case "see that the address is free":
            demand(host.packages.isSuperset(of: ["curl", "iproute2"]), "curl and iproute2 were installed", step)
            demand(endpointHolder == nil, "keepalived took the address", step)
        case "have the kubelet register its node anew":
            demand(host.hasEtcdData, "etcd's data were kept", step)
            becomeNode(&host)
        case "make the missing files anew":
            demand(host.has("pki/ca.key"), "the authority was there", step)
            host.broken = []
            for file in KubeadmArtefacts.controlPlane { host.artefacts[file] = 100 }
            host.isStopped = false
            host.active.insert("kubelet.service")
        case "make a token that lives for two hours":
            demand(host.answersAPI, "the API server answered", step)
            lastNumber += 1
            tokens.insert("token-\(lastNumber)")
            output = "token-\(lastNumber)"
        case "take the hash of the cluster's certificate authority": output = "sha256:\(host.ca ?? "none")"
        case "read them":
            demand(host.has("pki/ca.key") && host.has("pki/etcd/ca.key"), "the authorities were made", step)
            if spec.profile == .production {
                demand(host.has("encryption/config.yaml"), "the key for Secrets was made", step)
            }
            output = "certificates of \(host.ca ?? "none")"
        case "write them below /etc/kubernetes":
            #expect(input == "certificates of \(step.host)" || input.hasPrefix("certificates of "))
            host.ca = String(input.dropFirst("certificates of ".count))
            for file in ["ca", "front-proxy-ca", "etcd/ca"] {
                for suffix in ["crt", "key"] { host.artefacts["pki/\(file).\(suffix)"] = 100 }
            }
            for file in ["pki/sa.key", "pki/sa.pub", "audit-policy.yaml", "encryption/config.yaml"] {
                host.artefacts[file] = 100
            }
            host.broken = host.broken.filter { !["pki/ca.crt", "pki/ca.key", "pki/sa.key", "pki/sa.pub"].contains($0) }
        case "run kubeadm join":
            join(&host, input, text, step)
        case "remove what it left in the cluster", "drain and delete the node",
            "remove its member of etcd, drain and delete the node",
            "drain the node, remove its member of etcd, delete it":
            demand(host.answersAPI, "the API server answered", step)
            for match in text.matches(of: /"ID":"([0-9]+)"/) { members.removeAll { $0.id == match.1 } }
            for match in text.matches(of: /delete node ([^ \n]+)/) { nodes[String(match.1)] = nil }
        case "stop the kubelet and what it ran, forget the cluster":
            demand(nodes[step.host] == nil, "its node was deleted", step)
            for unit in ["kubelet.service", "martlet-pod-routes.service", "martlet-pod-routes-refresh.timer"] {
                host.active.remove(unit)
                host.enabled.remove(unit)
            }
            host.artefacts = [:]
            host.hasKubeletConfig = false
            host.hasKubeletClient = false
            for file in ["/etc/cni/net.d/10-martlet.conflist", "/etc/martlet/pod-routes"] { host.files[file] = nil }
        case "render the control plane anew and give the kubelet its file":
            demand(host.answersAPI, "the API server answered", step)
        case "give the kubelet its file":
            demand(host.hasKubeletConfig && host.has("kubelet.conf"), "the host had joined", step)
        case "sign a new one":
            demand(host.has("pki/ca.key"), "the authority was there", step)
            host.missingName = ""
            host.artefacts["pki/apiserver.crt"] = 100
        case "close their connections to the API":
            demand(host.has("kubelet.conf"), "the host had joined", step)
        case "delete the tokens of this tool": tokens = []
        case "apply the manifest":
            demand(host.answersAPI, "the API server answered", step)
            #expect(!input.isEmpty)
            if input.contains("name: cluster-dns") {
                objects.formUnion(["deployment.apps/cluster-dns", "service/kube-dns"])
            }
        case "let CoreDNS forward nothing": demand(host.answersAPI, "the API server answered", step)
        case "let CoreDNS forward again":
            demand(host.answersAPI, "the API server answered", step)
            host.files[CoreDNSForwarding.markPath] = nil
        case "set them":
            demand(host.answersAPI, "the API server answered", step)
            for match in text.matches(of: /label node ([^ ]+) --overwrite ([^ =]+)=([^ \n]*)/) {
                demand(nodes[String(match.1)] != nil, "\(match.1) was a node", step)
                nodes[String(match.1)]?.labels[String(match.2)] = String(match.3)
            }
            for match in text.matches(of: /taint node ([^ ]+) --overwrite ([^ \n]+)/) {
                demand(nodes[String(match.1)] != nil, "\(match.1) was a node", step)
                nodes[String(match.1)]?.taints.insert(String(match.2))
            }
        default: Issue.record("the virtual host does not know the script \"\(script.summary)\" of \(step.id)")
        }
        hosts[step.host] = host
        return output
    }

    private func demandPrepared(_ host: VirtualHost, _ step: Step) {
        for program in ["kubeadm", "kubelet", "kubectl"] {
            demand(host.blobs["/usr/local/bin/\(program)"] != nil, "\(program) was copied", step)
        }
        demand(
            host.isKnown("kubelet.service") && host.enabled.contains("kubelet.service"),
            "the kubelet's unit was enabled", step)
        demand(host.active.contains("containerd.service"), "containerd ran", step)
        demand(host.files["/etc/containerd/config.toml"] != nil, "containerd was configured", step)
        demand(host.packages.isSuperset(of: ["conntrack", "iptables", "socat"]), "kubeadm's packages were there", step)
        demand(host.sysctls["net.ipv4.ip_forward"] == "1" && host.hasBridgeFilter, "kernel settings were made", step)
        demand(
            !release.cniPlugins.isEmpty && host.blobs["/opt/cni/bin/bridge"] != nil, "the CNI plug-ins were there", step
        )
        if spec.profile == .production { demand(host.swaps == 0, "swap was off", step) }
        let references: [String] = release.images.flatMap { $0.references }
        let pause = references.first { $0.contains("/pause:") }
        if let pause { demand(host.images[pause] != nil, "the pause image was there", step) }
        if spec.endpoint.kind == .keepalived, host.spec.isControlPlane {
            demand(
                host.active.isSuperset(of: ["haproxy.service", "keepalived.service"]), "the endpoint was served", step)
        }
    }

    private mutating func initialise(_ host: inout VirtualHost, _ text: String, _ step: Step) {
        demandPrepared(host, step)
        lastNumber += 1
        if host.ca == nil || host.broken.contains("pki/ca.crt") { host.ca = "ca-\(lastNumber)" }
        host.broken = []
        for file in KubeadmArtefacts.controlPlane { host.artefacts[file] = 100 }
        becomeNode(&host)
        if !members.contains(where: { $0.name == host.spec.name }) { addMember(host.spec) }
        host.hasEtcdData = true
        objects.formUnion([
            "configmap/kubeadm-config", "daemonset.apps/kube-proxy", "rolebinding.rbac.authorization.k8s.io/kube-proxy",
        ])
        if !text.contains("addon/coredns") { objects.formUnion(["deployment.apps/coredns", "service/kube-dns"]) }
    }

    private mutating func join(_ host: inout VirtualHost, _ input: String, _ text: String, _ step: Step) {
        demandPrepared(host, step)
        demand(tokens.contains { input.contains($0) }, "its token was made", step)
        demand(servesEndpoint, "the endpoint led to an API server", step)
        demand(nodes[host.spec.name] == nil || host.has("kubelet.conf"), "the old node was taken out", step)
        if host.spec.isControlPlane {
            demand(host.has("pki/ca.key") && host.has("pki/etcd/ca.key"), "the authorities were copied", step)
            demand(
                !members.contains { $0.name == host.spec.name || !$0.isStarted }, "the stale member was removed", step)
            for file in KubeadmArtefacts.controlPlane { host.artefacts[file] = 100 }
            addMember(host.spec)
            host.hasEtcdData = true
        } else {
            host.ca = input.firstMatch(of: /sha256:([a-z0-9-]+)/).map { String($0.1) }
            for file in ["kubelet.conf", "pki/ca.crt"] { host.artefacts[file] = 100 }
        }
        host.artefacts["bootstrap-kubelet.conf"] = nil
        host.broken = []
        becomeNode(&host)
    }

    private mutating func becomeNode(_ host: inout VirtualHost) {
        host.hasKubeletConfig = true
        host.hasKubeletClient = true
        host.isStopped = false
        host.active.insert("kubelet.service")
        if nodes[host.spec.name] == nil { nodes[host.spec.name] = Node(version: "\(spec.kubernetes.version)") }
    }

    mutating func addMember(_ host: HostSpec, isStarted: Bool = true, isLearner: Bool = false) {
        lastNumber += 1
        members.append(
            EtcdMember(
                id: "10\(lastNumber)", name: isStarted ? host.name : "",
                peerURLs: ["https://\(host.internalAddress):2380"],
                isLearner: isLearner))
    }
}
