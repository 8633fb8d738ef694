internal import Diagnostics
package import KubernetesAPI

/// Where images are taken from instead of where they were published.
package struct ImageRewriting: Sendable, Hashable, Codable {
    /// `mirror.example:5000/hub`: everything comes from there; the registry's own host is left out of the path.
    package var registry: String?
    /// By host of a registry what stands in its place.
    package var mirrors: [String: String]

    package init(registry: String? = nil, mirrors: [String: String] = [:]) {
        self.registry = registry
        self.mirrors = mirrors
    }

    package var isEmpty: Bool { registry == nil && mirrors.isEmpty }

    /// The reference to pull instead.
    package func rewritten(_ reference: String) -> String {
        guard !isEmpty, !reference.isEmpty else { return reference }
        let (host, path) = Self.parts(of: reference)
        if let mirror = mirrors[host] { return "\(mirror)/\(path)" }
        return registry.map { "\($0)/\(path)" } ?? reference
    }

    /// Registry and the rest, as container runtimes complete them: `nginx` is `docker.io` and `library/nginx`.
    package static func parts(of reference: String) -> (host: String, path: String) {
        guard let slash = reference.firstIndex(of: "/") else { return ("docker.io", "library/\(reference)") }
        let first = reference[..<slash]
        guard first.contains(".") || first.contains(":") || first == "localhost" else {
            return ("docker.io", reference)
        }
        return (String(first), String(reference[reference.index(after: slash)...]))
    }

    /// Without tag and digest.
    package static func repository(of reference: String) -> String {
        let name = reference.split(separator: "@", maxSplits: 1)[0]
        guard let colon = name.lastIndex(of: ":"), !name[colon...].contains("/") else { return String(name) }
        return String(name[..<colon])
    }

    /// The object with the images of its containers rewritten, and each text that is one of the known images.
    ///
    /// - Parameter known: repositories (without tag) of the framework's images, so that settings which name an image follow.
    package func rewritten(_ object: JSONValue, known: Set<String>) -> JSONValue {
        guard !isEmpty else { return object }
        return rewritten(object, known: known, key: "")
    }

    private func rewritten(_ value: JSONValue, known: Set<String>, key: String) -> JSONValue {
        switch value {
        case .string(let text):
            let isImage = key == "image" || isKnown(text, known)
            return isImage && !text.contains(" ") ? .string(rewritten(text)) : value
        case .array(let items): return .array(items.map { rewritten($0, known: known, key: "") })
        case .object(let members):
            var result: [String: JSONValue] = [:]
            result.reserveCapacity(members.count)
            for (name, member) in members { result[name] = rewritten(member, known: known, key: name) }
            return .object(result)
        default: return value
        }
    }

    private func isKnown(_ text: String, _ known: Set<String>) -> Bool {
        guard text.utf8.count < 512, text.utf8.contains(UInt8(ascii: "/")) || text.utf8.contains(UInt8(ascii: ":")),
            !text.hasPrefix("http")
        else { return false }
        let hasTag = text.contains("@sha256:") || text.contains(":")
        return hasTag && known.contains(Self.repository(of: text))
    }

    /// Reads `HOST=REPLACEMENT`.
    package static func mirror(_ text: String) -> (host: String, replacement: String)? {
        let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, !parts[1].contains("://"),
            !parts[1].hasSuffix("/")
        else { return nil }
        return (parts[0], parts[1])
    }
}

/// Proxies that the framework's own pods use.
package struct PodProxies: Sendable, Hashable, Codable {
    package var http: String?
    package var https: String?
    package var none: [String]

    package init(http: String? = nil, https: String? = nil, none: [String] = []) {
        self.http = http
        self.https = https
        self.none = none
    }

    package var isEmpty: Bool { http == nil && https == nil }

    /// What never goes through a proxy: the cluster itself.
    static let inside = ["localhost", "127.0.0.1", ".svc", ".cluster.local", "kubernetes.default"]

    /// Environment variables in all containers of a workload; those that are there stay.
    func applied(to object: JSONValue) -> JSONValue {
        guard !isEmpty, let template = object["spec"]?["template"], template["spec"]?["containers"] != nil else {
            return object
        }
        var variables: [(String, String)] = []
        if let http { variables += [("HTTP_PROXY", http), ("http_proxy", http)] }
        if let https = https ?? http { variables += [("HTTPS_PROXY", https), ("https_proxy", https)] }
        let none = (Self.inside + none).joined(separator: ",")
        variables += [("NO_PROXY", none), ("no_proxy", none)]
        var object = object
        for list in ["initContainers", "containers"] {
            guard let containers = template["spec"]?[list]?.array else { continue }
            object["spec"]?["template"]?["spec"]?[list] = .array(
                containers.map { container in
                    var container = container
                    let present = container["env"]?.array ?? []
                    let names = Set(present.compactMap { $0["name"]?.string })
                    let added = variables.filter { !names.contains($0.0) }.map { name, value in
                        JSONValue.object(["name": .string(name), "value": .string(value)])
                    }
                    container["env"] = .array(present + added)
                    return container
                })
        }
        return object
    }
}
