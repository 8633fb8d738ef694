/// Some of the addresses behind a service (`discovery.k8s.io/v1`, since 1.21).
package struct EndpointSlice: KubernetesObject {
    package struct Endpoint: Sendable, Decodable {
        package struct Conditions: Sendable, Decodable { package var ready: Bool? }
        package var addresses: [String]?
        package var conditions: Conditions?
        package var nodeName: String?

        /// Not said means yes.
        /// https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#conditions
        package var isReady: Bool { conditions?.ready ?? true }
    }

    package var metadata: Metadata?
    package var addressType: String?
    package var endpoints: [Endpoint]?

    /// Empty of a slice that is nobody's.
    package var service: String { labels["kubernetes.io/service-name"] ?? "" }
}

extension Endpoints {
    /// What the older kind of object would say: one for each service.
    ///
    /// A service with two families of addresses has slices of both, so that a pod is in two of them; only the family with more
    /// ready addresses is taken, and none is counted twice.
    package static func gathered(from slices: [EndpointSlice]) -> [Endpoints] {
        var services: [String: [EndpointSlice]] = [:]
        for slice in slices where !slice.service.isEmpty {
            services["\(slice.namespace)/\(slice.service)", default: []].append(slice)
        }
        return services.sorted { $0.key < $1.key }.map { _, slices in
            let families = Dictionary(grouping: slices) { $0.addressType ?? "" }
            let subsets = families.sorted { $0.key < $1.key }.map { Subset($0.value) }
            let fullest = subsets.max { ($0.addresses?.count ?? 0) < ($1.addresses?.count ?? 0) }
            return Endpoints(
                metadata: Metadata(name: slices[0].service, namespace: slices[0].namespace),
                subsets: fullest.map { [$0] } ?? [])
        }
    }
}

extension Endpoints.Subset {
    fileprivate init(_ slices: [EndpointSlice]) {
        let all = slices.flatMap { $0.endpoints ?? [] }
        func addresses(_ isReady: Bool) -> [Address] {
            all.filter { $0.isReady == isReady }.flatMap { endpoint in
                (endpoint.addresses ?? []).map { Address(ip: $0, nodeName: endpoint.nodeName) }
            }
        }
        self.init(addresses: addresses(true), notReadyAddresses: addresses(false))
    }
}
