package import WebClient

/// For a program that sends one request and ends: what needs no libcurl is sent without it.
package struct LightWeb: WebCalls {
    private let socket = SocketClient()
    private let other: any WebCalls
    private let environment: [String: String]

    package init(otherwise other: any WebCalls, environment: [String: String]) {
        self.other = other
        self.environment = environment
    }

    package func send(_ request: WebRequest) async throws(WebError) -> WebResponse {
        guard SocketClient.takes(request, environment: environment) else { return try await other.send(request) }
        return try await socket.send(request)
    }
}
