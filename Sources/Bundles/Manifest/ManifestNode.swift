internal import Diagnostics

/// A value of bundle.json with the place where it is written.
struct ManifestNode: Sendable {
    indirect enum Value: Sendable {
        case null
        case bool
        case number(String)
        case string(String)
        case list([ManifestNode])
        case map([(key: String, node: ManifestNode)])
    }

    var value: Value
    var location: SourceLocation

    /// What it is, in words for a reader.
    var description: String {
        switch value {
        case .null: "null"
        case .bool: "a truth value"
        case .number(let text): "the number \(text)"
        case .string(let text): "the text \"\(text.prefix(80))\""
        case .list: "a list"
        case .map: "an object"
        }
    }
}
