internal import ClusterModel
internal import Diagnostics
internal import Digests

/// Turns the text of bundle.json into a manifest and collects everything that is wrong with it.
struct ManifestReader {
    private(set) var problems: [Diagnostic] = []
    private let file: String

    /// - Parameter file: How the manifest is called in messages.
    init(file: String) { self.file = file }

    /// nil if something that the rest needs is missing; `problems` says what.
    mutating func read(_ root: ManifestNode) -> BundleManifest? {
        guard let fields = map(root, what: "bundle.json") else { return nil }
        let known = ["apiVersion", "kind", "name", "kubernetesVersion", "architecture", "files"]
        refuseUnknown(fields, known: known, in: "bundle.json")
        constant("apiVersion", "martlet/v1", fields, root)
        constant("kind", "Bundle", fields, root)
        let name = string("name", fields, root)
        let versionNode = required("kubernetesVersion", fields, root)
        let version = text(versionNode, what: "kubernetesVersion").flatMap { text -> KubernetesVersion? in
            let version = KubernetesVersion(text)
            if version == nil {
                problem(
                    "bundle.bad-value", "kubernetesVersion \"\(text)\" is not a release of Kubernetes", at: versionNode,
                    detail: "expected for example v1.31.4")
            }
            return version
        }
        let architectureNode = required("architecture", fields, root)
        let architecture = text(architectureNode, what: "architecture").flatMap { text -> Architecture? in
            let architecture = Architecture(rawValue: text)
            if architecture == nil {
                let known = Architecture.allCases.map(\.rawValue)
                problem(
                    "bundle.bad-value", "architecture \"\(text)\" is unknown", at: architectureNode,
                    detail: "known are \(known.joined(separator: ", "))",
                    hint: Architecture(machine: text).map { "write \($0.rawValue)" }
                        ?? Suggestion.nearest(to: text, in: known).map { "did you mean \($0)?" })
            }
            return architecture
        }
        var files: [BundleEntry] = []
        var lacksEntries = false
        if let filesNode = required("files", fields, root) {
            if case .list(let list) = filesNode.value {
                for (index, node) in list.enumerated() {
                    if let entry = entry(node, index: index) { files.append(entry) } else { lacksEntries = true }
                }
            } else {
                problem("bundle.bad-value", "files is not a list but \(filesNode.description)", at: filesNode)
            }
        }
        guard let version, let architecture else { return nil }
        return BundleManifest(
            name: name ?? "", kubernetesVersion: version, architecture: architecture, files: files,
            lacksEntries: lacksEntries)
    }

    private mutating func entry(_ node: ManifestNode, index: Int) -> BundleEntry? {
        guard let fields = map(node, what: "files[\(index)]") else { return nil }
        let before = problems.count
        let path = string("path", fields, node)
        let what = path.map { "the entry of \($0.prefix(200))" } ?? "files[\(index)]"
        if let path, let reason = Self.reasonAgainst(path: path) {
            problem(
                "bundle.bad-path", "The path \"\(path.prefix(200))\" is not allowed", at: fields["path"],
                detail: reason, hint: "paths are relative, below the bundle's folder")
        }
        guard let kindText = string("kind", fields, node) else { return nil }
        guard let kind = BundleEntry.Kind(rawValue: kindText) else {
            let known = BundleEntry.Kind.allCases.map(\.rawValue)
            problem(
                "bundle.bad-value", "The kind \"\(kindText.prefix(80))\" in \(what) is unknown", at: fields["kind"],
                detail: "known are \(known.joined(separator: ", "))",
                hint: Suggestion.nearest(to: kindText, in: known).map { "did you mean \($0)?" })
            return nil
        }
        refuseUnknown(fields, known: ["path", "kind", "size", "sha256"] + kind.keys.keys.sorted(), in: what)
        for key in kind.keys.keys.sorted() where kind.keys[key] == true { _ = required(key, fields, node, in: what) }

        let size = required("size", fields, node, in: what).flatMap { size -> UInt64? in
            if case .number(let text) = size.value, let value = UInt64(text), value < 1 << 62 { return value }
            problem(
                "bundle.bad-value", "The size in \(what) is not a number of bytes", at: size,
                detail: "found \(size.description)")
            return nil
        }
        let sha256 = required("sha256", fields, node, in: what).flatMap { digest -> String? in
            if case .string(let text) = digest.value, Digest.isSHA256(text) { return text }
            problem(
                "bundle.bad-value", "The sha256 in \(what) is not 64 lower-case hexadecimal digits", at: digest,
                detail: "found \(digest.description)")
            return nil
        }
        let name = named("name", fields, what) ?? path?.split(separator: "/").last.map(String.init) ?? ""
        let version = free("version", fields, what) ?? ""
        let distribution = named("distribution", fields, what) ?? ""
        let references = kind == .image ? references(fields["references"], what) : []
        guard problems.count == before, let path, let size, let sha256 else { return nil }
        return BundleEntry(
            path: path, kind: kind, name: name, version: version, references: references, distribution: distribution,
            size: size, sha256: sha256, location: node.location)
    }

