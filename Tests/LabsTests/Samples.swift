import Diagnostics
import Foundation
import KubernetesAPI
import Synchronization
import WebClient

@testable import Labs

/// A cluster that answers from a table; what is not in it is not there.
final class RecordedAPI: LabAPI {
    private let answers: Mutex<[String: Result<JSONValue, KubernetesError>]>
    private let written = Mutex<[String]>([])
    let proxied: @Sendable (ProxyRequest) -> Result<ProxyAnswer, KubernetesError>
    /// Told of each patch, apply and replacement.
    let onWrite: @Sendable (RecordedAPI, String) -> Void
    /// In place of `proxied`, for answers that depend on what was written.
    let answering: (@Sendable (RecordedAPI, ProxyRequest) -> Result<ProxyAnswer, KubernetesError>)?
    let executed: @Sendable ([String], String) -> ExecResult
    let logged: [String: String]
    let time: Date?

    init(
        _ answers: [String: Result<JSONValue, KubernetesError>] = [:], logs: [String: String] = [:], time: Date? = nil,
        proxied: @escaping @Sendable (ProxyRequest) -> Result<ProxyAnswer, KubernetesError> = { _ in
            .failure(.status(code: 404, reason: "NotFound", message: "no such service", path: ""))
        },
        executed: @escaping @Sendable ([String], String) -> ExecResult = { _, _ in
            ExecResult(output: [], errors: [], exitStatus: 0)
        },
        onWrite: @escaping @Sendable (RecordedAPI, String) -> Void = { _, _ in },
        answering: (@Sendable (RecordedAPI, ProxyRequest) -> Result<ProxyAnswer, KubernetesError>)? = nil
    ) {
        self.onWrite = onWrite
        self.answering = answering
        self.answers = Mutex(answers)
        self.logged = logs
        self.time = time
        self.proxied = proxied
        self.executed = executed
    }

    var writes: [String] { written.withLock { $0 } }

    func set(_ path: String, _ value: JSONValue?) {
        answers.withLock { $0[path] = value.map { .success($0) } }
    }

    func known(_ path: String) -> JSONValue? { answers.withLock { try? $0[path]?.get() } }

    func get(_ path: String) async throws(KubernetesError) -> JSONValue {
        guard let answer = answers.withLock({ $0[path] }) else {
            throw .status(code: 404, reason: "NotFound", message: "", path: path)
        }
        return try answer.get()
    }

    func list(_ path: String, labels: String?, fields: String?) async throws(KubernetesError) -> KubernetesList<
        JSONValue
    > {
        let value = try await get(path)
        let items = (value["items"]?.array ?? []).filter { item in
            labels.map { LabelSelector($0).matches(item.labels) } ?? true
        }
        return KubernetesList(items: items, serverTime: time)
    }

    func logs(
        namespace: String, pod: String, container: String?, tail: Int?, previous: Bool
    ) async throws(KubernetesError) -> String {
        // By the pod's name, or that and the container's.
        let own = container.map { "\(pod)/\($0)\(previous ? " before" : "")" }
        guard let text = own.flatMap({ logged[$0] }) ?? logged[pod] else {
            throw .status(code: 404, reason: "", message: "", path: pod)
        }
        if text == "403" { throw .status(code: 403, reason: "Forbidden", message: "no", path: pod) }
        return text
    }

    func proxy(_ request: ProxyRequest) async throws(KubernetesError) -> ProxyAnswer {
        try (answering?(self, request) ?? proxied(request)).get()
    }

    func exec(
        namespace: String, pod: String, container: String?, command: [String], input: String, timeout: Duration
    ) async throws(KubernetesError) -> ExecResult { executed(command, input) }

    private func note(_ verb: String, _ path: String) { written.withLock { $0.append("\(verb) \(path)") } }

    private let refusals = Mutex<[String: KubernetesError]>([:])

    /// What is created there is refused.
    func refuse(_ path: String, _ error: KubernetesError) { refusals.withLock { $0[path] = error } }

