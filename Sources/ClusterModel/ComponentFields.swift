import ConfigTree
import Diagnostics

/// A field of a component's configuration and the minor versions of Kubernetes 1 that know it.
struct ComponentField: Sendable {
    var name: String
    var type: ComponentType
    /// First minor version with the field; 20 also stands for older.
    var since: Int
    /// Last minor version with the field.
    var until: Int

    init(_ name: String, _ type: ComponentType, since: Int = 20, until: Int = .max) {
        self.name = name
        self.type = type
        self.since = since
        self.until = until
    }

    func exists(in minor: Int) -> Bool { minor >= since && minor <= until }

    var range: String {
        switch (since > 20, until < .max) {
        case (true, true): "from v1.\(since) to v1.\(until)"
        case (true, false): "from v1.\(since) on"
        case (false, true): "up to v1.\(until)"
        case (false, false): "in all versions"
        }
    }
}

/// A value of an enumeration and the minor versions that know it.
struct Word: Sendable, ExpressibleByStringLiteral {
    var text: String
    var since: Int
    var until: Int

    init(_ text: String, since: Int = 20, until: Int = .max) {
        self.text = text
        self.since = since
        self.until = until
    }

    init(stringLiteral value: String) { self.init(value) }

    func exists(in minor: Int?) -> Bool { minor.map { $0 >= since && $0 <= until } ?? true }
}

indirect enum ComponentType: Sendable {
    case boolean
    case integer
    case number
    case string
    /// A Go duration, `1m30s`.
    case duration
    case choice([Word])
    case list(ComponentType)
    case map(ComponentType)
    case record([ComponentField])

    static let strings = ComponentType.list(.string)

    var shape: Shape {
        switch self {
        case .boolean: .boolean
        case .integer: .integer(.min ... .max)
        case .number: .number
        case .string: .text(nil)
        case .duration: .text(ComponentFields.duration)
        case .choice(let words): .choice(words.map { Shape.Choice($0.text, "") })
        case .list(let item): .list(item.shape, minimum: 0)
        case .map(let value): .map(key: nil, value: value.shape)
        case .record(let fields):
            .record(
                RecordShape(title: "the mapping", fields: ComponentFields.fieldShapes(fields, path: "", owned: [:])))
        }
    }
}

/// The schema of one component's configuration over all supported versions.
struct ComponentFields: Sendable {
    /// `KubeletConfiguration`.
    var kind: String
    var fields: [ComponentField]
    /// Paths below the component that martlet decides, and why.
    var owned: [String: String]

    /// What a user may write; owned fields are left out.
    var shape: Shape {
        .record(RecordShape(title: kind, fields: ComponentFields.fieldShapes(fields, path: "", owned: owned)))
    }

    static let kubelet = ComponentFields(kind: "KubeletConfiguration", fields: kubeletFields, owned: kubeletOwned)

    static let kubeProxy = ComponentFields(
        kind: "KubeProxyConfiguration", fields: kubeProxyFields, owned: kubeProxyOwned)

    /// A Go duration.
    static let duration = TextFormat(
        "a duration such as 30s or 1m30s", pattern: "^[-+]?(0|([0-9]+(\\.[0-9]*)?(ns|us|µs|ms|s|m|h))+)$"
    ) { text in durationFault(text) }

    /// Shapes of the fields that are not owned; a field whose type changed over the versions has both.
    static func fieldShapes(_ fields: [ComponentField], path: String, owned: [String: String]) -> [FieldShape] {
        var shapes: [FieldShape] = []
        for field in fields {
            let fieldPath = path.isEmpty ? field.name : path + "." + field.name
            guard owned[fieldPath] == nil else { continue }
            var shape = field.type.shape
            if case .record(let inner) = field.type {
                shape = .record(
                    RecordShape(title: "`\(fieldPath)`", fields: fieldShapes(inner, path: fieldPath, owned: owned)))
            }
            if let index = shapes.firstIndex(where: { $0.name == field.name }) {
                shapes[index].shape = .either([shapes[index].shape, shape])
                shapes[index].summary += "; as \(shape.noun) \(field.range)"
                continue
            }
            shapes.append(
                FieldShape(
                    name: field.name, summary: "Known \(field.range)", shape: shape, isRequired: false,
                    defaultText: nil))
        }
        return shapes
    }

    /// Reads the overrides of one component for a minor version; nil as version checks against all.
    func read(_ node: ConfigNode, minor: Int?, _ decoder: ConfigDecoder) -> [String: ConfigurationValue] {
        record(node, fields, path: "", minor: minor, decoder)
    }

