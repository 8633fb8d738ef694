internal import Foundation
package import Labs

/// The grades of a class.
package enum GradeView {
    private struct Report: Encodable {
        var formatVersion = 1
        var lab: String
        var id: String
        var seconds: Double
        var learners: [LabGrade]
    }

    package static func json(_ lab: Lab, _ grades: [LabGrade], seconds: Double) -> String {
        JSONOutput.text(Report(lab: lab.name, id: lab.id, seconds: seconds, learners: grades))
    }

    package static func text(_ lab: Lab, _ grades: [LabGrade], seconds: Double, on terminal: Terminal) -> String {
        // A narrow terminal has no place for what is open; a name must leave room for its grade.
        let isNarrow = terminal.columns < 60
        let longest = isNarrow ? max(8, terminal.columns - 18) : max(12, terminal.columns / 3)
        let names = grades.map { FittedText.cut(ForeignText.printable($0.name), to: longest) }
        let used = (names.map(\.count).max() ?? 0) + 28
        var rows = [["LEARNER", "RESULT", "PASSED"] + (isNarrow ? [] : ["NOT PASSED"])]
        for (grade, name) in zip(grades, names) {
            let open = grade.checks.filter { $0.result != .pass }.map(\.id).joined(separator: ", ")
            rows.append(
                [name, grade.result.rawValue, "\(grade.passed)/\(grade.total)"]
                    + (isNarrow
                        ? []
                        : [
                            FittedText.cut(
                                ForeignText.printable(grade.problem ?? open), to: max(12, terminal.columns - used))
                        ]))
        }
        let passed = grades.count { $0.goals == .pass }
        return TextTable.render(rows)
            + "\(lab.id): \(passed) of \(grades.count) passed, \(String(format: "%.1f", seconds)) s\n"
    }

    package static func junit(_ lab: Lab, _ grades: [LabGrade], seconds: Double) -> String {
        let all = grades.flatMap(\.checks)
        func numbers(_ checks: [CheckOutcome], _ extra: Int) -> String {
            "tests=\"\(checks.count + extra)\" failures=\"\(checks.count { $0.result == .fail })\""
                + " errors=\"\(checks.count { $0.result == .error } + extra)\""
                + " skipped=\"\(checks.count { $0.result == .blocked || $0.result == .skipped })\""
        }
        var text =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"\(MarkupText.escaped("lab \(lab.id)"))\" "
        text += numbers(all, grades.count { $0.problem != nil }) + " time=\"\(String(format: "%.3f", seconds))\">\n"
        for grade in grades {
            let extra = grade.problem == nil ? 0 : 1
            text +=
                "  <testsuite name=\"\(MarkupText.escaped(grade.name))\" \(numbers(grade.checks, extra)) time=\"\(String(format: "%.3f", grade.seconds))\">\n"
            if let problem = grade.problem {
                text +=
                    "    <testcase classname=\"\(lab.id)\" name=\"access\"><error message=\"\(MarkupText.escaped(problem))\"/></testcase>\n"
            }
            for check in grade.checks {
                text +=
                    "    <testcase classname=\"\(lab.id).\(check.tier.rawValue)\" name=\"\(MarkupText.escaped(check.id))\" time=\"\(String(format: "%.3f", check.seconds))\""
                let message = MarkupText.escaped(check.observed)
                switch check.result {
                case .pass: text += "/>\n"
                case .fail:
                    text +=
                        "><failure message=\"\(message)\">\(MarkupText.escaped("expected: \(check.expected)"))</failure></testcase>\n"
                case .error: text += "><error message=\"\(message)\"/></testcase>\n"
                default: text += "><skipped message=\"\(message)\"/></testcase>\n"
                }
            }
            text += "  </testsuite>\n"
        }
        return text + "</testsuites>\n"
    }
}
