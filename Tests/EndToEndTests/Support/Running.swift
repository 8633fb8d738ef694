import Foundation
import Glibc

/// How a program ended.
struct Outcome: Sendable {
    /// The exit status, or 128 and the signal's number.
    var status: Int32
    var output: String
    var errors: String
    var seconds: Double

    /// Both streams, for messages of failed expectations.
    var said: String { "status \(status) after \(Int(seconds)) s\n\(output.suffix(3000))\n\(errors.suffix(5000))" }
}

/// A program that was started.
///
/// Its output goes to files, so that it never waits for a reader and can be read while it runs. `posix_spawn`, not
/// Foundation's `Process`: that one keeps descriptors (a suite that polls had more than 1,300 of them), looks through
/// `/proc/self/fd` at each start, and reads past the end of what it got there once they are that many.
final class Running {
    private let name: String
    private let outputPath: String
    private let errorPath: String
    private let begin = ContinuousClock.now
    let pid: pid_t
    /// What `waitpid` said of it; from then on the number may belong to another process.
    private var ending: Int32?

    /// - Parameter folder: where its output is kept until its end.
    init(_ program: String, _ arguments: [String], environment: [String: String] = [:], in folder: String) throws {
        name = ([program] + arguments).joined(separator: " ")
        let base = folder + "/" + UUID().uuidString
        outputPath = base + ".out"
        errorPath = base + ".err"
        pid = try Self.spawn(
            [program] + arguments, ProcessInfo.processInfo.environment.merging(environment) { _, new in new },
            output: outputPath, errors: errorPath)
    }

    private static func spawn(
        _ words: [String], _ environment: [String: String], output: String, errors: String
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        // What the threads of the tests block must not be inherited.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var nothing = sigset_t()
        sigemptyset(&nothing)
        posix_spawnattr_setsigmask(&attributes, &nothing)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let arguments = words.map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var pid: pid_t = 0
        let status = posix_spawnp(&pid, words[0], &actions, &attributes, arguments, variables)
        guard status == 0 else { throw Failure("\(words[0]): \(String(cString: strerror(status)))") }
        return pid
    }

    deinit {
        if isRunning {
            Glibc.kill(pid, SIGKILL)
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        }
        for path in [outputPath, errorPath] { unlink(path) }
    }

    var isRunning: Bool {
        guard ending == nil else { return false }
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return true }
        ending = status
        return false
    }

    /// What it has said so far on its standard error.
    var errors: String { Self.text(of: errorPath) }

    /// As a power cut would: nothing of the program runs after this.
    func kill(_ signal: Int32 = SIGKILL) {
        if isRunning { Glibc.kill(pid, signal) }
    }

    /// Waits for its end.
    ///
    /// - Throws: `Failure` after `limit` seconds of waiting; the program is killed then.
    func wait(seconds limit: Double) async throws -> Outcome {
        let asked = ContinuousClock.now
        while isRunning {
            try giveUp(after: limit, since: asked)
            try await Task.sleep(for: .milliseconds(10))
        }
        return outcome()
    }

    func waitBlocking(seconds limit: Double) throws -> Outcome {
        let asked = ContinuousClock.now
        while isRunning {
            try giveUp(after: limit, since: asked)
            usleep(10_000)
        }
        return outcome()
    }

    /// The limit counts from the moment of asking: the program may have run for long before it was killed.
    private func giveUp(after limit: Double, since asked: ContinuousClock.Instant) throws {
        guard ContinuousClock.now - asked > .seconds(limit) else { return }
        kill()
        throw Failure(
            "\(name) took longer than \(Int(limit)) s\n\(Self.text(of: outputPath).suffix(2000))\n\(errors.suffix(4000))"
        )
    }

    private var seconds: Double { (ContinuousClock.now - begin) / .seconds(1) }

    private func outcome() -> Outcome {
        // As a shell says it: the exit status, or 128 and the number of the signal.
        let status = ending.map { $0 & 0x7f == 0 ? ($0 >> 8) & 0xff : 128 + ($0 & 0x7f) } ?? -1
        return Outcome(status: status, output: Self.text(of: outputPath), errors: errors, seconds: seconds)
    }

    private static func text(of path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
}

/// Asks again and again until the answer is there, with a pause in between.
///
/// - Throws: `Failure` after `limit` seconds.
@discardableResult
func eventually<Value>(
    _ what: String, within limit: Double = 60, every pause: Duration = .milliseconds(100),
    _ ask: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + .seconds(limit)
    while true {
        if let value = try await ask() { return value }
        guard ContinuousClock.now < deadline else { throw Failure("\(what): not within \(Int(limit)) s") }
        try await Task.sleep(for: pause)
    }
}
