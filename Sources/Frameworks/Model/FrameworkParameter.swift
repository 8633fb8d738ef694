package import KubernetesAPI

/// Something that the user may choose.
package struct FrameworkParameter: Sendable {
    package enum Kind: String, Sendable, CaseIterable, Codable {
        case text
        case integer
        case boolean
        case choice
        case quantity
        case duration
        case hostname
        case port
    }

    package var name: String
    package var kind: Kind
    package var choices: [String]
    /// nil: the user must give it.
    package var standard: ParameterValue?
    /// Matched whole.
    package var pattern: String?
    package var minimum: Int?
    package var maximum: Int?
    package var isImmutable: Bool
    package var description: String
    package var channels: [String]
}

/// The value of a parameter.
package enum ParameterValue: Sendable, Hashable, Codable {
    case text(String)
    case integer(Int)
    case boolean(Bool)

    package var text: String {
        switch self {
        case .text(let value): value
        case .integer(let value): String(value)
        case .boolean(let value): value ? "true" : "false"
        }
    }

    package var json: JSONValue {
        switch self {
        case .text(let value): .string(value)
        case .integer(let value): .integer(value)
        case .boolean(let value): .bool(value)
        }
    }

    /// nil for lists, mappings and null.
    package init?(_ value: JSONValue) {
        switch value {
        case .string(let text): self = .text(text)
        case .integer(let number): self = .integer(number)
        case .bool(let flag): self = .boolean(flag)
        default: return nil
        }
    }

    package init(from decoder: any Decoder) throws {
        let value = try JSONValue(from: decoder)
        guard let known = ParameterValue(value) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a text, a whole number or a truth value"))
        }
        self = known
    }

    package func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }
}
