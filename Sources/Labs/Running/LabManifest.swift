package import ConfigTree
internal import Diagnostics
package import KubernetesAPI
internal import YAMLDocument

/// Objects in a file of a lab.
package enum LabManifest {
    /// As written, with variables; throws `Diagnostics` if it is no YAML of objects.
    package static func load(_ file: String, folder: String) throws -> [JSONValue] {
        let path = "\(folder)/\(file)"
        let documents = try YAMLReader.documents(try YAMLFile.bytes(at: path, limit: 1 << 20), file: path)
        return documents.flatMap { document -> [JSONValue] in
            let value = NodeValue.json(document.root)
            return value["kind"]?.string == "List" ? value["items"]?.array ?? [] : [value]
        }
    }
}

/// YAML as JSON.
package enum NodeValue {
    package static func json(_ node: ConfigNode) -> JSONValue {
        switch node.kind {
        case .sequence: return .array(node.items.map(json))
        case .mapping:
            var members: [String: JSONValue] = [:]
            for (key, value) in node.entries { members[key.text] = json(value) }
            return .object(members)
        case .scalar:
            switch node.meaning {
            case .null: return .null
            case .boolean(let value): return .bool(value)
            case .integer: return Int(node.text).map { .integer($0) } ?? .string(node.text)
            case .real: return Double(node.text).map { .number($0) } ?? .string(node.text)
            default: return .string(node.text)
            }
        }
    }
}
