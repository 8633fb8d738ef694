/// Section 4.1: files of every node.
enum CISNodeFiles {
    static let controls: [CISControl] =
        pair(
            1, "The kubelet's unit", isScored: true,
            why: "systemd runs what the file says as root.", missing: nil
        ) { modes in
            modes.files.filter { $0.path.contains("/systemd/system/kubelet.service") }
        }
        + pair(
            3, "kube-proxy's kubeconfig", isScored: false,
            why: "Where kube-proxy runs as a service, the file holds its credentials.",
            missing: "kube-proxy runs in a pod and has no such file on the host"
        ) { modes in
            ["/etc/kubernetes/proxy.conf", "/etc/kubernetes/kube-proxy.conf", "/var/lib/kube-proxy/kubeconfig.conf"]
                .compactMap { modes.file($0) }
        }
        + pair(
            5, "The kubelet's kubeconfig", isScored: true,
            why: "The file tells the kubelet whom to believe and holds or names its private key.", missing: nil
        ) { [$0.file("/etc/kubernetes/kubelet.conf")].compactMap { $0 } }
        + pair(
            7, "The authority by which the kubelet knows clients", isScored: false,
            why: "Who may replace the file may run commands in every pod of the node.", missing: nil
        ) { [$0.file("/etc/kubernetes/pki/ca.crt")].compactMap { $0 } }
        + pair(
            9, "The kubelet's file of settings", isScored: true,
            why: "The file decides whom the kubelet lets in.", missing: nil
        ) { [$0.file($0.kubeletSettings)].compactMap { $0 } }

    /// A control about modes and the next one about owners.
    private static func pair(
        _ first: Int, _ what: String, isScored: Bool, why: String, missing: String?,
        _ select: @escaping @Sendable (FileModes) -> [FileModes.File]
    ) -> [CISControl] {
        [
            CISControl(
                "4.1.\(first)", "\(what): writable by its owner only", why: why, remedy: "chmod 600 the named file",
                isScored: isScored, .files(CISFiles(.mode(0o644), onAllHosts: true, missing: missing, select))),
            CISControl(
                "4.1.\(first + 1)", "\(what): belongs to root", why: why, remedy: "chown root:root the named file",
                isScored: isScored, .files(CISFiles(.owner("root:root"), onAllHosts: true, missing: missing, select))),
        ]
    }
}
