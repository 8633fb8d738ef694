import KubernetesAPI
import TestSupport

/// An HTTP server on loopback, on a port from the range of NodePorts, that answers with what it was asked.
///
/// JSON of method, path, `Authorization` and body. `/status/N` answers with that status.
final class EchoServer: Sendable {
    private let scratch: Scratch
    private let program: PythonServer

    var port: Int { program.port }

    init() throws {
        scratch = try Scratch("echo")
        program = try PythonServer(Self.script, [scratch.file("log")])
    }

    /// What it has answered so far.
    var requests: [JSONValue] {
        let text = (try? scratch.read("log")) ?? ""
        return text.split(separator: "\n").compactMap { JSONValue.parse(Array($0.utf8)) }
    }

    func stop() { program.stop() }

    private static let script = #"""
        import http.server, json, random, sys, threading
        class Echo(http.server.BaseHTTPRequestHandler):
            def log_message(self, *a): pass
            def answer(self):
                n = int(self.headers.get("Content-Length", 0))
                body = json.dumps({"method": self.command, "path": self.path, "authorization": self.headers.get("Authorization"),
                    "body": self.rfile.read(n).decode()}).encode()
                with open(sys.argv[1], "ab") as log: log.write(body + b"\n")
                self.send_response(int(self.path.split("/")[2]) if self.path.startswith("/status/") else 200)
                self.send_header("Content-Length", str(len(body))); self.end_headers()
                self.wfile.write(body)
            do_GET = do_POST = do_PUT = answer
        for attempt in range(50):
            try:
                server = http.server.ThreadingHTTPServer(("127.0.0.1", random.randrange(30000, 32767)), Echo); break
            except OSError: pass
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_port)
        sys.stdin.read()
        """#
}
