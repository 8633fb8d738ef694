enum DNSReplicas {
    static let probe = HealthProbe(
        id: "dns.replicas", group: .dns, kind: .api, title: "Cluster DNS survives a node",
        why: """
            Counts the ready pods that answer for the cluster's names, and the nodes they are on. Without DNS services cannot \
            find each other, and everything looks broken at once.
            """,
        remedy: "`kubectl -n kube-system rollout restart` of the DNS deployment; if pods are missing, scale it to 2",
        needs: [.nodes, .pods, .endpoints]
    ) { evidence, _ in
        let nodes = try evidence.api.nodes.get()
        let pods = try evidence.api.pods.get().filter {
            $0.namespace == "kube-system" && $0.labels["k8s-app"] == "kube-dns" && !$0.isDone
        }
        let ready = pods.filter(\.isReady)
        let places = Set(ready.compactMap { $0.spec?.nodeName }).count
        let expected = nodes.count > 1 ? "2 ready on 2 nodes" : "1 ready"
        let measured = "\(ready.count) of \(pods.count) pods ready on \(places) \(places == 1 ? "node" : "nodes")"
        // Pods that are ready and stand behind no address answer nobody: the endpoints controller does not do its work.
        let service = try evidence.api.endpoints.get().first {
            $0.namespace == "kube-system" && $0.name == "kube-dns"
        }
        if !ready.isEmpty, (service?.readyAddresses ?? []).isEmpty {
            return [
                Judgement(
                    .fail, "cluster", "\(measured), none behind the service kube-dns", threshold: expected,
                    remedy:
                        "read the log of the controller manager that holds the lease; restart it if its watches hang")
            ]
        }
        let status: HealthStatus
        if ready.count < min(2, nodes.count) {
            status = .fail
        } else if nodes.count > 1, places < 2 {
            status = .warn
        } else {
            status = .pass
        }
        return [Judgement(status, "cluster", measured, threshold: expected)]
    }
}
