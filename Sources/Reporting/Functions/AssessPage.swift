package import Functions
internal import Health

/// An assessment as one HTML file, with others beside it: nothing is loaded from elsewhere, and it is well-formed XML.
package enum AssessPage {
    /// - Parameter others: of other frameworks, or older ones.
    package static func page(_ report: AssessReport, others: [AssessReport]) -> String {
        let title = "\(report.name) - \(AssessView.summary(report))"
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <title>\(MarkupText.escaped(title))</title>
            <style>
            \(HealthPageStyle.text)
            </style>
            </head>
            <body>
            \(HealthSign.definitions)
            <header class="\(worst(report))">
            <h1><span class="word">\(MarkupText.escaped(report.name))</span> \
            <span class="cluster">\(MarkupText.escaped(report.cluster))</span></h1>
            <p class="sentence">\(MarkupText.escaped(AssessView.summary(report)))</p>
            <p class="soft"><time>\(MarkupText.escaped(report.time))</time> \
            \(MarkupText.escaped(AssessView.conditions(report)))</p>
            </header>
            <main>
            <h2>Serverless Compute Manifesto</h2>
            \(report.rules.map(article).joined(separator: "\n"))
            \(others.isEmpty ? "" : comparison([report] + others))
            </main>
            <footer class="soft">martlet framework assess; format \(report.formatVersion)</footer>
            </body>
            </html>

            """
    }

    private static func worst(_ report: AssessReport) -> String {
        report.count(.fail) > 0 ? "fail" : report.count(.unknown) > 0 ? "unknown" : "pass"
    }

    private static func article(_ rule: AssessRule) -> String {
        let rows = rule.checks.map { check in
            """
            <tr><td class="\(check.result.rawValue)">\(sign(check.result)) \(check.result.rawValue)</td>\
            <td><code>\(MarkupText.escaped(check.id))</code><br/>\(MarkupText.escaped(check.title))</td>\
            <td>\(MarkupText.escaped(check.observed))<br/><span class="soft">expected: \
            \(MarkupText.escaped(check.expected))</span></td></tr>
            """
        }
        return """
            <article class="\(rule.result.rawValue)">
            <div class="head">\(sign(rule.result))<h3>\(rule.rule). \(MarkupText.escaped(rule.title))</h3>\
            <span class="word">\(rule.result.rawValue)</span></div>
            <div class="scroll"><table class="stack"><tbody>
            \(rows.joined(separator: "\n"))
            </tbody></table></div>
            </article>
            """
    }

    private static func comparison(_ reports: [AssessReport]) -> String {
        let head = reports.map { "<th>\(MarkupText.escaped($0.name))<br/>\(MarkupText.escaped($0.time))</th>" }.joined()
        let rules = AssessView.rules(reports).map { row in
            let cells = row.cells.map { "<td class=\"\($0)\">\($0)</td>" }.joined()
            return "<tr><td>\(MarkupText.escaped(row.title))</td>\(cells)</tr>"
        }
        let numbers = AssessView.numbers(reports).map { row in
            let cells = row.cells.map { "<td>\(MarkupText.escaped($0))</td>" }.joined()
            return "<tr><td><code>\(MarkupText.escaped(row.title))</code></td>\(cells)</tr>"
        }
        return """
            <h2>Side by side</h2>
            <div class="scroll"><table><thead><tr><th></th>\(head)</tr></thead><tbody>
            \((rules + numbers).joined(separator: "\n"))
            </tbody></table></div>
            """
    }

    private static func sign(_ result: AssessResult) -> String {
        switch result {
        case .pass: HealthSign.sign(.pass)
        case .fail: HealthSign.sign(.fail)
        case .unknown: HealthSign.sign(.unknown)
        }
    }
}
