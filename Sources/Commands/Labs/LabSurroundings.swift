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
    private let client = WebClient(WebSettings(proxy: .none))

    init(hosts: [LabHost]?, fleet: Fleet?, spec: String? = nil, pools: [String] = []) {
        self.hosts = hosts
        self.fleet = fleet
        self.spec = spec
        self.pools = pools
    }

    func run(_ script: String, on host: String, timeout: Duration) async throws -> LabProgramAnswer {
        guard let fleet else {
            throw Diagnostic(code: "lab.no-hosts", "there is no access to hosts", hint: "name the spec with -f")
        }
        let results = try await fleet.connection(to: host).run([RemoteCommand(script)], timeout: timeout)
        guard let result = results.first else { throw Diagnostic(code: "host.error", "\(host) did not answer") }
        return LabProgramAnswer(status: Int(result.status), output: result.output, errors: result.errorOutput)
    }

    func program(_ argv: [String], environment: [String: String], timeout: Duration) async throws -> LabProgramAnswer {
        let start = ContinuousClock.now
        let output = try await LocalProgram.attempt(
            argv[0], Array(argv.dropFirst()), environment: environment, deadline: timeout)
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
        return try await program([own] + MartletCall.arguments(argv, spec: spec), environment: [:], timeout: timeout)
    }

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
        try LocalWrite.replace(path, with: Data(text.utf8), mode: mode_t(mode))
    }
}
