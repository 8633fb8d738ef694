import ClusterModel
import Diagnostics
import Foundation
import Planning
import Synchronization
import TestSupport
import Testing

@testable import Execution

@Suite("The runner", .timeLimit(.minutes(2)))
struct RunnerTests {
    private let folder: Scratch
    private let events = Events()

    init() throws { folder = try Scratch() }

    private func step(
        _ id: String, on host: String = "h", ensure: [Check] = [], actions: [Action] = [],
        after requires: [String] = [],
        settle: Int = 0, pool: Pool? = nil, diagnose: Diagnosis? = nil
    ) -> Step {
        Step(
            id: "\(id)@\(host)", phase: .system, host: host, title: "title of \(id)", change: .run, reason: "test",
            ensure: ensure, actions: actions, requires: requires, pool: pool, settleSeconds: settle, diagnose: diagnose)
    }

    private func script(_ text: String, input: String = "", produces: Slot? = nil) -> Action {
        .script(Action.Script("run it", text, input: input, produces: produces))
    }

    private func exists(_ name: String) -> Check {
        Check(.script(name, "[ -e \(folder.path)/\(name) ]"), .present, title: name)
    }

    /// Answers that are young for as long as a busy machine may take.
    private static var fresh: Runner.Options {
        var options = Runner.Options()
        options.askedAt = ContinuousClock.now + .seconds(3600)
        return options
    }

    private func run(
        _ steps: [Step], on hosts: [String: RecordingHost], journal: Journal? = nil, blobs: [String: BlobSource] = [:],
        options: Runner.Options = Self.fresh, causes: [KnownCause] = [], fleet: Fleet? = nil
    ) async -> Report {
        let fleet =
            fleet
            ?? Fleet(transport: RecordingTransport(hosts: hosts), hosts: hosts.keys.map(HostSpec.named), lock: nil)
        let runner = Runner(
            fleet: fleet, blobs: blobs, journal: journal, options: options, explain: FailureExplainer(causes: causes),
            emit: events.add)
        return await runner.run(Plan(cluster: "c", specDigest: "", steps: steps, diagnostics: []))
    }

    private func words(_ report: Report) -> [String: String] {
        Dictionary(
            report.entries.map { ($0.step.id, $0.outcome.word) }, uniquingKeysWith: { first, second in first + second })
    }

    // MARK: Acting

    @Test("Acts and verifies in one batch over one connection")
    func oneBatch() async throws {
        let host = RecordingHost()
        let path = folder.path + "/file"
        let report = await run(
            [
                step(
                    "a",
                    ensure: [Check(.script("text", "cat \(path)"), .equals("text"), title: "the file")],
                    actions: [.putFile(path: path, mode: 0o644, text: "text\n"), script("true")])
            ], on: ["h": host])
        #expect(words(report) == ["a@h": "done"])
        #expect(report.exitCode == .done)
        #expect(host.batches == 1)
        #expect(host.scripts.count == 2)
        #expect(host.connections == 1)
        #expect(events.lines == ["start a@h", "a@h done"])
    }

    @Test("What needs nothing to be done is not asked about")
    func noOps() async {
        let host = RecordingHost()
        var held = step("held")
        held.change = .noOp
        let report = await run([held], on: ["h": host])
        #expect(report.entries.isEmpty)
        #expect(host.connections == 0)
        #expect(report.exitCode == .done)
    }

    @Test("Copies go over the connection in their place among the other actions")
    func copies() async {
        let host = RecordingHost()
        let blob = Blob(name: "kubelet", sha256: "aa", size: 3)
        let source = BlobSource(path: "/nowhere", offset: 0, size: 3, sha256: "aa")
        let copy = Action.putBlob(path: "/usr/local/bin/kubelet", mode: 0o755, blob: blob)
        let report = await run(
            [step("a", actions: [script("echo before"), copy, script("echo after")])], on: ["h": host],
            blobs: ["aa": source])
        #expect(words(report) == ["a@h": "done"])
        #expect(host.state.withLock { $0.copies } == ["aa to /usr/local/bin/kubelet 755"])
        #expect(host.batches == 2)
    }

