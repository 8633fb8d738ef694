package import KubernetesAPI

/// What there is to say about a container image, wherever it lies.
package struct ImageFacts: Sendable, Hashable {
    /// `linux/amd64`.
    package var platform: String
    /// In bytes: compressed in a registry, as the runtime counts it on a node.
    package var size: Int?
    /// Empty: the image names no program.
    package var entrypoint: [String]
    package var arguments: [String]
    /// Name, or number, with or without a group; empty is root.
    package var user: String
    package var environment: [String: String]
    /// `8080/tcp`.
    package var ports: [String]
    package var labels: [String: String]
    /// The commands that made its layers.
    package var history: [String]

    /// From the configuration of an image: the OCI image specification's `application/vnd.oci.image.config.v1+json`, of which Docker's
    /// is the older form.
    package init(configuration: JSONValue, size: Int?) {
        let config = configuration["config"] ?? .null
        func texts(_ value: JSONValue?) -> [String] { (value?.array ?? []).compactMap(\.string) }
        let system = configuration["os"]?.string ?? "?"
        platform = "\(system)/\(configuration["architecture"]?.string ?? "?")"
        self.size = size
        entrypoint = texts(config["Entrypoint"])
        arguments = texts(config["Cmd"])
        user = config["User"]?.string ?? ""
        environment = texts(config["Env"]).reduce(into: [:]) { result, line in
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            result[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
        }
        ports = config["ExposedPorts"]?.object?.keys.sorted() ?? []
        labels = (config["Labels"]?.object ?? [:]).compactMapValues(\.string)
        history = (configuration["history"]?.array ?? []).compactMap { $0["created_by"]?.string }
    }

    /// root, by name or number, or nobody named at all.
    var isRoot: Bool {
        let name = user.prefix { $0 != ":" }
        return name.isEmpty || name == "root" || name == "0"
    }
}

/// The name of an image: `registry:5000/hello:1`, `lab/sql:1`, `nginx@sha256:...`.
package struct ImageReference: Sendable, Hashable {
    /// With its port; nil if none is named.
    package var registry: String?
    package var name: String
    /// A tag, or a digest with its colon.
    package var version: String

    /// The first part is a registry if it has a dot or a colon, or is `localhost`, as in Docker's references.
    package init(_ text: String) {
        var rest = Substring(text)
        var version = "latest"
        if let at = rest.firstIndex(of: "@") {
            version = String(rest[rest.index(after: at)...])
            rest = rest[..<at]
        }
        var registry: String?
        if let slash = rest.firstIndex(of: "/") {
            let first = rest[..<slash]
            if first.contains(".") || first.contains(":") || first == "localhost" {
                registry = String(first)
                rest = rest[rest.index(after: slash)...]
            }
        }
        if let colon = rest.lastIndex(of: ":") {
            if version == "latest" { version = String(rest[rest.index(after: colon)...]) }
            rest = rest[..<colon]
        }
        self.registry = registry
        name = String(rest)
        self.version = version
    }
}

/// Why an image cannot be looked at that could be asked for: an observation.
struct ImageMissing: Error, Sendable, Hashable { var text: String }
