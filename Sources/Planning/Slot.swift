/// A value that is born during apply (a join token, a CA's hash) and used by later steps.
///
/// It is secret, stays in memory and never reaches a plan, journal or report; texts refer to it by `reference`.
package struct Slot: Sendable, Hashable, Codable {
    package let name: String

    package init(_ name: String) { self.name = name }

    /// Stands for the value in file texts, standard input and scripts of a plan.
    package var reference: String { "«slot:\(name)»" }

    /// Replaces every reference; nil and the first missing name if a slot has no value yet.
    package static func fill(_ text: String, with values: [Slot: String]) -> (text: String?, missing: Slot?) {
        guard text.contains("«slot:") else { return (text, nil) }
        var result = ""
        var rest = Substring(text)
        while let start = rest.firstRange(of: "«slot:") {
            result += rest[..<start.lowerBound]
            rest = rest[start.upperBound...]
            guard let end = rest.firstIndex(of: "»") else { return (nil, Slot(String(rest))) }
            let slot = Slot(String(rest[..<end]))
            guard let value = values[slot] else { return (nil, slot) }
            result += value
            rest = rest[rest.index(after: end)...]
        }
        return (result + rest, nil)
    }
}
