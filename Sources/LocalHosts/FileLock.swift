import Diagnostics
import Glibc

/// An flock on a file; released when the value goes away, or the process dies.
///
/// Children do not inherit it, but for programs that are run `during` it.
package final class FileLock: Sendable {
    private let descriptor: Int32

    @TaskLocal private static var held: [FileLock] = []

    /// Locks that a program takes along which this task runs now.
    static var ofPrograms: [FileLock] { held }

    /// Numbers of the descriptors by which a program holds locks.
    static func descriptors(_ locks: [FileLock]) -> [Int32] { locks.map(\.descriptor) }

    /// Does something whose programs hold the lock, too: should this process be killed, whoever wants the lock waits for the
    /// last of them.
    ///
    /// A program that was started a moment before dies with its parent only from the moment on in which it has said so
    /// (`setpriv --pdeathsig`); on a busy machine it may come to its work long after.
    func during<Value: Sendable>(_ work: () async throws -> Value) async throws -> Value {
        try await Self.$held.withValue(Self.held + [self]) { try await work() }
    }

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Takes the lock if nobody else holds it; nil if somebody does, or if the file was removed meanwhile.
    package static func attempt(_ path: String) throws -> FileLock? {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemCall.failure("open", on: path) }
        let lock = FileLock(descriptor: descriptor)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            if errno == EWOULDBLOCK || errno == EINTR { return nil }
            throw SystemCall.failure("flock", on: path)
        }
        var held = stat()
        var named = stat()
        guard fstat(descriptor, &held) == 0, stat(path, &named) == 0, held.st_ino == named.st_ino else { return nil }
        return lock
    }

    /// Takes the lock, waiting for at most `patience` (for ever if nil).
    ///
    /// `busy` is called once when it has to wait.
    static func acquire(
        _ path: String, patience: Duration?, subject: String, busy: (() -> Void)? = nil
    ) async throws -> FileLock {
        var pause = Pause()
        let start = ContinuousClock.now
        var told = false
        while true {
            if let lock = try attempt(path) { return lock }
            if let patience, ContinuousClock.now - start > patience {
                throw Diagnostic(
                    code: "hosts.busy", "another martlet works on \(subject)",
                    hint: "wait until it has finished, then run this again", exitCode: .locked)
            }
            if !told {
                told = true
                busy?()
            }
            try await pause.next()
        }
    }
}
