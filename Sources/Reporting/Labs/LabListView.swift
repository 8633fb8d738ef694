package import Labs

/// One lab in a list; also a row of `lab list --format json`.
package struct LabRow: Sendable, Encodable {
    package var id: String
    package var name: String
    /// 0 for labs that are not in the book.
    package var chapter: Int
    package var title: String
    package var honesty: Honesty
    package var state: LabProgress.State
    package var minutes: Int?
    package var needs: [String]
    package var steps: Int
    package var checks: Int
    package var sabotages: Int
    /// Its checks were seen red and green as its files are now.
    package var proven: Bool

    package init(_ lab: Lab, state: LabProgress.State) {
        id = lab.id
        name = lab.name
        chapter = lab.book?.chapter ?? 0
        title = lab.title
        honesty = lab.honesty
        self.state = state
        minutes = lab.time.typical.map { Int($0.components.seconds / 60) }
        needs = lab.needs.words
        steps = lab.steps.count
        checks = lab.checks.count
        sabotages = lab.proof.sabotages.count
        proven = ProofRecord.valid(for: lab) != nil
    }

    /// By chapter; what is in no chapter comes last.
    package static func order(_ lab: Lab) -> (Int, String) { (lab.book?.chapter ?? .max, lab.id) }
}

extension LabNeeds {
    /// A few words for each.
    var words: [String] {
        var words: [String] = []
        if !cluster { words.append("no cluster") }
        if let minimumKubernetes { words.append("Kubernetes \(minimumKubernetes)+") }
        if workers > 0 { words.append(workers == 1 ? "a worker" : "\(workers) workers") }
        if hosts { words.append("hosts over SSH") }
        if nodes { words.append("leave to change nodes") }
        if storageClass { words.append("a default StorageClass") }
        if kubeconfig { words.append("your kubeconfig") }
        words += programs
        words += api
        return words
    }
}

package enum LabListView {
    private struct List: Encodable {
        var formatVersion = 1
        var labs: [LabRow]
    }

    package static func json(_ rows: [LabRow]) -> String { JSONOutput.text(List(labs: rows)) }

    package static func text(_ rows: [LabRow], on terminal: Terminal) -> String {
        guard !rows.isEmpty else { return "There are no labs.\n" }
        // A narrow terminal has no place for what is needed.
        let isNarrow = terminal.columns < 60
        let cells = rows.map { row in
            let minutes = row.minutes.map { "\($0) min" } ?? ""
            return isNarrow
                ? [row.id, row.state.rawValue]
                : [
                    row.id, row.chapter == 0 ? "-" : "\(row.chapter)", row.honesty.rawValue, row.state.rawValue,
                    minutes,
                ]
        }
        let head = isNarrow ? ["ID", "STATE", "TITLE"] : ["ID", "CH", "HON", "STATE", "TIME", "TITLE AND NEEDS"]
        let widths = head.indices.dropLast().map { column in
            max(head[column].count, cells.map { $0[column].count }.max() ?? 0)
        }
        let left = widths.reduce(0) { $0 + $1 + 2 }
        func line(_ cells: [String]) -> String {
            zip(cells, widths).map { FittedText.padded($0, to: $1) + "  " }.joined()
        }
        var text = line(head) + (head.last ?? "") + "\n"
        for (row, cells) in zip(rows, cells) {
            let needs = row.needs.isEmpty || isNarrow ? "" : " (\(row.needs.joined(separator: ", ")))"
            let title = FittedText.fold(
                ForeignText.printable(row.title + needs), columns: max(12, terminal.columns - left))
            for (index, part) in title.enumerated() {
                text += (index == 0 ? line(cells) : String(repeating: " ", count: left)) + part + "\n"
            }
        }
        return text
    }
}
