internal import Diagnostics
internal import KubernetesAPI
internal import WebClient

/// A registry of images, asked anonymously by its HTTP API (OCI distribution specification, `GET /v2/NAME/manifests/REFERENCE`).
package enum ImageRegistry: Sendable, Hashable {
    /// A service of the cluster, through the API server.
    case service(String, port: String, namespace: String?)
    /// Of this machine's network: a private address.
    case address(String)
    /// The one that the image's own name says.
    case named

    package var words: String {
        switch self {
        case .service(let name, let port, let namespace):
            "the registry \(namespace.map { "\($0)/" } ?? "")\(name):\(port)"
        case .address(let url): "the registry \(url)"
        case .named: "its registry"
        }
    }
}

/// An image in a registry.
struct RegistryImage {
    let registry: ImageRegistry
    let reference: ImageReference
    let context: CheckContext

    /// Manifests and indexes of both families.
    private static let manifests = [
        "application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json",
    ]

    /// More than this is not fetched only to look into it.
    private static let mostLayerBytes = 256 << 20

    struct Layer: Sendable, Hashable {
        var digest: String
        var size: Int
    }

    /// - Parameter platform: which of several; nil is the first.
    func read(_ platform: String?) async throws -> (facts: ImageFacts, layers: [Layer]) {
        var manifest = try await manifest(reference.version)
        if let parts = manifest["manifests"]?.array {
            let fitting = parts.first { part in
                guard let platform, let described = part["platform"] else { return platform == nil }
                return "\(described["os"]?.string ?? "")/\(described["architecture"]?.string ?? "")" == platform
            }
            guard let digest = fitting?["digest"]?.string else {
                let platforms = parts.compactMap {
                    $0["platform"].map { "\($0["os"]?.string ?? "")/\($0["architecture"]?.string ?? "")" }
                }
                throw ImageMissing(text: "it is there for \(platforms.joined(separator: ", ")) only")
            }
            manifest = try await self.manifest(digest)
        }
        guard let digest = manifest["config"]?["digest"]?.string else {
            throw ImageMissing(text: "its manifest is of a kind that runtimes of today do not take")
        }
        let layers = (manifest["layers"]?.array ?? []).compactMap { layer -> Layer? in
            guard let digest = layer["digest"]?.string, let size = layer["size"]?.int else { return nil }
            return Layer(digest: digest, size: size)
        }
        let configuration = JSONValue.parse(try await blob(digest, limit: 4 << 20)) ?? .null
        let size = layers.reduce(manifest["config"]?["size"]?.int ?? 0) { $0 + $1.size }
        return (ImageFacts(configuration: configuration, size: size), layers)
    }

    /// Paths of all files, without a slash in front; what a later layer takes away is not among them.
    func files(_ layers: [Layer]) async throws -> Set<String> {
        var files = Set<String>()
        for layer in layers {
            for name in try await context.ground.archiveNames(try await content(of: layer)) {
                var path = name.hasPrefix("./") ? String(name.dropFirst(2)) : name
                while path.hasSuffix("/") { path.removeLast() }
                guard !path.isEmpty else { continue }
                // A whiteout of the image layer specification: the name behind `.wh.` is gone.
                let slash = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
                guard path[slash...].hasPrefix(".wh.") else {
                    files.insert(path)
                    continue
                }
                let gone = path[slash...].dropFirst(4)
                let folder = String(path[..<slash])
                if gone == ".wh..opq" {
                    files = files.filter { !$0.hasPrefix(folder) }
                } else {
                    let target = folder + gone
                    files = files.filter { $0 != target && !$0.hasPrefix(target + "/") }
                }
            }
        }
        return files
    }

    /// Texts of all layers, those included that a later one takes away.
    func search(_ layers: [Layer], _ find: @escaping TextSearch) async throws -> [ImageFinding] {
        var found: [ImageFinding] = []
        for layer in layers {
            let bytes = try await content(of: layer)
            found += try await context.ground.search(.layer(bytes), most: ImageCheck.mostTextBytes, find)
        }
        return found
    }

    private func content(of layer: Layer) async throws -> [UInt8] {
        guard layer.size <= Self.mostLayerBytes else {
            throw CannotJudge("a layer of \(layer.size >> 20) MB is too large to look into: test `max_size` first")
        }
        return try await blob(layer.digest, limit: Self.mostLayerBytes)
    }

    // MARK: requests

    private func manifest(_ version: String) async throws -> JSONValue {
        let answer = try await get(
            "/v2/\(reference.name)/manifests/\(version)", accept: Self.manifests.joined(separator: ", "), limit: 4 << 20
        )
        switch answer.status {
        case 200: return JSONValue.parse(answer.body) ?? .null
        case 404: throw ImageMissing(text: "\(registry.words) has no \(reference.name):\(version)")
        case 401, 403:
            throw ImageMissing(
                text: "\(registry.words) does not give \(reference.name) to everybody: status \(answer.status)")
        default: throw CannotJudge("\(registry.words) answers \(answer.status)", isPassing: answer.status >= 500)
        }
    }

    private func blob(_ digest: String, limit: Int) async throws -> [UInt8] {
        let answer = try await get("/v2/\(reference.name)/blobs/\(digest)", accept: "*/*", limit: limit)
        guard answer.status == 200 else {
            throw ImageMissing(
                text:
                    "\(registry.words) has the manifest, and not its part \(digest.prefix(19)): status \(answer.status)"
            )
        }
        return answer.body
    }

    private func get(_ path: String, accept: String, limit: Int) async throws -> (status: Int, body: [UInt8]) {
        switch registry {
        case .service(let service, let port, let namespace):
            var request = ProxyRequest(
                namespace: context.namespace(namespace), service: context.fill(service), port: context.fill(port),
                path: path,
                headers: [("Accept", accept)], timeout: .seconds(60))
            request.limit = limit
            do {
                let answer = try await context.api.proxy(request)
                return (answer.status, answer.body)
            } catch {
                throw CannotJudge(error)
            }
        case .address(let url): return try await direct(context.fill(url), path, accept, limit)
        case .named:
            guard let host = reference.registry else {
                throw CannotJudge("\(reference.name) names no registry, and the check neither")
            }
            return try await direct("http://\(host)", path, accept, limit)
        }
    }

    private func direct(
        _ base: String, _ path: String, _ accept: String, _ limit: Int
    ) async throws -> (status: Int, body: [UInt8]) {
        guard PrivateAddress.isAllowed(base) else {
            throw CannotJudge("\(base) lies outside of the lab: only registries at private addresses are asked")
        }
        do {
            let answer = try await context.ground.web(
                WebRequest(
                    .get, base + path, headers: [("Accept", accept)], redirects: .refuse,
                    timeouts: .init(connect: .seconds(5), stall: .seconds(20), total: .seconds(60)), maximumBody: limit)
            )
            return (answer.status, answer.body)
        } catch {
            throw CannotJudge(error.diagnostic.summary, isPassing: error.isTransient)
        }
    }
}
