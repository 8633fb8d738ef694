internal import CLibCurl

/// A URL taken apart by libcurl's own parser, and what to do where the certificate bears another name.
struct WebTarget {
    /// What libcurl is given.
    var url: String
    var isSecure: Bool
    /// Host and port as the URL has them.
    var authority: String
    /// Path and query, never empty.
    var requestTarget: String
    /// `NAME:PORT:ADDRESS:PORT`; nil where the URL's host is the certificate's.
    var connectTo: String?
    /// What the server expects to be called where the URL was rewritten.
    var hostHeader: String?

    init(_ text: String, serverName: String?) throws(WebError) {
        guard let parser = martlet_curl_url() else {
            throw .other(url: text, code: Int32(CURLE_OUT_OF_MEMORY.rawValue), reason: "out of memory")
        }
        defer { martlet_curl_url_cleanup(parser) }

        func part(_ part: CURLUPart, _ flags: UInt32 = 0) -> String? {
            var value: UnsafeMutablePointer<CChar>?
            guard martlet_curl_url_get(parser, part, &value, flags) == CURLUE_OK, let value else { return nil }
            defer { martlet_curl_free(value) }
            return String(cString: value)
        }

        let code = martlet_curl_url_set(parser, CURLUPART_URL, text, 0)
        guard code == CURLUE_OK, let scheme = part(CURLUPART_SCHEME), let host = part(CURLUPART_HOST) else {
            throw .invalidRequest(url: text, reason: "it is not a URL")
        }
        guard scheme == "http" || scheme == "https" else {
            throw .invalidRequest(url: text, reason: "only http and https are spoken, not \(scheme)")
        }
        isSecure = scheme == "https"
        url = text
        authority = host + (part(CURLUPART_PORT).map { ":\($0)" } ?? "")
        requestTarget = (part(CURLUPART_PATH) ?? "/") + (part(CURLUPART_QUERY).map { "?\($0)" } ?? "")
        guard let serverName, isSecure, serverName != host else { return }
        let defaultPort = UInt32(1 << 0)
        let port = part(CURLUPART_PORT, defaultPort) ?? "443"
        guard martlet_curl_url_set(parser, CURLUPART_HOST, serverName, 0) == CURLUE_OK,
            let rewritten = part(CURLUPART_URL)
        else { throw .invalidRequest(url: text, reason: "\(serverName) is not a server's name") }
        url = rewritten
        connectTo = "\(serverName):\(port):\(host):\(port)"
        hostHeader = port == "443" ? host : "\(host):\(port)"
    }
}
