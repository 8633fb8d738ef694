package import Labs

/// How far a learner is, and the path taken.
package enum LabPathView {
    package static func json(_ lab: Lab, _ progress: LabProgress) -> String { JSONOutput.text(progress) }

    package static func text(_ lab: Lab, _ progress: LabProgress, on terminal: Terminal) -> String {
        func fold(_ text: String) -> [String] { FittedText.fold(text, columns: terminal.columns) }
        var lines = LabReportView.heading(
            "\(lab.id)  \(ForeignText.printable(lab.title)): \(progress.state.rawValue)", on: terminal)
        lines += fold("\(lab.honesty.rawValue) \(lab.honesty.words)")
        lines += fold("cluster \(ForeignText.printable(progress.cluster)), begun \(progress.started)")
        for step in lab.steps {
            var marks: [String] = []
            if let hints = progress.hints[step.id] { marks.append("\(hints) of \(step.hints.count) hints") }
            if progress.solutions.contains(step.id) { marks.append("solution seen") }
            lines.append("")
            lines += fold(
                "\(step.id): \(ForeignText.printable(step.title))"
                    + (marks.isEmpty ? "" : " (\(marks.joined(separator: ", ")))"))
            for check in step.checks {
                if let outcome = progress.outcomes[check.id] {
                    lines += LabReportView.check(outcome, on: terminal, verbose: false)
                } else {
                    lines += fold("-       \(check.id): not looked at yet")
                }
            }
        }
        lines += ["", terminal.styled("Path", .bold)]
        for event in progress.events {
            let subject = [event.step, event.check].compactMap { $0 }.joined(separator: " ")
            lines += fold(
                "\(event.time)  \(event.what) \(subject) \(event.result?.rawValue ?? "")".trimmingTrailingSpaces)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    package static func junit(_ lab: Lab, _ progress: LabProgress) -> String {
        let outcomes = lab.checks.map { ($0, progress.outcomes[$0.id]) }
        let failures = outcomes.count { $0.1?.result == .fail }
        let errors = outcomes.count { $0.1?.result == .error }
        let skipped = outcomes.count { $0.1 == nil || $0.1?.result == .blocked || $0.1?.result == .skipped }
        let counts = "tests=\"\(outcomes.count)\" failures=\"\(failures)\" errors=\"\(errors)\" skipped=\"\(skipped)\""
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        text += "<testsuites name=\"\(MarkupText.escaped("lab \(lab.id)"))\" \(counts)>\n"
        text += "  <testsuite name=\"\(MarkupText.escaped("\(lab.id) \(lab.title)"))\" \(counts)"
        text += " timestamp=\"\(MarkupText.escaped(progress.started))\">\n"
        for (check, outcome) in outcomes {
            text +=
                "    <testcase classname=\"\(lab.id).\(check.tier.rawValue)\" name=\"\(MarkupText.escaped(check.id))\""
            guard let outcome else {
                text += "><skipped message=\"not looked at yet\"/></testcase>\n"
                continue
            }
            let observed = MarkupText.escaped(outcome.observed)
            let detail = MarkupText.escaped(lines: [
                "expected: \(outcome.expected)", "observed: \(outcome.observed)", "why: \(outcome.why)",
                "next: \(outcome.next)",
            ])
            switch outcome.result {
            case .pass: text += "/>\n"
            case .fail: text += "><failure message=\"\(observed)\">\(detail)</failure></testcase>\n"
            case .error: text += "><error message=\"\(observed)\">\(detail)</error></testcase>\n"
            case .blocked, .skipped, .simulatedPass:
                text +=
                    "><skipped message=\"\(MarkupText.escaped(outcome.result.rawValue)): \(observed)\"/></testcase>\n"
            }
        }
        return text + "  </testsuite>\n</testsuites>\n"
    }

    package static func html(_ lab: Lab, _ progress: LabProgress) -> String {
        var text = """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>\(MarkupText.escaped("\(lab.id) \(lab.title)"))</title>
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <style>
            body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}
            table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ccc;padding:.3rem .5rem;text-align:left;vertical-align:top}
            .pass{color:#176b2c}.fail,.error{color:#a3131a}.blocked{color:#7a5a00}
            </style></head><body>
            <h1>\(MarkupText.escaped("\(lab.id) \(lab.title)"))</h1>
            <p>\(MarkupText.escaped("\(progress.state.rawValue); \(lab.honesty.rawValue) \(lab.honesty.words); cluster \(progress.cluster); begun \(progress.started)"))</p>

            """
        for step in lab.steps {
            text +=
                "<h2>\(MarkupText.escaped("\(step.id): \(step.title)"))</h2>\n<table><tr><th>Check</th><th>Result</th><th>Expected</th><th>Observed</th><th>Why</th></tr>\n"
            for check in step.checks {
                let outcome = progress.outcomes[check.id]
                let result = outcome?.result.rawValue ?? "not looked at yet"
                text +=
                    "<tr><td>\(MarkupText.escaped(check.id))</td><td class=\"\(outcome?.result.rawValue ?? "")\">\(result)</td>"
                text +=
                    "<td>\(MarkupText.escaped(outcome?.expected ?? check.expected ?? check.primitive.expected))</td>"
                text +=
                    "<td>\(MarkupText.escaped(outcome?.observed ?? ""))</td><td>\(MarkupText.escaped(check.why))</td></tr>\n"
            }
            text += "</table>\n"
        }
        text += "<h2>Path</h2>\n<ol>\n"
        for event in progress.events {
            let subject = [event.what, event.step, event.check, event.result?.rawValue].compactMap { $0 }.joined(
                separator: " ")
            text += "<li>\(MarkupText.escaped("\(event.time) \(subject)"))</li>\n"
        }
        return text + "</ol>\n</body></html>\n"
    }
}

extension String {
    fileprivate var trimmingTrailingSpaces: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