    @Test("A large blob for several hosts is sent to one, which gives it to the others; progress and journal say so")
    func passedOn() async throws {
        let hosts = Dictionary(uniqueKeysWithValues: ["a", "b"].map { ($0, RecordingHost($0)) })
        let size = BlobExchange.leastSize
        let blob = Blob(name: "kubelet", sha256: "aa", size: size)
        let copy = Action.putBlob(path: "/kubelet", mode: 0o755, blob: blob)
        let source = BlobSource(path: "/nowhere", offset: 0, size: size, sha256: "aa", mayBePassed: true)
        let report = await run(
            [step("copy", on: "a", actions: [copy]), step("copy", on: "b", actions: [copy])], on: hosts,
            journal: try Journal(folder: folder.path, cluster: "demo"), blobs: ["aa": source])
        #expect(report.exitCode == .done)
        let offers = hosts.mapValues { $0.state.withLock { $0.offers } }
        let giver = try #require(["a", "b"].first { offers[$0]?.first == "/kubelet" })
        let taker = giver == "a" ? "b" : "a"
        #expect(offers[giver] == ["/kubelet", "withdrawn", "stopped"])
        #expect(offers[taker] == ["stopped"])
        #expect(events.lines.contains("copy@\(taker) ... took kubelet from \(giver)"))
        let lines = try folder.read("journal/demo.jsonl").split(separator: "\n").filter { $0.contains("copied") }
        #expect(lines.count == 2)
        #expect(lines.contains { $0.contains("kubelet: \(size) bytes from here") && $0.contains("copy@\(giver)") })
        #expect(lines.contains { $0.contains("kubelet: \(size) bytes from \(giver)") && $0.contains("copy@\(taker)") })
    }

    @Test("A step that fails before its copy leaves nobody holding the blob for it")
    func settledAfterFailure() async throws {
        let hosts = Dictionary(uniqueKeysWithValues: ["a", "b"].map { ($0, RecordingHost($0)) })
        let size = BlobExchange.leastSize
        let copy = Action.putBlob(path: "/kubelet", mode: 0o755, blob: Blob(name: "kubelet", sha256: "aa", size: size))
        let source = BlobSource(path: "/nowhere", offset: 0, size: size, sha256: "aa", mayBePassed: true)
        let steps = [
            step("copy", on: "a", actions: [copy]), step("failing", on: "b", actions: [script("sleep 1; exit 1")]),
            step("copy", on: "b", actions: [copy], after: ["failing@b"]),
        ]
        let report = await run(steps, on: hosts, blobs: ["aa": source])
        #expect(words(report) == ["copy@a": "done", "failing@b": "failed", "copy@b": "skipped"])
        #expect(hosts["a"]?.state.withLock { $0.offers } == ["/kubelet", "withdrawn", "stopped"])
    }

    @Test("A blob that this machine lost is named, with what to do")
    func missingBlob() async throws {
        let copy = Action.putBlob(path: "/x", mode: 0o755, blob: Blob(name: "kubelet", sha256: "aa", size: 3))
        let report = await run([step("a", actions: [copy])], on: ["h": RecordingHost()])
        let diagnostic = try #require(report.entries.first?.outcome.diagnostic)
        #expect(diagnostic.code == "step.blob-missing")
        #expect(diagnostic.summary.contains("kubelet"))
        #expect(diagnostic.exitCode == .lacking)
    }

    // MARK: Old answers

    private var stale: Runner.Options {
        var options = Self.fresh
        options.askedAt = ContinuousClock.now - .seconds(60)
        return options
    }

