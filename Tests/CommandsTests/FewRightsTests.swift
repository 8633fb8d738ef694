import ArgumentParser
import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import Commands
@testable import Functions

/// The program against an API server that lets its user do little, with OpenFaaS' gateway behind its proxy.
@Suite("Functions for who has few rights", .timeLimit(.minutes(3)))
struct FewRightsTests {
    private let program: BuiltProgram
    private let server: PythonServer
    private let kubeconfig: String

    init() throws {
        program = try BuiltProgram()
        server = try PythonServer(Self.script)
        kubeconfig = try program.home.write(
            "config",
            """
            apiVersion: v1
            kind: Config
            clusters: [{name: a, cluster: {server: "http://127.0.0.1:\(server.port)"}}]
            contexts: [{name: a, context: {cluster: a, user: a}}]
            current-context: a
            users: [{name: a, user: {}}]

            """)
    }

    private static let script = #"""
        import http.server, json, sys, threading, time
        class H(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *a): pass
            def reply(self, status, body):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def refuse(self, status, reason):
                self.reply(status, json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason,
                    "message": reason, "code": status}).encode())
            def do_GET(self):
                if self.path == "/version": return self.reply(200, b'{"gitVersion": "v1.27.3"}')
                if self.path.endswith("/namespaces/openfaas/services/gateway"):
                    return self.reply(200, json.dumps({"kind": "Service", "metadata": {"name": "gateway"},
                        "spec": {"type": "ClusterIP", "ports": [{"port": 8080}]}}).encode())
                if "/services/" in self.path or "knative" in self.path: return self.refuse(404, "NotFound")
                self.refuse(403, "Forbidden")
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if "/proxy/function/slow" in self.path: time.sleep(4)
                if "/proxy/function/" in self.path: return self.reply(200, b"hi " + body)
                self.refuse(403, "Forbidden")
        class S(http.server.ThreadingHTTPServer):
            daemon_threads = True
            def handle_error(self, *a): pass
        s = S(("127.0.0.1", 0), H)
        print(s.server_port)
        threading.Thread(target=s.serve_forever, daemon=True).start()
        sys.stdin.read()
        """#

    private var environment: [String: String] {
        [
            AssetLocator.variable: (FunctionPartsTests.manifests as NSString).deletingLastPathComponent,
            "XDG_CACHE_HOME": program.home.file("cache"),
        ]
    }

    private func run(_ words: [String]) throws -> Outcome {
        try program.run(["function"] + words + ["--kubeconfig", kubeconfig], environment: environment)
    }

    @Test("Neither nodes nor records of installations are needed where the framework is named")
    func named() throws {
        let called = try run(["invoke", "hello", "--data", "Eva", "--framework", "openfaas"])
        #expect(called.status == 0 && called.output == "hi Eva", "\(called.errors)")
        let unnamed = try run(["list"])
        #expect(unnamed.status == ExitStatus.usage.rawValue)
        #expect(unnamed.errors.contains("may not read which frameworks are installed"), "\(unnamed.errors)")
        #expect(unnamed.errors.contains("--framework"), "\(unnamed.errors)")
    }

    @Test("A framework that is named and not there is said to be so, and a function without a name is none")
    func notThere() throws {
        let absent = try run(["list", "--framework", "knative"])
        #expect(absent.status == ExitStatus.usage.rawValue)
        #expect(absent.errors.contains("knative is not installed"), "\(absent.errors)")
        for command in [["delete", ""], ["logs", "."], ["describe", ""], ["scale", "", "2"]] {
            let nameless = try run(command + ["--framework", "openfaas"])
            #expect(nameless.status == ExitStatus.usage.rawValue, "\(command)")
            #expect(nameless.errors.contains("function.name"), "\(command): \(nameless.errors)")
        }
    }

    @Test(
        "A remembered way that leads nowhere is looked for anew in the same call, and one of another kubeconfig is not used"
    )
    func lostWay() throws {
        let words = ["invoke", "hello", "--data", "Eva", "--framework", "openfaas"]
        let options = try FunctionOptions.parse(["--kubeconfig", kubeconfig, "--framework", "openfaas"])
        let identity = try #require(options.identity)
        let file = "cache/martlet/ways/\(FileMark.text(identity.utf8)).json"
        let way = WayMemory.Way(
            framework: "openfaas", adapter: .openfaas, namespace: "openfaas-fn", core: "openfaas",
            door: ServiceDoor(.direct(url: "http://127.0.0.1:1")), host: nil, time: Date().timeIntervalSince1970 - 10)
        try program.home.write(file, [UInt8](try JSONEncoder().encode(["hello": way])))
        let called = try run(words)
        #expect(called.status == 0 && called.output == "hi Eva", "\(called.errors)")
        let remembered = try JSONDecoder().decode([String: WayMemory.Way].self, from: Data(program.home.bytes(file)))
        #expect(remembered["hello"]?.door != way.door && remembered["hello"]?.door != nil)
        // An address that would answer, of the cluster that the kubeconfig led to before.
        var old = way
        old.door = ServiceDoor(.direct(url: "http://127.0.0.1:\(server.port)/old/proxy"))
        try program.home.write(file, [UInt8](try JSONEncoder().encode(["hello": old])))
        try program.home.write("config", try program.home.read("config").replacing("{server", with: "{ server"))
        #expect(try run(words + ["--verbose"]).status == 0)
        let kept = try JSONDecoder().decode([String: WayMemory.Way].self, from: Data(program.home.bytes(file)))
        #expect(kept["hello"]?.time == old.time)
        let files = try FileManager.default.contentsOfDirectory(atPath: program.home.file("cache/martlet/ways"))
        #expect(files.count == 2)
    }

    @Test("A call that takes too long says what may be done, and that it may go on")
    func tooLate() throws {
        let late = try run(["invoke", "slow", "--timeout", "1", "--framework", "openfaas"])
        #expect(late.status == ExitStatus.unreachable.rawValue)
        #expect(late.errors.contains("function.timeout"), "\(late.errors)")
        #expect(late.errors.contains("--timeout waits longer; the call may still be running"), "\(late.errors)")
    }
}
