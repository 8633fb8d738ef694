internal import Foundation

/// JSON to and from bytes; the only place that knows which library does it.
enum JSONCoding {
    static func decode<T: Decodable>(
        _ type: T.Type, _ bytes: [UInt8], path: String
    ) throws(KubernetesError) -> T {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw .notUnderstood(path: path, reason: reason(error, bytes))
        }
    }

    /// Keys are sorted, so that equal values are equal bytes.
    static func encode(_ value: some Encodable, path: String) throws(KubernetesError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return [UInt8](try encoder.encode(value)) } catch {
            throw .notUnderstood(path: path, reason: "the body cannot be written as JSON: \(error)")
        }
    }

    /// What of an answer is wrong and where, without the library's own wording.
    private static func reason(_ error: any Error, _ bytes: [UInt8]) -> String {
        switch error as? DecodingError {
        case .keyNotFound(let key, let context):
            return "it has no `\(name(context.codingPath + [key]))`"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "`\(name(context.codingPath))` is of another kind than expected"
        case .dataCorrupted(let context) where !context.codingPath.isEmpty:
            return "`\(name(context.codingPath))` cannot be read"
        default:
            return bytes.isEmpty ? "it is empty" : "it is not JSON: \(KubernetesError.quoted(bytes))"
        }
    }

    private static func name(_ path: [any CodingKey]) -> String {
        path.reduce(into: "") { text, key in
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += (text.isEmpty ? "" : ".") + key.stringValue
            }
        }
    }
}
