internal import ClusterModel
internal import Execution
internal import Health
internal import KubernetesAPI
internal import WebClient

/// From a spec to the API of its cluster: hosts are asked, one of them has the kubeconfig, and where the endpoint is not reached from
/// here, the way leads through a control plane.
struct ClusterRoute {
    /// With their answers to the questions of the probes.
    var hosts: [HealthHost]
    /// nil if no control plane gave a kubeconfig.
    var access: KubernetesAccess?
    var detour: APIRoute.Detour?

    static func find(_ spec: ClusterSpec, _ fleet: Fleet, probes: [HealthProbe] = []) async -> ClusterRoute {
        let endpoint = "\(spec.endpoint.address):\(spec.endpoint.port)"
        async let isReachable = APIRoute.isReachable(endpoint)
        let hosts = await HostSurvey(fleet: fleet, probes: probes).ask(spec.hosts.map { HealthHost($0) })
        var route = ClusterRoute(hosts: hosts, access: KubeconfigFinding.access(hosts, endpoint: endpoint))
        if route.access != nil, await !isReachable, let found = await APIRoute.detour(to: endpoint, hosts, fleet) {
            route.access?.proxy = .url(found.proxy)
            route.detour = found
        }
        return route
    }
}
