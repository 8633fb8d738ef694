enum NetworkPolicies {
    static let id = "network.policy"
    static let probe = ActiveProbes.make(
        id, .network, title: "Network policies are enforced",
        why: """
            Two policies on one pod deny everything and allow one port; from each node that port and another one are asked. \
            The API accepts policies whether or not the network obeys them, so a cluster can look protected and be open. \
            Where the network has none and nobody made a policy, this is said and not held against the cluster.
            """,
        remedy: "use a network add-on that enforces policies, or do without them and know it")

    /// What else there is to know about policies here.
    struct Surroundings: Sendable {
        /// The node of the pod that the policies guard.
        var guardedNode: String?
        /// Why that pod did not start.
        var problem: String?
        /// Policies that others have made; nil if they may not be listed.
        var policies: Int?
        /// The network add-on that promises to enforce policies; nil if none is known.
        var controller: String?
    }

    /// Beginnings of the names of pods, of add-ons that enforce network policies.
    private static let controllers = [
        "calico-node", "canal", "cilium", "antrea-agent", "weave-net", "kube-router", "ovnkube-node", "ovn-kubernetes",
        "kube-network-policies", "azure-npm", "romana-agent",
    ]

    /// The first add-on known to enforce policies, from the names of pods.
    static func controller(_ pods: [String]) -> String? {
        controllers.first { name in pods.contains { $0.hasPrefix(name + "-") } }
    }

    static func judge(_ all: [NodeMeasurement], _ surroundings: Surroundings) -> [Judgement] {
        if let problem = surroundings.problem { return [Judgement(.unknown, "cluster", problem)] }
        let measured = all.filter { $0.problem == nil && !$0.lines(.policyDenied).isEmpty }
        guard !measured.isEmpty else { return [Judgement(.unknown, "cluster", "no node could try it")] }
        let open = measured.filter { $0.lines(.policyDenied).contains(where: \.isOK) }
        // What is not allowed through although nothing is denied elsewhere is a broken network, which others tell.
        let blocked = measured.filter { !$0.lines(.policyAllowed).contains(where: \.isOK) }
        // A node from which nothing arrives shows no policy, neither way.
        let telling = measured.count - blocked.count { node in !open.contains { $0.node == node.node } }
        var judgements: [Judgement]
        if !open.isEmpty, open.count == telling {
            judgements = [notEnforced(surroundings)]
        } else {
            judgements = open.map {
                Judgement(
                    .fail, $0.subject, "denied traffic from here gets through; from other nodes it does not",
                    threshold: "denied is denied, allowed is allowed",
                    remedy: "look at the network add-on's pod on this node and on that of the guarded pod")
            }
        }
        for node in blocked where !open.contains(where: { $0.node == node.node }) {
            let target = surroundings.guardedNode
            let isCut = target.map { target in node.lines(.tcp).contains { $0.target == target && !$0.isOK } } ?? false
            judgements.append(
                isCut
                    ? Judgement(.unknown, node.subject, "no connection to the guarded pod's node, see \(PodNetwork.id)")
                    : Judgement(
                        .fail, node.subject, "allowed traffic from here does not get through",
                        threshold: "denied is denied, allowed is allowed"))
        }
        guard judgements.isEmpty else { return judgements }
        return [Judgement(.pass, "cluster", "denied and allowed as written, from \(measured.count) nodes")]
    }

    private static func notEnforced(_ surroundings: Surroundings) -> Judgement {
        let expected = "denied is denied, allowed is allowed"
        if let controller = surroundings.controller {
            return Judgement(
                .fail, "cluster",
                "not enforced, although \(controller) is here: denied traffic gets through from all nodes",
                threshold: expected, remedy: "look at the log of \(controller)")
        }
        switch surroundings.policies {
        case 0?:
            return Judgement(
                .skipped, "cluster", "not enforced: this network has no policies, and nobody has made one",
                threshold: expected)
        case let count?:
            return Judgement(
                .warn, "cluster",
                "not enforced: \(count) \(count == 1 ? "policy protects" : "policies protect") nothing here",
                threshold: expected)
        case nil:
            return Judgement(.warn, "cluster", "not enforced", threshold: expected)
        }
    }
}
