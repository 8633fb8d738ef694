internal import Diagnostics
internal import Execution
internal import Planning
internal import SecureShell
internal import Synchronization

/// One host over SSH: a session, its shells, and the lock that the first of them holds.
actor SSHHostConnection: HostConnection {
    private let host: String
    private let session: SSHSession
    private let sudo: SudoMode
    private let lock: HostLock?
    /// Where other hosts of the cluster reach this one; nil if it gives nothing to them.
    private let peerAddress: String?
    /// Gives files to other hosts, once it has one to give; under way while it starts.
    private var giver: Task<FileGiver, any Error>?
    /// Shells that are free; the one that holds the lock is never closed.
    private var idle: [ShellChannel] = []
    private var isLocked = false
    /// The number of the shell that holds the lock.
    private var lockingShell: Int?
    private var proxy: ForwardingProxy?
    private var ports: [ForwardingProxy] = []
    /// Batches and uploads that have a channel.
    private var busy = 0
    /// Those for which the server had no channel left (MaxSessions in sshd_config(5)): they try again when one is given back.
    private var waiting: [CheckedContinuation<Void, Never>] = []
    /// Under way while the first shell takes the lock; whoever comes meanwhile waits, or would find it taken by ourselves.
    private var locking: Task<[RemoteResult], any Error>?

    init(host: String, session: SSHSession, sudo: SudoMode, lock: HostLock?, peerAddress: String? = nil) {
        self.peerAddress = peerAddress
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
            let (shell, isNew) = try await freeShell()
            defer { end() }
            let needsShare = isNew ? lock : nil
            let results = try await batch(
                needsShare.map { guarded(commands, by: $0) } ?? commands, in: shell, timeout)
            if let needsShare, let first = results.first,
                results.allSatisfy({ $0.status == HostLock.busyStatus })
            {
                // It has no share and must not be taken for one that has.
                await shell.close()
                throw needsShare.diagnostic(heldBy: first.errorOutput, host: host)
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
        lockingShell = shell.number
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

    /// One that is idle, or a new one; where the server allows no more, the first that is given back.
    ///
    /// It counts as busy.
    private func freeShell() async throws(SSHError) -> (ShellChannel, isNew: Bool) {
        var refusals = 0
        while true {
            begin()
            if let shell = await takeIdleShell() { return (shell, false) }
            do throws(SSHError) {
                return (try await session.openShell(sudo: sudo, prelude: lock?.sharePrelude ?? ""), true)
            } catch {
                end()
                try await waitForChannel(after: error, &refusals)
            }
        }
    }

    /// - Parameter refusals: while nobody had a channel to give back. One that was closed a moment ago may still count there.
    /// - Throws: the refusal itself if it has another reason.
    private func waitForChannel(after refusal: SSHError, _ refusals: inout Int) async throws(SSHError) {
        guard case .channelRefused = refusal, refusals < 10 else { throw refusal }
        // What the host does for others makes room for what it does for itself.
        if giver != nil { return await stopGiving() }
        if busy > 0 {
            await withCheckedContinuation { waiting.append($0) }
        } else {
            refusals += 1
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    private func begin() { busy += 1 }

    private func end() {
        busy -= 1
        let waked = waiting
        waiting = []
        for continuation in waked { continuation.resume() }
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

    func put(_ source: BlobSource, to path: String, mode: Int, ticket: BlobTicket?) async throws -> BlobDelivery {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        _ = try await run([RemoteCommand("mkdir -p \(Shell.quote(folder))")], timeout: .seconds(30))
        let delivery: BlobDelivery
        do {
            delivery = try await upload(source, to: path, mode: UInt16(clamping: mode), ticket)
        } catch {
            throw error.diagnostic(host: host)
        }
        _ = try await run([RemoteCommand(BlobRecord.command(path: path, sha256: source.sha256))], timeout: .seconds(30))
        return delivery
    }

    private func upload(
        _ source: BlobSource, to path: String, mode: UInt16, _ ticket: BlobTicket?
    ) async throws(SSHError) -> BlobDelivery {
        let chosen = ChosenGiver()
        var peers: PeerChoice?
        var progress: SSHSession.UploadProgress?
        if let ticket {
            peers = { miss in await chosen.next(ticket, after: miss) }
            progress = { _, _ in ticket.beat() }
        }
        var refusals = 0
        while true {
            do throws(SSHError) {
                begin()
                defer { end() }
                let report = try await session.upload(
                    .slice(source.path, offset: source.offset, size: source.size), to: path, mode: mode,
                    sha256: source.sha256, sudo: sudo, progress: progress, peers: peers)
                if report.wasUnchanged { return .there }
                return report.takenFrom == nil ? .sent(report.sent) : .taken(from: chosen.host)
            } catch {
                // Shells that nobody needs now make room; the first one holds the lock.
                if case .channelRefused = error, let spare = idle.firstIndex(where: { $0.number != lockingShell }) {
                    await idle.remove(at: spare).close()
                } else {
                    try await waitForChannel(after: error, &refusals)
                }
            }
        }
    }

    // MARK: Files for other hosts

    func offer(_ path: String) async throws -> BlobOffer {
        guard let peerAddress else {
            throw Diagnostic(
                code: "host.no-giving", "this host is not known by an address that others reach", host: host)
        }
        let starting =
            giver ?? Task { [session, sudo] in try await session.startGiving(at: peerAddress, sudo: sudo) }
        giver = starting
        do {
            let offer = try await starting.value.offer(path)
            return BlobOffer(
                host: host, address: offer.address, port: offer.port, token: offer.token, file: offer.file)
        } catch let error as SSHError {
            if giver == starting { giver = nil }
            throw error.diagnostic(host: host)
        }
    }

    func withdraw(_ offer: BlobOffer) async {
        guard let giver = try? await giver?.value, giver.port == offer.port else { return }
        await giver.withdraw(
            FileOffer(address: offer.address, port: offer.port, token: offer.token, file: offer.file))
    }

    func stopGiving() async {
        guard let stopping = giver else { return }
        giver = nil
        await (try? stopping.value)?.stop()
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

/// The host that a file comes from, and the ways of the engine and of the secure shell to say so.
private final class ChosenGiver: Sendable {
    private let name = Mutex("")

    var host: String { name.withLock { $0 } }

    func next(_ ticket: BlobTicket, after miss: PeerMiss?) async -> FileOffer? {
        guard let offer = await ticket.next(after: miss.map(BlobMiss.init)) else { return nil }
        name.withLock { $0 = offer.host }
        return FileOffer(address: offer.address, port: offer.port, token: offer.token, file: offer.file)
    }
}

extension BlobMiss {
    fileprivate init(_ miss: PeerMiss) {
        self =
            switch miss {
            case .noBash: .unable
            case .unreachable: .unreachable
            case .short: .short
            case .digest: .digest
            }
    }
}
