internal import ConfigTree
internal import KubernetesAPI

/// Keys of images.
enum ImageFields {
    private static let ref = Field("ref", LabCodecs.text, "The image, NAME:TAG")
    private static let of = Field("of", LabCodecs.reference, "A workload or pod whose image is meant, kind/name")
    private static let container = Field("container", LabCodecs.text, "Its container; default: the first")

    private static let registryService = Field("service", LabCodecs.text, "A service of the cluster, NAME:PORT")
    private static let registryURL = Field("url", LabCodecs.text, "http or https at a private address")
    private static let registry = Field(
        "registry",
        Codec<ImageRegistry>.record(
            "the registry", [registryService, PrimitiveFields.namespace, registryURL], exactlyOne: [["service", "url"]]
        ) { record in
            if let url = record.optional(registryURL) {
                guard url.hasPrefix("${") || PrivateAddress.isAllowed(url) else {
                    record.decoder.report(
                        "outside", at: record.valueNode(registryURL) ?? record.node, "`\(url)` lies outside of the lab",
                        detail: "a check asks this machine and private addresses only")
                    return nil
                }
                return .address(url)
            }
            guard let text = record.optional(registryService),
                let (name, port) = HTTPFields.servicePort(
                    text, record.valueNode(registryService) ?? record.node, record.decoder)
            else { return nil }
            return .service(name, port: port, namespace: record.optional(PrimitiveFields.namespace))
        }, required: true, "A registry")

    private enum Place: Sendable {
        case node
        case engine
        case registry(ImageRegistry)
    }

    private static let place = Field(
        "in",
        Codec<Place>.either(
            single: Codec<Place>.choice([
                ("node", "On hosts", .node), ("registry", "In the registry of its own name", .registry(.named)),
                ("engine", "In podman, docker or nerdctl of this machine", .engine),
            ]),
            mapping: .record("the place", [registry]) { record in record.required(registry).map { .registry($0) } }),
        defaultText: "node", "Where it lies")
    private static let on = Field("on", LabCodecs.role, defaultText: "any", "Which hosts, of `in: node`")

    private static let platform = Field(
        "platform",
        LabCodecs.text.then { text, node, decoder -> ImageCheck.Platform? in
            if text == "node" { return .ofNodes }
            guard text.split(separator: "/").count == 2 || text.hasPrefix("${") else {
                decoder.report(
                    "value", at: node, "\(decoder.name(node)) must be `node` or a platform such as linux/amd64")
                return nil
            }
            return .named(text)
        }, "linux/amd64, or `node`: that of every node, or of this machine in an engine")
    private static let maxSize = Field(
        "max_size", size, "At most: compressed in a registry, unpacked on a node; 50MB")

    static let size = LabCodecs.text.then { text, node, decoder -> Int? in
        let units: [(String, Int)] = [("kB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000)]
        for (unit, factor) in units where text.hasSuffix(unit) {
            if let number = Double(text.dropLast(unit.count)), number > 0, number < 1e6 {
                return Int(number * Double(factor))
            }
        }
        decoder.report("value", at: node, "\(decoder.name(node)) must be a size such as 50MB")
        return nil
    }

    private static let entrypoint = Field(
        "entrypoint",
        Codec<ImageCheck.Entrypoint>(
            shape: .either([.boolean, .list(.text(nil), minimum: 1), LabCodecs.textTest.shape])
        ) {
            node, decoder in
            if node.kind == .sequence { return LabCodecs.texts.read(node, decoder).map { .exactly($0) } }
            if node.kind == .scalar, case .boolean(true) = node.meaning { return .any }
            return LabCodecs.textTest.read(node, decoder).map { .test($0) }
        }, "true: it names a program; a list: exactly this; else a test of its words")
    private static let user = Field("user", LabCodecs.textTest, "The user that it names")
    private static let notRoot = Field(
        "non_root", Codec<Bool>.choice([("true", "", true)]), "It names a user other than root")
    private static let env = Field(
        "env", Codec<[String: TextTest]>.map(LabCodecs.textTest), "Variables of its environment")
    private static let port = Field("port", Codec<Int>.integer(1...65535), "A port that it says it listens on")
    private static let labels = Field("labels", Codec<[String: TextTest]>.map(LabCodecs.textTest), "Its labels")
    private static let noPath = Field("no_path", LabCodecs.texts, "What must not be in it, files or folders")
    private static let noHistory = Field(
        "no_history", Codec<[LinearPattern]>.list(LabCodecs.pattern, minimum: 1),
        "Regular expressions that match none of the commands by which it was made")

    private static let containers = Field(
        "containers", LabCodecs.count, "How many containers of it run, of `in: engine`")

    private static let searchedPlace = Field(
        "in",
        Codec<ImageCheck.Place>.either(
            single: Codec<ImageCheck.Place>.choice([
                ("registry", "In the registry of its own name", .registry(.named)),
                ("engine", "In podman, docker or nerdctl of this machine", .engine),
            ]),
            mapping: .record("the place", [registry]) { record in record.required(registry).map { .registry($0) } }),
        required: true, "Where it lies")

    /// An image that is searched for texts.
    static let searched = Codec<ImageCheck>.record(
        "the image", [ref, of, container, searchedPlace], exactlyOne: [["ref", "of"]]
    ) { record in
        if let node = record.valueNode(container), !record.has(of) {
            record.decoder.report("conflict", at: node.key ?? node, "`container` belongs to `of`")
        }
        let subject =
            record.optional(ref).map { ImageCheck.Subject.reference($0) }
            ?? record.optional(of).map { .workload($0, container: record.optional(container)) }
        guard let place = record.required(searchedPlace), let subject else { return nil }
        return ImageCheck(subject: subject, place: place)
    }

    static let image = Codec<ImageCheck>.record(
        "`image`",
        [
            ref, of, container, place, on, platform, maxSize, entrypoint, user, notRoot, env, port, labels, noPath,
            noHistory, containers,
        ],
        exactlyOne: [["ref", "of"]]
    ) { record in
        let decoder = record.decoder
        let subject =
            record.optional(ref).map { ImageCheck.Subject.reference($0) }
            ?? record.optional(of).map { .workload($0, container: record.optional(container)) }
        if let node = record.valueNode(container), !record.has(of) {
            decoder.report("conflict", at: node.key ?? node, "`container` belongs to `of`")
        }
        let where_ = record.has(place) ? record.optional(place) : .node
        let role = record.optional(on) ?? .any
        let isEngine = if case .engine? = where_ { true } else { false }
        if let node = record.valueNode(containers), !isEngine {
            decoder.report("conflict", at: node.key ?? node, "`containers` belongs to `in: engine`")
        }
        let place: ImageCheck.Place
        switch where_ {
        case nil: return nil
        case .node: place = .node(role)
        case .registry, .engine:
            if let node = record.valueNode(on) {
                decoder.report("conflict", at: node.key ?? node, "`on` belongs to `in: node`")
            }
            if case .registry(let registry)? = where_ { place = .registry(registry) } else { place = .engine }
        }
        guard let subject else { return nil }
        return ImageCheck(
            subject: subject, place: place, platform: record.optional(platform), mostSize: record.optional(maxSize),
            entrypoint: record.optional(entrypoint), user: record.optional(user),
            isNotRoot: record.optional(notRoot) ?? false, environment: record.optional(env) ?? [:],
            port: record.optional(port), labels: record.optional(labels) ?? [:],
            absentPaths: record.optional(noPath) ?? [],
            absentHistory: record.optional(noHistory) ?? [], containers: record.optional(containers))
    }
}
