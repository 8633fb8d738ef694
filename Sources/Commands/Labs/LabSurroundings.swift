internal import Diagnostics
internal import Execution
internal import Foundation
internal import KubernetesAPI
internal import Labs
internal import LocalHosts
internal import WebClient

/// Hosts over SSH, and this machine.
struct LabSurroundings: LabGround {
    let hosts: [LabHost]?
    let fleet: Fleet?
    /// Path of the cluster's spec.
    let spec: String?
    let pools: [String]
    private let client = WebClient(WebSettings(proxy: .none, maximumTransfers: LoadPlan.mostConcurrency))
    private let programs: LabPrograms

    /// - Parameter state: folder in which programs in the background are noted.
    init(hosts: [LabHost]?, fleet: Fleet?, state: String, spec: String? = nil, pools: [String] = []) {
        self.hosts = hosts
        self.fleet = fleet
        self.spec = spec
        self.pools = pools
        programs = LabPrograms(folder: state)
    }

    func run(_ script: String, on host: String, timeout: Duration) async throws -> LabProgramAnswer {
        guard let fleet else {
            throw Diagnostic(code: "lab.no-hosts", "there is no access to hosts", hint: "name the spec with -f")
        }
        let results = try await fleet.connection(to: host).run([RemoteCommand(script)], timeout: timeout)
        guard let result = results.first else { throw Diagnostic(code: "host.error", "\(host) did not answer") }
        return LabProgramAnswer(status: Int(result.status), output: result.output, errors: result.errorOutput)
    }

    func program(
        _ argv: [String], environment: [String: String], folder: String, timeout: Duration
    ) async throws -> LabProgramAnswer {
        let start = ContinuousClock.now
        let words = folder.isEmpty ? argv : ["env", "--chdir=\(folder)", "--"] + argv
        let output = try await LocalProgram.attempt(
            words[0], Array(words.dropFirst()), environment: environment, deadline: timeout)
        // Killed at the deadline.
        let isLate = output.status == 128 + SIGKILL && ContinuousClock.now - start >= timeout
        return LabProgramAnswer(
            status: Int(output.status), output: output.text, errors: output.errorText, isLate: isLate)
    }

    func martlet(_ argv: [String], timeout: Duration) async throws -> LabProgramAnswer {
        guard let spec else {
            throw Diagnostic(code: "lab.no-hosts", "there is no spec of the cluster", hint: "name it with -f")
        }
        // This very program, wherever it lies.
        let own = "/proc/\(getpid())/exe"
        return try await program(
            [own] + MartletCall.arguments(argv, spec: spec), environment: [:], folder: "", timeout: timeout)
    }

    func startBackground(_ key: String, _ run: BackgroundRun) throws { try programs.start(key, run) }
    func background(_ key: String) -> BackgroundRun? { programs.running(key) }
    func backgroundLog(_ key: String) -> [String] { programs.log(key) }
    func endBackground(_ key: String) async -> BackgroundRun? { await programs.end(key) }
    func endAllBackground(_ prefix: String) async { await programs.endAll(prefix) }
    func listens(_ port: Int) async -> Bool { LocalSockets.isListening(on: port) }

    func find(_ program: String) -> String? { LocalProgram.find(program) }

    func web(_ request: WebRequest) async throws(WebError) -> WebResponse { try await client.send(request) }

    func kubeconfig(at path: String) async -> KubeconfigFacts {
        var status = stat()
        guard stat(path, &status) == 0, access(path, R_OK) == 0 else { return KubeconfigFacts() }
        var facts = KubeconfigFacts(mode: Int(status.st_mode & 0o777))
        do {
            let access = try Kubeconfig.load(paths: [path]).access
            facts.context = access.context
            let client = KubernetesClient(
                access,
                timeouts: KubernetesTimeouts(
                    connect: .seconds(3), silence: .seconds(5), total: .seconds(8), attempts: 1))
            facts.identity = try await client.value("/api/v1/namespaces/kube-system")["metadata"]?["uid"]?.string
        } catch let error as Diagnostics {
            facts.problem = error.list.first.map { $0.summary + ($0.detail.map { ": \($0)" } ?? "") }
        } catch let error as KubernetesError {
            facts.problem = "the context \(facts.context ?? "?") gives no answer: \(error.diagnostic.summary)"
        } catch {
            facts.problem = "\(error)"
        }
        return facts
    }

    func remove(_ path: String) throws {
        guard unlink(path) == 0 || errno == ENOENT else {
            throw Diagnostic(
                code: "file.unwritable", "\(path) cannot be removed: \(String(cString: strerror(errno)))",
                exitCode: .lacking)
        }
    }

    func facts(of path: String) -> LocalFileFacts? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return LocalFileFacts(
            isFile: status.st_mode & S_IFMT == S_IFREG, mode: Int(status.st_mode & 0o7777), size: Int(status.st_size))
    }

    func inside(_ folder: String, _ name: String) throws -> String? {
        guard let base = Self.real(folder), let path = Self.real("\(folder)/\(name)") else { return nil }
        guard path.hasPrefix(base == "/" ? "/" : base + "/") else {
            throw CannotJudge("\(name) leads out of the work folder \(folder): it is not looked at")
        }
        return path
    }

    private static func real(_ path: String) -> String? {
        guard let found = realpath(path, nil) else { return nil }
        defer { free(found) }
        return String(cString: found)
    }

    func files(below folder: String, most: Int) throws -> [String] {
        guard let walk = FileManager.default.enumerator(atPath: folder) else {
            throw CannotJudge("the work folder \(folder) cannot be read")
        }
        var names: [String] = []
        while let name = walk.nextObject() as? String {
            let last = name.split(separator: "/").last ?? ""
            if last.hasPrefix(".") {
                walk.skipDescendants()
                continue
            }
            guard facts(of: "\(folder)/\(name)")?.isFile == true else { continue }
            names.append(name)
            guard names.count <= most else {
                throw CannotJudge("the work folder \(folder) has more than \(most) files: name another one with --work")
            }
        }
        return names
    }

    func archiveNames(_ bytes: [UInt8]) async throws -> [String] {
        let path = NSTemporaryDirectory() + "martlet-layer-\(UUID().uuidString)"
        try LocalWrite.replace(path, with: Data(bytes), mode: 0o600)
        defer { unlink(path) }
        // tar looks at the beginning of the file for its compression.
        let output = try await LocalProgram.attempt(
            "tar", ["--list", "--quoting-style=literal", "--file", path], deadline: .seconds(60))
        guard output.status == 0 else {
            throw Diagnostic(code: "lab.archive", "a layer of the image is no tar", evidence: [output.errorText])
        }
        return output.text.split(separator: "\n").map(String.init)
    }

    func setMode(_ mode: Int, of path: String) throws {
        guard chmod(path, mode_t(mode)) == 0 else {
            throw Diagnostic(code: "file.unwritable", "the mode of \(path) cannot be set", exitCode: .lacking)
        }
    }

    func readText(_ path: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Diagnostic(code: "file.unreadable", "\(path) cannot be read", exitCode: .lacking)
        }
        return String(decoding: data, as: UTF8.self)
    }

    func writeText(_ text: String, to path: String, mode: Int) throws {
        let folder = (path as NSString).deletingLastPathComponent
        if !folder.isEmpty, !FileManager.default.fileExists(atPath: folder) {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        try LocalWrite.replace(path, with: Data(text.utf8), mode: mode_t(mode))
    }
}
