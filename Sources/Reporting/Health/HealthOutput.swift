package import Health

/// All forms in which a verdict leaves the program.
package enum HealthOutput {
    /// For people; colours only if the terminal has them.
    package static func text(_ report: HealthReport, on terminal: Terminal, verbose: Bool) -> String {
        HealthTextView.text(report, on: terminal, verbose: verbose)
    }

    /// One document with sorted keys, which decodes as a `HealthReport`.
    package static func json(_ report: HealthReport) -> String { HealthJSONLines.escaped(JSONOutput.text(report)) }

    /// A document per line: the report without its findings, then each finding.
    package static func jsonLines(_ report: HealthReport) -> String { HealthJSONLines.text(report) }

    /// XML as readers of test results know it.
    package static func junit(_ report: HealthReport) -> String { HealthJUnit.text(report) }

    /// The text exposition format of Prometheus.
    package static func prometheus(_ report: HealthReport) -> String { HealthPrometheus.text(report) }

    /// One HTML file that needs no other.
    ///
    /// - Parameter older: earlier reports of the same cluster in any order; those of other clusters are left out.
    package static func html(_ report: HealthReport, older: [HealthReport]) -> String {
        HealthPage.page(report, older: older)
    }
}
