import ArgumentParser
import Diagnostics
import Foundation
import Functions
import TestSupport
import Testing
import WebClient

@testable import Commands

/// What is checked on the command line, before anybody is asked.
@Suite("Options of functions and frameworks")
struct OptionTests {
    private func refused(_ type: any ParsableCommand.Type, _ words: [String], _ text: String) {
        let error = #expect(throws: (any Error).self, "\(words)") { try type.parse(words) }
        let message = error.map { type.message(for: $0) } ?? ""
        #expect(message.contains(text), "\(words): \(message)")
    }

    @Test(
        "Of deploy: names, amounts, schedules",
        arguments: [
            (["--env", "A"], "--env: `A` is not NAME=VALUE"), (["--label", "=x"], "--label: `=x` is not NAME=VALUE"),
            (["--annotation", "b"], "--annotation: `b`"), (["--env", "A=1", "--env", "A=2"], "--env gives A twice"),
            (["--label", "a=1", "--label", "a=1"], "--label gives a twice"), (["--env", "1A=x"], "`1A` is no name"),
            (["--env", "A B=x"], "`A B` is no name"), (["--env", "..=x"], "is no name"),
            (["--label", "a b=x"], "`a b` is no key"), (["--label=-a=x"], "is no key"),
            (["--label", "Example.org/a=x"], "is no key"), (["--label", "a=b c"], "`b c` is no value of a label"),
            (["--label", "a=\(String(repeating: "x", count: 64))"], "is no value"),
            (["--annotation", "a/b/c=x"], "no key"),
            (["--schedule", "61 * * * *"], "--schedule: minute `61`: expected 0 to 59"),
            (["--schedule", "often"], "--schedule: there is 1 field"), (["--memory", "lots"], "--memory: `lots`"),
            (["--memory=-5"], "--memory: `-5`"), (["--memory", "0"], "is no quantity"),
            (["--memory", "0x10"], "quantity"),
            (["--memory", "128m"], "less than a byte"), (["--memory", "128 Mi"], "quantity"),
            (["--cpu", "half"], "--cpu: `half`"), (["--cpu=-1"], "--cpu: `-1`"), (["--cpu", "1e999"], "--cpu"),
            (["--timeout", "0"], "1 to 86400"), (["--timeout", "86401"], "1 to 86400"),
            (["--wait", "86401"], "0 to 86400"),
        ])
    func deploy(_ words: [String], _ text: String) {
        refused(FunctionDeployCommand.self, ["hello", "--image", "a"] + words, text)
    }

    @Test("What is right is taken")
    func right() throws {
        _ = try FunctionDeployCommand.parse([
            "hello", "--image", "a", "--env", "A.b-c_1=x=y", "--env=-x=", "--label", "example.org/a.b=", "--label",
            "team=blue-1", "--annotation", "example.org/n=any thing", "--memory", "128Mi", "--cpu", "0.5", "--schedule",
            "@every 15m", "--timeout", "86400", "--wait", "0",
        ])
        for (word, bytes) in [("512", 512 << 20), ("512Mi", 512 << 20), ("1G", 1_000_000_000), ("1.5Ki", 1536)] {
            #expect(try FrameworkRecommendCommand.parse(["--memory", word]).memory?.bytes == bytes)
        }
    }

    @Test("That have no effect are refused")
    func withoutEffect() {
        refused(FrameworkLockCommand.self, ["knative", "--offline"], "--offline")
        refused(FrameworkLockCommand.self, ["knative", "--bundle", "b"], "--bundle")
        refused(FrameworkInstallCommand.self, ["knative", "--no-proxy", "a"], "--no-proxy belongs to")
        refused(FrameworkInstallCommand.self, ["knative", "--detailed-exit-code"], "belongs to --dry-run")
        refused(FrameworkUpgradeCommand.self, ["knative", "--detailed-exit-code", "--yes"], "belongs to --dry-run")
        refused(FrameworkInstallCommand.self, ["x", "--set", "a=1", "--set", "a=2"], "--set gives a twice")
        refused(FrameworkAssessCommand.self, ["x", "--compare", "a.json", "--format", "json"], "--compare")
        refused(FrameworkAssessCommand.self, ["x", "--command", "cat"], "--command belongs to --image")
        refused(
            FrameworkAssessCommand.self, ["x", "--language", "a=1", "--language", "a=2"], "--language gives a twice")
        for words in [["-f", "a.yaml"], ["--kubeconfig", "k"], ["--context", "c"]] {
            refused(FrameworkRecommendCommand.self, ["--no-cluster"] + words, "--no-cluster")
        }
        for word in ["--memory=-5", "--memory=0", "--memory=much"] {
            refused(FrameworkRecommendCommand.self, [word], "expected a quantity such as 512Mi")
        }
    }

    @Test("`framework.unlocked` repeats the options that count for the lock file and the framework")
    func lockWords() throws {
        let plain = try FrameworkLockOption.parse([])
        let named = try FrameworkLockOption.parse(["--lock", "my lock.yaml"])
        #expect(plain.words(spec: nil, frameworks: nil) == "")
        #expect(plain.words(spec: "cluster.yaml", frameworks: nil) == "")
        #expect(plain.words(spec: "prod/cluster.yaml", frameworks: "own") == " -f prod/cluster.yaml --frameworks own")
        #expect(named.words(spec: "prod/cluster.yaml", frameworks: nil) == " --lock 'my lock.yaml'")
    }
}

