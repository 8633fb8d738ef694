package import ClusterModel
internal import Diagnostics
package import Planning

/// All steps of a cluster.
///
/// The order is for reading; execution follows `requires`.
package enum ClusterCatalogue {
    package static let definitions: [StepDefinition] = [
        packages, kernel, runtime, binaries, imageImport, apiEndpoint, controlPlaneInit, joinCredentials,
        controlPlaneJoin,
        reconfiguration, staticPods, podNetwork, workerJoin, watches, clusterDNS, nodeSettings, nodeRemoval,
        spareRelease,
        verification,
    ]

    /// Steps of plans that have other names than the definitions that they come from; what ends with a dash is how a name begins.
    package static let otherSteps: [String: [String]] = [
        "kernel": ["kernel-modules", "kernel-settings", "swap"],
        "containerd": ["containerd-binaries"],
        "kubernetes-binaries": ["cni-plugins", "kubelet-service", "kubelet"],
        "images": ["image-"],
        "endpoint": ["haproxy", "keepalived"],
        "join-credentials": ["shared-certificates", "revoke-join-token", "forget-"],
        "control-plane-join": ["certificates"],
        "configuration": ["api-certificate"],
        "node-removal": ["remove-"],
        "verification": ["api-endpoint", "nodes-ready"],
    ]

    /// The definition by that name, or the one from which a step by that name comes; without its host.
    package static func definition(of id: String) -> StepDefinition? {
        definitions.first { $0.id == id }
            ?? definitions.first { definition in
                (otherSteps[definition.id] ?? []).contains { $0 == id || $0.hasSuffix("-") && id.hasPrefix($0) }
            }
    }

    /// The questions for every host, one batch each.
    ///
    /// Hosts with the same role share one script.
    package static func probes(for context: ClusterContext) -> [(host: String, script: ProbeScript)] {
        var scripts: [[Probe]: ProbeScript] = [:]
        return context.spec.hosts.map { host in
            var seen: Set<Probe> = []
            var probes: [Probe] = []
            for probe in BaseProbes.probes(for: host, context.spec.endpoint)
                + possibleGoals(for: host, context).flatMap({ $0.ensure.map(\.probe) })
            where seen.insert(probe).inserted {
                probes.append(probe)
            }
            if let script = scripts[probes] { return (host.name, script) }
            let script = ProbeScript(probes)
            scripts[probes] = script
            return (host.name, script)
        }
    }

    /// Which control plane leads is known only from the answers, so that each is asked as leader and as one of the others.
    private static func possibleGoals(for host: HostSpec, _ cluster: ClusterContext) -> [Goal] {
        let usual = goals(for: host, cluster)
        guard host.isControlPlane, let other = cluster.spec.controlPlanes.first(where: { $0.name != host.name }) else {
            return usual
        }
        let leader = host.name == cluster.primary.name ? other : host
        return usual + goals(for: host, cluster.led(by: leader))
    }

    package static func goals(for host: HostSpec, _ cluster: ClusterContext) -> [Goal] {
        let state = cluster.states[host.name] ?? HostState(host, HostFacts(), cluster.spec.endpoint)
        let context = HostContext(cluster: cluster, host: host, state: state)
        if cluster.leaving.contains(where: { $0.name == host.name }) { return spareRelease.goals(context) }
        return definitions.flatMap { $0.goals(context) }
    }

    /// The plan for a cluster whose facts are known.
    package static func plan(_ context: ClusterContext, facts: Facts, specDigest: String) -> Plan {
        let wanted = (context.spec.hosts + context.leaving).lazy.map {
            Planner.HostGoals(host: $0.name, goals: goals(for: $0, context))
        }
        return Planner.plan(
            cluster: context.spec.name, specDigest: specDigest, goals: wanted, facts: facts,
            diagnostics: Preflight.diagnostics(context))
    }
}
