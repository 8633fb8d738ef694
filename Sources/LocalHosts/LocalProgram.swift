import Diagnostics
import Foundation
import Glibc
import Synchronization

/// Runs programs of this machine: an argument array, never a shell string; output captured; cancellation kills.
///
/// A program runs in a process group of its own, so that Ctrl-C reaches martlet first, and dies with martlet, so that
/// nothing goes on writing after martlet was killed.
package enum LocalProgram {
    /// What a finished program left.
    package struct Output: Sendable {
        /// The exit status; 128 + signal number if a signal ended it.
        package var status: Int32
        package var text: String
        package var errorText: String

        /// The last lines of standard error (of standard output where that is empty), for a diagnostic's evidence.
        var lastLines: [String] {
            let source = errorText.allSatisfy(\.isWhitespace) ? text : errorText
            return source.split(whereSeparator: \.isNewline).suffix(12).map(String.init)
        }
    }

    /// Runs a program and throws unless it ends with status 0.
    ///
    /// Returns its standard output.
    @discardableResult
    static func run(
        _ name: String, _ arguments: [String], environment: [String: String] = [:], deadline: Duration? = nil
    ) async throws -> String {
        let output = try await attempt(name, arguments, environment: environment, deadline: deadline)
        guard output.status == 0 else { throw failure(name, arguments, output) }
        return output.text
    }

    /// Runs a program and returns how it ended.
    ///
    /// Throws only if it could not be started, or on cancellation.
    package static func attempt(
        _ name: String, _ arguments: [String], environment: [String: String] = [:], deadline: Duration? = nil
    ) async throws -> Output {
        guard let path = find(name) else { throw Prerequisites.missing([name]) }
        guard let launcher = find("setpriv") else { throw Prerequisites.missing(["setpriv"]) }
        try Task.checkCancellation()
        let child = RunningChild(
            path: launcher, arguments: ["setpriv", "--pdeathsig", "KILL", "--", path] + arguments,
            environment: environment, deadline: deadline, locks: FileLock.ofPrograms)
        let output = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                // A thread of its own: the call blocks, and a parent-death signal is bound to the thread that spawns.
                Thread.detachNewThread { continuation.resume(with: Result { try child.run() }) }
            }
        } onCancel: {
            child.cancel()
        }
        try Task.checkCancellation()
        return output
    }

    /// The diagnostic of a program that ended badly.
    static func failure(_ name: String, _ arguments: [String], _ output: Output) -> Diagnostic {
        Diagnostic(
            code: "hosts.program-failed", "\(name) ended with status \(output.status)",
            detail: ([name] + arguments).joined(separator: " "), evidence: output.lastLines)
    }

    /// The full path of a program: in PATH, then in the folders for administrators.
    package static func find(_ name: String) -> String? {
        if name.hasPrefix("/") { return access(name, X_OK) == 0 ? name : nil }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let folders = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin", "/usr/bin", "/bin"]
        return folders.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }
}

/// One program while it runs.
private final class RunningChild: Sendable {
    private let path: String
    private let arguments: [String]
    private let environment: [String: String]
    private let deadline: Duration?
    private let locks: [FileLock]
    private let cancelled = Atomic(false)

    init(
        path: String, arguments: [String], environment: [String: String], deadline: Duration?, locks: [FileLock]
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.deadline = deadline
        self.locks = locks
    }

    func cancel() { cancelled.store(true, ordering: .relaxed) }

    /// Blocks until the program has ended and both its outputs are closed.
    func run() throws -> LocalProgram.Output {
        let outputs = try (0..<2).map { _ in try Spawn.pipe() }
        defer { outputs.forEach { close($0.reading) } }
        let pid: pid_t
        do {
            defer { outputs.forEach { close($0.writing) } }
            pid = try Spawn.start(
                path: path, arguments: arguments, environment: environment, output: .descriptor(outputs[0].writing),
                errors: .descriptor(outputs[1].writing), session: .processGroup, kept: FileLock.descriptors(locks))
        }
        let started = ContinuousClock.now
        var texts: [[UInt8]] = [[], []]
        var open = [true, true]
        var killed = false
        var buffer = [UInt8](repeating: 0, count: 65536)
        while open.contains(true) {
            var polled = outputs.indices.map { index in
                pollfd(fd: open[index] ? outputs[index].reading : -1, events: Int16(POLLIN), revents: 0)
            }
            _ = poll(&polled, 2, 100)
            for index in polled.indices where polled[index].revents != 0 {
                let count = read(outputs[index].reading, &buffer, buffer.count)
                if count > 0 {
                    texts[index].append(contentsOf: buffer[..<count])
                } else if count == 0 || errno != EINTR {
                    open[index] = false
                }
            }
            let late = deadline.map { ContinuousClock.now - started > $0 } ?? false
            if !killed, late || cancelled.load(ordering: .relaxed) {
                killed = true
                kill(-pid, SIGKILL)
            }
        }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7f
        return LocalProgram.Output(
            status: signal == 0 ? (status >> 8) & 0xff : 128 + signal,
            text: String(decoding: texts[0], as: UTF8.self), errorText: String(decoding: texts[1], as: UTF8.self))
    }
}
