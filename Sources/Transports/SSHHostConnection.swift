internal import Diagnostics
internal import Execution
internal import Planning
internal import SecureShell

/// One host over SSH: a session, its shells, and the lock that the first of them holds.
actor SSHHostConnection: HostConnection {
    private let host: String
    private let session: SSHSession
    private let sudo: SudoMode
    private let lock: HostLock?
    /// Shells that are free; the one that holds the lock is never closed.
    private var idle: [ShellChannel] = []
    private var isLocked = false
    private var proxy: ForwardingProxy?
    private var ports: [ForwardingProxy] = []
    /// Under way while the first shell takes the lock; whoever comes meanwhile waits, or would find it taken by ourselves.
    private var locking: Task<[RemoteResult], any Error>?

    init(host: String, session: SSHSession, sudo: SudoMode, lock: HostLock?) {
        self.host = host
        self.session = session
        self.sudo = sudo
        self.lock = lock
    }

    var isLost: Bool { get async { await !session.isOpen } }

    func run(_ commands: [RemoteCommand], timeout: Duration) async throws -> [RemoteResult] {
        do {
            if let lock {
                while !isLocked {
                    // The failure of another's batch is its own affair: the next one tries to lock by itself.
                    guard let locking else { return try await runLocking(commands, lock, timeout) }
                    _ = try? await locking.value
                }
            }
            if let shell = await takeIdleShell() { return try await finish(commands, in: shell, timeout) }
            guard let lock else {
                return try await finish(commands, in: try await session.openShell(sudo: sudo), timeout)
            }
            let shell = try await session.openShell(sudo: sudo, prelude: lock.sharePrelude)
            let results = try await batch(guarded(commands, by: lock), in: shell, timeout)
            if let first = results.first, results.allSatisfy({ $0.status == HostLock.busyStatus }) {
                // It has no share and must not be taken for one that has.
                await shell.close()
                throw lock.diagnostic(heldBy: first.errorOutput, host: host)
            }
            idle.append(shell)
            return results
        } catch let error as SSHError {
            throw error.diagnostic(host: host)
        }
    }

    private func runLocking(_ commands: [RemoteCommand], _ lock: HostLock, _ timeout: Duration) async throws
        -> [RemoteResult]
    {
        let task = Task {
            // Within the task: who waits for it must not see it again once it has ended.
            defer { locking = nil }
            return try await runFirst(commands, lock, timeout)
        }
        locking = task
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// The lock is taken by the shell itself before its first batch, so that it costs no round trip.
    private func runFirst(_ commands: [RemoteCommand], _ lock: HostLock, _ timeout: Duration) async throws
        -> [RemoteResult]
    {
        let shell = try await session.openShell(sudo: sudo, prelude: lock.prelude)
        var results = try await batch(guarded(commands, by: lock), in: shell, timeout)
        if let first = results.first, results.allSatisfy({ $0.status == HostLock.impossibleStatus }) {
            await shell.close()
            throw HostLock.impossible(first.errorOutput, host: host)
        }
        if let first = results.first, [HostLock.busyStatus, HostLock.workingStatus].contains(first.status) {
            try await wait(for: lock, heldBy: first.status == HostLock.busyStatus ? first.errorOutput : nil, in: shell)
            results = try await batch(commands, in: shell, timeout)
        }
        isLocked = true
        idle.append(shell)
        return results
    }

    /// A lock that outlived its martlet, or our own lost connection, is held by a command that still runs; the host is worth
    /// waiting for.
    ///
    /// - Parameter holder: nil if the lock is ours and only commands of the one before are still at work.
    private func wait(for lock: HostLock, heldBy holder: String?, in shell: ShellChannel) async throws {
        if let holder, !lock.isAbandoned(holder), !lock.isOurs(holder) {
            throw lock.diagnostic(heldBy: holder, host: host)
        }
        for _ in 0..<60 {
            let result = try await batch([RemoteCommand(lock.waiting(seconds: 15))], in: shell, .seconds(60))
            if result.first?.status == 0 { return }
        }
        throw lock.diagnostic(heldBy: holder ?? "", host: host)
    }

    private func guarded(_ commands: [RemoteCommand], by lock: HostLock) -> [RemoteCommand] {
        commands.map { RemoteCommand(lock.guarded($0.script), input: $0.input, mayBeSeen: $0.mayBeSeen) }
    }

    private func takeIdleShell() async -> ShellChannel? {
        while let shell = idle.popLast() {
            if await !shell.isBroken { return shell }
        }
        return nil
    }

    private func finish(_ commands: [RemoteCommand], in shell: ShellChannel, _ timeout: Duration) async throws
        -> [RemoteResult]
    {
        let results = try await batch(commands, in: shell, timeout)
        idle.append(shell)
        return results
    }

    private func batch(_ commands: [RemoteCommand], in shell: ShellChannel, _ timeout: Duration) async throws
        -> [RemoteResult]
    {
        let wrapped = commands.map { ShellCommand($0.script, stdin: Array($0.input.utf8)) }
        let mayBeSeen = commands.allSatisfy(\.mayBeSeen)
        return try await shell.batch(wrapped, mayBeSeen: mayBeSeen, deadline: timeout).map { result in
            RemoteResult(
                status: result.status, output: String(decoding: result.stdout, as: UTF8.self),
                errorOutput: String(decoding: result.stderr, as: UTF8.self))
        }
    }

    func put(_ source: BlobSource, to path: String, mode: Int) async throws {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        _ = try await run([RemoteCommand("mkdir -p \(Shell.quote(folder))")], timeout: .seconds(30))
        do {
            _ = try await session.upload(
                .slice(source.path, offset: source.offset, size: source.size), to: path, mode: UInt16(clamping: mode),
                sha256: source.sha256, sudo: sudo)
        } catch {
            throw error.diagnostic(host: host)
        }
        _ = try await run([RemoteCommand(BlobRecord.command(path: path, sha256: source.sha256))], timeout: .seconds(30))
    }

    func forwardingProxy() async throws -> String {
        if let proxy { return proxy.url }
        do {
            let new = try ForwardingProxy(through: session)
            proxy = new
            return new.url
        } catch {
            throw error.diagnostic(host: host)
        }
    }

    func forwardedPort(toHost target: String, port: UInt16) async throws -> UInt16 {
        do {
            let new = try ForwardingProxy(through: session, toHost: target, port: port)
            ports.append(new)
            return new.port
        } catch {
            throw error.diagnostic(host: host)
        }
    }

    func close() async {
        proxy?.close()
        ports.forEach { $0.close() }
        await session.close()
    }
}
