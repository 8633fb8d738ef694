internal import ClusterModel
package import Diagnostics
package import KubernetesAPI

/// One channel of a framework with the values of its parameters, for one cluster: everything but the contents of files.
package struct FrameworkRelease: Sendable {
    package let framework: Framework
    package let channel: FrameworkChannel
    package let parameters: [String: ParameterValue]
    package let cluster: ClusterFacts
    package let images: ImageRewriting
    package let proxies: PodProxies
    package let variables: Variables

    /// - Parameter parameters: what the user chose; the rest has its default.
    /// - Throws: `Diagnostics` with every parameter that is unknown, wrong or missing.
    package init(
        _ framework: Framework, channel: FrameworkChannel, parameters: [String: ParameterValue] = [:],
        cluster: ClusterFacts, images: ImageRewriting = ImageRewriting(), proxies: PodProxies = PodProxies()
    ) throws(Diagnostics) {
        self.framework = framework
        self.channel = channel
        self.cluster = cluster
        self.images = images
        self.proxies = proxies
        self.parameters = try ParameterValues.complete(parameters, framework, channel)
        variables = Self.variables(framework, channel, self.parameters, cluster, images)
    }

    private static func variables(
        _ framework: Framework, _ channel: FrameworkChannel, _ parameters: [String: ParameterValue],
        _ cluster: ClusterFacts, _ rewriting: ImageRewriting
    ) -> Variables {
        var values: [String: JSONValue] = [
            "release.version": .string(channel.version), "release.channel": .string(channel.name),
            "framework.name": .string(framework.name), "cluster.version": .string(cluster.version.description),
            "cluster.minor": .integer(cluster.version.minor),
        ]
        if let address = cluster.nodeAddress { values["cluster.nodeAddress"] = .string(address) }
        for (name, value) in parameters { values["param.\(name)"] = value.json }
        for (name, value) in channel.values { values["value.\(name)"] = .string(value) }
        for image in framework.images where image.applies.holds(channel: channel.name, parameters) {
            values["image.\(image.id)"] = .string(rewriting.rewritten(image.pinned))
        }
        return Variables(values)
    }

    package func fill(_ text: String) -> String { variables.fill(text) }
    package func fill(_ value: JSONValue) -> JSONValue { variables.fill(value) }

    package func holds(_ applies: Applicability) -> Bool { applies.holds(channel: channel.name, parameters) }

    /// The first namespace of a role; the core one is where objects go that name none.
    package func namespace(_ role: FrameworkNamespace.Role) -> String? {
        framework.namespaces.first { $0.role == role && holds($0.applies) }.map { fill($0.name) }
    }

    package var coreNamespace: String { namespace(.core) ?? framework.name }

    package var namespaces: [FrameworkNamespace] {
        framework.namespaces.filter { holds($0.applies) }.map { namespace in
            var namespace = namespace
            namespace.name = fill(namespace.name)
            namespace.labels = namespace.labels.mapValues(fill)
            return namespace
        }
    }

    package var secrets: [FrameworkSecret] {
        framework.secrets.filter { holds($0.applies) }.map { secret in
            var secret = secret
            secret.name = fill(secret.name)
            secret.namespace = fill(secret.namespace)
            secret.copies = secret.copies.map(fill)
            secret.keys = secret.keys.map { name, value in
                switch value {
                case .fixed(let text): (name, .fixed(fill(text)))
                case .generated(.certificate(let names)): (name, .generated(.certificate(names: names.map(fill))))
                default: (name, value)
                }
            }
            return secret
        }
    }

    package var releaseImages: [FrameworkImage] { framework.images.filter { holds($0.applies) } }

    /// - Throws: `framework.no-endpoint` if the release has none of that id.
    package func endpoint(_ id: String) throws(Diagnostic) -> FrameworkEndpoint {
        guard var endpoint = framework.endpoints.first(where: { $0.id == id && holds($0.applies) }) else {
            throw Diagnostic(
                code: "framework.no-endpoint",
                "\(framework.title) has no endpoint \(id) in channel \(channel.name) with these parameters",
                exitCode: .invalid)
        }
        endpoint.service = fill(endpoint.service)
        endpoint.namespace = fill(endpoint.namespace)
        endpoint.port = fill(endpoint.port)
        endpoint.nodePortService = endpoint.nodePortService.map(fill)
        endpoint.nodePortPort = endpoint.nodePortPort.map(fill)
        endpoint.host = endpoint.host.map(fill).flatMap { $0.isEmpty ? nil : $0 }
        endpoint.authentication = filled(endpoint.authentication)
        return endpoint
    }

    private func filled(_ authentication: FrameworkEndpoint.Authentication) -> FrameworkEndpoint.Authentication {
        switch authentication {
        case .none: .none
        case .basic(let secret, let namespace, let user, let password):
            .basic(secret: fill(secret), namespace: fill(namespace), user: user, password: password)
        case .basicToken(let secret, let namespace, let key):
            .basicToken(secret: fill(secret), namespace: fill(namespace), key: key)
        }
    }

    func filled(_ name: ObjectName) -> ObjectName {
        ObjectName(
            apiVersion: fill(name.apiVersion), kind: name.kind, name: fill(name.name),
            namespace: name.namespace.map(fill))
    }

    func filled(_ objects: FrameworkRemoval.Objects) -> FrameworkRemoval.Objects {
        var objects = objects
        objects.namespace = objects.namespace.map(fill)
        objects.selector = objects.selector.map(fill)
        objects.names = objects.names.map(fill)
        return objects
    }
}