    private func record(
        _ node: ConfigNode, _ fields: [ComponentField], path: String, minor: Int?, _ decoder: ConfigDecoder
    ) -> [String: ConfigurationValue] {
        var values: [String: ConfigurationValue] = [:]
        for (key, value) in node.entries {
            let name = key.text
            let fieldPath = path.isEmpty ? name : path + "." + name
            if let reason = owned[fieldPath] {
                decoder.report(
                    "owned", at: key, "`\(value.path)` cannot be set here", detail: reason, hint: "remove the key")
                continue
            }
            let known = fields.filter { $0.name == name }
            guard let field = known.first(where: { each in minor.map { each.exists(in: $0) } ?? true }) ?? known.first
            else {
                unknown(key, value, fields, minor, decoder)
                continue
            }
            if let minor, !field.exists(in: minor) {
                decoder.report(
                    "field-version", at: key, "`\(value.path)` does not exist in Kubernetes v1.\(minor)",
                    detail: "\(kind) knows `\(fieldPath)` \(field.range)",
                    hint: "remove the key, or choose another `kubernetes.version`")
                continue
            }
            if let read = self.value(value, field.type, path: fieldPath, minor: minor, decoder) { values[name] = read }
        }
        return values
    }

    private func unknown(
        _ key: ConfigNode, _ value: ConfigNode, _ fields: [ComponentField], _ minor: Int?, _ decoder: ConfigDecoder
    ) {
        let known = fields.filter { field in minor.map { field.exists(in: $0) } ?? true }.map(\.name)
        let near = Suggestion.nearest(to: ConfigDecoder.shortened(key.text), in: known)
        let list = known.count <= 16 ? "known are " + known.map { "`\($0)`" }.joined(separator: ", ") : nil
        decoder.report(
            "unknown-key", at: key, "there is no key `\(ConfigDecoder.shortened(value.path))` in \(kind)", detail: list,
            hint: near.map { "did you mean `\($0)`" })
    }

    private func value(
        _ node: ConfigNode, _ type: ComponentType, path: String, minor: Int?, _ decoder: ConfigDecoder
    ) -> ConfigurationValue? {
        switch type {
        case .boolean: return decoder.boolean(node).map { .bool($0) }
        case .integer: return decoder.integer(node, .min ... .max).map { .int($0) }
        case .number: return decoder.number(node).map { .double($0) }
        case .string: return decoder.text(node).map { .string($0) }
        case .duration: return decoder.text(node, ComponentFields.duration).map { .string($0) }
        case .choice(let words):
            let known = words.filter { $0.exists(in: minor) }
            if let minor, let word = words.first(where: { node.hasText($0.text) }), !word.exists(in: minor) {
                let range = ComponentField(word.text, .string, since: word.since, until: word.until).range
                decoder.report(
                    "field-version", at: node,
                    "`\(word.text)` does not exist for `\(node.path)` in Kubernetes v1.\(minor)",
                    detail: "\(kind) knows it \(range)",
                    hint: "use \(Shape.alternatives(known.map { "`\($0.text)`" })), or another `kubernetes.version`")
                return nil
            }
            return decoder.choice(node, known.map { Shape.Choice($0.text, "") }).map { .string(known[$0].text) }
        case .list(let item):
            guard node.kind == .sequence else { return decoder.wrongKind(node, type.shape) }
            return .list(node.items.compactMap { value($0, item, path: path, minor: minor, decoder) })
        case .map(let item):
            guard node.kind == .mapping else { return decoder.wrongKind(node, type.shape) }
            var values: [String: ConfigurationValue] = [:]
            for (key, child) in node.entries {
                let name = decoder.key(key, child, .notEmpty)
                let read = value(child, item, path: path, minor: minor, decoder)
                if let name, let read { values[name] = read }
            }
            return .map(values)
        case .record(let fields):
            guard node.kind == .mapping else { return decoder.wrongKind(node, type.shape) }
            return .map(record(node, fields, path: path, minor: minor, decoder))
        }
    }

    private static func durationFault(_ text: String) -> String? {
        let units: [Substring] = ["ns", "us", "µs", "ms", "s", "m", "h"]
        var rest = Substring(text)
        if rest.first == "-" || rest.first == "+" { rest = rest.dropFirst() }
        if rest == "0" { return nil }
        guard !rest.isEmpty else { return "it is empty" }
        while let first = rest.unicodeScalars.first {
            guard (0x30...0x39).contains(first.value) else {
                return "each part is a number and a unit (h, m, s, ms, us, ns)"
            }
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            if rest.first == "." {
                rest = rest.dropFirst()
                rest = rest.drop { $0.isASCII && $0.isNumber }
            }
            guard
                let unit = units.first(where: { unit in rest.hasPrefix(unit) && !(unit == "m" && rest.hasPrefix("ms")) }
                )
            else { return "a unit (h, m, s, ms, us, ns) is missing behind \(digits)" }
            rest = rest.dropFirst(unit.count)
        }
        return nil
    }
}
