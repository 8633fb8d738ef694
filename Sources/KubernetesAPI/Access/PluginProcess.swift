internal import Diagnostics
internal import Foundation

/// A credential plug-in while it runs, in a process group of its own.
///
/// Foundation's `Process` is not used: it waits until everything has ended that a program left running.
struct PluginProcess {
    /// How it ended and what it printed.
    struct End {
        /// The exit status, 128 and the number of the signal that ended it; nil if it was ended for being late.
        var status: Int32?
        var output: [UInt8]
        var errors: [UInt8]
    }

    private let identifier: pid_t
    private var output: LimitedPipe
    private var errors: LimitedPipe

    /// Starts it with nothing on its standard input; `problem` makes an error of a reason.
    init(
        _ path: String, _ arguments: [String], _ variables: [String: String], problem: (String) -> Diagnostic
    ) throws(Diagnostic) {
        guard let output = LimitedPipe(), let errors = LimitedPipe() else {
            throw problem("there are too many open files")
        }
        defer {
            output.closeWritingEnd()
            errors.closeWritingEnd()
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output.writing, 1)
        posix_spawn_file_actions_adddup2(&actions, errors.writing, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var words = ([path] + arguments).map { strdup($0) } + [nil]
        var environment = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + environment { free(text) } }
        var identifier = pid_t()
        let failure = posix_spawn(&identifier, path, &actions, &attributes, &words, &environment)
        guard failure == 0 else { throw problem("it cannot be started: \(String(cString: strerror(failure)))") }
        self.identifier = identifier
        self.output = output
        self.errors = errors
    }

    /// Until it has ended, or kills it and what it started at the deadline; blocks.
    ///
    /// What it left running in the background may hold its outputs open: once it has ended, what is there counts.
    func wait(until deadline: ContinuousClock.Instant, limit: Int) -> End {
        var pipes = [output, errors]
        var status = exitStatus(WNOHANG)
        while true {
            let hasRead = LimitedPipe.read(&pipes, limit: limit)
            if status != nil, !hasRead || pipes.allSatisfy(\.isClosed) { break }
            if status == nil { status = exitStatus(WNOHANG) }
            if status == nil, ContinuousClock.now >= deadline {
                kill(-identifier, SIGKILL)
                _ = exitStatus(0)
                break
            }
        }
        for pipe in pipes { pipe.closeReadingEnd() }
        return End(status: status, output: pipes[0].bytes, errors: pipes[1].bytes)
    }

    /// Nil while it runs.
    private func exitStatus(_ options: Int32) -> Int32? {
        var status: Int32 = 0
        var result = waitpid(identifier, &status, options)
        while result < 0, errno == EINTR { result = waitpid(identifier, &status, options) }
        guard result != 0 else { return nil }
        let signal = status & 0x7F
        return signal == 0 ? status >> 8 & 0xFF : 128 + signal
    }
}

/// One of a program's outputs.
private struct LimitedPipe {
    let writing: Int32
    private let reading: Int32
    private(set) var bytes: [UInt8] = []
    private(set) var isClosed = false

    /// Nil if there are too many open files.
    init?() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        // A program that another thread starts just now may inherit an end, which only delays the other's end.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (reading, writing) = (ends[0], ends[1])
    }

    func closeWritingEnd() { close(writing) }
    func closeReadingEnd() { close(reading) }

    /// Waits a moment and takes what has come; what is beyond the limit is dropped, so that the program does not block.
    ///
    /// False if nothing came.
    static func read(_ pipes: inout [LimitedPipe], limit: Int) -> Bool {
        var descriptors = pipes.map { pollfd(fd: $0.isClosed ? -1 : $0.reading, events: Int16(POLLIN), revents: 0) }
        guard poll(&descriptors, nfds_t(descriptors.count), 20) > 0 else { return false }
        for index in pipes.indices where descriptors[index].revents != 0 {
            var part = [UInt8](repeating: 0, count: 64 << 10)
            let count = Foundation.read(descriptors[index].fd, &part, part.count)
            pipes[index].isClosed = count == 0 || count < 0 && errno != EINTR
            if count > 0, pipes[index].bytes.count < limit { pipes[index].bytes += part.prefix(count) }
        }
        return true
    }
}
