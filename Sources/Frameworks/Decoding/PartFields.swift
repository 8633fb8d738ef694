internal import ClusterModel
internal import ConfigTree
internal import KubernetesAPI

/// Keys of parameters, namespaces, secrets, images, sources and endpoints.
enum PartFields {
    // MARK: parameters

    private static let parameterName = Field(
        "name", Codec<String>.text(FrameworkCodecs.variableName), required: true, "As in `${param.NAME}`")
    private static let type = Field(
        "type", FrameworkCodecs.words(FrameworkParameter.Kind.self), required: true, "What its values are")
    private static let choices = Field("choices", FrameworkCodecs.texts, "The values of a choice")
    private static let standard = Field(
        "default", FrameworkCodecs.json, "Its value where the user says nothing; left out: the user must")
    private static let pattern = Field(
        "pattern", FrameworkCodecs.text, "A regular expression that a text matches as a whole")
    private static let least = Field("min", Codec<Int>.integer(Int.min...Int.max), "The least of a number")
    private static let most = Field("max", Codec<Int>.integer(Int.min...Int.max), "The most of a number")
    private static let immutable = Field(
        "immutable", Codec<Bool>.boolean, defaultText: "false", "It cannot change in an installed framework")
    private static let description = Field(
        "description", FrameworkCodecs.text, required: true, "What it is, one sentence")

    static let parameter = Codec<FrameworkParameter>.record(
        "the parameter", plural: "parameters",
        [
            parameterName, type, choices, standard, pattern, least, most, immutable, description,
            FrameworkCodecs.channels,
        ]
    ) { record in
        guard let name = record.required(parameterName), let kind = record.required(type),
            let description = record.required(description)
        else { return nil }
        var parameter = FrameworkParameter(
            name: name, kind: kind, choices: record.optional(choices) ?? [], standard: nil,
            pattern: record.optional(pattern), minimum: record.optional(least), maximum: record.optional(most),
            isImmutable: record.optional(immutable) ?? false, description: description,
            channels: record.optional(FrameworkCodecs.channels) ?? [])
        if kind == .choice, parameter.choices.isEmpty {
            record.decoder.report(
                "missing-key", at: record.node, "\(record.decoder.name(record.node)) needs `choices`")
            return nil
        }
        if let node = record.valueNode(standard), let json = record.optional(standard) {
            guard let value = ParameterValue(json) else {
                record.decoder.report(
                    "type", at: node, "\(record.decoder.name(node)) must be a text, a number, true or false")
                return nil
            }
            if let fault = parameter.fault(of: value) {
                record.decoder.report(
                    "value", at: node, "\(record.decoder.name(node)) is no value of the parameter", detail: fault)
            }
            parameter.standard = value
        }
        return parameter
    }

    // MARK: namespaces

    private static let name = Field("name", FrameworkCodecs.text, required: true, "Its name")
    private static let role = Field(
        "role",
        FrameworkCodecs.words(
            FrameworkNamespace.Role.self,
            [.core: "the framework's own", .functions: "where functions go by default"]), defaultText: "core",
        "What it is for")
    private static let labels = Field("labels", Codec<[String: String]>.map(FrameworkCodecs.plain), "Its labels")
    private static let upstream = Field(
        "upstream", Codec<Bool>.boolean, defaultText: "false", "A file of the makers makes it; only removed by martlet")

    static let namespace = Codec<FrameworkNamespace>.record(
        "the namespace", plural: "namespaces",
        [name, role, labels, upstream, FrameworkCodecs.channels, FrameworkCodecs.when]
    ) { record in
        guard let name = record.required(name) else { return nil }
        return FrameworkNamespace(
            name: name, role: record.optional(role) ?? .core, labels: record.optional(labels) ?? [:],
            isUpstream: record.optional(upstream) ?? false, applies: FrameworkCodecs.applies(record))
    }

    // MARK: secrets

    private enum Generator: String, Sendable, CaseIterable {
        case password
        case alphanumeric
        case hex
        case uuid
        case certificate
        case certificateKey
    }