    func create(_ path: String, _ body: JSONValue) async throws(KubernetesError) {
        if let refusal = refusals.withLock({ $0[path] }) { throw refusal }
        note("create", path)
        set("\(path)/\(body.objectName)", body)
        onWrite(self, path)
    }
    func apply(_ path: String, _ body: JSONValue) async throws(KubernetesError) {
        note("apply", path)
        set(path, body)
    }
    func patch(_ path: String, _ body: JSONValue) async throws(KubernetesError) {
        note("patch", path)
        var object = try await get(path)
        Self.merge(body, into: &object)
        set(path, object)
        onWrite(self, path)
    }
    func replace(_ path: String, _ body: JSONValue) async throws(KubernetesError) {
        note("replace", path)
        // As the API server: who replaces an object says which version of it.
        if let version = try await get(path)["metadata"]?["resourceVersion"],
            body["metadata"]?["resourceVersion"] != version
        {
            throw .status(
                code: 422, reason: "Invalid", message: "metadata.resourceVersion must be specified", path: path)
        }
        set(path, body)
    }
    func delete(_ path: String, selector: String?) async throws(KubernetesError) {
        note("delete", path)
        _ = try await get(path)
        set(path, nil)
    }

    private static func merge(_ patch: JSONValue, into object: inout JSONValue) {
        for (key, value) in patch.object ?? [:] {
            if value.object != nil, var inner = object[key] {
                merge(value, into: &inner)
                object[key] = inner
            } else {
                object[key] = value
            }
        }
    }
}

/// What was done to this machine.
final class Notes: Sendable {
    private let state = Mutex<(lines: [String], runs: [String: BackgroundRun])>(([], [:]))

    var lines: [String] { state.withLock { $0.lines } }
    func add(_ line: String) { state.withLock { $0.lines.append(line) } }
    func set(_ key: String, _ run: BackgroundRun?) { state.withLock { $0.runs[key] = run } }
    func running(_ key: String) -> BackgroundRun? { state.withLock { $0.runs[key] } }
}

/// Hosts that answer from a table.
final class CommandLog: Sendable {
    private let list = Mutex<[String]>([])

    var all: [String] { list.withLock { $0 } }

    func add(_ command: String) { list.withLock { $0.append(command) } }
}

struct RecordedGround: LabGround {
    var hosts: [LabHost]? = [
        LabHost(name: "cp-1", address: "10.0.0.1", isControlPlane: true),
        LabHost(name: "worker-1", address: "10.0.0.2", isControlPlane: false),
    ]
    /// Output by host; a host that is missing does not answer.
    var outputs: [String: String] = [:]
    var answer = LabProgramAnswer(status: 0, output: "")
    /// By the words with which the command line begins.
    var answers: [String: LabProgramAnswer] = [:]
    /// Commands of martlet that were run, one after the other.
    let commands = CommandLog()
    var pools: [String] = []
    var programs: Set<String> = []
    var facts = KubeconfigFacts()
    /// Files by path.
    var texts: [String: String] = [:]
    var mode = 0o644
    let notes = Notes()
    var response: Result<WebResponse, WebError> = .failure(.unreachable(url: "", reason: "connection refused"))

    func run(_ script: String, on host: String, timeout: Duration) async throws -> LabProgramAnswer {
        guard let output = outputs[host] else {
            throw Diagnostic(code: "ssh.unreachable", "\(host) cannot be reached", exitCode: .unreachable)
        }
        return LabProgramAnswer(status: 0, output: output)
    }
    func program(
        _ argv: [String], environment: [String: String], folder: String, timeout: Duration
    ) async throws -> LabProgramAnswer {
        let line = argv.joined(separator: " ")
        notes.add("run \(line)")
        return answers.first { line.hasPrefix($0.key) }?.value ?? answer
    }
    func startBackground(_ key: String, _ run: BackgroundRun) throws {
        notes.add("start \(run.argv.joined(separator: " "))")
        notes.set(key, run)
    }
    func background(_ key: String) -> BackgroundRun? { notes.running(key) }
    func backgroundLog(_ key: String) -> [String] { ["the last line"] }
    func endBackground(_ key: String) async -> BackgroundRun? {
        let run = notes.running(key)
        if let run { notes.add("end \(run.argv.joined(separator: " "))") }
        notes.set(key, nil)
        return run
    }
    func endAllBackground(_ prefix: String) async { notes.add("end all \(prefix)") }
    func listens(_ port: Int) async -> Bool { port == 8080 }
    func remove(_ path: String) throws { notes.add("remove \(path)") }
    func facts(of path: String) -> LocalFileFacts? {
        texts[path].map { LocalFileFacts(isFile: true, mode: mode, size: $0.utf8.count) }
    }
    func inside(_ folder: String, _ name: String) throws -> String? {
        if name == "link" { throw CannotJudge("link leads out of the work folder") }
        return texts["\(folder)/\(name)"] == nil ? nil : "\(folder)/\(name)"
    }
    func files(below folder: String, most: Int) throws -> [String] {
        texts.keys.filter { $0.hasPrefix(folder + "/") }.map { String($0.dropFirst(folder.count + 1)) }
    }
    func archiveNames(_ bytes: [UInt8]) async throws -> [String] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
    /// Texts in the layers of images, by the command that saves them or the layer's bytes.
    var archives: [String: [String: String]] = [:]

