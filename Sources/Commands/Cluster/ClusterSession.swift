internal import Catalogue
internal import ClusterModel
internal import Diagnostics
internal import Digests
internal import Execution
internal import Foundation
internal import Planning
internal import Reporting

/// What every command about a cluster does first: read the spec, find its sources, ask the hosts, plan.
struct ClusterSession {
    let driver: any ClusterDriver
    let fleet: Fleet
    let facts: Facts
    let plan: Plan
    let warnings: [Diagnostic]
    /// Why hosts that are no idle spares did not answer; empty unless the session was opened tolerantly.
    let problems: [Diagnostic]
    /// The administrator's kubeconfig of each host that has one, as it was then; empty unless it was asked for.
    let kubeconfigs: [String: Secret<String>]
    /// When the hosts answered.
    let askedAt: ContinuousClock.Instant

    /// Its hosts are those that are, or shall become, nodes.
    var spec: ClusterSpec { driver.spec }

    /// Of a cluster of kubeadm.
    /// - Throws: for one of another driver.
    var context: ClusterContext {
        get throws {
            guard let kubeadm = driver as? KubeadmDriver else {
                throw Diagnostic(
                    code: "nodes.other-driver",
                    "the driver of \(spec.name) is \(spec.kubernetes.driver.rawValue), which has no pools",
                    exitCode: .usage)
            }
            return kubeadm.context
        }
    }

    /// - Parameters:
    ///   - lock: who will change the hosts; nil to read only.
    ///   - isTolerant: go on as long as one host answers.
    ///   - wantsKubeconfig: ask for it in the same batch, so that it costs no round trip.
    ///   - pools: spares to join or to take out.
    /// - Throws: `Diagnostics` with everything that is wrong with the spec, the release or the hosts.
    static func open(
        _ options: ClusterOptions, lock: String?, isTolerant: Bool = false, wantsKubeconfig: Bool = false,
        pools: PoolChange = .none
    ) async throws -> ClusterSession {
        let loaded = try SpecLoading.load(options.file)
        let blank = try await ClusterDrivers.of(loaded.spec, options, pools: pools)
        let fleet = Fleet(transport: blank.transport, hosts: blank.hosts, lock: lock)
        let gathering = await fleet.gather(
            blank.probes, beside: wantsKubeconfig ? blank.kubeconfigQuestions : [:])
        let facts = gathering.facts
        try Task.checkCancellation()
        let driver = blank.knowing(facts)
        let problems = gathering.problems.filter { !driver.idleHosts.contains($0.host ?? "") }
        guard problems.isEmpty || (isTolerant && !facts.hosts.isEmpty) else {
            await fleet.close()
            throw Diagnostics(loaded.warnings + problems)
        }
        return ClusterSession(
            driver: driver, fleet: fleet, facts: facts, plan: driver.plan(facts, specDigest: loaded.digest),
            warnings: loaded.warnings, problems: problems,
            kubeconfigs: gathering.results.filter { $0.value.status == 0 }.mapValues { Secret($0.output) },
            askedAt: .now)
    }

    /// The text of files that are about to be replaced, from the hosts; files that hold secrets are left out.
    func replacedContents() async -> [String: [String: String]] {
        var wanted: [String: [String]] = [:]
        for step in plan.changes {
            for action in step.actions {
                guard case .putFile(let path, let mode, _) = action, mode & 0o077 != 0,
                    case .present(let answer) = facts[step.host][.file(path)], answer.hasPrefix("file ")
                else { continue }
                wanted[step.host, default: []].append(path)
            }
        }
        var result: [String: [String: String]] = [:]
        for (host, paths) in wanted {
            let commands = paths.map { RemoteCommand("head -c 65536 \(Shell.quote($0))") }
            guard let connection = try? await fleet.connection(to: host),
                let results = try? await connection.run(commands, timeout: .seconds(30))
            else { continue }
            for (path, answer) in zip(paths, results) where answer.status == 0 {
                result[host, default: [:]][path] = answer.output
            }
        }
        return result
    }
}

/// Reads a spec and tells its warnings.
enum SpecLoading {
    struct Loaded {
        var spec: ClusterSpec
        var warnings: [Diagnostic]
        /// SHA-256 of the spec's canonical form: spaces and comments do not count.
        var digest: String
    }

    /// - Throws: what a newcomer is told who has none; `-` is standard input.
    static func requireFile(_ path: String) throws {
        guard path == "-" || FileManager.default.fileExists(atPath: path) else {
            throw Diagnostic(
                code: "file.missing", "there is no spec \(path)",
                hint: "write one with `martlet init`, or name another with --file", exitCode: .invalid)
        }
    }

    /// Not inlined: the compiler (6.3.1, optimising) crashes where it splits an asynchronous function that has this in it.
    @inline(never) static func load(_ path: String) throws -> Loaded {
        try requireFile(path)
        let (spec, _, warnings) = try ClusterSpecReader.load(path: path, home: NSHomeDirectory())
        return Loaded(spec: spec, warnings: warnings, digest: Digest.sha256(JSONOutput.line(spec)))
    }
}

/// Asks for what nobody may write down, on the terminal itself, without echo.
enum PasswordPrompt {
    @Sendable static func ask(_ prompt: String) async -> Secret<String>? {
        guard let terminal = fopen("/dev/tty", "r+") else { return nil }
        defer { fclose(terminal) }
        let descriptor = fileno(terminal)
        var settings = termios()
        guard tcgetattr(descriptor, &settings) == 0 else { return nil }
        var silent = settings
        silent.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(descriptor, TCSAFLUSH, &silent)
        defer { tcsetattr(descriptor, TCSAFLUSH, &settings) }
        fputs("\(prompt): ", terminal)
        fflush(terminal)
        var buffer = [CChar](repeating: 0, count: 1024)
        guard fgets(&buffer, Int32(buffer.count), terminal) != nil else { return nil }
        fputs("\n", terminal)
        let text = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return Secret(text.hasSuffix("\n") ? String(text.dropLast()) : text)
    }
}
