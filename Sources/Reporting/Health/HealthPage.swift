package import Health

/// A verdict as one HTML file: no script, nothing from elsewhere, readable on a phone, at night and on paper.
///
/// The page is well-formed XML, too, so that a strict parser can vouch for it.
package enum HealthPage {
    package static func page(_ report: HealthReport, older: [HealthReport]) -> String {
        let model = HealthPageModel(report)
        let history = HealthHistory(report, older: older)
        let title = "\(report.verdict.rawValue.uppercased()) - \(report.cluster)"
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
            \(head(report))
            <main>
            \(HealthPicture.section(model))
            \(HealthFindingList.section(model))
            \(HealthMatrix.section(model))
            \(HealthFindingList.rest(model))
            \(history.section)
            </main>
            \(foot(report))
            </body>
            </html>

            """
    }

    private static func head(_ report: HealthReport) -> String {
        let counts = report.counts.split(separator: ", ").map { "<li>\($0)</li>" }.joined()
        return """
            <header class="\(report.verdict.rawValue)">
            <h1>\(HealthSign.sign(report.verdict))<span class="word">\(report.verdict.rawValue.uppercased())</span> \
            <span class="cluster">\(MarkupText.escaped(report.cluster))</span></h1>
            <p class="sentence">\(sentence(report))</p>
            <ul class="counts">\(counts)</ul>
            <p class="soft"><time>\(MarkupText.escaped(report.time))</time> \
            \(report.endpoint.isEmpty ? "" : "from \(MarkupText.escaped(report.endpoint))")</p>
            </header>
            """
    }

    private static func sentence(_ report: HealthReport) -> String {
        switch report.verdict {
        case .pass: "All that was measured is as it should be."
        case .warn: "Nothing is broken, but something needs attention."
        case .fail: "Something is broken."
        case .unknown, .skipped: "Nothing is known to be broken, but not everything could be measured."
        }
    }

    private static func foot(_ report: HealthReport) -> String {
        """
        <footer class="soft">martlet health \(MarkupText.escaped(HealthCost.text(report.cost))); \
        format \(report.formatVersion)</footer>
        """
    }
}
