import ConfigTree
import Foundation

/// The part of JSON Schema 2020-12 that the published schema uses.
///
/// An unknown keyword is a failure, not a pass.
struct SchemaCheck {
    private static let annotations: Set<String> = ["$schema", "$id", "title", "description"]

    /// Paths and reasons of what does not fit; empty when all fits.
    static func problems(_ node: ConfigNode, _ schema: [String: Any], path: String = "") -> [String] {
        var found: [String] = []
        for (keyword, value) in schema where !annotations.contains(keyword) {
            if !fits(node, keyword, value, schema, path, &found) { found.append("\(path): \(keyword)") }
        }
        return found
    }

    private static func fits(
        _ node: ConfigNode, _ keyword: String, _ value: Any, _ schema: [String: Any], _ path: String,
        _ found: inout [String]
    ) -> Bool {
        switch keyword {
        case "type":
            return (value as? String) == type(of: node) || (value as? String) == "number" && type(of: node) == "integer"
        case "enum": return (value as? [String])?.contains(node.text) == true
        case "pattern":
            guard type(of: node) == "string", let expression = try? NSRegularExpression(pattern: value as? String ?? "")
            else {
                return type(of: node) != "string"
            }
            return matches(expression, node.text)
        case "minimum": return Int(node.text).map { $0 >= value as? Int ?? .max } ?? true
        case "maximum": return Int(node.text).map { $0 <= value as? Int ?? .min } ?? true
        case "minItems": return node.kind != .sequence || node.count >= value as? Int ?? .max
        case "required": return node.kind != .mapping || (value as? [String])?.allSatisfy { node[$0] != nil } == true
        case "items":
            for (index, item) in node.items.enumerated() {
                found += problems(item, value as? [String: Any] ?? [:], path: "\(path)[\(index)]")
            }
            return true
        case "properties":
            let properties = value as? [String: [String: Any]] ?? [:]
            for (key, child) in node.entries {
                if let inner = properties[key.text] { found += problems(child, inner, path: "\(path).\(key.text)") }
            }
            return true
        case "additionalProperties":
            let known = Set((schema["properties"] as? [String: Any] ?? [:]).keys)
            for (key, child) in node.entries where !known.contains(key.text) {
                guard let inner = value as? [String: Any] else { return false }
                found += problems(child, inner, path: "\(path).\(key.text)")
            }
            return true
        case "propertyNames":
            guard let pattern = (value as? [String: Any])?["pattern"] as? String,
                let expression = try? NSRegularExpression(pattern: pattern)
            else { return false }
            return node.entries.allSatisfy { matches(expression, $0.key.text) }
        case "oneOf": return matching(node, value) == 1
        case "anyOf": return matching(node, value) >= 1
        case "allOf": return matching(node, value) == (value as? [Any])?.count
        default: return false
        }
    }

    private static func matching(_ node: ConfigNode, _ value: Any) -> Int {
        (value as? [[String: Any]] ?? []).count { problems(node, $0).isEmpty }
    }

    static func type(of node: ConfigNode) -> String {
        switch node.kind {
        case .mapping: return "object"
        case .sequence: return "array"
        case .scalar:
            switch node.meaning {
            case .null: return "null"
            case .boolean: return "boolean"
            case .integer: return "integer"
            case .real: return "number"
            default: return "string"
            }
        }
    }

    static func matches(_ expression: NSRegularExpression, _ text: String) -> Bool {
        expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
    }
}
