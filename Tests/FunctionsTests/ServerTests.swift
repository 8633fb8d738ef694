import Foundation
import Glibc
import KubernetesAPI
import TestSupport
import Testing
import WebClient

@testable import Functions

/// The servers for functions from source, run as they are in a container.
@Suite("Servers for functions from source")
struct ServerTests {
    final class Running {
        let process = Process()
        let port: Int
        let folder: SourceTests.Folder

        /// - Parameter timeout: of the function, in seconds.
        init(_ command: [String], server: String, function: String, text: String, timeout: Int = 60) throws {
            folder = try SourceTests.Folder()
            try folder.write(server, try Sample.assets.text("servers/\(server)"))
            try folder.write(function, text)
            port = try Self.freePort()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = command + ["\(folder.path)/\(server)"]
            process.environment = [
                "PATH": "/usr/bin:/bin", "FUNC_PORT": String(port), "MOD_NAME": "hello", "FUNC_HANDLER": "handler",
                "FUNC_TIMEOUT": String(timeout), "FUNC_RUNTIME": "test", "FUNC_NAME": "hello",
            ]
            process.standardError = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            try process.run()
        }

        deinit { if process.isRunning { process.terminate() } }

        /// Free a moment ago.
        private static func freePort() throws -> Int {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let found = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                    bind(descriptor, pointer, size) == 0 && getsockname(descriptor, pointer, &size) == 0
                }
            }
            try #require(found)
            return Int(UInt16(bigEndian: address.sin_port))
        }

        /// A GET, which nobody counts, is repeated until the server listens; a POST is sent once.
        func ask(
            _ path: String, _ body: String? = nil, type: String = "text/plain"
        ) async throws -> (status: Int, text: String) {
            let web = WebClient(WebSettings(proxy: .none))
            let request = WebRequest(
                body == nil ? .get : .post, "http://127.0.0.1:\(port)\(path)", headers: [("Content-Type", type)],
                body: body.map { Array($0.utf8) })
            guard body == nil else {
                let answer = try await web.send(request)
                return (answer.status, answer.text)
            }
            let answer = try await eventually("the server answers", every: .milliseconds(50)) {
                try? await web.send(request)
            }
            return (answer.status, answer.text)
        }
    }

    static let python = """
        import time

        def handler(event, context):
            data = event["data"]
            if data == "fail":
                raise ValueError("no")
            if data == "slow":
                time.sleep(3)
            if isinstance(data, dict):
                return {"name": data["name"], "runtime": context["runtime"], "method": event["extensions"]["request"]["method"]}
            return "Hello, %s" % data

        """

    static let node = """
        module.exports = {
          handler: async (event, context) => {
            const data = event.data;
            if (data === 'fail') throw new Error('no');
            if (data === 'slow') await new Promise((done) => setTimeout(done, 3000));
            if (typeof data === 'object') return { name: data.name, runtime: context.runtime, method: event.extensions.request.method };
            return `Hello, ${data}`;
          },
        };

        """

    private func contract(_ start: (_ timeout: Int) throws -> Running) async throws {
        let server = try start(60)
        let health = try await server.ask("/healthz")
        #expect(health.status == 200)
        #expect(health.text == "OK")
        #expect(try await server.ask("/", "Eva").text == "Hello, Eva")
        let json = try await server.ask("/any/path?x=1", #"{"name":"Jo"}"#, type: "application/json")
        #expect(
            JSONValue.parse(Array(json.text.utf8)) == ["name": "Jo", "runtime": "test", "method": "POST"])
        #expect(try await server.ask("/", "{", type: "application/json").status == 400)
        #expect(try await server.ask("/", "fail").status == 500)
        try await expectCounts(server, calls: 3, failures: 1)
        let hasty = try start(1)
        #expect(try await hasty.ask("/healthz").status == 200)
        #expect(try await hasty.ask("/", "slow").status == 408)
        try await expectCounts(hasty, calls: 1, failures: 1)
        for server in [server, hasty] {
            server.process.terminate()
            server.process.waitUntilExit()
            #expect(server.process.terminationStatus == 0, "it ends by itself when it is asked to")
        }
    }

    private func expectCounts(_ server: Running, calls: Double, failures: Double) async throws {
        let metrics = MetricsText.parse(try await server.ask("/metrics").text)
        func value(_ name: String) -> Double? {
            metrics.first { $0.name == name && $0.labels["method"] == "POST" }?.value
        }
        #expect(value("function_calls_total") == calls)
        #expect(value("function_failures_total") == failures)
        #expect(value("function_duration_seconds_count") == calls)
    }

    /// Threads of the tests block signals, and a child inherits that; a container does not.
    static let unblocking = """
        import runpy, signal, sys
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        runpy.run_path(sys.argv[1], run_name="__main__")
        """

    @Test("Python")
    func pythonServer() async throws {
        try await contract {
            try Running(
                ["python3", "-c", Self.unblocking], server: "martlet_server.py", function: "hello.py",
                text: Self.python, timeout: $0)
        }
    }

    @Test("An answer on a connection that is kept does not wait for an acknowledgement of its header")
    func promptly() async throws {
        let server = try Running(
            ["python3", "-c", Self.unblocking], server: "martlet_server.py", function: "hello.py", text: Self.python)
        _ = try await server.ask("/healthz")
        let web = WebClient(WebSettings(proxy: .none))
        let clock = ContinuousClock()
        var times: [Duration] = []
        for _ in 0..<40 {
            let start = clock.now
            let request = WebRequest(.post, "http://127.0.0.1:\(server.port)/", body: Array("Eva".utf8))
            #expect(try await web.send(request).status == 200)
            times.append(clock.now - start)
        }
        // The first few are acknowledged at once; after that an acknowledgement takes 40 ms or more (Linux, TCP_DELACK_MIN), always. What is
        // slow for another reason, on a busy machine, is not always slow.
        let fastest = try #require(times.suffix(20).min())
        #expect(fastest < .milliseconds(30), "the fastest of the last 20 took \(fastest)")
    }

    @Test("Node.js")
    func nodeServer() async throws {
        try await contract {
            try Running(
                ["node"], server: "martlet_server.js", function: "hello.js", text: Self.node, timeout: $0)
        }
    }

    @Test(
        "What assess deploys does as it is told, as a process for each request",
        arguments: ["shell.sh", "python.py", "nodejs.js"])
    func probes(_ file: String) throws {
        let interpreter = ["shell.sh": "sh", "python.py": "python3", "nodejs.js": "node"][file] ?? ""
        func run(_ line: String) throws -> JSONValue? {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = [interpreter, Sample.assets.folder + "/assess/stream/\(file)"]
            let input = Pipe()
            let output = Pipe()
            process.standardInput = input
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
            try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
            try input.fileHandleForWriting.close()
            let data = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return JSONValue.parse([UInt8](data))
        }
        let host = try run("host")
        #expect(host?["instance"]?.string?.isEmpty == false)
        let word = "word\(Int.random(in: 0..<1_000_000))"
        #expect(try run("write \(word)")?["state"]?.string == word)
        #expect(try run("sleep 20")?["instance"] == host?["instance"])
        #expect(try run("log hello")?["instance"] == host?["instance"])
    }
}
