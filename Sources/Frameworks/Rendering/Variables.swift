internal import ConfigTree
package import KubernetesAPI

/// The values of the variables of one release: closed, no expressions.
package struct Variables: Sendable {
    package var values: [String: JSONValue]

    package init(_ values: [String: JSONValue] = [:]) { self.values = values }

    /// The text with its variables put in; what is not known stays as it is.
    package func fill(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
        var found: [String: String] = [:]
        for reference in TextTemplate.references(in: text) {
            if let value = values[reference.name] { found[reference.name] = value.text }
        }
        return TextTemplate.fill(text, found)
    }

    /// A value whose texts and keys have their variables put in.
    ///
    /// A text that is one variable and nothing else becomes that variable's value, with its type. What `$when` leaves out
    /// is left out.
    package func fill(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text):
            guard text.utf8.contains(UInt8(ascii: "$")) else { return value }
            return whole(text) ?? .string(fill(text))
        case .array(let items): return .array(items.filter(isWanted).map(fill))
        case .object(let members):
            var filled: [String: JSONValue] = [:]
            filled.reserveCapacity(members.count)
            for (key, member) in members where key != Self.conditionKey { filled[fill(key)] = fill(member) }
            return .object(filled)
        default: return value
        }
    }

    /// The condition under which a document or an item of a list is kept.
    package static let conditionKey = "$when"

    /// Whether the parameters have the values that `$when` names; true without one.
    package func isWanted(_ value: JSONValue) -> Bool {
        guard let conditions = value[Self.conditionKey]?.object else { return true }
        return conditions.allSatisfy { name, wanted in
            let known = values[name == "channel" ? "release.channel" : "param.\(name)"]
            let words = wanted.array?.map(\.text) ?? [wanted.text]
            return known.map { words.contains($0.text) } ?? false
        }
    }

    private func whole(_ text: String) -> JSONValue? {
        guard text.hasPrefix("${"), text.hasSuffix("}") else { return nil }
        let name = String(text.dropFirst(2).dropLast())
        return TextTemplate.isVariableName(name) ? values[name] : nil
    }
}