    private mutating func references(_ node: ManifestNode?, _ what: String) -> [String] {
        guard let node else { return [] }
        guard case .list(let list) = node.value, !list.isEmpty else {
            problem(
                "bundle.bad-value", "references in \(what) is not a list of names", at: node,
                detail: "found \(node.description)")
            return []
        }
        var references: [String] = []
        for reference in list {
            guard case .string(let text) = reference.value, ImageReference(text) != nil else {
                problem(
                    "bundle.bad-reference", "A reference in \(what) is not an image's name with a tag", at: reference,
                    detail: "found \(reference.description)", hint: "for example registry.k8s.io/pause:3.9")
                continue
            }
            references.append(text)
        }
        return references
    }

    /// Why a path may not be in a bundle; nil if it may.
    static func reasonAgainst(path: String) -> String? {
        if path.isEmpty { return "it is empty" }
        if path.utf8.count > 1024 { return "it is longer than 1024 bytes" }
        if path.hasPrefix("/") { return "it is absolute" }
        if path.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f || $0 == "\\" }) {
            return "it has a control character or backslash"
        }
        let components = path.split(separator: "/", omittingEmptySubsequences: false)
        if components.contains("..") { return "it leads out of the bundle" }
        if components.contains("") || components.contains(".") { return "it has an empty component or \".\"" }
        if path == BundleContents.manifestName { return "the manifest does not list itself" }
        return nil
    }

    // MARK: fields

    /// A name that becomes part of a path or command on the hosts; nil if the key is absent.
    private mutating func named(_ key: String, _ fields: [String: ManifestNode], _ what: String) -> String? {
        guard let node = fields[key], let text = text(node, what: "\(key) in \(what)") else { return nil }
        let isGood =
            text.utf8.count <= 255 && text.first.map { $0.isASCII && ($0.isLetter || $0.isNumber) } == true
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._+-".contains($0)) }
        if !isGood {
            problem(
                "bundle.bad-value", "The \(key) in \(what) has characters that are not allowed", at: node,
                detail: "allowed are letters, digits and . _ + -, with a letter or digit first")
        }
        return text
    }

    /// Text for people; nil if the key is absent.
    private mutating func free(_ key: String, _ fields: [String: ManifestNode], _ what: String) -> String? {
        guard let node = fields[key], let text = text(node, what: "\(key) in \(what)") else { return nil }
        if text.utf8.count > 255 || text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) {
            problem("bundle.bad-value", "The \(key) in \(what) has a control character or is too long", at: node)
        }
        return text
    }

    private mutating func map(_ node: ManifestNode, what: String) -> [String: ManifestNode]? {
        guard case .map(let pairs) = node.value else {
            problem("bundle.bad-value", "\(what) is not an object but \(node.description)", at: node)
            return nil
        }
        var fields: [String: ManifestNode] = [:]
        for pair in pairs where fields.updateValue(pair.node, forKey: pair.key) != nil {
            problem("bundle.duplicate-key", "\"\(pair.key)\" appears twice in \(what)", at: pair.node)
        }
        return fields
    }

    private mutating func refuseUnknown(_ fields: [String: ManifestNode], known: [String], in what: String) {
        for key in fields.keys.sorted() where !known.contains(key) {
            problem(
                "bundle.unknown-key", "\"\(key.prefix(80))\" is not a key of \(what)", at: fields[key],
                detail: "known are \(known.joined(separator: ", "))",
                hint: Suggestion.nearest(to: key, in: known).map { "did you mean \($0)?" })
        }
    }

    private mutating func required(
        _ key: String, _ fields: [String: ManifestNode], _ parent: ManifestNode, in what: String = "bundle.json"
    ) -> ManifestNode? {
        if let node = fields[key] { return node }
        problem("bundle.missing-key", "\"\(key)\" is missing in \(what)", at: parent)
        return nil
    }

    private mutating func string(_ key: String, _ fields: [String: ManifestNode], _ parent: ManifestNode) -> String? {
        text(required(key, fields, parent), what: key)
    }

    private mutating func text(_ node: ManifestNode?, what: String) -> String? {
        guard let node else { return nil }
        if case .string(let text) = node.value { return text }
        problem("bundle.bad-value", "\(what) is not text but \(node.description)", at: node)
        return nil
    }

    private mutating func constant(
        _ key: String, _ expected: String, _ fields: [String: ManifestNode], _ parent: ManifestNode
    ) {
        guard let found = string(key, fields, parent), found != expected else { return }
        problem("bundle.bad-value", "\(key) is \"\(found.prefix(80))\", expected \"\(expected)\"", at: fields[key])
    }

    private mutating func problem(
        _ code: String, _ summary: String, at node: ManifestNode?, detail: String? = nil, hint: String? = nil
    ) {
        problems.append(
            Diagnostic(
                code: code, summary, detail: detail, hint: hint,
                location: node?.location ?? SourceLocation(file: file, line: 1, column: 1), exitCode: .invalid))
    }
}
