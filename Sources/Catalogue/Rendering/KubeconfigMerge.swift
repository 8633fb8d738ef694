package import ConfigTree

/// One cluster's kubeconfig put into a file that has others.
package enum KubeconfigMerge {
    /// Clusters, contexts and users of the addition replace those of the same name; everything else stays as it is, the
    /// current context too, unless there is none.
    ///
    /// Comments are lost, as with kubectl's own `config` commands.
    ///
    /// - Parameters:
    ///   - existing: the root of the file that is there; nil if there is none.
    ///   - addition: the root of a complete kubeconfig.
    package static func text(existing: ConfigNode?, addition: ConfigNode) -> String {
        guard case .map(let new) = value(of: addition) else { return "" }
        var result = new
        if let existing, case .map(let old) = value(of: existing), !old.isEmpty {
            result = old
            for key in ["clusters", "contexts", "users"] {
                result[key] = .list(merged(list(old[key]), list(new[key])))
            }
            if old["current-context"] == nil || old["current-context"] == .string("") || old["current-context"] == .null
            {
                result["current-context"] = new["current-context"]
            }
        }
        return YAMLWriter.text(of: .map(result))
    }

    private static func merged(_ old: [OrderedValue], _ new: [OrderedValue]) -> [OrderedValue] {
        let names = Set(new.compactMap(name))
        return old.filter { entry in name(entry).map { !names.contains($0) } ?? true } + new
    }

    private static func list(_ value: OrderedValue?) -> [OrderedValue] {
        if case .list(let values) = value { values } else { [] }
    }

    private static func name(_ entry: OrderedValue) -> String? {
        guard case .map(let map) = entry, case .string(let name) = map["name"] else { return nil }
        return name
    }

    private static func value(of node: ConfigNode) -> OrderedValue {
        switch node.kind {
        case .mapping:
            var map = OrderedMap()
            for (key, child) in node.entries { map[key.text] = value(of: child) }
            return .map(map)
        case .sequence: return .list(node.items.map { value(of: $0) })
        case .scalar:
            switch node.meaning {
            case .null: return .null
            case .boolean(let flag), .oldBoolean(let flag): return .bool(flag)
            case .integer: return Int(node.text).map { .int($0) } ?? .string(node.text)
            case .real: return Double(node.text).map { .double($0) } ?? .string(node.text)
            default: return .string(node.text)
            }
        }
    }
}
