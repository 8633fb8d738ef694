import Foundation
import TestSupport

/// An HTTP server on loopback in a process of its own, with faults on demand by path.
final class LoopbackServer: Sendable {
    let isSecure: Bool
    private let program: PythonServer

    var port: Int { program.port }
    var base: String { "\(isSecure ? "https" : "http")://127.0.0.1:\(port)" }

    /// - Parameter certificate: For TLS the paths of the certificate, its key and optionally the authority of clients.
    init(certificate: [String] = []) throws {
        program = try PythonServer(Self.script, certificate)
        isSecure = !certificate.isEmpty
    }

    /// Deterministic bytes of `/data/SIZE` and its kin.
    static func data(_ size: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < size { bytes += block }
        return Array(bytes.prefix(size))
    }

    /// They are the same again after 64 KiB.
    private static let block = (0..<65536).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }

    private static let script = #"""
        import http.server, json, socket, ssl, sys, threading, time
        hits = {}
        block = bytes((i * 31 + (i >> 8)) & 255 for i in range(65536))
        def data(n): return (block * (n // 65536 + 1))[:n]
        class H(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *a): pass
            def reply(self, status, body, headers={}, length=None):
                self.send_response(status)
                for k, v in headers.items(): self.send_header(k, v)
                self.send_header("Content-Length", str(len(body) if length is None else length))
                self.end_headers()
                if self.command != "HEAD": self.wfile.write(body)
            def ranged(self, body, drop=None):
                start = 0
                r = self.headers.get("Range")
                if r:
                    start = int(r.split("=")[1].split("-")[0])
                    if start >= len(body):
                        return self.reply(416, b"", {"Content-Range": "bytes */%d" % len(body)})
                part = body[start:]
                h = {"Content-Range": "bytes %d-%d/%d" % (start, len(body) - 1, len(body))} if r else {}
                if drop is not None and drop < len(part):
                    self.reply(206 if r else 200, part[:drop], h, len(part))
                    self.wfile.flush()
                    self.close_connection = True
                    return
                self.reply(206 if r else 200, part, h)
            def handle_any(self):
                n = int(self.headers.get("Content-Length") or 0)
                sent = self.rfile.read(n)
                p = self.path
                hits[p] = hits.get(p, 0) + 1
                w = p.strip("/").split("/")
                if w[0] == "data": return self.ranged(data(int(w[1])))
                if w[0] == "drop": return self.ranged(data(int(w[1])), int(w[2]) if hits[p] <= int(w[3]) else None)
                if w[0] == "always-drop": return self.ranged(data(int(w[1])), int(w[2]))
                if w[0] == "norange": return self.reply(200, data(int(w[1])))
                if w[0] == "wrongrange":
                    return self.reply(206, data(10), {"Content-Range": "bytes 0-9/20"})
                if w[0] == "status": return self.reply(int(w[1]), b"no such thing\n\x1b[31mred")
                if w[0] == "flaky":
                    if hits[p] <= int(w[1]): return self.reply(500, b"later")
                    return self.reply(200, b"now")
                if w[0] == "redirect":
                    k = int(w[1])
                    return self.reply(302, b"", {"Location": "/redirect/%d" % (k - 1) if k > 0 else "/echo"})
                if w[0] == "to":
                    return self.reply(302, b"", {"Location": p[len("/to/"):]})
                if w[0] == "stall":
                    self.reply(200, b"abc", {}, 1000); self.wfile.flush(); time.sleep(30); return
                if w[0] == "slow":
                    time.sleep(float(w[1])); return self.reply(200, b"slow")
                if w[0] == "hangup":
                    self.close_connection = True; self.connection.shutdown(socket.SHUT_RDWR); return
                if w[0] == "hits": return self.reply(200, json.dumps(hits).encode())
                body = json.dumps({"method": self.command, "path": p, "body": sent.decode("latin1"),
                    "headers": {k.lower(): v for k, v in self.headers.items()}}).encode()
                self.reply(200, body, {"X-Answer": " yes ", "Content-Type": "application/json"})
            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any
        class S(http.server.ThreadingHTTPServer):
            daemon_threads = True
            def handle_error(self, *a): pass
        s = S(("127.0.0.1", 0), H)
        if len(sys.argv) > 2:
            c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            c.load_cert_chain(sys.argv[1], sys.argv[2])
            if len(sys.argv) > 3:
                c.verify_mode = ssl.CERT_REQUIRED
                c.load_verify_locations(sys.argv[3])
            s.socket = c.wrap_socket(s.socket, server_side=True)
        print(s.server_port)
        threading.Thread(target=s.serve_forever, daemon=True).start()
        sys.stdin.read()
        """#
}

/// An authority, a server's and a client's certificate, made with the openssl program.
struct Certificates {
    let folder: Scratch
    var authority: String { folder.path + "/ca.pem" }
    var otherAuthority: String { folder.path + "/other.pem" }

    func certificate(_ name: String) -> String { "\(folder.path)/\(name).pem" }
    func key(_ name: String) -> String { "\(folder.path)/\(name).key" }

    static let areAvailable = (try? Running.run("openssl", ["version"]).status) == 0

    init() throws {
        folder = try Scratch("web")
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        for name in ["ca", "other"] {
            try Self.expect(
                ["req", "-x509"] + key + ["-subj", "/CN=\(name)", "-keyout", "\(name).key", "-out", "\(name).pem"],
                in: folder.path)
        }
        for (name, alternative) in [
            ("server", "IP:127.0.0.1"), ("named", "DNS:kubernetes.test"), ("client", "DNS:client"),
        ] {
            try Self.expect(
                ["req", "-x509", "-CA", "ca.pem", "-CAkey", "ca.key"] + key
                    + [
                        "-subj", "/CN=\(name)", "-addext", "subjectAltName=\(alternative)", "-addext",
                        "basicConstraints=critical,CA:FALSE", "-keyout", "\(name).key", "-out", "\(name).pem",
                    ], in: folder.path)
        }
    }

    private static func expect(_ arguments: [String], in folder: String) throws {
        try Running.succeed("openssl", arguments, folder: folder)
    }
}
