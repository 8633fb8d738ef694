package import Diagnostics
package import WebClient

/// Why a call brought nothing.
package enum KubernetesError: Error, Sendable, Hashable {
    /// A field that another manager owns.
    package struct FieldConflict: Sendable, Hashable {
        /// `kubectl-client-side-apply` and the like, as the server words it.
        package var manager: String
        /// The way to it: `.spec.replicas`.
        package var field: String
    }

    /// The server's Status object; of an answer that is none, `reason` is empty and `message` its beginning.
    case status(code: Int, reason: String, message: String, path: String)
    /// A server-side apply would take fields from others.
    case conflicts([FieldConflict], path: String)
    case unreachable(WebError)
    /// An answer that is not what Kubernetes answers.
    case notUnderstood(path: String, reason: String)
    /// The answer is larger than is read.
    case tooLarge(path: String, limit: Int)
    /// A token or a certificate could not be had; the diagnostic says why.
    case credentials(Diagnostic)

    /// The HTTP status; nil where there was no answer.
    package var code: Int? {
        switch self {
        case .status(let code, _, _, _): code
        case .conflicts: 409
        default: nil
        }
    }

    package var isNotFound: Bool { code == 404 }

    package var diagnostic: Diagnostic {
        switch self {
        case .status(let code, let reason, let message, let path): Self.status(code, reason, message, path)
        case .conflicts(let fields, let path):
            Diagnostic(
                code: "kubernetes.apply-conflict", "\(path) has fields that belong to others",
                detail: fields.map { "\($0.field) belongs to \($0.manager)" }.joined(separator: "\n"),
                hint: "leave these fields out, or take them over by force")
        case .unreachable(let error): Self.unreachable(error)
        case .notUnderstood(let path, let reason):
            Diagnostic(
                code: "kubernetes.not-understood", "The answer to \(path) is not what a Kubernetes API server answers",
                detail: reason, hint: "check that the address is that of an API server and not of a proxy before it")
        case .tooLarge(let path, let limit):
            Diagnostic(code: "kubernetes.too-large", "The answer to \(path) is larger than \(limit) bytes")
        case .credentials(let diagnostic): diagnostic
        }
    }

    private static func status(_ code: Int, _ reason: String, _ message: String, _ path: String) -> Diagnostic {
        func make(
            _ suffix: String, _ summary: String, hint: String? = nil, _ exit: ExitStatus = .failed
        ) -> Diagnostic {
            Diagnostic(
                code: "kubernetes.\(suffix)", summary, detail: message.isEmpty ? nil : shortened(message), hint: hint,
                exitCode: exit)
        }
        switch code {
        case 401:
            return make(
                "unauthorized", "The API server does not know who asks for \(path)",
                hint: "check the user of the kubeconfig: its token or certificate may have expired", .unreachable)
        case 403:
            return make(
                "forbidden", "\(path) is not allowed for this user",
                hint: "use a kubeconfig whose user has the rights, or bind a role to this one", .unreachable)
        case 404: return make("not-found", "\(path) is not there")
        case 409:
            let exists = reason == "AlreadyExists"
            return make("conflict", exists ? "\(path): it exists already" : "\(path) was changed by somebody else")
        case 410: return make("expired", "\(path): the server no longer knows this version of the list")
        case 400, 413, 415, 422: return make("invalid", "The API server does not accept the request to \(path)")
        case 429:
            return make(
                "throttled", "The API server has too much to do for \(path)", hint: "try again in a while", .unreachable
            )
        case 500...599: return make("server-error", "The API server failed at \(path) with status \(code)")
        default: return make("status", "The API server answered \(path) with status \(code)")
        }
    }

    private static func unreachable(_ error: WebError) -> Diagnostic {
        var diagnostic = error.diagnostic
        let suffix: String
        switch error {
        case .untrusted, .insecure: suffix = "tls"
        case .badIdentity: suffix = "identity"
        case .timedOut: suffix = "timeout"
        case .cancelled: suffix = "cancelled"
        case .invalidRequest: suffix = "invalid-request"
        default: suffix = "unreachable"
        }
        diagnostic.code = "kubernetes.\(suffix)"
        if case .untrusted = error {
            diagnostic.hint =
                "check certificate-authority and server in the kubeconfig; tls-server-name helps where names differ"
        }
        if case .interrupted = error { diagnostic.hint = nil }
        return diagnostic
    }

    /// The beginning of an answer, printable and on one line.
    static func quoted(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes.prefix(200), as: UTF8.self)
        return String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
    }

    /// Without control characters except line breaks, and of a length that can be read.
    private static func shortened(_ text: String) -> String {
        let printable = text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F || $0.value == 0x0A }
        return printable.count <= 2000
            ? String(String.UnicodeScalarView(printable))
            : String(String.UnicodeScalarView(printable.prefix(2000))) + " ..."
    }
}
