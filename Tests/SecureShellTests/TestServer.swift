import Foundation
import SecureShell
import Testing

/// Everything that needs a real sshd, one test after another: the machine that runs this may be small and busy.
@Suite(.serialized) struct ServerTests {}

/// A private sshd on a loopback address, with keys of its own, in a temporary folder; `stop` ends it by its id.
final class TestServer: Sendable {
    let folder: String
    let port: UInt16
    let address: String
    let pid: Int32

    /// Lines added to the server's configuration.
    init(listen: String = "127.0.0.1", _ configuration: [String] = [], user: String? = nil) async throws {
        folder = NSTemporaryDirectory() + "martlet-ssh-\(UUID().uuidString.prefix(8))"
        address = listen
        port = try Self.freePort(on: listen)
        try FileManager.default.createDirectory(atPath: folder + "/home", withIntermediateDirectories: true)
        if getuid() == 0 {
            try FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
        }
        try Tool.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "host", "-f", folder + "/host_key")
        try Tool.run("ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-C", "host", "-f", folder + "/host_ecdsa")
        try Tool.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "client", "-f", folder + "/id")
        try FileManager.default.copyItem(atPath: folder + "/id.pub", toPath: folder + "/authorized_keys")
        let text = """
            Port \(port)
            ListenAddress \(listen)
            HostKey \(folder)/host_key
            HostKey \(folder)/host_ecdsa
            PidFile none
            AuthorizedKeysFile \(folder)/authorized_keys
            StrictModes no
            PermitRootLogin yes
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            UsePAM no
            UseDNS no
            PrintMotd no
            PrintLastLog no
            MaxSessions 100
            LogLevel VERBOSE
            SetEnv HOME=\(folder)/home

            """
        // The first value of an option wins.
        try (configuration.joined(separator: "\n") + "\n" + text).write(
            toFile: folder + "/sshd_config", atomically: true, encoding: .utf8)
        pid = try Tool.spawn(
            "sshd", ["-D", "-e", "-f", folder + "/sshd_config"], output: folder + "/log", folder + "/log")
        try writeKnownHosts()
        try await waitUntilListening()
    }

    private func waitUntilListening() async throws {
        for _ in 0..<200 {
            if log.contains("Server listening") { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw TestFailure("sshd did not start: \(log)")
    }

    var log: String { (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? "" }
    var knownHosts: String { folder + "/known_hosts" }
    var user: String { NSUserName() }

    func hostKeyLine(_ name: String = "host_key") throws -> String {
        try String(contentsOfFile: "\(folder)/\(name).pub", encoding: .utf8).split(separator: " ").prefix(2)
            .joined(separator: " ")
    }

    private func writeKnownHosts() throws {
        try "[\(address)]:\(port) \(hostKeyLine())\n".write(toFile: knownHosts, atomically: true, encoding: .utf8)
    }

    /// A target that just works.
    func target() -> SSHTarget {
        SSHTarget(
            host: address, port: port, user: user, identities: [folder + "/id"],
            hostKeyPolicy: .knownHosts(files: [knownHosts]), connectTimeout: .seconds(20))
    }

    /// The server's processes for its connections, without the listener and without what they run.
    func sessionProcesses() -> [Int32] { Tool.descendants(of: pid).filter { Tool.name(of: $0) == "sshd" } }

    /// Waits until a command was started, so that what is cut is cut in its middle.
    func waitForCommand() async throws {
        for _ in 0..<1000 where !log.contains("Starting session") { try await Task.sleep(for: .milliseconds(10)) }
        try await Task.sleep(for: .milliseconds(100))
    }

    func stop() {
        for child in Tool.descendants(of: pid) + [pid] { kill(child, SIGKILL) }
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        try? FileManager.default.removeItem(atPath: folder)
    }

    private static func freePort(on address: String) throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        inet_pton(AF_INET, address, &name.sin_addr)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
            }
        }
        guard status == 0 else { throw TestFailure("no free port") }
        return UInt16(bigEndian: name.sin_port)
    }
}

/// Starts a server, runs the body, ends the server.
func withServer<Value>(
    listen: String = "127.0.0.1", _ configuration: [String] = [],
    _ body: (TestServer) async throws -> Value
) async throws -> Value {
    let server = try await TestServer(listen: listen, configuration)
    do {
        let value = try await body(server)
        server.stop()
        return value
    } catch {
        server.stop()
        throw error
    }
}

/// Starts a server and a session to it, runs the body, ends both.
func withSession<Value>(
    _ configuration: [String] = [], _ body: (SSHSession, TestServer) async throws -> Value
) async throws -> Value {
    try await withServer(configuration) { server in
        let session = try await SSHSession.connect(to: server.target())
        do {
            let value = try await body(session, server)
            await session.close()
            return value
        } catch {
            await session.close()
            throw error
        }
    }
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Local programs.
enum Tool {
    static func path(_ name: String) throws -> String {
        for folder in ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin"] {
            if FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") { return "\(folder)/\(name)" }
        }
        throw TestFailure("\(name) is not installed")
    }

    /// Starts a program; its input is empty, its output goes to files.
    static func spawn(
        _ name: String, _ arguments: [String], input: String = "/dev/null", output: String, _ errors: String,
        environment: [String: String] = [:]
    ) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        // What the library's threads block must not be inherited.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var nothing = sigset_t()
        sigemptyset(&nothing)
        posix_spawnattr_setsigmask(&attributes, &nothing)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let file = try path(name)
        let words = ([file] + arguments).map { strdup($0) } + [nil]
        let values = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let variables = values.map { strdup("\($0)=\($1)") } + [nil]
        defer { for word in words + variables { free(word) } }
        var pid: pid_t = 0
        let status = posix_spawn(&pid, file, &actions, &attributes, words, variables)
        guard status == 0 else { throw TestFailure("\(name) cannot be started: \(String(cString: strerror(status)))") }
        return pid
    }

    /// Runs a program to its end and gives back its output.
    @discardableResult
    static func run(
        _ name: String, _ arguments: String..., input: String = "", environment: [String: String] = [:]
    ) throws -> String {
        let base = NSTemporaryDirectory() + "martlet-tool-\(UUID().uuidString.prefix(8))"
        defer { for suffix in [".in", ".out", ".err"] { unlink(base + suffix) } }
        try input.write(toFile: base + ".in", atomically: false, encoding: .utf8)
        let pid = try spawn(
            name, arguments, input: base + ".in", output: base + ".out", base + ".err", environment: environment)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let said = (try? String(contentsOfFile: base + ".err", encoding: .utf8)) ?? ""
        guard status == 0 else { throw TestFailure("\(name) \(arguments) ended with \(status): \(said)") }
        return try String(contentsOfFile: base + ".out", encoding: .utf8)
    }

    static func name(of pid: Int32) -> String {
        ((try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8)) ?? "").trimmingCharacters(in: .newlines)
    }

    static func descendants(of pid: Int32) -> [Int32] {
        let list = (try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)) ?? ""
        let children = list.split(separator: " ").compactMap { Int32($0) }
        return children.flatMap { descendants(of: $0) + [$0] }
    }
}

/// The error that the body throws; a body that throws nothing, or something else, fails the test.
func sshError(
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async -> SSHError? {
    do {
        try await body()
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    } catch let error as SSHError {
        return error
    } catch {
        Issue.record("\(error) is no SSHError", sourceLocation: sourceLocation)
    }
    return nil
}

/// A generator whose sequence is the same on every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