    private static let value = Field("value", FrameworkCodecs.plain, "A fixed text")
    private static let generate = Field(
        "generate",
        FrameworkCodecs.words(
            Generator.self,
            [
                .password: "32 letters and digits, or `length`", .alphanumeric: "letters and digits",
                .hex: "hexadecimal digits", .certificate: "a self-signed certificate for `names`",
                .certificateKey: "the key of that certificate",
            ]), "It is made on this machine, once")
    private static let length = Field(
        "length", Codec<Int>.integer(16...4096), defaultText: "32", "Of what is generated, in characters")
    private static let hosts = Field("names", FrameworkCodecs.texts, "DNS names of a certificate")
    private static let join = Field("join", FrameworkCodecs.texts, "Other keys of the same secret, one after the other")
    private static let separator = Field("separator", Codec<String>.text, defaultText: "\":\"", "Between them")

    private static let secretValue = Codec<FrameworkSecret.Value>.record(
        "the value", [value, generate, length, hosts, join, separator], exactlyOne: [["value", "generate", "join"]]
    ) { record in
        if let text = record.optional(value) { return .fixed(text) }
        if let keys = record.optional(join) { return .joined(keys, separator: record.optional(separator) ?? ":") }
        guard let generator = record.optional(generate) else { return nil }
        let length = record.optional(length) ?? 32
        switch generator {
        case .password, .alphanumeric: return .generated(.alphanumeric(length: length))
        case .hex: return .generated(.hexadecimal(length: length))
        case .uuid: return .generated(.uuid)
        case .certificateKey: return .generated(.certificateKey)
        case .certificate:
            guard let names = record.optional(hosts), !names.isEmpty else {
                record.decoder.report(
                    "missing-key", at: record.node, "\(record.decoder.name(record.node)) needs `names`")
                return nil
            }
            return .generated(.certificate(names: names))
        }
    }

    /// In the order of the file, which a mapping of Swift does not keep.
    private static let secretKeys = Codec<[(name: String, value: FrameworkSecret.Value)]>(
        shape: .map(key: nil, value: secretValue.shape)
    ) { node, decoder in
        guard node.kind == .mapping else { return decoder.wrongKind(node, .map(key: nil, value: secretValue.shape)) }
        return node.entries.compactMap { key, value in
            guard let name = decoder.key(key, value, nil) else { return nil }
            return secretValue.read(value, decoder).map { (name, $0) }
        }
    }
    private static let keys = Field("keys", secretKeys, required: true, "Its keys and how their values come about")
    private static let secretNamespace = Field("namespace", FrameworkCodecs.text, required: true, "Where it is")
    private static let copies = Field("copies", FrameworkCodecs.texts, "Further namespaces that get the same secret")
    private static let secretType = Field("type", FrameworkCodecs.text, defaultText: "Opaque", "The Secret's type")

    static let secret = Codec<FrameworkSecret>.record(
        "the secret", plural: "secrets",
        [name, secretNamespace, copies, secretType, keys, FrameworkCodecs.channels, FrameworkCodecs.when]
    ) { record in
        guard let name = record.required(name), let namespace = record.required(secretNamespace),
            let keys = record.required(keys)
        else { return nil }
        return FrameworkSecret(
            name: name, namespace: namespace, copies: record.optional(copies) ?? [],
            type: record.optional(secretType) ?? "Opaque", keys: keys, applies: FrameworkCodecs.applies(record))
    }

    // MARK: images

    private static let imageID = Field(
        "id", Codec<String>.text(FrameworkCodecs.variableName), required: true, "As in `${image.ID}`")
    private static let reference = Field(
        "reference", Codec<String>.text(SpecFormats.image), required: true, "Registry, name and tag or digest")
    private static let imageDigest = Field(
        "digest",
        Codec<String>.text(
            TextFormat("a digest", pattern: "^sha256:[0-9a-f]{64}$") { text in
                guard text.hasPrefix("sha256:") else { return "it begins with `sha256:`" }
                return SpecFormats.sha256.check(String(text.dropFirst(7)))
            }), "What the tag must be; only what a source vouches for")
    private static let imageRole = Field(
        "role",
        FrameworkCodecs.words(
            FrameworkImage.Role.self,
            [.runtime: "functions run in it", .function: "a sample"]), defaultText: "install", "What it is for")
    private static let state = Field(
        "state", FrameworkCodecs.words(FrameworkImage.State.self), defaultText: "unverified",
        "Whether it is where the reference says")
    private static let replacement = Field("replacement", FrameworkCodecs.text, "What to take instead")
    private static let imageArchitectures = Field("architectures", FrameworkCodecs.texts, "Of which there is one")
    private static let imageRedistributable = Field(
        "redistributable", Codec<Bool>.boolean, "Where it differs from the licence")

