import ConfigTree
import Diagnostics

/// Overrides of components that would be written down and have no effect, or keep the component from starting.
extension SpecValidation {
    func checkComponents() {
        checkFiles("apiServer", spec.components.apiServer, title: "the API server", seen: apiServerFolders)
        checkFiles(
            "controllerManager", spec.components.controllerManager, title: "the controller manager",
            seen: Self.authorities)
        checkFiles("scheduler", spec.components.scheduler, title: "the scheduler", seen: [])
        checkFiles(
            "etcd", spec.components.etcd, title: "etcd", seen: ["/var/lib/etcd", "/etc/kubernetes/pki/etcd"])
        checkRoutedNetwork()
    }

    // MARK: Files

    /// What kubeadm mounts into the pods of the API server and the controller manager
    /// (cmd/kubeadm/app/phases/controlplane/volumes.go).
    private static let authorities = [
        "/etc/kubernetes/pki", "/etc/ssl/certs", "/etc/ca-certificates", "/usr/share/ca-certificates",
        "/usr/local/share/ca-certificates", "/etc/pki",
    ]

    /// Of a production cluster also what martlet mounts: policy and log of the audit, keys for Secrets.
    private var apiServerFolders: [String] {
        guard spec.profile == .production else { return Self.authorities }
        return Self.authorities
            + ["/etc/kubernetes/audit-policy.yaml", "/var/log/kubernetes/audit", "/etc/kubernetes/encryption"]
    }

    /// Arguments whose values begin with a slash and are no files of the host, or that kubeadm mounts by itself.
    private static let noFiles: Set = ["etcd-prefix", "flex-volume-plugin-dir", "cors-allowed-origins"]

    /// A control plane runs in pods: it sees the files of its host that are mounted, and no others.
    private func checkFiles(
        _ component: String, _ arguments: [String: String], title: String, seen folders: [String]
    ) {
        let field = "components.\(component).extraArgs"
        for (flag, path) in arguments.sorted(by: { $0.key < $1.key }) {
            guard path.hasPrefix("/"), path.utf8.count > 1, !Self.noFiles.contains(flag),
                !folders.contains(where: { path == $0 || path.hasPrefix($0 + "/") })
            else { continue }
            decoder.report(
                "unmounted", at: node("\(field).\(flag)"),
                "`\(field).\(flag)` names \(ConfigDecoder.shortened(path)), which the pod of \(title) does not see",
                detail: folders.isEmpty
                    ? "no folder of the host is mounted there"
                    : "of its host it sees \(folders.joined(separator: ", "))",
                hint: folders.first.map { "keep the file below \($0) on every control plane" } ?? "remove the argument")
        }
    }

    // MARK: The routed network

    /// Addresses for pods in a host's /24: not the network's own, the bridge's and the broadcast address.
    private static let podAddresses = 253

    private func checkRoutedNetwork() {
        guard spec.network.plugin == .routed else { return }
        let flags = node("components.controllerManager.extraArgs")
        for name in ["node-cidr-mask-size", "node-cidr-mask-size-ipv4"] {
            guard let entry = flags.entry(name) else { continue }
            decoder.report(
                "owned", at: entry.key, "`\(entry.value.path)` means nothing with the network `routed`",
                detail: "each host has a /24 of `network.pods` there", hint: "remove the argument")
        }
        guard case .int(let most)? = spec.components.kubelet["maxPods"], most > Self.podAddresses else { return }
        decoder.report(
            "max-pods", at: node("components.kubelet.maxPods"),
            "`components.kubelet.maxPods` is \(most), and a host has \(Self.podAddresses) addresses for pods",
            detail: "with the network `routed` each host has a /24 of `network.pods`; further pods would wait for ever",
            hint: "use \(Self.podAddresses) or less, or another network", severity: .warning)
    }
}
