import ClusterModel

/// Command-line arguments of the control plane that go beyond kubeadm's own; the spec's come last and win.
enum ControlPlaneArguments {
    static func apiServer(_ context: KubeadmContext) -> [String: String] {
        var arguments: [String: String] = [:]
        if context.isProduction {
            arguments = hardened
            arguments["audit-policy-file"] = ControlPlaneFiles.auditPolicyPath
            arguments["audit-log-path"] = ControlPlaneFiles.auditLogFolder + "/audit.log"
            arguments["audit-log-maxage"] = "30"
            arguments["audit-log-maxbackup"] = "10"
            arguments["audit-log-maxsize"] = "100"
            arguments["encryption-provider-config"] = ControlPlaneFiles.encryptionConfigurationPath
            // Long-lived connections spread over the API servers again after one of them was away. For several servers
            // behind one address only, as the flag's documentation says.
            if context.spec.controlPlanes.count > 1 && context.spec.endpoint.kind != .host {
                arguments["goaway-chance"] = "0.001"
            }
        }
        return arguments.merging(context.spec.components.apiServer) { _, spec in spec }
    }

    static func controllerManager(_ context: KubeadmContext) -> [String: String] {
        var arguments: [String: String] = [:]
        if context.isProduction {
            arguments = hardened
            arguments["terminated-pod-gc-threshold"] = "1000"
        }
        // martlet assigns one subnet to each host itself (PodNetwork), and two allocators would disagree.
        if context.spec.network.plugin == .routed { arguments["allocate-node-cidrs"] = "false" }
        return arguments.merging(context.spec.components.controllerManager) { _, spec in spec }
    }

    static func scheduler(_ context: KubeadmContext) -> [String: String] {
        let arguments = context.isProduction ? hardened : [:]
        return arguments.merging(context.spec.components.scheduler) { _, spec in spec }
    }

    static func etcd(_ context: KubeadmContext) -> [String: String] {
        // In production the space is bounded above etcd's default of 2 GiB and below its advised limit of 8 GiB. In a
        // lab hosts share one slow disk, and elections must not follow from that.
        var arguments =
            context.isProduction
            ? ["quota-backend-bytes": "4294967296"] : ["heartbeat-interval": "250", "election-timeout": "2500"]
        // A member that asks for votes while another still waits for the leader is told no, and has then voted for
        // itself: another whole timeout without a leader (seen: the API silent for 6.5 s).
        if !context.facts.etcdAsksBeforeVotes { arguments["pre-vote"] = "true" }
        return arguments.merging(context.spec.components.etcd) { _, spec in spec }
    }

    /// Common to the API server, the controller manager and the scheduler, which bind to what kubeadm chooses: all
    /// addresses for the first, 127.0.0.1 for the others.
    private static let hardened = ["profiling": "false", "tls-min-version": "VersionTLS12"]
}
