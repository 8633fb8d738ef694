package import Diagnostics

/// Why there is no answer, or none that could be used.
package enum WebError: Error, Sendable, Hashable {
    case invalidRequest(url: String, reason: String)
    case unresolved(url: String, reason: String)
    case unreachable(url: String, reason: String)
    case timedOut(url: String, reason: String)
    /// The server's certificate does not hold.
    case untrusted(url: String, reason: String)
    /// TLS failed otherwise.
    case insecure(url: String, reason: String)
    /// A certificate or key of ours cannot be used.
    case badIdentity(url: String, reason: String)
    /// The connection ended before the answer did.
    case interrupted(url: String, received: UInt64, reason: String)
    case redirected(url: String, reason: String)
    /// Of a download: the status was not a success; the beginning of the answer.
    case status(Int, url: String, answer: String)
    case tooLarge(url: String, limit: Int)
    /// The file of a download cannot be written.
    case file(path: String, reason: String)
    case cancelled
    /// libcurl is missing, or refuses to be initialised.
    case noLibrary
    case other(url: String, code: Int32, reason: String)

    /// Whether the same request may succeed a moment later.
    package var isTransient: Bool {
        switch self {
        case .unresolved, .unreachable, .timedOut, .interrupted: true
        case .status(let status, _, _): status == 408 || status == 429 || (500...599).contains(status) && status != 501
        default: false
        }
    }

    package var diagnostic: Diagnostic {
        func make(_ code: String, _ summary: String, _ detail: String?, _ exit: ExitStatus, hint: String? = nil)
            -> Diagnostic
        {
            Diagnostic(code: code, summary, detail: detail, hint: hint, exitCode: exit)
        }
        switch self {
        case .invalidRequest(let url, let reason):
            return make("web.invalid-request", "\(url) cannot be requested", reason, .invalid)
        case .unresolved(let url, let reason):
            return make(
                "web.unresolved", "The name in \(url) has no address", reason, .unreachable,
                hint: "check the name, the resolver and, if there is one, the proxy")
        case .unreachable(let url, let reason):
            return make("web.unreachable", "Cannot connect to \(url)", reason, .unreachable)
        case .timedOut(let url, let reason):
            return make("web.timeout", "\(url) did not answer in time", reason, .unreachable)
        case .untrusted(let url, let reason):
            return make(
                "web.untrusted", "The certificate of \(url) is not trusted", reason, .unreachable,
                hint: "the certificate's authority must be known here, its names must include the one in the URL")
        case .insecure(let url, let reason):
            return make("web.tls", "No secure connection to \(url)", reason, .unreachable)
        case .badIdentity(let url, let reason):
            return make("web.identity", "The client certificate for \(url) cannot be used", reason, .invalid)
        case .interrupted(let url, let received, let reason):
            return make(
                "web.interrupted", "The connection to \(url) broke", "\(reason) (after \(received) bytes)",
                .unreachable, hint: "run again: a download goes on where it stopped")
        case .redirected(let url, let reason):
            return make("web.redirect", "\(url) redirects in a way that is not followed", reason, .failed)
        case .status(let status, let url, let answer):
            var diagnostic = make("web.status", "\(url) answered with status \(status)", nil, .failed)
            diagnostic.evidence = Self.lines(answer)
            return diagnostic
        case .tooLarge(let url, let limit):
            return make("web.too-large", "The answer of \(url) is larger than \(limit) bytes", nil, .failed)
        case .file(let path, let reason):
            return make("web.file", "Cannot write \(path)", reason, .lacking)
        case .cancelled:
            return make("web.cancelled", "The request was cancelled", nil, .interrupted)
        case .noLibrary:
            return make(
                "web.no-library", "This machine lacks libcurl, without which no HTTP is spoken",
                "libcurl.so.4 cannot be loaded", .lacking, hint: "install it (Debian: apt-get install libcurl4)")
        case .other(let url, let code, let reason):
            return make("web.failed", "The request to \(url) failed", "\(reason) (curl \(code))", .failed)
        }
    }

    private static func lines(_ text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).prefix(5).map { line in
            String(line.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f }.prefix(200).map(Character.init))
        }.filter { !$0.isEmpty }
    }
}
