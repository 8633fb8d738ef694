/// A JSON Schema (draft 2020-12) made from a shape, for editors.
///
/// It knows what each field knows by itself. What stands between fields (addresses that collide, versions that lack a
/// field) only `validate` knows.
package enum JSONSchema {
    package static func document(of shape: Shape, id: String, title: String) -> JSONText {
        var members: [JSONText.Member] = [
            JSONText.Member("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
            JSONText.Member("$id", .string(id)), JSONText.Member("title", .string(title)),
        ]
        members += schema(of: shape)
        return .object(members)
    }

    static func schema(of shape: Shape) -> [JSONText.Member] {
        switch shape {
        case .text(let format):
            return [type("string")] + (format?.pattern.map { [JSONText.Member("pattern", .string($0))] } ?? [])
        case .boolean: return [type("boolean")]
        case .integer(let range):
            var members = [type("integer")]
            if range.lowerBound != .min { members.append(JSONText.Member("minimum", .int(range.lowerBound))) }
            if range.upperBound != .max { members.append(JSONText.Member("maximum", .int(range.upperBound))) }
            return members
        case .number: return [type("number")]
        case .choice(let choices): return [JSONText.Member("enum", .array(choices.map { .string($0.word) }))]
        case .list(let item, let minimum):
            let members = [type("array"), JSONText.Member("items", .object(schema(of: item)))]
            return minimum == 0 ? members : members + [JSONText.Member("minItems", .int(minimum))]
        case .map(let key, let value):
            let names = key?.pattern.map { pattern in
                JSONText.Member("propertyNames", .object([JSONText.Member("pattern", .string(pattern))]))
            }
            return [type("object")] + (names.map { [$0] } ?? [])
                + [JSONText.Member("additionalProperties", .object(schema(of: value)))]
        case .record(let record): return schema(of: record)
        case .either(let shapes): return [JSONText.Member("anyOf", .array(shapes.map { .object(schema(of: $0)) }))]
        case .anything: return []
        }
    }

    private static func schema(of record: RecordShape) -> [JSONText.Member] {
        var members = [type("object"), JSONText.Member("additionalProperties", .bool(false))]
        let required = record.fields.filter(\.isRequired).map(\.name)
        if !required.isEmpty { members.append(JSONText.Member("required", .array(required.map { .string($0) }))) }
        let groups = record.exactlyOne.map { group in
            JSONText.Member(
                "oneOf",
                .array(group.map { .object([JSONText.Member("required", .array([.string($0)]))]) }))
        }
        members += groups.count > 1 ? [JSONText.Member("allOf", .array(groups.map { .object([$0]) }))] : groups
        members.append(
            JSONText.Member(
                "properties",
                .object(
                    record.fields.map { field in
                        let text = JSONText.Member("description", .string(FieldReference.description(of: field)))
                        return JSONText.Member(field.name, .object([text] + schema(of: field.shape)))
                    })))
        return members
    }

    private static func type(_ name: String) -> JSONText.Member { JSONText.Member("type", .string(name)) }
}

/// The fields of a shape as text for people.
package enum FieldReference {
    /// Summary, words and default of one field.
    package static func description(of field: FieldShape) -> String {
        var text = field.summary + "."
        for choice in choices(field.shape) where !choice.summary.isEmpty {
            text += " \(choice.word): \(choice.summary)."
        }
        if let value = field.defaultText { text += " Default: \(value)." }
        return text
    }

    /// A line for each field, `hosts[].ssh.port`, below it what it means.
    package static func text(of shape: Shape) -> String {
        var lines: [String] = []
        write(shape, path: "", to: &lines)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func write(_ shape: Shape, path: String, to lines: inout [String]) {
        switch shape {
        case .record(let record):
            for field in record.fields {
                let fieldPath = path.isEmpty ? field.name : "\(path).\(field.name)"
                lines.append("\(fieldPath)\(field.isRequired ? " (required)" : ""): \(kind(of: field.shape))")
                lines.append("    \(description(of: field))")
                write(field.shape, path: fieldPath, to: &lines)
            }
        case .list(let item, _): write(item, path: path + "[]", to: &lines)
        case .map(_, let value): write(value, path: path + ".*", to: &lines)
        case .either(let shapes): for shape in shapes { write(shape, path: path, to: &lines) }
        default: break
        }
    }

    private static func kind(of shape: Shape) -> String {
        switch shape {
        case .record: "mapping"
        case .map(let key, let value): "mapping of \(key?.noun ?? "names") to \(kind(of: value))"
        case .list(let item, _): "list, each \(kind(of: item))"
        case .either(let shapes): shapes.map(kind).joined(separator: ", or ")
        case .choice(let choices): choices.map(\.word).joined(separator: " | ")
        default: shape.noun
        }
    }

    private static func choices(_ shape: Shape) -> [Shape.Choice] {
        switch shape {
        case .choice(let choices): choices
        case .list(let item, _): choices(item)
        case .either(let shapes): shapes.flatMap(choices)
        default: []
        }
    }
}
