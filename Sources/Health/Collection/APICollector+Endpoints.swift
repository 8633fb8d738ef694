internal import Diagnostics
internal import KubernetesAPI

extension APICollector {
    /// The first minor version that has slices as `v1`.
    private static let slicesSince = 21

    /// Addresses behind services, out of slices where the cluster has them.
    ///
    /// Endpoints are deprecated since 1.33: who keeps a service's addresses by hand keeps them in slices now, for which there are
    /// no Endpoints, and a cluster may do without the controller that makes Endpoints.
    ///
    /// - Parameter version: of the API server, if it was asked; else slices are tried first.
    func endpoints(_ needs: Set<APIList>, version: Answer<String>) async -> Answer<[Endpoints]> {
        guard needs.contains(.endpoints) else { return .notAsked }
        do {
            if Self.mayHaveSlices(version) {
                do {
                    let slices = try await client.list(
                        "/apis/discovery.k8s.io/v1/endpointslices", of: EndpointSlice.self
                    ).items
                    return .value(Endpoints.gathered(from: slices))
                } catch  where error.isNotFound || error.code == 403 {
                    // Too old, or a role that was written for Endpoints.
                }
            }
            return .value(try await client.list("/api/v1/endpoints", of: Endpoints.self).items)
        } catch {
            return .unknown(error.diagnostic.summary)
        }
    }

    static func mayHaveSlices(_ version: Answer<String>) -> Bool {
        guard let text = try? version.get(), let known = MinorVersion(text) else { return true }
        return known.major > 1 || known.minor >= slicesSince
    }
}
