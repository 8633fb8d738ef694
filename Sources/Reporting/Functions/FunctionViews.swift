package import Functions

/// Functions for people and programs.
package enum FunctionViews {
    /// The document of `function list --format json`.
    package struct Listing: Encodable {
        var formatVersion = 1
        var functions: [FunctionRecord]
    }

    package static func json(_ records: [FunctionRecord]) -> String { JSONOutput.text(Listing(functions: records)) }

    package static func json(_ record: FunctionRecord) -> String { JSONOutput.text(Versioned(record)) }

    /// One line of `function logs --format json`.
    package static func json(_ line: FunctionLogLine) -> String { JSONOutput.line(Versioned(line)) }

    package static func table(_ records: [FunctionRecord], on terminal: Terminal) -> String {
        guard !records.isEmpty else { return "" }
        var rows = [["FUNCTION", "FRAMEWORK", "STATE", "REPLICAS", "INVOCATIONS", "RUNTIME OR IMAGE", "TRIGGERS"]]
        for record in records {
            rows.append([
                record.name, record.framework, record.state.rawValue, replicas(record),
                record.invocations.map(String.init) ?? "-",
                ForeignText.printable(record.runtime ?? record.image ?? "-"),
                ForeignText.printable(record.triggers.joined(separator: ", ")),
            ])
        }
        return TextTable.render(rows)
    }

    package static func text(_ record: FunctionRecord, on terminal: Terminal) -> String {
        var rows: [[String]] = [
            ["function", record.name], ["framework", record.framework], ["namespace", record.namespace],
            ["state", record.state.rawValue + (record.reason.isEmpty ? "" : ": \(record.reason)")],
        ]
        if let image = record.image { rows.append(["image", image]) }
        if let runtime = record.runtime { rows.append(["runtime", runtime]) }
        if record.replicas != nil { rows.append(["replicas", replicas(record)]) }
        if let invocations = record.invocations { rows.append(["invocations", String(invocations)]) }
        if let url = record.url { rows.append(["url", url]) }
        for trigger in record.triggers { rows.append(["trigger", trigger]) }
        if let created = record.created { rows.append(["created", created]) }
        for (term, value) in record.terms.sorted(by: { $0.key < $1.key }) { rows.append([term, value]) }
        return TextTable.render(rows.map { $0.map { ForeignText.printable($0) } })
    }

    private static func replicas(_ record: FunctionRecord) -> String {
        guard let replicas = record.replicas else { return "-" }
        return "\(record.available ?? 0)/\(replicas)"
    }
}