    static let image = Codec<FrameworkImage>.record(
        "the image", plural: "images",
        [
            imageID, reference, imageDigest, imageRole, state, replacement, imageArchitectures, imageRedistributable,
            FrameworkCodecs.channels, FrameworkCodecs.when,
        ]
    ) { record in
        guard let id = record.required(imageID), let reference = record.required(reference) else { return nil }
        return FrameworkImage(
            id: id, reference: reference, digest: record.optional(imageDigest),
            role: record.optional(imageRole) ?? .install, state: record.optional(state) ?? .unverified,
            replacement: record.optional(replacement), architectures: record.optional(imageArchitectures) ?? [],
            isRedistributable: record.optional(imageRedistributable), applies: FrameworkCodecs.applies(record))
    }

    // MARK: sources

    private static let sourceID = Field("id", FrameworkCodecs.dnsLabel, required: true, "As phases name it")
    private static let file = Field("file", FrameworkCodecs.file, "A file of this folder, with variables")
    private static let url = Field("url", FrameworkCodecs.text, "Where the makers publish it, an https URL")
    private static let mirrors = Field("mirrors", FrameworkCodecs.texts, "Further URLs of the same bytes")
    private static let sum = Codec<String>.text(SpecFormats.sha256)
    private static let sha256 = Field(
        "sha256",
        Codec<[String: String]>.either(
            single: sum.map { ["": $0] }, mapping: .map(key: nil, sum)),
        "What the bytes must be, also by channel; left out: they must be locked before they are used")
    private static let size = Field("size", Codec<Int>.integer(1...(1 << 30)), "In bytes")
    private static let kinds = Field("kinds", FrameworkCodecs.texts, "Of these kinds")
    private static let objectNames = Field("names", FrameworkCodecs.texts, "With these names")
    private static let namespaces = Field("namespaces", FrameworkCodecs.texts, "In these namespaces")
    private static let selections = Codec<[FrameworkSource.Selection]>.list(
        .record("the selection", plural: "selections", [kinds, objectNames, namespaces]) { record in
            FrameworkSource.Selection(
                kinds: record.optional(kinds) ?? [], names: record.optional(objectNames) ?? [],
                namespaces: record.optional(namespaces) ?? [])
        })
    private static let include = Field("include", selections, "Only objects that match one of these")
    private static let exclude = Field("exclude", selections, "No object that matches one of these")
    private static let patchKind = Field("kind", FrameworkCodecs.text, required: true, "The kind of object")
    private static let patchName = Field("name", FrameworkCodecs.text, "Its name; left out: all of the kind")
    private static let patchNamespace = Field("namespace", FrameworkCodecs.text, "Its namespace")
    private static let merge = Field(
        "merge", FrameworkCodecs.jsonObject, required: true, "A JSON merge patch (RFC 7396)")
    private static let patches = Field(
        "patches",
        Codec<[FrameworkSource.Patch]>.list(
            .record(
                "the patch", plural: "patches",
                [patchKind, patchName, patchNamespace, merge, FrameworkCodecs.channels, FrameworkCodecs.when]
            ) { record in
                guard let kind = record.required(patchKind), let merge = record.required(merge) else { return nil }
                return FrameworkSource.Patch(
                    kind: kind, name: record.optional(patchName), namespace: record.optional(patchNamespace),
                    merge: merge, applies: FrameworkCodecs.applies(record))
            }), "Changes to objects of the file")