@Suite("What invoking needs")
struct InvocationPartsTests {
    @Test("A body over the limit is refused and not cut")
    func data() throws {
        let scratch = try Scratch()
        let file = try scratch.write("body", "12345")
        #expect(try FunctionInvokeCommand.body("@\(file)", limit: 5) == Array("12345".utf8))
        #expect(try FunctionInvokeCommand.body("12345", limit: 4) == Array("12345".utf8))
        let problem = #expect(throws: Diagnostic.self) { try FunctionInvokeCommand.body("@\(file)", limit: 4) }
        #expect(problem?.code == "function.data-too-large" && problem?.summary.contains(file) == true)
        #expect(problem?.detail == "a body has at most 4 bytes")
    }

    @Test("What the way was remembered for changes with the kubeconfig's content and the spec's")
    func identity() throws {
        let scratch = try Scratch()
        let kubeconfig = try scratch.write("config", "current-context: test\n")
        let choice = try ClusterChoice.parse(["--kubeconfig", kubeconfig])
        let test = try #require(choice.identity)
        #expect(choice.identity == test)
        try scratch.write("config", "current-context: prod\n")
        #expect(choice.identity != test)
        try scratch.write("config", "current-context: test\n")
        #expect(choice.identity == test)
        #expect(try ClusterChoice.parse(["--kubeconfig", kubeconfig, "--context", "a"]).identity != test)
        #expect(try ClusterChoice.parse(["--kubeconfig", kubeconfig + "-other"]).identity != test)
        let spec = try scratch.write("cluster.yaml", "name: a\n")
        let named = try ClusterChoice.parse(["-f", spec])
        let before = try #require(named.identity)
        try scratch.write("cluster.yaml", "name: b\n")
        #expect(named.identity != before)
        // What can be read only once is left to those who need it.
        #expect(try ClusterChoice.parse(["--kubeconfig", "-"]).identity == nil)
        #expect(try ClusterChoice.parse(["--kubeconfig", "/dev/null"]).identity == nil)
    }

    @Test("Without an identity nothing is remembered")
    func nothing() {
        let memory = WayMemory(nil)
        memory.remember(
            WayMemory.Way(
                framework: "a", adapter: .knative, namespace: "n", core: "c", door: nil, host: nil,
                time: Date().timeIntervalSince1970), of: "hello")
        #expect(memory.recall("hello") == nil)
    }

    private struct Web: WebCalls {
        var error: WebError?

        func send(_ request: WebRequest) async throws(WebError) -> WebResponse {
            if let error { throw error }
            return WebResponse(
                status: 500, headers: [], body: [], url: request.url, protocolVersion: "1.1", isNewConnection: true)
        }
    }

    @Test("Only what reached nobody is sent again")
    func watch() async {
        let url = "http://10.0.0.1/"
        let timeouts = WebRequest.Timeouts(connect: .seconds(10), stall: .seconds(60), total: .seconds(60))
        let cases: [(WebError?, Bool)] = [
            (nil, false), (.unreachable(url: url, reason: ""), true), (.unresolved(url: url, reason: ""), true),
            (.interrupted(url: url, received: 0, reason: ""), false), (.untrusted(url: url, reason: ""), true),
            (.tooLarge(url: url, limit: 1), false),
        ]
        for (error, isUnsent) in cases {
            let watch = ConnectionWatch()
            let request = WebRequest(.post, url, timeouts: timeouts)
            #expect(!watch.hasReachedNobody)
            _ = try? await watch.watching(Web(error: error)).send(request)
            #expect(watch.hasReachedNobody == isUnsent, "\(String(describing: error))")
            // What reached somebody once did.
            _ = try? await watch.watching(Web(error: .unreachable(url: url, reason: ""))).send(request)
            #expect(watch.hasReachedNobody == isUnsent, "\(String(describing: error))")
            watch.reset()
            #expect(!watch.hasReachedNobody)
        }
        let silent = WebError.timedOut(url: url, reason: "")
        #expect(ConnectionWatch.isUnsent(silent, timeouts, after: .seconds(10)))
        #expect(!ConnectionWatch.isUnsent(silent, timeouts, after: .seconds(60)))
        // Where both times are over at once nobody can know.
        let short = WebRequest.Timeouts(connect: .seconds(10), stall: .seconds(5), total: .seconds(5))
        #expect(!ConnectionWatch.isUnsent(silent, short, after: .seconds(5)))
        // Through the API server nobody watches: a timeout there may be of a call that goes on.
        let watch = ConnectionWatch()
        #expect(!FunctionInvokeCommand.isLost(Diagnostic(code: "function.timeout", "x"), watch))
        #expect(FunctionInvokeCommand.isLost(Diagnostic(code: "function.no-service", "x"), watch))
        _ = try? await watch.watching(Web(error: .unreachable(url: url, reason: ""))).send(WebRequest(.post, url))
        for code in ["function.unreachable", "function.timeout"] {
            #expect(FunctionInvokeCommand.isLost(Diagnostic(code: code, "x"), watch))
        }
        let unreachable = Diagnostic(code: "function.unreachable", "x", hint: "a download goes on")
        #expect(FunctionInvokeCommand.explained(unreachable, watch).hint == unreachable.hint)
        _ = try? await watch.watching(Web()).send(WebRequest(.post, url))
        #expect(FunctionInvokeCommand.explained(unreachable, watch).hint?.contains("may have been carried out") == true)
        let late = Diagnostic(code: "function.timeout", "x", hint: "it goes on")
        #expect(FunctionInvokeCommand.explained(late, watch).hint == "--timeout waits longer; it goes on")
        #expect(!FunctionInvokeCommand.isLost(Diagnostic(code: "function.refused", "x"), watch))
    }
}
