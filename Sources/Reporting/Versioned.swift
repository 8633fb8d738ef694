/// A value of the model as a document of its own: its members, and the version of its format.
struct Versioned<Value: Encodable>: Encodable {
    private let value: Value
    private let formatVersion: Int

    /// - Parameter value: becomes an object.
    init(_ value: Value, formatVersion: Int = 1) {
        self.value = value
        self.formatVersion = formatVersion
    }

    private enum Keys: String, CodingKey { case formatVersion }

    func encode(to encoder: any Encoder) throws {
        try value.encode(to: encoder)
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(formatVersion, forKey: .formatVersion)
    }
}
