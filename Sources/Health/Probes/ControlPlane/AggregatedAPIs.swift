enum AggregatedAPIs {
    static let probe = HealthProbe(
        id: "control-plane.aggregated-apis", group: .controlPlane, kind: .api, title: "Aggregated APIs are available",
        why: """
            APIs that a service in the cluster provides (metrics, custom ones). One that is not available breaks discovery, \
            and with it the deletion of namespaces everywhere.
            """,
        remedy: "look at the pods behind its service; delete the APIService if what provided it is gone",
        needs: [.apiServices]
    ) { evidence, _ in
        let services = try evidence.api.apiServices.get()
        let bad = services.compactMap { service -> Judgement? in
            guard let condition = service.status?.conditions?.first(where: { $0.type == "Available" }),
                condition.status != "True"
            else { return nil }
            return Judgement(
                .fail, "apiservice/\(service.name)", condition.reason ?? "not available", threshold: "available",
                evidence: [condition.message].compactMap { $0 }, since: condition.lastTransitionTime)
        }
        return bad.isEmpty ? [Judgement(.pass, "cluster", "\(services.count) available", threshold: "all")] : bad
    }
}
