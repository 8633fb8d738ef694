package import ConfigTree

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
