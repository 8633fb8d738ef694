import ClusterModel
import ConfigTree
import Foundation
import KubernetesAPI
import Testing
import YAMLDocument

@testable import Frameworks

/// The folder `manifests` of the checkout.
enum ShippedFrameworks {
    static let folder =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path + "/manifests"

    static let names = FrameworkCatalogue(folders: [folder]).names

    /// Those whose objects are our own.
    static let own = ["kubeless", "openfaas", "openwhisk"]

    static func framework(_ name: String) throws -> Framework {
        try FrameworkCatalogue(folders: [folder]).framework(named: name)
    }

    /// A cluster of one node, of the version that the rig runs.
    static func facts(_ version: String = "v1.20.2") throws -> ClusterFacts {
        ClusterFacts(
            version: try #require(KubernetesVersion(version)),
            nodes: [ClusterFacts.Node(name: "one", address: "10.0.0.11")], hasDefaultStorageClass: true)
    }

    /// The release with what its own files hold; sources that come by URL are left out.
    static func rendered(
        _ framework: Framework, _ channel: FrameworkChannel, _ parameters: [String: ParameterValue] = [:],
        version: String = "v1.20.2"
    ) throws -> RenderedRelease {
        var framework = framework
        framework.sources.removeAll { if case .url = $0.origin { true } else { false } }
        let kept = Set(framework.sources.map(\.id))
        for index in framework.phases.indices { framework.phases[index].apply.removeAll { !kept.contains($0) } }
        let release = try FrameworkRelease(
            framework, channel: channel, parameters: parameters, cluster: try facts(version))
        var contents: [String: SourceContent] = [:]
        for source in framework.sources {
            guard case .file(let file) = source.origin else { continue }
            let path = "\(framework.folder)/\(file)"
            contents[source.id] = SourceContent(
                name: file, bytes: Array(try Data(contentsOf: URL(fileURLWithPath: path))))
        }
        return try RenderedRelease(release, contents: contents, scope: KindScope())
    }

    /// The defaults, and each other value of each choice and each boolean, one at a time.
    static func variations(_ framework: Framework, _ channel: FrameworkChannel) -> [[String: ParameterValue]] {
        var all: [[String: ParameterValue]] = [[:]]
        for parameter in framework.parameters where parameter.applies(to: channel.name) {
            switch parameter.kind {
            case .choice:
                for choice in parameter.choices where parameter.standard != .text(choice) {
                    all.append([parameter.name: .text(choice)])
                }
            case .boolean:
                let standard = parameter.standard == .boolean(true)
                all.append([parameter.name: .boolean(!standard)])
            default: break
            }
        }
        return all
    }

    /// A YAML file of a framework's folder.
    static func yaml(_ name: String, _ file: String) throws -> JSONValue {
        let path = "\(folder)/\(name)/\(file)"
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        let document = try #require(try YAMLReader.documents(bytes, file: path).first)
        return NodeValue.json(document.root)
    }
}
