internal import Diagnostics
internal import Functions
internal import KubernetesAPI

/// The frameworks that a cluster has, as adapters need to know them.
struct FunctionSites {
    let manifests: String
    let client: KubernetesClient

    /// - Parameter name: only this one; it may also be one that martlet did not install.
    func find(_ name: String?) async throws -> [FunctionSite] {
        []
    }
}
