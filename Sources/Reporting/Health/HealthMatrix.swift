import Health

/// Which node reaches which: a row for where it comes from, a column for where it goes.
enum HealthMatrix {
    /// Of more nodes only those with a bad connection are shown: the cells grow with the square.
    private static let limit = 120

    static func section(_ model: HealthPageModel) -> String {
        guard !model.pairs.isEmpty else { return "" }
        let all = names(model)
        var shown = all
        if all.count > limit {
            var bad = Set<String>()
            for (pair, findings) in model.pairs where findings.contains(where: \.status.isProblem) {
                bad.formUnion([pair.source, pair.target])
            }
            shown = Array(all.filter(bad.contains).prefix(limit))
        }
        let note = shown.count == all.count ? "" : " Only \(shown.count) of \(all.count) nodes are shown."
        let signs = [HealthStatus.fail, .unknown, .warn, .skipped]
            .map { "<li>\(HealthSign.sign($0)) \($0.rawValue)</li>" }.joined()
        return """
            <section>
            <h2>Connections between nodes</h2>
            <div class="scroll">\(drawing(shown, model.pairs))</div>
            <ul class="legend soft"><li>from a row to a column; plain green passes\(note)</li>\(signs)</ul>
            </section>
            """
    }

    /// In the order of the members, then those that are no member.
    private static func names(_ model: HealthPageModel) -> [String] {
        var seen = Set<String>()
        let used = Set(model.pairs.keys.flatMap { [$0.source, $0.target] })
        let members = model.report.members.map(\.name).filter { used.contains($0) }
        return (members + used.sorted()).filter { seen.insert($0).inserted }
    }

    private static func drawing(_ names: [String], _ pairs: [NodePair: [Finding]]) -> String {
        let step = names.count > 16 ? 15 : 24
        let labels = names.map { FittedText.cut($0, to: 18, mark: "\u{2026}") }
        let margin = 12 + (labels.map(\.count).max() ?? 0) * 7
        let size = margin + names.count * step + 2
        var text =
            "<svg class=\"matrix\" width=\"\(size)\" height=\"\(size)\" viewBox=\"0 0 \(size) \(size)\" role=\"img\""
        text += " aria-label=\"Connections between nodes\">\n"
        for (index, label) in labels.enumerated() {
            let middle = margin + index * step + step / 2 + 3
            let label = MarkupText.escaped(label)
            text += "<text x=\"\(margin - 6)\" y=\"\(middle)\" text-anchor=\"end\">\(label)</text>"
            text += "<text transform=\"translate(\(middle) \(margin - 6)) rotate(-90)\">\(label)</text>\n"
        }
        for (row, source) in names.enumerated() {
            for (column, target) in names.enumerated() {
                text += cell(
                    source, target, pairs, x: margin + column * step, y: margin + row * step, size: step - 1)
            }
            text += "\n"
        }
        return text + "</svg>"
    }

    private static func cell(
        _ source: String, _ target: String, _ pairs: [NodePair: [Finding]], x: Int, y: Int, size: Int
    ) -> String {
        let findings = pairs[NodePair(from: source, to: target)] ?? []
        let place = "x=\"\(x)\" y=\"\(y)\" width=\"\(size)\" height=\"\(size)\""
        guard let worst = findings.map(\.status).min(by: { $0.rank < $1.rank }) else {
            return "<rect class=\"\(source == target ? "self" : "none")\" \(place)/>"
        }
        let said = findings.map { "\($0.status.rawValue) \($0.id): \($0.measured)" }
        let title = "<title>\(MarkupText.escaped(lines: ["\(source) -> \(target)"] + said))</title>"
        if worst == .pass { return "<rect class=\"pass\" \(place)>\(title)</rect>" }
        return "<g>\(title)<rect class=\"none\" \(place)/>\(HealthSign.sign(worst, x: x, y: y, size: size))</g>"
    }
}
