internal import WebClient

/// The object in which an API server says that something went wrong (meta/v1 Status).
struct StatusObject: Decodable {
    struct Details: Decodable {
        struct Cause: Decodable {
            var reason: String?
            var message: String?
            var field: String?
        }

        var causes: [Cause]?
        var retryAfterSeconds: Int?
    }

    var kind: String?
    var code: Int?
    var reason: String?
    var message: String?
    var details: Details?

    /// Nil for anything that is no Status.
    init?(_ body: [UInt8]) {
        guard body.first(where: { $0 > 0x20 }) == UInt8(ascii: "{"),
            let status = try? JSONCoding.decode(StatusObject.self, body, path: ""), status.kind == "Status"
        else { return nil }
        self = status
    }

    /// The error of an answer that is not a success.
    static func error(of response: WebResponse, path: String) -> KubernetesError {
        error(code: response.status, body: response.body, path: path)
    }

    static func error(code: Int, body: [UInt8], path: String) -> KubernetesError {
        guard let status = StatusObject(body) else {
            // /readyz and its kin answer 500 with a list of checks, which callers want to quote.
            let text = String(decoding: body.prefix(64 << 10), as: UTF8.self)
            return .status(code: code, reason: "", message: text, path: path)
        }
        let conflicts = (status.details?.causes ?? []).filter { $0.reason == "FieldManagerConflict" }
        if code == 409, !conflicts.isEmpty {
            return .conflicts(
                conflicts.map { cause in
                    KubernetesError.FieldConflict(
                        manager: manager(cause.message ?? ""), field: cause.field ?? "")
                }, path: path)
        }
        return .status(
            code: code, reason: status.reason ?? "", message: status.message ?? "", path: path)
    }

    /// The quoted name in `conflict with "NAME" using apps/v1`, or the message where the words are others.
    private static func manager(_ message: String) -> String {
        let parts = message.split(separator: "\"", omittingEmptySubsequences: false)
        return parts.count >= 3 ? String(parts[1]) : message
    }
}
