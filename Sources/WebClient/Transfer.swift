internal import CLibCurl

/// What libcurl's callbacks fill while one request runs; lives on one thread.
final class Transfer {
    let cancellation: CancellationFlag
    let request: WebRequest
    let file: DownloadFile?
    let progress: (@Sendable (DownloadProgress) -> Void)?
    let sink: WebSink?
    /// The easy handle, for questions from inside callbacks.
    private let handle: UnsafeMutableRawPointer

    private(set) var headers: [(name: String, value: String)] = []
    private(set) var body: [UInt8] = []
    private(set) var received: UInt64 = 0
    /// Why a callback stopped the transfer.
    private(set) var failure: WebError?
    /// The sink has enough.
    private(set) var isStopped = false
    private var isFileReady = false

    init(
        _ request: WebRequest, file: DownloadFile?, handle: UnsafeMutableRawPointer, cancellation: CancellationFlag,
        progress: (@Sendable (DownloadProgress) -> Void)?, sink: WebSink? = nil
    ) {
        self.request = request
        self.file = file
        self.handle = handle
        self.cancellation = cancellation
        self.progress = progress
        self.sink = sink
    }

    var status: Int {
        var status = 0
        _ = martlet_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        return status
    }

    /// The first header of this name, in lower case.
    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// Called with one header line at a time; a status line starts a new answer.
    func take(header line: UnsafeRawBufferPointer) -> Bool {
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("HTTP/") {
            headers = []
            return true
        }
        guard let colon = text.firstIndex(of: ":") else { return true }
        guard headers.count < 256 else {
            failure = .tooLarge(url: request.url, limit: 256)
            return false
        }
        let value = text[text.index(after: colon)...].trimmed
        headers.append((text[..<colon].lowercased(), String(value)))
        return true
    }

    /// Called with parts of the body; false stops the transfer.
    func take(body bytes: UnsafeRawBufferPointer) -> Bool {
        received += UInt64(bytes.count)
        do throws(WebError) {
            if let file, status == 200 || status == 206 {
                if !isFileReady {
                    try file.begin(status: status, contentRange: header("content-range"))
                    isFileReady = true
                }
                try file.write(bytes)
                progress?(DownloadProgress(done: file.size, total: expectedSize(file)))
                return true
            }
            if let sink, (200..<300).contains(status) {
                isStopped = !sink(bytes)
                return !isStopped
            }
            // The beginning of an error's page is enough to quote.
            let limit = file == nil ? request.maximumBody : 4096
            if body.count + bytes.count > limit {
                guard file != nil else { throw .tooLarge(url: request.url, limit: limit) }
                body.append(contentsOf: bytes.prefix(limit - body.count))
                return true
            }
            body.append(contentsOf: bytes)
            return true
        } catch {
            failure = error
            return false
        }
    }

    /// An empty file brings no body, and an old part of one must go all the same.
    func finishFile() throws(WebError) {
        guard let file, status == 200 || status == 206 else { return }
        if !isFileReady { try file.begin(status: status, contentRange: header("content-range")) }
        try file.synchronise()
    }

    private func expectedSize(_ file: DownloadFile) -> UInt64? {
        var length: curl_off_t = -1
        guard martlet_curl_get_offset(handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length) == CURLE_OK, length >= 0
        else { return nil }
        return file.start + UInt64(length)
    }
}

extension Substring {
    var trimmed: Substring {
        var rest = self
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return rest
    }
}