    @Test("When the answers behind the plan are old, asks again and leaves alone what holds by now")
    func satisfied() async throws {
        try folder.write("there", "")
        let host = RecordingHost()
        let steps = ["there", "missing"].map { name in
            step(name, ensure: [exists(name)], actions: [script("echo acted >\(folder.path)/\(name)")])
        }
        let report = await run(steps, on: ["h": host], options: stale)
        #expect(words(report) == ["there@h": "satisfied", "missing@h": "done"])
        #expect(try folder.read("there") == "")
        #expect(try folder.read("missing") == "acted\n")
    }

    @Test("What acts although its checks hold is done, however old the answers are")
    func unconditional() async throws {
        try folder.write("there", "")
        var forced = step("there", ensure: [exists("there")], actions: [script("echo acted >\(folder.path)/there")])
        forced.isUnconditional = true
        let report = await run([forced], on: ["h": RecordingHost()], options: stale)
        #expect(words(report) == ["there@h": "done"])
        #expect(try folder.read("there") == "acted\n")
    }

    // MARK: Verifying

    @Test("Waits until the checks hold")
    func settles() async {
        // The third question finds what the first two miss.
        let counted = "echo x >>\(folder.path)/asked; [ $(wc -l <\(folder.path)/asked) -ge 3 ]"
        let late = Check(.script("late", counted), .present, title: "late")
        let report = await run(
            [step("a", ensure: [late], actions: [script("true")], settle: 20)], on: ["h": RecordingHost()])
        #expect(words(report) == ["a@h": "done"])
        #expect(events.lines.contains("a@h ... waiting for late: absent"))
    }

    @Test("What acted and cannot be proven is unverified, says what was seen, and stops its dependents")
    func unverified() async throws {
        let report = await run(
            [step("a", ensure: [exists("never")], actions: [script("true")]), step("b", after: ["a@h"])],
            on: ["h": RecordingHost()])
        #expect(words(report) == ["a@h": "unverified", "b@h": "skipped"])
        let diagnostic = try #require(report.entries.first?.outcome.diagnostic)
        #expect(diagnostic.code == "step.unverified")
        #expect(diagnostic.detail == "observed absent, expected to be there")
        #expect(diagnostic.host == "h")
        #expect(report.exitCode == .failed)
    }

    @Test("A check that could not be answered proves nothing")
    func unknownIsNotProof() async throws {
        let check = Check(.script("broken", "exit 7"), .absent, title: "it")
        let report = await run([step("a", ensure: [check], actions: [script("true")])], on: ["h": RecordingHost()])
        #expect(words(report) == ["a@h": "unverified"])
        let detail = try #require(report.entries.first?.outcome.diagnostic?.detail)
        #expect(detail.contains("not known, its script ended with status 7"))
    }

    // MARK: Failing

