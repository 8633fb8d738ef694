internal import Synchronization

/// Takes a piece of an answer's body, valid during the call only; false ends the transfer.
package typealias WebSink = @Sendable (_ bytes: UnsafeRawBufferPointer) -> Bool

/// HTTP over libcurl: a few threads, and handles that keep their connections for the next request.
package final class WebClient: Sendable {
    package let settings: WebSettings
    private let pool: BlockingPool
    private let idle = Mutex<[EasyHandle]>([])

    package init(_ settings: WebSettings = WebSettings()) {
        self.settings = settings
        pool = BlockingPool(limit: settings.maximumTransfers)
    }

    /// What libcurl says of itself and the libraries below it; nil if this machine lacks it.
    ///
    /// Loads it, which no run should do without need.
    package static var libraryVersion: String? { EasyHandle.libraryVersion }

    /// Whether a proxy may be named by the path of a Unix socket: libcurl 7.84 and later (CURLOPT_PROXY(3)).
    package static var takesSocketProxies: Bool { takesSocketProxies(libraryVersion ?? "") }

    /// - Parameter version: as `libraryVersion`.
    package static func takesSocketProxies(_ version: String) -> Bool {
        let numbers = version.split(whereSeparator: { $0 == "/" || $0 == " " }).dropFirst().first?.split(separator: ".")
            .compactMap { Int($0) }
        guard let numbers, numbers.count > 1 else { return false }
        return (numbers[0], numbers[1]) >= (7, 84)
    }

    /// Sends a request and collects the answer in memory; every status is an answer.
    package func send(_ request: WebRequest) async throws(WebError) -> WebResponse {
        try await run { (handle, settings, cancellation) throws(WebError) in
            try handle.perform(request, settings: settings, file: nil, cancellation: cancellation, progress: nil)
        }
    }

    /// Downloads into a file and makes it durable.
    ///
    /// With `resuming`, bytes already in the file are kept if the server goes on behind them; whether they belong
    /// to the same content only a checksum can tell. What arrived before a failure stays in the file.
    /// Any status but 200 and 206 is `WebError.status` and leaves the file as it was.
    package func download(
        _ request: WebRequest, to path: String, resuming: Bool = false,
        progress: (@Sendable (DownloadProgress) -> Void)? = nil
    ) async throws(WebError) -> WebResponse {
        try await run { (handle, settings, cancellation) throws(WebError) in
            let file = try DownloadFile(path, resuming: resuming)
            let response = try handle.perform(
                request, settings: settings, file: file, cancellation: cancellation, progress: progress)
            if response.status == 416, file.start > 0 {
                // Either the file is whole already, or it is not a part of this content.
                if response["content-range"] == "bytes */\(file.start)" { return response }
                try file.reset()
                let again = try DownloadFile(path, resuming: false)
                return try Self.checked(
                    handle.perform(
                        request, settings: settings, file: again, cancellation: cancellation, progress: progress))
            }
            return try Self.checked(response)
        }
    }

    /// Sends a request and hands the body of a successful answer over in pieces, on a thread of the client's.
    ///
    /// Of any other status the body is in the answer. Ends early, and without an error, when the sink returns false.
    package func stream(_ request: WebRequest, into sink: @escaping WebSink) async throws(WebError) -> WebResponse {
        try await run { (handle, settings, cancellation) throws(WebError) in
            try handle.perform(
                request, settings: settings, file: nil, cancellation: cancellation, progress: nil, sink: sink)
        }
    }

    private static func checked(_ response: WebResponse) throws(WebError) -> WebResponse {
        guard response.status == 200 || response.status == 206 else {
            throw .status(response.status, url: response.url, answer: response.text)
        }
        return response
    }

    /// Sends a GET request over a connection of its own, in HTTP/1.1, and lends the connection once the head has come.
    ///
    /// `work` runs on a thread of the client's and may block. Proxies, TLS and timeouts are those of any request, with
    /// `timeouts.total` as the end of everything.
    package func upgrade<Value: Sendable>(
        _ request: WebRequest, _ work: @escaping @Sendable (WebConnection) throws(WebError) -> Value
    ) async throws(WebError) -> Value {
        try await run { (_, settings, cancellation) throws(WebError) in
            // A connection that was lent cannot be used again, so neither is its handle.
            return try work(try EasyHandle().connect(request, settings: settings, cancellation: cancellation))
        }
    }

    private func run<Value: Sendable>(
        _ work: @escaping @Sendable (EasyHandle, WebSettings, CancellationFlag) throws(WebError) -> Value
    ) async throws(WebError) -> Value {
        let cancellation = CancellationFlag()
        let ticket = Mutex<UInt64?>(nil)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Result<Value, WebError>, Never>) in
                let number = pool.add { [self] isCancelled in
                    guard !isCancelled, !cancellation.isSet else {
                        continuation.resume(returning: .failure(.cancelled))
                        return
                    }
                    continuation.resume(
                        returning: Result { () throws(WebError) in
                            try withHandle { (handle) throws(WebError) in
                                try work(handle, settings, cancellation)
                            }
                        })
                }
                ticket.withLock { $0 = number }
                if cancellation.isSet { pool.withdraw(number) }
            }
        } onCancel: {
            cancellation.set()
            if let number = ticket.withLock({ $0 }) { pool.withdraw(number) }
        }
        return try result.get()
    }

    private func withHandle<Value>(
        _ body: (EasyHandle) throws(WebError) -> Value
    ) throws(WebError) -> Value {
        let handle = if let known = idle.withLock({ $0.popLast() }) { known } else { try EasyHandle() }
        defer { idle.withLock { $0.append(handle) } }
        return try body(handle)
    }
}
