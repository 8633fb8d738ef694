import ClusterModel
import Diagnostics
import Foundation
import KubernetesAPI
import Testing

@testable import Frameworks

/// The invented framework of `Fixtures/catalogue`.
enum Toadstool {
    static let fixtures =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path + "/Fixtures"
    static let folder = fixtures + "/catalogue"

    static var catalogue: FrameworkCatalogue { FrameworkCatalogue(folders: [folder]) }

    static func framework() throws -> Framework { try catalogue.framework(named: "toadstool") }

    /// The text of its file with some of it replaced.
    static func text(replacing old: String = "", with new: String = "") throws -> String {
        let text = try String(contentsOfFile: "\(folder)/toadstool/framework.yaml", encoding: .utf8)
        guard !old.isEmpty else { return text }
        try #require(text.contains(old), "the fixture does not contain \(old)")
        return text.replacing(old, with: new)
    }

    static func facts(_ version: String = "v1.20.2", memory: Int = 8 << 30) throws -> ClusterFacts {
        ClusterFacts(
            version: try #require(KubernetesVersion(version)),
            nodes: [ClusterFacts.Node(name: "one", address: "10.0.0.11", memory: memory)], hasDefaultStorageClass: false
        )
    }

    static func release(
        _ channel: String = "steady", _ parameters: [String: ParameterValue] = [:],
        images: ImageRewriting = ImageRewriting(), proxies: PodProxies = PodProxies()
    ) throws -> FrameworkRelease {
        let framework = try framework()
        return try FrameworkRelease(
            framework, channel: try #require(framework.channel(channel)), parameters: parameters, cluster: try facts(),
            images: images, proxies: proxies)
    }

    static func rendered(_ release: FrameworkRelease) throws -> RenderedRelease {
        var contents: [String: SourceContent] = [:]
        for source in release.framework.sources {
            guard case .file(let file) = source.origin else { continue }
            let path = "\(release.framework.folder)/\(file)"
            contents[source.id] = SourceContent(
                name: path, bytes: Array(try Data(contentsOf: URL(fileURLWithPath: path))))
        }
        return try RenderedRelease(release, contents: contents, scope: KindScope())
    }
}

extension RenderedRelease {
    func object(_ kind: String, _ name: String) -> DesiredObject? {
        (namespaces + objects).first { $0.id.kind == kind && $0.id.name == name && !$0.isPatch }
    }
}