    func search(_ archive: ImageArchive, most: Int, _ find: @escaping TextSearch) async throws -> [ImageFinding] {
        let key =
            switch archive {
            case .layer(let bytes): String(decoding: bytes, as: UTF8.self)
            case .saved(let command): command.joined(separator: " ")
            }
        guard let texts = archives[key] else {
            throw Diagnostic(code: "lab.archive", "the image cannot be looked into", exitCode: .failed)
        }
        return texts.sorted { $0.key < $1.key }.compactMap { path, text in
            find(text).map { ImageFinding(path: path, what: $0) }
        }
    }
    func martlet(_ argv: [String], timeout: Duration) async throws -> LabProgramAnswer {
        commands.add(argv.joined(separator: " "))
        return answer
    }
    func find(_ program: String) -> String? { programs.contains(program) ? "/usr/bin/\(program)" : nil }
    func web(_ request: WebRequest) async throws(WebError) -> WebResponse { try response.get() }
    func kubeconfig(at path: String) async -> KubeconfigFacts { facts }
    func setMode(_ mode: Int, of path: String) throws {}
    func readText(_ path: String) throws -> String { texts[path] ?? "current-context: here\n" }
    func writeText(_ text: String, to path: String, mode: Int) throws { notes.add("write \(path): \(text)") }
}

/// Labs from text.
enum Sample {
    /// A lab with one step and these checks, lines below `checks:`.
    static func text(
        checks: String,
        needs: String = "{hosts: true, kubeconfig: true, programs: [kubectl], namespaces: [kube-system]}"
    ) -> String {
        let indented = checks.split(separator: "\n", omittingEmptySubsequences: false).map { "      \($0)" }.joined(
            separator: "\n")
        return """
            lab: sample
            id: X1
            version: 1
            title: A sample
            honesty: L1
            about: For tests.
            goals: [Something]
            needs: \(needs)
            vars: {colour: "red-${nonce}"}
            setup: [{namespace: "lab-${nonce}"}]
            steps:
              - id: one
                title: One
                do: Nothing.
                checks:
            \(indented)

            """
    }

    static func read(_ text: String, files: [String: JSONValue] = [:], isOwn: Bool = true) -> LabReader.Reading {
        LabReader.decode(Array(text.utf8), file: "lab.yaml", origin: LabOrigin(folder: "/nowhere", isOwn: isOwn)) {
            file in
            guard let object = files[file] else {
                return .failure(Diagnostic(code: "file.missing", "`\(file)` cannot be read", exitCode: .invalid))
            }
            return .success([object])
        }
    }

    /// A lab with one check of this primitive, in flow style.
    static func lab(_ primitive: String, isOwn: Bool = true) throws -> Lab {
        let reading = read(text(checks: "- {id: it, why: It matters., \(primitive)}"), isOwn: isOwn)
        guard let lab = reading.lab else { throw Diagnostics(reading.diagnostics) }
        return lab
    }

    static let start = Date(timeIntervalSince1970: 1_700_000_000)

    static func context(
        _ lab: Lab, _ api: RecordedAPI = RecordedAPI(), _ ground: RecordedGround = RecordedGround(),
        answers: [String: String] = [:], accepts: Bool = false
    ) -> CheckContext {
        CheckContext(
            lab: lab,
            run: LabRun(
                nonce: "xnonce", started: start, cluster: "test", kubeconfig: "/tmp/kubeconfig", identity: "me",
                acceptsCommands: accepts), api: api, ground: ground, answers: AnswerBook(answers), work: "/learner",
            now: { start })
    }

    /// One look of the lab's only check.
    static func look(
        _ primitive: String, _ api: RecordedAPI = RecordedAPI(), _ ground: RecordedGround = RecordedGround(),
        answers: [String: String] = [:], isOwn: Bool = true, accepts: Bool = false
    ) async throws -> CheckOutcome {
        let lab = try lab(primitive, isOwn: isOwn)
        let outcomes = await LabEvaluation(
            context(lab, api, ground, answers: answers, accepts: accepts), waiting: .atMost(.zero)
        ).run(lab.checks)
        return outcomes[0]
    }
}

let forbidden = Result<JSONValue, KubernetesError>.failure(
    .status(code: 403, reason: "Forbidden", message: "no", path: "/"))
let vanished = Result<JSONValue, KubernetesError>.failure(
    .unreachable(.unreachable(url: "https://x", reason: "refused")))
