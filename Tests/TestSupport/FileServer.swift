internal import Foundation

/// Serves a folder over HTTP on loopback, with faults for chosen paths.
package final class FileServer: Sendable {
    package enum Fault: Sendable {
        /// This many answers of 500, then the file.
        case failing(Int)
        /// The first answers end after so many bytes, although more were announced.
        case dropping(bytes: Int, times: Int)
        /// An answer that is complete, but not the file.
        case other([UInt8])
        case status(Int)
        case redirect(String)
        /// Like `dropping`, for a server that knows no ranges.
        case droppingWithoutRanges(bytes: Int, times: Int)
        case slow(Duration)
    }

    private let scratch: Scratch
    private let program: PythonServer

    package var folder: String { scratch.path }
    package var base: String { "http://127.0.0.1:\(program.port)" }

    package init() throws {
        scratch = try Scratch("served")
        program = try PythonServer(Self.script, [scratch.path])
    }

    package func stop() { program.stop() }

    package func serve(_ path: String, _ bytes: [UInt8]) throws { try scratch.write(path, bytes) }

    package func fail(_ path: String, _ fault: Fault) throws {
        let text =
            switch fault {
            case .failing(let times): "failing 0 \(times) "
            case .dropping(let bytes, let times): "dropping \(bytes) \(times) "
            case .droppingWithoutRanges(let bytes, let times): "norange \(bytes) \(times) "
            case .other(let bytes): "other 0 0 \(String(decoding: bytes, as: UTF8.self))"
            case .status(let status): "status \(status) 0 "
            case .redirect(let target): "redirect 0 0 \(target)"
            case .slow(let time): "slow \(time.components.seconds) 0 "
            }
        try serve(path + ".fault", Array(text.utf8))
    }

    package func heal(_ path: String) throws { try FileManager.default.removeItem(atPath: "\(folder)/\(path).fault") }

    /// `PATH` or `PATH RANGE` of every request so far, without the slash at the beginning.
    package func requests() throws -> [String] {
        guard let text = try? String(contentsOfFile: folder + "/.log", encoding: .utf8) else { return [] }
        return text.split(separator: "\n").map(String.init)
    }

    private static let script = #"""
        import http.server, os, sys, threading, time
        root = sys.argv[1]
        hits = {}
        lock = threading.Lock()
        class H(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *a): pass
            def reply(self, status, body, headers={}, length=None):
                self.send_response(status)
                for k, v in headers.items(): self.send_header(k, v)
                self.send_header("Content-Length", str(len(body) if length is None else length))
                self.end_headers()
                self.wfile.write(body)
                self.wfile.flush()
            def do_GET(self):
                path = self.path.strip("/")
                wanted = self.headers.get("Range")
                with lock:
                    hits[path] = n = hits.get(path, 0) + 1
                    with open(root + "/.log", "a") as f: f.write(path + (" " + wanted if wanted else "") + "\n")
                kind, number, times, text = "", 0, 0, ""
                if os.path.exists(root + "/" + path + ".fault"):
                    kind, number, times, text = open(root + "/" + path + ".fault").read().split(" ", 3)
                    number, times = int(number), int(times)
                if kind == "failing" and n <= times: return self.reply(500, b"later")
                if kind == "other": return self.reply(200, text.encode())
                if kind == "status": return self.reply(number, b"<html>no</html>")
                if kind == "redirect": return self.reply(302, b"", {"Location": text})
                if kind == "slow": time.sleep(number)
                try: body = open(root + "/" + path, "rb").read()
                except OSError: return self.reply(404, b"not here")
                start, status, headers = 0, 200, {}
                if wanted and kind != "norange":
                    start = int(wanted.split("=")[1].split("-")[0])
                    if start >= len(body): return self.reply(416, b"", {"Content-Range": "bytes */%d" % len(body)})
                    status = 206
                    headers = {"Content-Range": "bytes %d-%d/%d" % (start, len(body) - 1, len(body))}
                part = body[start:]
                if kind in ("dropping", "norange") and n <= times and number < len(part):
                    self.reply(status, part[:number], headers, len(part))
                    self.close_connection = True
                    return
                self.reply(status, part, headers)
        class S(http.server.ThreadingHTTPServer):
            daemon_threads = True
            def handle_error(self, *a): pass
        s = S(("127.0.0.1", 0), H)
        print(s.server_port)
        threading.Thread(target=s.serve_forever, daemon=True).start()
        sys.stdin.read()
        """#
}
