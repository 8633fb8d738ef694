/// The way to a field of an object: `spec.containers[name=web].image`.
///
/// Lists are filtered by a key or taken whole (`[*]`), never counted: they have no fixed order.
package struct FieldPath: Sendable, Hashable {
    enum Part: Sendable, Hashable {
        case key(String)
        case filter(key: String, value: String)
        case all
    }

    let parts: [Part]
    package let text: String

    /// Why a text is no path.
    package struct Fault: Error, Sendable, Hashable { package var reason: String }

    package init(_ text: String) throws(Fault) {
        self.text = text
        var parts: [Part] = []
        var rest = Substring(text)
        guard !rest.isEmpty else { throw Fault(reason: "it is empty") }
        while let first = rest.first {
            switch first {
            case ".":
                rest = rest.dropFirst()
                guard let next = rest.first, next != ".", next != "[" else {
                    throw Fault(reason: "a name is missing behind a dot")
                }
            case "[":
                guard let end = rest.firstIndex(of: "]") else { throw Fault(reason: "a `]` is missing") }
                let inside = rest[rest.index(after: rest.startIndex)..<end]
                parts.append(try Self.bracket(inside))
                rest = rest[rest.index(after: end)...]
            default:
                let word = rest.prefix { $0 != "." && $0 != "[" }
                parts.append(.key(String(word)))
                rest = rest.dropFirst(word.count)
            }
        }
        self.parts = parts
    }

    private static func bracket(_ inside: Substring) throws(Fault) -> Part {
        if inside == "*" { return .all }
        if inside.count > 2, inside.first == "\"", inside.last == "\"" {
            return .key(String(inside.dropFirst().dropLast()))
        }
        if inside.allSatisfy(\.isNumber) {
            throw Fault(reason: "lists have no fixed order: filter by a key, `[name=web]`, or take all, `[*]`")
        }
        guard let equals = inside.firstIndex(of: "="), equals != inside.startIndex else {
            throw Fault(reason: "in brackets stands `key=value`, `*` or a quoted key")
        }
        return .filter(key: String(inside[..<equals]), value: String(inside[inside.index(after: equals)...]))
    }

    /// All values at this path, in the order of the object; empty if there is none.
    package func values(in object: JSONValue) -> [JSONValue] {
        var values = [object]
        for part in parts {
            values = values.flatMap { value -> [JSONValue] in
                switch part {
                case .key(let key): return value[key].map { [$0] } ?? []
                case .all: return value.array ?? value.object.map { $0.sorted { $0.key < $1.key }.map(\.value) } ?? []
                case .filter(let key, let wanted):
                    return (value.array ?? []).filter { $0[key].map { $0.text } == wanted }
                }
            }
        }
        return values.filter { !$0.isNull }
    }
}
