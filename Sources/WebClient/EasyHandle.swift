internal import CLibCurl
internal import Diagnostics

/// One libcurl handle with its own cache of connections.
///
/// Unchecked: libcurl allows one thread at a time, and the client lends a handle to one transfer at a time.
final class EasyHandle: @unchecked Sendable {
    private let handle: UnsafeMutableRawPointer
    private var errorText = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE))

    /// Once in a process, before anything else of libcurl; false if this machine lacks it.
    private static let isInitialised = martlet_curl_global_init() == CURLE_OK

    init() throws(WebError) {
        guard Self.isInitialised, let handle = martlet_curl_easy_init() else { throw .noLibrary }
        self.handle = handle
    }

    deinit { martlet_curl_easy_cleanup(handle) }

    static var libraryVersion: String? { isInitialised ? String(cString: martlet_curl_version()) : nil }

    /// Runs one request to its end on the calling thread.
    func perform(
        _ request: WebRequest, settings: WebSettings, file: DownloadFile?, cancellation: CancellationFlag,
        progress: (@Sendable (DownloadProgress) -> Void)?, sink: WebSink? = nil
    ) throws(WebError) -> WebResponse {
        let target = try WebTarget(request.url, serverName: settings.serverName)
        let transfer = Transfer(
            request, file: file, handle: handle, cancellation: cancellation, progress: progress, sink: sink)
        martlet_curl_easy_reset(handle)
        var lists: [UnsafeMutablePointer<curl_slist>?] = []
        defer {
            martlet_curl_easy_reset(handle)
            for list in lists { martlet_curl_slist_free_all(list) }
        }
        try configure(target, settings, request)
        let headers = try headerLines(request, target)
        lists.append(try list(headers, request))
        set(CURLOPT_HTTPHEADER, lists[0])
        if let connectTo = target.connectTo, request.localSocket == nil {
            lists.append(try list([connectTo], request))
            set(CURLOPT_CONNECT_TO, lists[1])
        }
        if let name = request.localSocket { goThrough(name) }
        // A plain range, not libcurl's own resuming: that takes every answer but 206 for a failure.
        if let file, file.start > 0 { set(CURLOPT_RANGE, "\(file.start)-") }

        let context = Unmanaged.passUnretained(transfer).toOpaque()
        _ = martlet_curl_set_data_callback(handle, CURLOPT_WRITEFUNCTION, Self.takeBody)
        _ = martlet_curl_set_pointer(handle, CURLOPT_WRITEDATA, context)
        _ = martlet_curl_set_data_callback(handle, CURLOPT_HEADERFUNCTION, Self.takeHeader)
        _ = martlet_curl_set_pointer(handle, CURLOPT_HEADERDATA, context)
        _ = martlet_curl_set_progress_callback(handle, Self.reportProgress)
        _ = martlet_curl_set_pointer(handle, CURLOPT_XFERINFODATA, context)
        set(CURLOPT_NOPROGRESS, 0)

        let code = errorText.withUnsafeMutableBytes { buffer in
            buffer.initializeMemory(as: UInt8.self, repeating: 0)
            _ = martlet_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, buffer.baseAddress)
            return withExtendedLifetime(transfer) { martlet_curl_easy_perform(handle) }
        }
        if cancellation.isSet { throw .cancelled }
        if let failure = transfer.failure { throw failure }
        if transfer.isStopped { return response(transfer) }
        guard code == CURLE_OK else { throw error(code, transfer) }
        try transfer.finishFile()
        return response(transfer)
    }

    /// Opens a connection and sends the head of a request by hand; libcurl does name, proxy and TLS.
    func connect(
        _ request: WebRequest, settings: WebSettings, cancellation: CancellationFlag
    ) throws(WebError) -> WebConnection {
        let target = try WebTarget(request.url, serverName: settings.serverName)
        let transfer = Transfer(request, file: nil, handle: handle, cancellation: cancellation, progress: nil)
        martlet_curl_easy_reset(handle)
        try configure(target, settings, request)
        var lists: [UnsafeMutablePointer<curl_slist>?] = []
        defer { for list in lists { martlet_curl_slist_free_all(list) } }
        if let connectTo = target.connectTo {
            lists.append(try list([connectTo], request))
            set(CURLOPT_CONNECT_TO, lists[0])
        }
        set(CURLOPT_CONNECT_ONLY, 1)
        // Bytes sent by hand are HTTP/1.1, so nothing else may be agreed upon.
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        set(CURLOPT_SSL_ENABLE_ALPN, 0)
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        _ = martlet_curl_set_progress_callback(handle, Self.reportProgress)
        _ = martlet_curl_set_pointer(handle, CURLOPT_XFERINFODATA, context)
        set(CURLOPT_NOPROGRESS, 0)
        let deadline = ContinuousClock.now + (request.timeouts.total ?? .seconds(24 * 3600))
        let code = errorText.withUnsafeMutableBytes { buffer in
            buffer.initializeMemory(as: UInt8.self, repeating: 0)
            _ = martlet_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, buffer.baseAddress)
            return withExtendedLifetime(transfer) { martlet_curl_easy_perform(handle) }
        }
        // Neither of these outlives this call.
        _ = martlet_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, nil)
        set(CURLOPT_NOPROGRESS, 1)
        if cancellation.isSet { throw .cancelled }
        guard code == CURLE_OK else { throw error(code, transfer) }
        let connection = WebConnection(
            self, url: request.url, deadline: deadline, stall: request.timeouts.stall, cancellation: cancellation)
        var lines = ["GET \(target.requestTarget) HTTP/1.1", "Host: \(target.hostHeader ?? target.authority)"]
        lines += try headerLines(request, target).filter { line in
            !["expect:", "content-type:"].contains(line.lowercased()) && !line.lowercased().hasPrefix("host:")
        }
        lines.append("User-Agent: \(settings.userAgent)")
        if let token = request.bearerToken { lines.append("Authorization: Bearer \(token.reveal())") }
        try connection.send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))
        try connection.readHead()
        return connection
    }

    // MARK: bytes by hand

    /// Bytes taken by the connection; nil when it takes none now.
    func send(_ bytes: ArraySlice<UInt8>, url: String) throws(WebError) -> Int? {
        var count = 0
        let code = bytes.withUnsafeBytes { martlet_curl_easy_send(handle, $0.baseAddress, $0.count, &count) }
        if code == CURLE_AGAIN { return nil }
        guard code == CURLE_OK else {
            throw .interrupted(url: url, received: 0, reason: String(cString: martlet_curl_easy_strerror(code)))
        }
        return count
    }

    /// Bytes that have come, empty at the end; nil when none are there now.
    func receive(upTo limit: Int, url: String) throws(WebError) -> [UInt8]? {
        var code = CURLE_OK
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            code = martlet_curl_easy_recv(handle, buffer.baseAddress, limit, &count)
            if code != CURLE_OK { count = 0 }
        }
        if code == CURLE_AGAIN { return nil }
        guard code == CURLE_OK else {
            throw .interrupted(url: url, received: 0, reason: String(cString: martlet_curl_easy_strerror(code)))
        }
        return bytes
    }

    /// The descriptor to wait on; -1 once the connection is gone.
    var socket: Int32 {
        var socket = curl_socket_t(-1)
        return martlet_curl_get_socket(handle, &socket) == CURLE_OK ? socket : -1
    }

    // MARK: options

    private func configure(
        _ target: WebTarget, _ settings: WebSettings, _ request: WebRequest
    ) throws(WebError) {
        set(CURLOPT_URL, target.url)
        // `.` and `..` may be names: the server says what it thinks of them.
        set(CURLOPT_PATH_AS_IS, 1)
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_TCP_NODELAY, 1)
        // A peer that vanished without a word is noticed even where nothing is to be sent.
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_TCP_KEEPIDLE, 30)
        set(CURLOPT_TCP_KEEPINTVL, 10)
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        set(CURLOPT_USERAGENT, settings.userAgent)
        guard martlet_curl_restrict_protocols(handle, target.isSecure ? 1 : 0) == CURLE_OK else {
            throw .invalidRequest(url: request.url, reason: "libcurl was built without https")
        }

        switch settings.proxy {
        case .environment: break
        case .none: set(CURLOPT_PROXY, "")
        case .url(let url): set(CURLOPT_PROXY, url)
        }

        let timeouts = request.timeouts
        set(CURLOPT_CONNECTTIMEOUT_MS, timeouts.connect.milliseconds)
        set(CURLOPT_LOW_SPEED_LIMIT, timeouts.slowest)
        set(CURLOPT_LOW_SPEED_TIME, max(1, (timeouts.stall.milliseconds + 999) / 1000))
        if let total = timeouts.total { set(CURLOPT_TIMEOUT_MS, total.milliseconds) }

        if case .follow(let count) = request.redirects {
            set(CURLOPT_FOLLOWLOCATION, 1)
            set(CURLOPT_MAXREDIRS, count)
        }
        if let token = request.bearerToken {
            set(CURLOPT_HTTPAUTH, Int(1) << 6)
            set(CURLOPT_XOAUTH2_BEARER, token.reveal())
        }
        configureMethod(request)
        try configureSecurity(settings, request)
    }

    private func goThrough(_ name: String) {
        set(CURLOPT_ABSTRACT_UNIX_SOCKET, name)
        // It leads to one place, for one request, and to no proxy.
        set(CURLOPT_PROXY, "")
        set(CURLOPT_FRESH_CONNECT, 1)
        set(CURLOPT_FORBID_REUSE, 1)
    }

    private func configureMethod(_ request: WebRequest) {
        if request.method == .head {
            set(CURLOPT_NOBODY, 1)
            return
        }
        let needsBody = request.method == .post || request.method == .put || request.method == .patch
        if request.body != nil || needsBody {
            let body = request.body ?? []
            _ = martlet_curl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
            body.withUnsafeBytes { buffer in
                let empty: StaticString = ""
                let bytes = buffer.baseAddress ?? UnsafeRawPointer(empty.utf8Start)
                _ = martlet_curl_set_pointer(
                    handle, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: bytes))
            }
        }
        if request.method != .get || request.body != nil { set(CURLOPT_CUSTOMREQUEST, request.method.rawValue) }
    }

    private func configureSecurity(_ settings: WebSettings, _ request: WebRequest) throws(WebError) {
        set(CURLOPT_SSL_VERIFYPEER, settings.isInsecure ? 0 : 1)
        set(CURLOPT_SSL_VERIFYHOST, settings.isInsecure ? 0 : 2)
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        // The system's folder of authorities would otherwise be believed besides the given ones.
        switch settings.trust {
        case .system: break
        case .file(let path):
            clear(CURLOPT_CAPATH)
            set(CURLOPT_CAINFO, path)
        case .pem(let bytes):
            clear(CURLOPT_CAPATH)
            clear(CURLOPT_CAINFO)
            try set(CURLOPT_CAINFO_BLOB, bytes, request)
        }
        switch settings.identity {
        case nil: break
        case .files(let certificate, let key):
            set(CURLOPT_SSLCERT, certificate)
            set(CURLOPT_SSLKEY, key)
        case .pem(let certificate, let key):
            try set(CURLOPT_SSLCERT_BLOB, certificate, request)
            try set(CURLOPT_SSLKEY_BLOB, key.reveal(), request)
        }
    }

    private func headerLines(_ request: WebRequest, _ target: WebTarget) throws(WebError) -> [String] {
        // libcurl would add these two by itself.
        var lines = ["Expect:"]
        if !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            lines.append("Content-Type:")
        }
        if let host = target.hostHeader { lines.append("Host: \(host)") }
        for header in request.headers {
            guard WebRequest.isAllowed(header) else { throw .badHeader(request.url) }
            lines.append(header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)")
        }
        return lines
    }

    private func list(
        _ lines: [String], _ request: WebRequest
    ) throws(WebError) -> UnsafeMutablePointer<curl_slist>? {
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            guard let longer = martlet_curl_slist_append(list, line) else {
                martlet_curl_slist_free_all(list)
                throw .other(url: request.url, code: Int32(CURLE_OUT_OF_MEMORY.rawValue), reason: "out of memory")
            }
            list = longer
        }
        return list
    }

    private func set(_ option: CURLoption, _ value: Int) { _ = martlet_curl_set_long(handle, option, value) }
    private func set(_ option: CURLoption, _ value: String) { _ = martlet_curl_set_string(handle, option, value) }
    private func clear(_ option: CURLoption) { _ = martlet_curl_set_string(handle, option, nil) }

    private func set(_ option: CURLoption, _ list: UnsafeMutablePointer<curl_slist>?) {
        _ = martlet_curl_set_list(handle, option, list)
    }

    private func set(_ option: CURLoption, _ bytes: [UInt8], _ request: WebRequest) throws(WebError) {
        let code = bytes.withUnsafeBytes { martlet_curl_set_blob(handle, option, $0.baseAddress, $0.count) }
        guard code == CURLE_OK else {
            throw .badIdentity(url: request.url, reason: "this libcurl takes certificates only from files")
        }
    }

    // MARK: results

    private func response(_ transfer: Transfer) -> WebResponse {
        var version = 0
        _ = martlet_curl_get_long(handle, CURLINFO_HTTP_VERSION, &version)
        var connections = 0
        _ = martlet_curl_get_long(handle, CURLINFO_NUM_CONNECTS, &connections)
        let url = martlet_curl_get_string(handle, CURLINFO_EFFECTIVE_URL).map { String(cString: $0) }
        return WebResponse(
            status: transfer.status, headers: transfer.headers, body: transfer.body,
            url: url ?? transfer.request.url, protocolVersion: Self.versionNames[version] ?? "unknown",
            isNewConnection: connections > 0)
    }

    private static let versionNames = [1: "1.0", 2: "1.1", 3: "2", 30: "3"]

    private func error(_ code: CURLcode, _ transfer: Transfer) -> WebError {
        let url = transfer.request.url
        let detail = String(decoding: errorText.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let reason = detail.isEmpty ? String(cString: martlet_curl_easy_strerror(code)) : detail
        switch code {
        case CURLE_URL_MALFORMAT: return .invalidRequest(url: url, reason: reason)
        case CURLE_UNSUPPORTED_PROTOCOL:
            var redirects = 0
            _ = martlet_curl_get_long(handle, CURLINFO_REDIRECT_COUNT, &redirects)
            return redirects > 0 || transfer.header("location") != nil
                ? .redirected(url: url, reason: reason) : .invalidRequest(url: url, reason: reason)
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: return .unresolved(url: url, reason: reason)
        case CURLE_COULDNT_CONNECT, CURLE_PROXY: return .unreachable(url: url, reason: reason)
        case CURLE_OPERATION_TIMEDOUT: return .timedOut(url: url, reason: reason)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR: return .untrusted(url: url, reason: reason)
        case CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM: return .badIdentity(url: url, reason: reason)
        case CURLE_SSL_CONNECT_ERROR, CURLE_USE_SSL_FAILED, CURLE_SSL_CIPHER, CURLE_SSL_ENGINE_INITFAILED:
            return .insecure(url: url, reason: reason)
        case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_HTTP2,
            CURLE_HTTP2_STREAM, CURLE_WEIRD_SERVER_REPLY, CURLE_RANGE_ERROR:
            return .interrupted(url: url, received: transfer.received, reason: reason)
        case CURLE_TOO_MANY_REDIRECTS: return .redirected(url: url, reason: reason)
        default: return .other(url: url, code: Int32(bitPattern: code.rawValue), reason: reason)
        }
    }

    // MARK: callbacks

    private static let takeBody: martlet_curl_data_callback = { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        let length = size * count
        return transfer.take(body: UnsafeRawBufferPointer(start: bytes, count: length)) ? length : length &+ 1
    }

    private static let takeHeader: martlet_curl_data_callback = { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        let length = size * count
        return transfer.take(header: UnsafeRawBufferPointer(start: bytes, count: length)) ? length : length &+ 1
    }

    private static let reportProgress: martlet_curl_progress_callback = { context, _, _, _, _ in
        guard let context else { return 0 }
        return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().cancellation.isSet ? 1 : 0
    }
}

extension Duration {
    /// Rounded up; at least one, because zero would mean no limit to libcurl.
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        let whole = Int(clamping: seconds).multipliedReportingOverflow(by: 1000)
        return whole.overflow
            ? Int.max : max(1, whole.partialValue + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
    }
}
