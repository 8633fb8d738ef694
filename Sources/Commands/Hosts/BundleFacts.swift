import Bundles
import ClusterModel
import Diagnostics
import Foundation
import LocalHosts

/// What a specification says of the bundle.
enum BundleFacts {
    /// Takes the version from the bundle itself, be it a folder or a tar, unless it is given.
    static func cluster(bundle: String?, version: String?) throws -> SpecificationText.Cluster {
        guard let bundle else { return .init(version: version ?? "v1.20.2", bundle: "kubernetes-bundle") }
        let path = URL(fileURLWithPath: bundle).standardizedFileURL.path
        guard FileManager.default.fileExists(atPath: path) else {
            throw Diagnostic(code: "hosts.bundle-missing", "there is no bundle at \(bundle)", exitCode: .lacking)
        }
        if let version { return .init(version: version, bundle: path) }
        return .init(version: try OfflineBundle.open(path).release.kubernetesVersion.description, bundle: path)
    }
}
