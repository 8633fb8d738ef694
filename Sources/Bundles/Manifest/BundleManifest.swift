internal import ClusterModel
package import Diagnostics

/// `bundle.json`, decoded; what it says of the files has not been compared with them yet.
struct BundleManifest: Sendable {
    var name: String
    var kubernetesVersion: KubernetesVersion
    var architecture: Architecture
    /// Those that could be read.
    var files: [BundleEntry]
    /// True if an entry could not be read: what seems to be missing may be in it.
    var lacksEntries = false
}

/// One line of `files` in bundle.json.
package struct BundleEntry: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        case binary
        case image
        case cniPlugin = "cni-plugin"
        case package
        case manifest
        /// A file of objects that a serverless framework is installed from; its name is the framework's, its version the channel.
        case frameworkFile = "framework-file"

        /// Keys that such an entry may have besides `path`, `kind`, `size` and `sha256`; true for the required ones.
        var keys: [String: Bool] {
            switch self {
            case .binary: ["name": true, "version": false]
            case .image: ["name": false, "version": false, "references": true]
            case .cniPlugin: ["name": true, "version": false]
            case .package: ["name": true, "version": true, "distribution": true]
            case .manifest: ["name": true, "version": false]
            case .frameworkFile: ["name": true, "version": true]
            }
        }
    }

    /// Relative to the bundle's top.
    package var path: String
    package var kind: Kind
    /// Of an image without a name the last component of `path`.
    package var name: String
    /// Empty if none is stated.
    package var version: String
    package var references: [String]
    package var distribution: String
    package var size: UInt64
    package var sha256: String
    /// Of the entry in bundle.json.
    package var location: SourceLocation?
}
