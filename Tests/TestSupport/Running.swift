internal import Foundation
package import Glibc
internal import Synchronization

/// How a program ended.
package struct Outcome: Sendable {
    /// The exit status, or 128 and the signal's number.
    package var status: Int32
    package var output: String
    package var errors: String
    package var seconds: Double

    /// Both streams, for messages of failed expectations.
    package var said: String {
        "status \(status) after \(Int(seconds)) s\n\(output.suffix(3000))\n\(errors.suffix(5000))"
    }
}

/// A program that was started; killed with its last reference.
///
/// Its output goes to files without a name, so that it never waits for a reader, can be read while it runs, and leaves nothing.
/// `posix_spawn`, not Foundation's `Process`: that one keeps descriptors (a suite that polls had more than 1,300 of them),
/// looks through `/proc/self/fd` at each start, and hands on the signals that the threads of the tests block.
package final class Running: Sendable {
    package enum Input: Sendable {
        case nothing
        case text(String)
        case bytes([UInt8])
        /// Read from there; the caller closes it.
        case descriptor(Int32)
    }

    private let name: String
    private let outputFile: NamelessFile
    private let errorFile: NamelessFile
    private let begin = ContinuousClock.now
    package let pid: pid_t
    /// What `waitpid` said of it; from then on the number may belong to another process.
    private let ending = Mutex<Int32?>(nil)

    /// - Parameters:
    ///   - program: a path, or a name that is looked for in `PATH` and in the folders of the system.
    ///   - environment: beside that of the tests, or nothing else where `isAlone`.
    /// - Throws: `Failure` if it cannot be started.
    package init(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], isAlone: Bool = false,
        input: Input = .nothing, folder: String? = nil
    ) throws {
        name = ([program] + arguments).joined(separator: " ")
        let (output, errors) = (try NamelessFile(), try NamelessFile())
        (outputFile, errorFile) = (output, errors)
        let inherited = isAlone ? [:] : ProcessInfo.processInfo.environment
        var given: NamelessFile?
        var descriptor: Int32 = -1
        switch input {
        case .nothing: break
        case .descriptor(let other): descriptor = other
        case .text(let text): given = try NamelessFile(Array(text.utf8))
        case .bytes(let bytes): given = try NamelessFile(bytes)
        }
        if let given { descriptor = given.descriptor }
        pid = try withExtendedLifetime(given) {
            // posix_spawn knows folders only by a name that the importer does not show.
            let there = folder.map { ["/usr/bin/env", "--chdir=\($0)", "--"] } ?? []
            return try Self.spawn(
                there + [try Self.path(of: program)] + arguments, inherited.merging(environment) { $1 },
                descriptors: [descriptor, output.descriptor, errors.descriptor])
        }
    }

    /// Runs a program to its end.
    package static func run(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], isAlone: Bool = false,
        input: Input = .nothing, folder: String? = nil, seconds: Double = 120
    ) throws -> Outcome {
        try Running(
            program, arguments, environment: environment, isAlone: isAlone, input: input, folder: folder
        ).waitBlocking(seconds: seconds)
    }

    /// The same for one that must end well; gives back its output.
    @discardableResult
    package static func succeed(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], isAlone: Bool = false,
        input: Input = .nothing, folder: String? = nil, seconds: Double = 120
    ) throws -> String {
        let outcome = try run(
            program, arguments, environment: environment, isAlone: isAlone, input: input, folder: folder,
            seconds: seconds)
        guard outcome.status == 0 else { throw Failure("\(program) \(arguments): \(outcome.said)") }
        return outcome.output
    }

    /// Pipes are made and programs started one at a time, so that no program inherits the pipe of another.
    private static let turn = Mutex(())

    /// A pipe whose ends no program inherits.
    static func pipe() throws -> (reading: Int32, writing: Int32) {
        try turn.withLock { _ in
            var ends: [Int32] = [-1, -1]
            guard Glibc.pipe(&ends) == 0 else { throw Failure("no pipe: \(String(cString: strerror(errno)))") }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            return (ends[0], ends[1])
        }
    }

    private static func path(of program: String) throws -> String {
        guard !program.contains("/") else { return program }
        let named = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":").map(String.init) ?? []
        for folder in named + ["/usr/bin", "/bin", "/usr/sbin", "/sbin"] {
            if access("\(folder)/\(program)", X_OK) == 0 { return "\(folder)/\(program)" }
        }
        throw Failure("\(program) is not installed")
    }

    private static func spawn(
        _ words: [String], _ environment: [String: String], descriptors: [Int32]
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, descriptor) in zip(Int32(0)..., descriptors) {
            if descriptor < 0 {
                posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0)
            } else {
                posix_spawn_file_actions_adddup2(&actions, descriptor, number)
            }
        }
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
            if let open = Int32(name), open > 2 { posix_spawn_file_actions_addclose(&actions, open) }
        }
        // What the tests block and ignore must not be inherited: a shell that never hears of a child's end waits for ever.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var nothing = sigset_t()
        sigemptyset(&nothing)
        posix_spawnattr_setsigmask(&attributes, &nothing)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let arguments = words.map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var pid: pid_t = 0
        let status = turn.withLock { _ in posix_spawn(&pid, words[0], &actions, &attributes, arguments, variables) }
        guard status == 0 else { throw Failure("\(words[0]): \(String(cString: strerror(status)))") }
        return pid
    }

    deinit { end() }

    package var isRunning: Bool {
        ending.withLock { ending in
            guard ending == nil else { return false }
            var status: Int32 = 0
            guard waitpid(pid, &status, WNOHANG) == pid else { return true }
            ending = status
            return false
        }
    }

    /// What it has said so far.
    package var output: String { outputFile.text }
    package var errors: String { errorFile.text }

    /// As a power cut would: nothing of the program runs after this.
    package func kill(_ signal: Int32 = SIGKILL) {
        if isRunning { Glibc.kill(pid, signal) }
    }

    /// Kills it and waits until it is gone.
    package func end() {
        ending.withLock { ending in
            guard ending == nil else { return }
            Glibc.kill(pid, SIGKILL)
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            ending = status
        }
    }

    /// Waits for its end.
    ///
    /// - Throws: `Failure` after `limit` seconds of waiting; the program is killed then.
    package func wait(seconds limit: Double) async throws -> Outcome {
        let asked = ContinuousClock.now
        var pause = Duration.milliseconds(1)
        while isRunning {
            try giveUp(after: limit, since: asked)
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(10))
        }
        return outcome()
    }

    package func waitBlocking(seconds limit: Double) throws -> Outcome {
        let asked = ContinuousClock.now
        var pause: UInt32 = 250
        while isRunning {
            try giveUp(after: limit, since: asked)
            usleep(pause)
            pause = min(pause * 2, 10_000)
        }
        return outcome()
    }

    /// The limit counts from the moment of asking: the program may have run for long before it was killed.
    private func giveUp(after limit: Double, since asked: ContinuousClock.Instant) throws {
        guard ContinuousClock.now - asked > .seconds(limit) else { return }
        kill()
        throw Failure("\(name) took longer than \(Int(limit)) s\n\(output.suffix(2000))\n\(errors.suffix(4000))")
    }

    private func outcome() -> Outcome {
        // As a shell says it: the exit status, or 128 and the number of the signal.
        let status = ending.withLock { $0 }.map { $0 & 0x7f == 0 ? ($0 >> 8) & 0xff : 128 + ($0 & 0x7f) } ?? -1
        return Outcome(
            status: status, output: output, errors: errors, seconds: (ContinuousClock.now - begin) / .seconds(1))
    }
}
