import Diagnostics
import Foundation
import Glibc

/// A program of this machine that goes on while martlet does not: in a session of its own, found again by number and start.
package struct BackgroundProgram: Sendable, Hashable, Codable {
    package let pid: Int32
    let startTicks: UInt64
    let boot: String

    private var identity: ProcessIdentity { ProcessIdentity(pid: pid, startTicks: startTicks, boot: boot) }

    /// Starts it in a folder; what it prints goes to the end of a log.
    ///
    /// - Throws: `Diagnostic` if there is no such program, or it cannot be started.
    package static func start(
        _ name: String, _ arguments: [String], environment: [String: String], folder: String, log: String
    ) throws -> BackgroundProgram {
        // A path is taken as it is, from the folder on; a name is looked up.
        let path = name.contains("/") ? name : LocalProgram.find(name)
        guard let path, let launcher = LocalProgram.find("env") else { throw Prerequisites.missing([name]) }
        let pid = try Spawn.start(
            path: launcher, arguments: ["env", "--chdir=\(folder)", "--", path] + arguments, environment: environment,
            output: .file(log), errors: .file(log), session: .detached)
        guard let text = Files.read("/proc/\(pid)/stat"), let parsed = ProcessIdentity.parse(stat: text) else {
            throw Diagnostic(code: "hosts.program-failed", "\(name) ended before it was seen")
        }
        return BackgroundProgram(pid: pid, startTicks: parsed.startTicks, boot: ProcessIdentity.currentBoot)
    }

    package var isAlive: Bool { identity.isAlive }

    /// Asks it and all it has started to end, and insists after a while.
    package func end(patience: Duration = .seconds(5)) async {
        guard isAlive else { return }
        // It leads its session, so its number is that of the group.
        kill(-pid, SIGTERM)
        let deadline = ContinuousClock.now + patience
        while isAlive, ContinuousClock.now < deadline {
            reap()
            try? await Task.sleep(for: .milliseconds(50))
        }
        kill(-pid, SIGKILL)
        reap()
    }

    /// If it is a child of this process, it stays as a zombie until somebody asks.
    private func reap() {
        var status: Int32 = 0
        _ = waitpid(pid, &status, WNOHANG)
    }
}
