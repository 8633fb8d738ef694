internal import ConfigTree
internal import Diagnostics
internal import YAMLDocument

extension ManifestNode {
    /// Parses bundle.json: JSON, read by the reader of YAML because that one knows places, and no more than JSON.
    static func parse(_ bytes: [UInt8], file: String) throws(Diagnostics) -> ManifestNode {
        let document: ConfigDocument
        do throws(Diagnostics) { document = try YAMLReader.document(bytes, file: file) } catch {
            throw Diagnostics(
                error.list.map { problem in
                    var problem = problem
                    problem.code =
                        problem.code == "yaml.duplicate-key" ? "bundle.duplicate-key" : "bundle.bad-json"
                    return problem
                })
        }
        do throws(Diagnostic) { return try ManifestNode(document.root) } catch { throw Diagnostics([error]) }
    }

    private init(_ node: ConfigNode) throws(Diagnostic) {
        location = node.location
        switch (node.kind, node.style) {
        case (.mapping, .flow):
            var pairs: [(key: String, node: ManifestNode)] = []
            for (key, value) in node.entries {
                guard key.style == .doubleQuoted else { throw Self.notJSON(key, "a key without double quotes") }
                pairs.append((key.text, try ManifestNode(value)))
            }
            value = .map(pairs)
        case (.sequence, .flow):
            var list: [ManifestNode] = []
            for item in node.items { list.append(try ManifestNode(item)) }
            value = .list(list)
        case (.scalar, .doubleQuoted): value = .string(node.text)
        case (.scalar, .plain):
            switch node.text {
            case "null": value = .null
            case "true", "false": value = .bool
            case let text where text.utf8.first.map { $0 == 0x2D || (0x30...0x39).contains($0) } == true:
                value = .number(text)
            default: throw Self.notJSON(node, "text without double quotes")
            }
        default: throw Self.notJSON(node, "YAML")
        }
    }

    private static func notJSON(_ node: ConfigNode, _ what: String) -> Diagnostic {
        Diagnostic(
            code: "bundle.bad-json", "bundle.json is not JSON", detail: "there is \(what)", location: node.location,
            exitCode: .invalid)
    }
}
