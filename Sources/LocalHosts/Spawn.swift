import Diagnostics
import Foundation
import Glibc
import Synchronization

/// The thin layer over posix_spawn: no descriptor but the three standard ones is inherited unless it is named, signals are
/// reset.
enum Spawn {
    enum Output {
        case descriptor(Int32)
        /// A file that is appended to, made with mode 0600.
        case file(String)
    }

    enum Session {
        /// A process group of its own, in the session of this process.
        case processGroup
        /// A session of its own: outlives this process and its terminal.
        case detached
    }

    /// Pipes are made and programs started one at a time, so that no program inherits the pipe of another.
    private static let turn = Mutex(())

    /// A pipe whose ends no program inherits.
    static func pipe() throws -> (reading: Int32, writing: Int32) {
        try turn.withLock { _ in
            var ends: [Int32] = [-1, -1]
            guard Glibc.pipe(&ends) == 0 else { throw SystemCall.failure("pipe", on: "this process") }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            return (ends[0], ends[1])
        }
    }

    /// Starts a program with `/dev/null` as its input.
    ///
    /// - Parameters:
    ///   - arguments: with the program's own name.
    ///   - kept: descriptors that the program inherits.
    static func start(
        path: String, arguments: [String], environment: [String: String], output: Output, errors: Output,
        session: Session, kept: [Int32] = []
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        connect(output, to: 1, &actions)
        connect(errors, to: 2, &actions)
        for name in Files.names(in: "/proc/self/fd") {
            if let descriptor = Int32(name), descriptor > 2, !kept.contains(descriptor) {
                posix_spawn_file_actions_addclose(&actions, descriptor)
            }
        }
        // Onto itself: that takes off its mark to be closed (posix_spawn_file_actions_adddup2(3)).
        for descriptor in kept { posix_spawn_file_actions_adddup2(&actions, descriptor, descriptor) }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        // POSIX_SPAWN_SETSID of <spawn.h> is 0x80; the importer does not show it.
        let group: Int32 = session == .detached ? 0x80 : Int32(POSIX_SPAWN_SETPGROUP)
        posix_spawnattr_setflags(
            &attributes, Int16(Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF) | group))

        let variables = ProcessInfo.processInfo.environment
            .merging(["LC_ALL": "C.UTF-8"]) { $1 }.merging(environment) { $1 }
            .map { "\($0.key)=\($0.value)" }
        var argumentPointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var variablePointers: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0) } + [nil]
        defer { (argumentPointers + variablePointers).forEach { free($0) } }

        var pid: pid_t = 0
        let problem = turn.withLock { _ in
            posix_spawn(&pid, path, &actions, &attributes, &argumentPointers, &variablePointers)
        }
        guard problem == 0 else {
            throw Diagnostic(
                code: "hosts.program-failed", "\(path) could not be started", detail: String(cString: strerror(problem))
            )
        }
        return pid
    }

    private static func connect(_ output: Output, to target: Int32, _ actions: inout posix_spawn_file_actions_t) {
        switch output {
        case .descriptor(let descriptor):
            posix_spawn_file_actions_adddup2(&actions, descriptor, target)
        case .file(let path):
            posix_spawn_file_actions_addopen(&actions, target, path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        }
    }
}
