internal import Diagnostics
internal import Foundation
package import KubernetesAPI

/// What a cluster says of a framework in it: the record of its installation, a ConfigMap in kube-system.
///
/// It holds what the user chose and what was made, so that status, upgrade and removal need nothing else; never a secret.
package struct InstalledFramework: Sendable, Hashable, Codable {
    package enum State: String, Sendable, Codable {
        /// Begun and not ended, or interrupted.
        case installing
        case installed
        case removing
        /// All went but what was kept: claims, or definitions.
        case removed
    }

    package var name: String
    package var channel: String
    package var version: String
    package var parameters: [String: ParameterValue]
    package var images: ImageRewriting
    package var proxies: PodProxies
    package var state: State
    /// Everything that was or will be made, so that nothing is forgotten however a run ends.
    package var inventory: [ObjectID]
    /// By phase the digest of requests and jobs that were carried out.
    package var actions: [String: String]

    package init(
        _ release: FrameworkRelease, state: State, inventory: [ObjectID] = [], actions: [String: String] = [:]
    ) {
        name = release.framework.name
        channel = release.channel.name
        version = release.channel.version
        parameters = release.parameters
        images = release.images
        proxies = release.proxies
        self.state = state
        self.inventory = inventory
        self.actions = actions
    }

    // MARK: in the cluster

    package static let namespace = "kube-system"
    static let formatVersion = 1

    package static func objectName(_ name: String) -> String { "martlet-framework-\(name)" }

    package static func id(_ name: String) -> ObjectID {
        ObjectID(apiVersion: "v1", kind: "ConfigMap", namespace: namespace, name: objectName(name))
    }

    /// The ConfigMap.
    package var object: JSONValue {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
        return [
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": [
                "name": .string(Self.objectName(name)), "namespace": .string(Self.namespace),
                "labels": .object([FrameworkMarks.framework: .string(name), FrameworkMarks.record: "true"]),
            ],
            "data": ["format": .string(String(Self.formatVersion)), "record": .string(text)],
        ]
    }

    /// nil for an object that is no record, or one of a format that is not known.
    package static func read(_ object: JSONValue) -> InstalledFramework? {
        guard object.labels[FrameworkMarks.record]?.string == "true",
            object["data"]?["format"]?.string == String(formatVersion), let text = object["data"]?["record"]?.string
        else { return nil }
        return try? JSONDecoder().decode(InstalledFramework.self, from: Data(text.utf8))
    }

    /// The installation of a framework; nil if there is none.
    package static func find(
        _ name: String, _ client: KubernetesClient
    ) async throws(KubernetesError) -> InstalledFramework? {
        do throws(KubernetesError) {
            return read(
                try await client.value("/api/v1/namespaces/\(namespace)/configmaps/\(objectName(name))"))
        } catch {
            guard error.isNotFound else { throw error }
            return nil
        }
    }

    /// It runs, or will when its installation has gone on; what is about to go or left something behind is no neighbour.
    package var isPresent: Bool { state == .installing || state == .installed }

    /// All installations, by name; those of which something is left, too.
    package static func all(_ client: KubernetesClient) async throws(KubernetesError) -> [InstalledFramework] {
        let found = try await client.list(
            "/api/v1/namespaces/\(namespace)/configmaps", of: JSONValue.self, labels: "\(FrameworkMarks.record)=true")
        return found.items.compactMap(read).sorted { $0.name < $1.name }
    }

    /// The release that is installed, as the catalogue describes it today.
    ///
    /// - Throws: `framework.unknown` and others of the catalogue; `framework.channel` if its channel is gone from it.
    package func release(_ catalogue: FrameworkCatalogue, cluster: ClusterFacts) throws -> FrameworkRelease {
        let framework = try catalogue.framework(named: name)
        guard let channel = framework.channel(channel) else {
            throw Diagnostic(
                code: "framework.channel", "the catalogue no longer has the channel \(channel) of \(name)",
                hint: "upgrade to one of \(framework.channels.map(\.name).joined(separator: ", "))", exitCode: .invalid)
        }
        return try FrameworkRelease(
            framework, channel: channel, parameters: known(framework, channel), cluster: cluster, images: images,
            proxies: proxies)
    }

    /// What a channel still knows of the values.
    package func known(_ framework: Framework, _ channel: FrameworkChannel) -> [String: ParameterValue] {
        let names = framework.parameters.filter { $0.applies(to: channel.name) }.map(\.name)
        return parameters.filter { names.contains($0.key) }
    }
}
