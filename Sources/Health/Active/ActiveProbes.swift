/// Probes that make something in the cluster, use it and take it away again.
package enum ActiveProbes {
    package static let all: [HealthProbe] = [
        PodNetwork.probe, NetworkPayload.probe, ServiceNetwork.probe, NodePorts.probe, APIServiceAddress.probe,
        NetworkPolicies.probe, NameResolution.probe, AbsentNames.probe, StorageClaim.probe, Workload.probe,
    ]

    /// An active probe: it judges nothing but what `ActiveRun` brought.
    static func make(
        _ id: String, _ group: HealthProbe.Group, title: String, why: String, remedy: String,
        limits: [HealthProbe.Limit] = []
    ) -> HealthProbe {
        HealthProbe(id: id, group: group, kind: .active, title: title, why: why, remedy: remedy, limits: limits) {
            evidence, limits in
            try evidence.active.judged(id, limits)
        }
    }
}