extension FrameworkImage {
    /// With its digest, if one is known.
    package var pinned: String {
        digest.map { reference.contains("@") ? reference : "\(reference)@\($0)" } ?? reference
    }
}

/// What the user chose, completed and checked.
enum ParameterValues {
    static func complete(
        _ given: [String: ParameterValue], _ framework: Framework, _ channel: FrameworkChannel
    ) throws(Diagnostics) -> [String: ParameterValue] {
        var problems: [Diagnostic] = []
        let known = framework.parameters.filter { $0.applies(to: channel.name) }
        for name in given.keys.sorted() where !known.contains(where: { $0.name == name }) {
            problems.append(
                Diagnostic(
                    code: "framework.parameter",
                    "\(framework.title) has no parameter \(name) in channel \(channel.name)",
                    hint: Suggestion.nearest(to: name, in: known.map(\.name)).map { "did you mean \($0)?" }
                        ?? "`martlet framework show \(framework.name)` lists them", exitCode: .usage))
        }
        var values: [String: ParameterValue] = [:]
        for parameter in known {
            guard let value = given[parameter.name] ?? parameter.standard else {
                problems.append(
                    Diagnostic(
                        code: "framework.parameter", "the parameter \(parameter.name) must be given",
                        detail: parameter.description, hint: "add --set \(parameter.name)=VALUE", exitCode: .usage))
                continue
            }
            if let fault = parameter.fault(of: value) {
                problems.append(
                    Diagnostic(
                        code: "framework.parameter", "`\(value.text)` is no value of the parameter \(parameter.name)",
                        detail: fault, exitCode: .usage))
                continue
            }
            values[parameter.name] = value
        }
        guard problems.isEmpty else { throw Diagnostics(problems) }
        return values
    }

    /// Reads `NAME=VALUE` words.
    ///
    /// - Throws: `Diagnostics`; the values themselves are checked when the channel is known.
    static func read(_ words: [String], _ framework: Framework) throws(Diagnostics) -> [String: ParameterValue] {
        var values: [String: ParameterValue] = [:]
        var problems: [Diagnostic] = []
        for word in words {
            guard let equals = word.firstIndex(of: "="), equals != word.startIndex else {
                problems.append(
                    Diagnostic(code: "framework.parameter", "`\(word)` is not NAME=VALUE", exitCode: .usage))
                continue
            }
            let name = String(word[..<equals])
            let text = String(word[word.index(after: equals)...])
            guard let parameter = framework.parameters.first(where: { $0.name == name }) else {
                values[name] = .text(text)
                continue
            }
            values[name] = parameter.value(from: text) ?? .text(text)
        }
        guard problems.isEmpty else { throw Diagnostics(problems) }
        return values
    }
}

extension FrameworkParameter {
    /// `NAME=VALUE` words of a command line, by the parameters of a framework.
    package static func read(_ words: [String], _ framework: Framework) throws(Diagnostics) -> [String: ParameterValue]
    {
        try ParameterValues.read(words, framework)
    }
}

extension FrameworkRelease {
    /// A release without a cluster, as far as its files and images go: parameters that must be given are empty.
    package static func ofFiles(
        _ framework: Framework, _ channel: FrameworkChannel
    ) throws(Diagnostics) -> FrameworkRelease {
        var framework = framework
        framework.parameters = framework.parameters.map { parameter in
            var parameter = parameter
            if parameter.standard == nil {
                parameter.standard = .text("")
                parameter.kind = .text
                parameter.pattern = nil
            }
            return parameter
        }
        return try FrameworkRelease(
            framework, channel: channel,
            cluster: ClusterFacts(
                version: KubernetesVersion(channel.minimum.minor.major, channel.minimum.minor.minor, 0)))
    }
}
