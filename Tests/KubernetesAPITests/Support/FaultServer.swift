import KubernetesAPI
import TestSupport
import WebClient

/// An API server that behaves badly, on loopback in a process of its own; what it does is in the path.
final class FaultServer: Sendable {
    /// One for all tests, which must therefore use paths of their own where answers are counted.
    private static let only = Task { try await onOwnThread { try FaultServer() } }

    static func shared() async throws -> FaultServer { try await only.value }

    private let program: PythonServer

    var base: String { "http://127.0.0.1:\(program.port)" }

    private init() throws { program = try PythonServer(Self.script) }

    func client(
        timeouts: KubernetesTimeouts = KubernetesTimeouts(), token: KubernetesAccess.Token? = nil
    ) -> KubernetesClient {
        KubernetesClient(KubernetesAccess(server: base, token: token, proxy: .none), timeouts: timeouts)
    }

    /// How often each path was asked for, with its method: `GET /a`.
    func hits() async throws -> [String: Int] { try await client().get("/hits", as: [String: Int].self) }

    private static let script = #"""
        import http.server, json, socket, sys, threading, time
        hits = {}
        lock = threading.Lock()
        def status(code, reason="", message="", details=None):
            return json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason,
                "message": message, "details": details or {}}).encode()
        class H(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *a): pass
            def reply(self, code, body, headers={}, length=None):
                self.send_response(code)
                for k, v in headers.items(): self.send_header(k, v)
                self.send_header("Content-Length", str(len(body) if length is None else length))
                self.end_headers()
                self.wfile.write(body)
            def hang_up(self):
                self.close_connection = True; self.connection.shutdown(socket.SHUT_RDWR)
            def chunk(self, data):
                self.wfile.write(b"%x\r\n" % len(data) + data + b"\r\n"); self.wfile.flush()
            def handle_any(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                path, _, query = self.path.partition("?")
                key = self.command + " " + path
                with lock:
                    hits[key] = hits.get(key, 0) + 1
                    n = hits[key]
                w = path.strip("/").split("/")
                if w[0] == "hits": return self.reply(200, json.dumps(hits).encode())
                if w[0] == "status":  # /status/CODE/TIMES/RETRY-AFTER/...
                    if n > int(w[2]): return self.reply(200, b'{"n": %d}' % n)
                    h = {"Retry-After": w[3]} if len(w) > 3 and w[3] != "-" else {}
                    return self.reply(int(w[1]), status(int(w[1]), "Because", "told so"), h)
                if w[0] == "plain": return self.reply(int(w[1]), b"[+]ping ok\n[-]etcd failed: reason withheld\n")
                if w[0] == "hangup":  # /hangup/TIMES/...
                    if n <= int(w[1]): return self.hang_up()
                    return self.reply(404 if self.command == "DELETE" else 200, b'{"n": %d}' % n)
                if w[0] == "silent": time.sleep(60); return
                if w[0] == "half": self.reply(200, b'{"items": [', {}, 1000); self.wfile.flush(); time.sleep(60); return
                if w[0] == "html": return self.reply(200, b"<html><body>Sign in\x1b[31m</body></html>")
                if w[0] == "empty": return self.reply(200, b"")
                if w[0] == "list": return self.reply(200, b'{"metadata": {}, "items": [{"metadata": {"name": 5}}]}')
                if w[0] == "loop": return self.reply(200, b'{"metadata": {"continue": "again"}, "items": []}')
                if w[0] == "null": return self.reply(200, b'{"metadata": {}, "items": null}')
                if w[0] == "endless":
                    self.send_response(200); self.send_header("Transfer-Encoding", "chunked"); self.end_headers()
                    try:
                        while True: self.chunk(b'"' + b"x" * 65536)
                    except OSError: return
                if w[0] == "metrics":  # /metrics/MEGABYTES
                    self.send_response(200); self.send_header("Transfer-Encoding", "chunked"); self.end_headers()
                    line = b'noise_bucket{verb="GET",resource="pods",le="%d"} 12345\n'
                    block = b"# TYPE wanted_total counter\nwanted_total{code=\"200\"} 7\n" + b"".join(line % i for i in range(18000))
                    for i in range(int(w[1]) * 1048576 // len(block)): self.chunk(block)
                    self.chunk(b"wanted_total{code=\"500\"} 1"); self.wfile.write(b"0\r\n\r\n"); return
                if w[0] == "token":  # the second token is believed, the first no more
                    if self.headers.get("Authorization") == "Bearer " + w[1]: return self.reply(200, b'{"n": 1}')
                    return self.reply(401, status(401, "Unauthorized", "Unauthorized"))
                if w[0] == "watch":
                    self.send_response(200); self.send_header("Transfer-Encoding", "chunked"); self.end_headers()
                    def event(type, **o): self.chunk(json.dumps({"type": type, "object": o}).encode() + b"\n")
                    if w[1] == "resume":
                        if n == 1:
                            event("ADDED", metadata={"name": "a", "resourceVersion": "5"})
                            line = json.dumps({"type": "MODIFIED", "object": {"metadata": {"name": "a", "resourceVersion": "7"}}})
                            self.chunk(line[:20].encode()); time.sleep(0.05); self.chunk(line[20:].encode() + b"\n")
                            return self.hang_up()
                        event("DELETED", metadata={"name": query, "resourceVersion": "9"}); time.sleep(30); return
                    if w[1] == "gone":
                        if "resourceVersion=3" in query: event("ERROR", kind="Status", code=410, reason="Expired")
                        else: event("ADDED", metadata={"name": "again", "resourceVersion": "8"}); time.sleep(30); return
                    if w[1] == "garbage": self.chunk(b"<html>\n")
                    if w[1] == "error": event("ERROR", kind="Status", code=403, reason="Forbidden", message="no more")
                    self.wfile.write(b"0\r\n\r\n"); return
                if w[0] == "upgrade-silent": time.sleep(60); return
                self.reply(404, status(404, "NotFound", "nothing here"))
            do_GET = do_POST = do_PATCH = do_DELETE = handle_any
        class S(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64
            def handle_error(self, *a): pass
        s = S(("127.0.0.1", 0), H)
        print(s.server_port)
        threading.Thread(target=s.serve_forever, daemon=True).start()
        sys.stdin.read()
        """#
}