    @Test("A failure skips all that depends on it, with the reason, and nothing else")
    func failure() async {
        let steps = [
            step("a", actions: [script("exit 3")]), step("b", after: ["a@h"]), step("c", after: ["b@h"]),
            step("free", actions: [script("true")]), step("d", after: ["free@h", "c@h"]),
        ]
        let report = await run(steps, on: ["h": RecordingHost()])
        #expect(
            words(report) == ["a@h": "failed", "b@h": "skipped", "c@h": "skipped", "free@h": "done", "d@h": "skipped"])
        let reasons = report.entries.compactMap { entry -> String? in
            if case .skipped(let because) = entry.outcome { because } else { nil }
        }
        #expect(reasons == ["a@h failed", "a@h failed", "a@h failed"])
        #expect(report.count { $0.isGood } == 1)
    }

    @Test("Told to stop, starts nothing after a failure")
    func stopping() async {
        var options = Self.fresh
        options.keepGoing = false
        let steps =
            [step("a", actions: [script("exit 3")])] + (1...6).map { step("s\($0)", actions: [script("sleep 0.2")]) }
        let report = await run(steps, on: ["h": RecordingHost()], options: options)
        #expect(report.entries.count == steps.count)
        #expect(report.count { $0.word == "done" } < 6)
        #expect(report.count { $0.word == "skipped" } > 0)
    }

    @Test("Steps whose requirements form a cycle are reported as such, and never run")
    func cycle() async {
        let host = RecordingHost()
        let report = await run([step("a", after: ["b@h"]), step("b", after: ["a@h"])], on: ["h": host])
        #expect(words(report) == ["a@h": "skipped", "b@h": "skipped"])
        #expect(host.batches == 0)
        #expect(report.exitCode == .failed)
    }

    @Test("A failure quotes what the host said and names the known cause")
    func explained() async throws {
        let cause = KnownCause(trace: "No Space left", meaning: "a disk is full", remedy: "free space")
        let other = KnownCause(trace: "other", meaning: "no", remedy: "no")
        let report = await run(
            [step("a", actions: [script("echo 'write: no space left on device' >&2; exit 28")])],
            on: ["h": RecordingHost()],
            causes: [other, cause])
        let diagnostic = try #require(report.entries.first?.outcome.diagnostic)
        #expect(diagnostic.code == "step.failed")
        #expect(diagnostic.summary == "title of a: could not run it")
        #expect(diagnostic.detail == "exit status 28; a disk is full")
        #expect(diagnostic.hint == "free space")
        #expect(diagnostic.evidence == ["write: no space left on device"])
    }

    @Test("The host's journal is evidence, too", arguments: [Diagnosis.kubernetes, .journal(["containerd"])])
    func evidence(_ diagnosis: Diagnosis) async throws {
        let host = RecordingHost { command in
            command.script.contains("journalctl")
                ? RemoteResult(status: 0, output: "kubelet: certificate has expired\n", errorOutput: "") : nil
        }
        let cause = KnownCause(trace: "certificate has expired", meaning: "old", remedy: "renew")
        let report = await run(
            [step("a", actions: [script("exit 1")], diagnose: diagnosis)], on: ["h": host], causes: [cause])
        let diagnostic = try #require(report.entries.first?.outcome.diagnostic)
        #expect(diagnostic.evidence == ["kubelet: certificate has expired"])
        #expect(diagnostic.hint == "renew")
    }

    @Test("What shows the cause is quoted before what follows from it")
    func nearestFirst() async throws {
        let host = RecordingHost { command in
            guard command.script.contains("journalctl") else { return nil }
            return RemoteResult(
                status: 0, output: "scheduler: connection refused\nError: unknown flag: --x\nkubelet: refused\n",
                errorOutput: "")
        }
        let cause = KnownCause(trace: "unknown flag: --", meaning: "an argument", remedy: "remove it")
        let report = await run(
            [step("a", actions: [script("echo 'not ready' >&2; exit 1")], diagnose: .kubernetes)], on: ["h": host],
            causes: [cause])
        let diagnostic = try #require(report.entries.first?.outcome.diagnostic)
        #expect(
            diagnostic.evidence == [
                "not ready", "Error: unknown flag: --x", "scheduler: connection refused", "kubelet: refused",
            ])
    }

    @Test("Without a known cause the way on is said")
    func unexplained() async throws {
        let report = await run([step("a", actions: [script("exit 1")])], on: ["h": RecordingHost()])
        #expect(report.entries.first?.outcome.diagnostic?.hint?.contains("martlet apply") == true)
    }

    // MARK: Connections

    @Test("A connection that is lost after the action ran: asks, and does not act twice")
    func lostAfter() async throws {
        let host = RecordingHost()
        host.lose(batch: 0, .afterRunning)
        let count = folder.path + "/count"
        let report = await run(
            [step("a", ensure: [exists("count")], actions: [script("echo acted >>\(count)")])], on: ["h": host])
        #expect(words(report) == ["a@h": "done"])
        #expect(try folder.read("count") == "acted\n")
        #expect(host.connections == 2)
        #expect(events.lines.contains { $0.contains("connection lost, reconnecting") })
    }

    @Test("A connection that is lost before the action ran: asks, then acts once")
    func lostBefore() async throws {
        let host = RecordingHost()
        host.lose(batch: 0, .beforeRunning)
        let report = await run(
            [step("a", ensure: [exists("count")], actions: [script("echo acted >>\(folder.path)/count")])],
            on: ["h": host])
        #expect(words(report) == ["a@h": "done"])
        #expect(try folder.read("count") == "acted\n")
    }

    @Test("A step that nothing can prove is done again after a lost connection, never taken for done")
    func lostWithoutProof() async throws {
        let host = RecordingHost()
        host.lose(batch: 0, .beforeRunning)
        let report = await run([step("a", actions: [script("echo acted >>\(folder.path)/count")])], on: ["h": host])
        #expect(words(report) == ["a@h": "done"])
        #expect(folder.exists("count"))
    }

    @Test("A step whose value is needed is done again after a lost connection, whatever its checks say")
    func lostWithSlot() async throws {
        let host = RecordingHost()
        host.lose(batch: 0, .afterRunning)
        let token = Slot("token")
        let report = await run(
            [
                step("a", ensure: [exists("a")], actions: [script(": >\(folder.path)/a; echo value", produces: token)]),
                step("b", actions: [script("cat >\(folder.path)/b", input: token.reference)], after: ["a@h"]),
            ], on: ["h": host])
        #expect(words(report) == ["a@h": "done", "b@h": "done"])
        #expect(try folder.read("b") == "value\n")
    }

    @Test("Steps that lose one connection together reconnect once")
    func lostTogether() async throws {
        let lost = Names()
        let both = Meeting(2)
        let itself = Mutex<RecordingHost?>(nil)
        let host = RecordingHost { command in
            // Both are under way when the connection goes; the second one notices after the first one has a new one.
            for name in ["together 1", "together 2"] where command.script.contains(name) && lost.insert(name) {
                try await both.join()
                if name == "together 2" {
                    try await waitUntil("there is a new connection", within: 30) {
                        itself.withLock { $0?.connections ?? 0 } >= 2
                    }
                }
                throw RecordingHost.lost
            }
            return nil
        }
        itself.withLock { $0 = host }
        defer { itself.withLock { $0 = nil } }
        let steps = (1...2).map {
            step("s\($0)", ensure: [exists("s\($0)")], actions: [script("echo together \($0) >\(folder.path)/s\($0)")])
        }
        let report = await run(steps, on: ["h": host])
        #expect(words(report) == ["s1@h": "done", "s2@h": "done"])
        #expect(host.connections == 2)
    }

    @Test("A host that does not come back is a failure of the step")
    func gone() async throws {
        let host = RecordingHost()
        host.lose(batch: 0, .beforeRunning)
        let refusal = Diagnostic(code: "ssh.unreachable", "no route", exitCode: .unreachable)
        let fleet = Fleet(transport: RecordingTransport(hosts: ["h": host]), hosts: [.named("h")], lock: nil)
        _ = try await fleet.connection(to: "h")
        host.state.withLock { $0.refusals = Array(repeating: refusal, count: 50) }
        var options = Self.fresh
        options.reconnect = .milliseconds(500)
        let report = await run([step("a", actions: [script("true")])], on: ["h": host], options: options, fleet: fleet)
        let diagnostic = try #require(report.entries.first?.outcome.diagnostic)
        #expect(diagnostic.code == "ssh.unreachable")
        #expect(diagnostic.host == "h")
        #expect(report.exitCode == .unreachable)
    }

    @Test("A refused key ends the attempts at once", arguments: ["ssh.auth-failed", "ssh.host-key-mismatch"])
    func refused(_ code: String) async throws {
        let host = RecordingHost()
        let fleet = Fleet(transport: RecordingTransport(hosts: ["h": host]), hosts: [.named("h")], lock: nil)
        _ = try await fleet.connection(to: "h")
        host.lose(batch: 0, .beforeRunning)
        host.state.withLock { $0.refusals = [Diagnostic(code: code, "no", exitCode: .unreachable)] }
        let report = await run([step("a", actions: [script("true")])], on: ["h": host], fleet: fleet)
        #expect(report.entries.first?.outcome.diagnostic?.code == code)
        #expect(host.connections == 2)
    }

    // MARK: Slots

    @Test("A value reaches the steps that use it and nothing else: no event, no journal, no error")
    func secrets() async throws {
        let secret = "Zx9-secret-value"
        let token = Slot("token")
        let host = RecordingHost()
        let journal = try Journal(folder: folder.path, cluster: "c")
        let steps = [
            step("a", actions: [script("printf '%s\\n' Zx9-secret\"-\"value", produces: token)]),
            step("b", actions: [script("cat >\(folder.path)/got", input: token.reference)], after: ["a@h"]),
            step(
                "c", actions: [script("echo \"bad token $(cat)\" >&2; exit 1", input: token.reference)], after: ["b@h"]),
            step("d", ensure: [exists("no")], actions: [script("true", input: token.reference)], after: ["b@h"]),
        ]
        let report = await run(steps, on: ["h": host], journal: journal)
        #expect(words(report) == ["a@h": "done", "b@h": "done", "c@h": "failed", "d@h": "unverified"])
        #expect(try folder.read("got") == secret + "\n")
        #expect(!(try folder.read("journal/c.jsonl").contains(secret)))
        for event in events.all { #expect(!"\(event)".contains(secret)) }
        for entry in report.entries { #expect(!"\(entry)".contains(secret)) }
        let evidence = report.entries.compactMap(\.outcome.diagnostic).first { $0.code == "step.failed" }?.evidence
        #expect(evidence == ["bad token (secret)"])
    }

    @Test("A value that was never born is named")
    func missingSlot() async throws {
        let report = await run(
            [step("a", actions: [script("cat", input: Slot("token").reference)])], on: ["h": RecordingHost()])
        let diagnostic = try #require(report.entries.first?.outcome.diagnostic)
        #expect(diagnostic.code == "step.slot-missing")
        #expect(diagnostic.summary.contains("token"))
        #expect(diagnostic.host == "h")
    }

    // MARK: Limits and cancellation

    @Test("One at a time in the pool of etcd, over all hosts")
    func pool() async {
        let shared = RecordingHost { _ in
            try await Task.sleep(for: .milliseconds(20))
            return nil
        }
        let names = ["h1", "h2", "h3", "h4"]
        let report = await run(
            names.map { step("join", on: $0, actions: [script("true")], pool: .etcd) },
            on: Dictionary(uniqueKeysWithValues: names.map { ($0, shared) }))
        #expect(report.exitCode == .done)
        #expect(shared.state.withLock { $0.mostRunning } == 1)
    }

    @Test("Hosts work at the same time")
    func parallel() async {
        let all = Meeting(4)
        let shared = RecordingHost { _ in
            try await all.join()
            return nil
        }
        let names = ["h1", "h2", "h3", "h4"]
        _ = await run(
            names.map { step("a", on: $0, actions: [script("true")]) },
            on: Dictionary(uniqueKeysWithValues: names.map { ($0, shared) }))
        #expect(shared.state.withLock { $0.mostRunning } == 4)
    }

    @Test("A cancelled run starts no further step and says so of every one")
    func cancellation() async {
        let (stream, began) = AsyncStream<Void>.makeStream()
        let host = RecordingHost { command in
            guard command.script.contains("long") else { return nil }
            began.yield()
            try await Task.sleep(for: .seconds(60))
            return nil
        }
        let steps = [step("a", actions: [script("echo long")]), step("b", actions: [script("true")], after: ["a@h"])]
        let task = Task { await run(steps, on: ["h": host]) }
        for await _ in stream { break }
        task.cancel()
        let report = await task.value
        #expect(report.wasCancelled)
        #expect(report.exitCode == .interrupted)
        #expect(report.entries.count == 2)
        #expect(report.count { $0.word == "cancelled" } >= 1)
        #expect(!events.lines.contains("start b@h"))
        #expect(host.batches == 1)
    }
}
