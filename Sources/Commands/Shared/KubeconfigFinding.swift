internal import Diagnostics
internal import Health
internal import KubernetesAPI
internal import Planning
internal import WebClient

/// The administrator's kubeconfig among the answers of control planes.
enum KubeconfigFinding {
    static let question = Probe.script("health.kubeconfig", "cat /etc/kubernetes/admin.conf")

    /// nil if no control plane gave one.
    static func access(_ hosts: [HealthHost], endpoint: String) -> KubernetesAccess? {
        for host in hosts {
            guard let text = try? host.answer(question),
                var (access, _) = try? Kubeconfig.parse(
                    text, name: "\(host.name):/etc/kubernetes/admin.conf", context: nil)
            else { continue }
            access.server = "https://\(endpoint)"
            access.proxy = .none
            return access
        }
        return nil
    }
}
