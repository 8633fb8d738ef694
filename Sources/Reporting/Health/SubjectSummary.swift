/// Several subjects in one line: `3 nodes: cp-1, cp-2, cp-3`.
enum SubjectSummary {
    /// Names as far as the columns go, then how many more; one subject stands as it is.
    static func text(_ subjects: [String], columns: Int) -> String {
        guard subjects.count > 1 else { return subjects.first ?? "" }
        let pairs = subjects.compactMap(NodePair.init)
        if pairs.count == subjects.count {
            let common = NodePair.common(of: pairs).map { ", \($0)" } ?? ""
            return list(pairs.map { "\($0.source) -> \($0.target)" }, after: "\(pairs.count) pairs\(common)", columns)
        }
        return list(names(subjects), after: count(subjects), columns)
    }

    /// `3 nodes`; `3 subjects` if they are of several kinds.
    static func count(_ subjects: [String]) -> String {
        if subjects.count > 1, subjects.allSatisfy({ NodePair($0) != nil }) { return "\(subjects.count) pairs" }
        guard let kind = commonKind(subjects) else { return "\(subjects.count) subjects" }
        guard subjects.count > 1 else { return "1 \(kind)" }
        return "\(subjects.count) \(plural(kind))"
    }

    private static func list(_ names: [String], after head: String, _ columns: Int) -> String {
        var text = head
        for (index, name) in names.enumerated() {
            let separator = index == 0 ? ": " : ", "
            let rest = names.count - index - 1
            let tail = rest == 0 ? "" : ", \(rest) more"
            guard text.count + separator.count + name.count + tail.count <= columns else {
                return index == 0 ? text : "\(text), \(names.count - index) more"
            }
            text += separator + name
        }
        return text
    }

    private static func names(_ subjects: [String]) -> [String] {
        guard let kind = commonKind(subjects) else { return subjects }
        return subjects.map { String($0.dropFirst(kind.count + 1)) }
    }

    private static func commonKind(_ subjects: [String]) -> String? {
        guard let slash = subjects.first?.firstIndex(of: "/"), let kind = subjects.first?[..<slash], !kind.isEmpty
        else { return nil }
        return subjects.allSatisfy { $0.hasPrefix("\(kind)/") && NodePair($0) == nil } ? String(kind) : nil
    }

    private static func plural(_ kind: String) -> String { kind.hasSuffix("s") ? "\(kind)es" : "\(kind)s" }
}
