/// Probes that read the Kubernetes API.
package enum APIProbes {
    package static let all: [HealthProbe] = [
        NodeReady.probe, NodeLease.probe, NodePressure.probe, NodeCordon.probe,
        APIServers.probe, APIEndpoint.probe, APILatency.probe,
        ComponentRestarts.probe, ControlPlaneCount.probe, Webhooks.probe, AggregatedAPIs.probe,
        DNSReplicas.probe,
        DefaultClass.probe, Claims.probe,
        SigningRequests.probe, BootstrapTokens.probe,
        Requests.probe, NodeLoss.probe, PodCount.probe, PendingPods.probe,
        VersionSkew.probe, VersionSupport.probe, DeprecatedAPIs.probe,
        CrashingPods.probe, UnreadyPods.probe,
    ]
}
