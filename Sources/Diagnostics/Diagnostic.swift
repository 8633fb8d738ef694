/// The only thing a user sees go wrong: what happened, where, and what to do about it.
///
/// Codes are dotted, stable and public (`spec.unknown-key`, `ssh.host-key-mismatch`, `step.unverified`).
package struct Diagnostic: Error, Sendable, Codable, Hashable {
    package enum Severity: String, Sendable, Codable, Comparable {
        case note
        case warning
        case error

        package static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .note: 0
            case .warning: 1
            case .error: 2
            }
        }
    }

    package var severity: Severity
    /// Stable identifier, for example `spec.duplicate-key`.
    package var code: String
    /// One sentence without a full stop.
    package var summary: String
    /// What was found, what was expected; may span lines.
    package var detail: String?
    /// What to do next, one sentence.
    package var hint: String?
    package var location: SourceLocation?
    /// The host, as named in the spec, that the diagnostic is about.
    package var host: String?
    /// Lines quoted from elsewhere (a journal, a server's answer), already trimmed and free of secrets.
    package var evidence: [String]
    package var exitCode: ExitStatus

    package init(
        _ severity: Severity = .error, code: String, _ summary: String, detail: String? = nil, hint: String? = nil,
        location: SourceLocation? = nil, host: String? = nil, evidence: [String] = [], exitCode: ExitStatus = .failed
    ) {
        self.severity = severity
        self.code = code
        self.summary = summary
        self.detail = detail
        self.hint = hint
        self.location = location
        self.host = host
        self.evidence = evidence
        self.exitCode = exitCode
    }
}

/// Several diagnostics thrown as one: everything that is wrong, not only the first thing.
package struct Diagnostics: Error, Sendable {
    package var list: [Diagnostic]

    package init(_ list: [Diagnostic]) { self.list = list }

    package var hasErrors: Bool { list.contains { $0.severity == .error } }

    /// The exit status of the first error; `.done` if there is none.
    package var exitCode: ExitStatus { list.first { $0.severity == .error }?.exitCode ?? .done }
}