    static let source = Codec<FrameworkSource>.record(
        "the source", plural: "sources",
        [
            sourceID, file, url, mirrors, sha256, size, include, exclude, patches, FrameworkCodecs.channels,
            FrameworkCodecs.when,
        ], exactlyOne: [["file", "url"]]
    ) { record in
        let mirrors = record.optional(mirrors) ?? []
        let origin =
            record.optional(file).map { FrameworkSource.Origin.file($0) }
            ?? record.optional(url).map { .url($0, mirrors: mirrors) }
        guard let id = record.required(sourceID), let origin else { return nil }
        if case .url(let url, let mirrors) = origin {
            for address in [url] + mirrors where !address.hasPrefix("https://") {
                record.decoder.report(
                    "value", at: record.node, "\(record.decoder.name(record.node)) must come by https",
                    detail: "`\(ConfigDecoder.shortened(address))` does not")
                return nil
            }
        }
        return FrameworkSource(
            id: id, origin: origin, digests: record.optional(sha256) ?? [:], size: record.optional(size),
            include: record.optional(include) ?? [], exclude: record.optional(exclude) ?? [],
            patches: record.optional(patches) ?? [], applies: FrameworkCodecs.applies(record))
    }

    // MARK: endpoints

    private static let endpointID = Field("id", FrameworkCodecs.dnsLabel, required: true, "As others name it")
    private static let service = Field("service", FrameworkCodecs.text, required: true, "The Service")
    private static let endpointNamespace = Field("namespace", FrameworkCodecs.text, required: true, "Its namespace")
    private static let port = Field("port", FrameworkCodecs.plain, required: true, "A number or a port's name")
    private static let scheme = Field(
        "scheme", Codec<String>.choice([("http", "", "http"), ("https", "", "https")]), defaultText: "http",
        "How it is spoken to")
    private static let insecure = Field(
        "insecure", Codec<Bool>.boolean, defaultText: "false", "Its certificate is self-signed and not verified")
    private static let nodePortService = Field(
        "nodePortService", FrameworkCodecs.text, "The Service by which it is reached from outside")
    private static let nodePortPort = Field("nodePortPort", FrameworkCodecs.plain, "The port of that Service")
    private static let host = Field("host", Codec<String>.text, "Of its ingress")
    private static let secretName = Field("secret", FrameworkCodecs.text, required: true, "The Secret's name")
    private static let secretPlace = Field("namespace", FrameworkCodecs.text, required: true, "The Secret's namespace")
    private static let user = Field("user", FrameworkCodecs.text, required: true, "The key that holds the user")
    private static let password = Field(
        "password", FrameworkCodecs.text, required: true, "The key that holds the password")
    private static let tokenKey = Field("key", FrameworkCodecs.text, required: true, "The key that holds user:password")
    private static let basic = Field(
        "basic",
        Codec<FrameworkEndpoint.Authentication>.record("the credentials", [secretName, secretPlace, user, password]) {
            record in
            guard let secret = record.required(secretName), let place = record.required(secretPlace),
                let user = record.required(user), let password = record.required(password)
            else { return nil }
            return .basic(secret: secret, namespace: place, user: user, password: password)
        }, "User and password under two keys")
    private static let basicToken = Field(
        "basicToken",
        Codec<FrameworkEndpoint.Authentication>.record("the credentials", [secretName, secretPlace, tokenKey]) {
            record in
            guard let secret = record.required(secretName), let place = record.required(secretPlace),
                let key = record.required(tokenKey)
            else { return nil }
            return .basicToken(secret: secret, namespace: place, key: key)
        }, "`user:password` under one key")
    private static let authentication = Field(
        "auth",
        Codec<FrameworkEndpoint.Authentication>.record(
            "the authentication", [basic, basicToken], exactlyOne: [["basic", "basicToken"]]
        ) { record in record.optional(basic) ?? record.optional(basicToken) }, "HTTP basic, from a Secret")

    static let endpoint = Codec<FrameworkEndpoint>.record(
        "the endpoint", plural: "endpoints",
        [
            endpointID, service, endpointNamespace, port, scheme, insecure, nodePortService, nodePortPort, host,
            authentication, FrameworkCodecs.channels, FrameworkCodecs.when,
        ]
    ) { record in
        guard let id = record.required(endpointID), let service = record.required(service),
            let namespace = record.required(endpointNamespace), let port = record.required(port)
        else { return nil }
        return FrameworkEndpoint(
            id: id, service: service, namespace: namespace, port: port, scheme: record.optional(scheme) ?? "http",
            isInsecure: record.optional(insecure) ?? false, nodePortService: record.optional(nodePortService),
            nodePortPort: record.optional(nodePortPort), host: record.optional(host),
            authentication: record.optional(authentication) ?? .none, applies: FrameworkCodecs.applies(record))
    }
}
