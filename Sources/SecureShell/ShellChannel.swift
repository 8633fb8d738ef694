internal import CLibSSH2
internal import Diagnostics

/// One long-lived shell on a host: a batch of any number of commands costs one round trip.
///
/// Made by `SSHSession.openShell`. Batches run one after another. After a timeout or when the shell ends, the channel is
/// broken (`isBroken`) and a new one has to be opened; the session stays usable.
package struct ShellChannel: Sendable {
    package let session: SSHSession
    /// Of the session, never used twice.
    package let number: Int

    /// Runs the commands in order, each in a subshell, whatever the ones before it said, and gives one result for each.
    ///
    /// Throws `.timedOut(.batch, sent: true)` when the deadline passes: the command under way is not stopped, and its
    /// outcome is unknown. `.shellEnded` tells how many commands were completed.
    ///
    /// - Parameter mayBeSeen: the commands hold no secret. A shell's first batch then travels within the request that
    ///   starts the shell, if it fits, which saves a round trip and shows it in the host's process list: OpenSSH takes no
    ///   input before it has accepted the request. Variables of the prelude do not outlive such a batch. With sudo, which
    ///   would log all of it, the parameter changes nothing.
    package func batch(
        _ commands: [ShellCommand], mayBeSeen: Bool = false, deadline: Duration = .seconds(300)
    ) async throws(SSHError) -> [ShellResult] {
        try await session.batch(commands, shell: number, mayBeSeen: mayBeSeen, deadline: deadline)
    }

    /// Whether a batch failed in a way that ended this shell.
    package var isBroken: Bool {
        get async { await session.isBroken(shell: number) }
    }

    /// Ends the shell; never fails.
    ///
    /// Not needed before `SSHSession.close`.
    package func close(deadline: Duration = .seconds(2)) async { await session.closeShell(number, deadline: deadline) }
}

/// What the session keeps of a shell.
final class ShellState {
    var exchange: ChannelExchange
    let channel: OpaquePointer
    let nonce: UInt64
    let sudo: SudoMode
    /// The shell's program, with arguments.
    let program: String
    /// What the shell itself has to run before its next batch.
    var introduction: [UInt8]
    var isBusy = false
    /// The shell's process id on the host, once it spoke.
    var processID: Int32?
    var output = FrameParser()
    var errors = FrameParser()

    init(
        exchange: ChannelExchange, channel: OpaquePointer, nonce: UInt64, sudo: SudoMode, program: String = "sh",
        prelude: String = ""
    ) {
        self.program = program
        introduction = ShellEncoding.prologue + Array((prelude + "\n").utf8)
        self.exchange = exchange
        self.channel = channel
        self.nonce = nonce
        self.sudo = sudo
    }

    /// Sudo's question, and the shell's answer that none was needed.
    var prompt: String { "martlet-\(String(nonce, radix: 16))-password:" }
    var greeting: String { "martlet-\(String(nonce, radix: 16))-ready" }
}

extension SSHSession {
    /// Opens a shell channel: one round trip; starting the shell is another, in which a first batch that may be seen is
    /// included.
    ///
    /// With a sudo password the shell is started before this returns; the other modes report sudo's refusal from the
    /// first batch.
    ///
    /// - Parameter prelude: lines that the shell itself runs before the first batch, not in a subshell: descriptors that
    ///   they open (a lock) are open as long as the shell lives, or a process that inherited them. They must not print or end it.
    package func openShell(
        sudo: SudoMode = .none, prelude: String = "", deadline: Duration = .seconds(30)
    ) async throws(SSHError) -> ShellChannel {
        try await openShell(sudo: sudo, prelude: prelude, shell: "sh", deadline: deadline)
    }

    func openShell(
        sudo: SudoMode, prelude: String = "", shell: String, deadline: Duration
    ) async throws(SSHError) -> ShellChannel {
        let limit = self.deadline(after: deadline)
        return try await cancellable { () async throws(SSHError) in
            let channel = try await openChannel(until: limit)
            guard let session else { throw lost ?? .cancelled }
            let nonce = UInt64.random(in: .min ... .max)
            let command = Self.command(sudo: sudo, shell: shell, nonce: nonce)
            let exchange = ChannelExchange(session: session, channel: channel, gate: startGate, command: command)
            lastChannel += 1
            let state = ShellState(
                exchange: exchange, channel: channel, nonce: nonce, sudo: sudo, program: shell, prelude: prelude)
            shells[lastChannel] = state
            let number = lastChannel
            if case .password(let password) = sudo {
                do throws(SSHError) {
                    try await unlock(state, password: password, until: limit)
                } catch {
                    shells[number] = nil
                    abandon(channel)
                    throw error
                }
            }
            return ShellChannel(session: self, number: number)
        }
    }

    /// `exec` and `env` mean the same to every login shell.
    private static func command(sudo: SudoMode, shell: String, nonce: UInt64) -> String {
        let name = "martlet-\(String(nonce, radix: 16))"
        return switch sudo {
        case .none: "exec \(shell)"
        case .withoutPassword: "exec env LC_ALL=C sudo -n -- \(shell)"
        case .password:
            "exec env LC_ALL=C sudo -S -p \(name)-password: -- \(shell) -c 'echo \(name)-ready >&2; exec \(shell)'"
        }
    }

    func isBroken(shell number: Int) -> Bool { shells[number] == nil || lost != nil }

    // MARK: Batches

    func batch(
        _ commands: [ShellCommand], shell number: Int, mayBeSeen: Bool, deadline: Duration
    ) async throws(SSHError) -> [ShellResult] {
        guard !commands.contains(where: { $0.script.utf8.contains(0) }) else {
            throw .invalidInput("a script cannot contain a NUL byte")
        }
        if let lost { throw marked(lost, sent: false) }
        let limit = self.deadline(after: deadline)
        return try await cancellable { () async throws(SSHError) in
            let shell = try await turn(of: number, until: limit)
            defer {
                shell.isBusy = false
                wakeAll()
            }
            do throws(SSHError) {
                return try await exchange(commands, with: shell, mayBeSeen: mayBeSeen, until: limit)
            } catch {
                if shells.removeValue(forKey: number) != nil { abandon(shell.channel) }
                throw error
            }
        }
    }

    /// Waits until no other batch is under way in the shell.
    private func turn(of number: Int, until limit: MonotonicTime) async throws(SSHError) -> ShellState {
        while let shell = shells[number] {
            if let lost { throw marked(lost, sent: false) }
            guard shell.isBusy else {
                shell.isBusy = true
                return shell
            }
            if await wait(until: limit) { throw .timedOut(phase: .batch, sent: false) }
        }
        throw lost.map { marked($0, sent: false) } ?? .channelRefused(detail: "the shell has ended")
    }

    private func exchange(
        _ commands: [ShellCommand], with shell: ShellState, mayBeSeen: Bool, until limit: MonotonicTime
    ) async throws(SSHError) -> [ShellResult] {
        let marks = (0...commands.count).map { _ in FrameMark.random(channel: shell.nonce) }
        var text = shell.introduction
        shell.introduction = []
        ShellEncoding.announce(marks[0], to: &text)
        for (command, mark) in zip(commands, marks.dropFirst()) { ShellEncoding.append(command, mark: mark, to: &text) }
        shell.output.expect([(marks[0], 4096)] + zip(marks.dropFirst(), commands.map(\.limits.stdout)).map { ($0, $1) })
        shell.errors.expect([(marks[0], 4096)] + zip(marks.dropFirst(), commands.map(\.limits.stderr)).map { ($0, $1) })
        if mayBeSeen, !shell.exchange.isStarted, case .none = shell.sudo, startVisibly(shell, with: text) { text = [] }
        var offset = 0
        let code = try await perform(.batch, until: limit, sent: true, abandonable: true) {
            let code = shell.exchange.advance(input: text, offset: &offset, endsInput: false) { stream, bytes in
                if stream == 0 { shell.output.feed(bytes) } else { shell.errors.feed(bytes) }
            }
            let isDone = shell.output.isComplete && shell.errors.isComplete && !shell.exchange.isHalfSent
            return isDone && (code == Self.again || code == 0) ? 1 : code
        }
        guard code == 1 else { throw ended(shell, expected: marks.count) }
        let output = shell.output.take()
        let errors = shell.errors.take()
        shell.processID = output.first?.number
        return zip(output, errors).dropFirst().map { output, errors in
            ShellResult(
                status: output.number, stdout: output.output, stderr: errors.output,
                isTruncated: output.isTruncated || errors.isTruncated)
        }
    }

    /// Puts a batch into the request that starts the shell; false if it is too long for that.
    private func startVisibly(_ shell: ShellState, with text: [UInt8]) -> Bool {
        let script = String(decoding: text, as: UTF8.self)
        // What cannot be told from the text would change on its way.
        guard script.utf8.elementsEqual(text) else { return false }
        // The shell that goes on afterwards reads its input; descriptors stay open, traps do not stay set.
        let command = "exec \(shell.program) -c " + ShellEncoding.quotedForLogin(script + "exec \(shell.program)")
        guard command.utf8.count <= Self.longestCommand else { return false }
        shell.exchange = ChannelExchange(
            session: shell.exchange.session, channel: shell.channel, gate: startGate, command: command)
        shell.introduction = ShellEncoding.prologue
        return true
    }

    /// The shell's output ended before the batch did: what that means.
    private func ended(_ shell: ShellState, expected: Int) -> SSHError {
        let frames = shell.output.take()
        let said = String(decoding: shell.errors.unfinished + shell.output.unfinished, as: UTF8.self)
        if frames.isEmpty, case .none = shell.sudo {
            return .noShell(detail: Self.lastLines(said, or: "nothing, the login shell ended at once"))
        }
        if frames.isEmpty, let refusal = SudoRefusal.classify(said, user: target.user) { return refusal }
        return .shellEnded(
            completed: max(0, frames.count - 1), detail: Self.lastLines(said, or: "the shell ended without a word"))
    }

    static func lastLines(_ text: String, or substitute: String) -> String {
        let lines = text.split(whereSeparator: \.isNewline).filter { !$0.allSatisfy(\.isWhitespace) }
        return lines.isEmpty ? substitute : lines.suffix(3).joined(separator: "; ")
    }

    // MARK: Sudo's password

    /// Starts sudo and answers its question, if it asks.
    ///
    /// Gives back what the command has written since.
    @discardableResult
    func unlock(
        _ shell: ShellState, password: Secret<String>, until limit: MonotonicTime
    ) async throws(SSHError) -> [UInt8] {
        var output: [UInt8] = []
        var errors: [UInt8] = []
        var input: [UInt8] = []
        var offset = 0
        var prompts = 0
        while true {
            let seen = prompts
            let code = try await perform(.batch, until: limit, abandonable: true) {
                let code = shell.exchange.advance(input: input, offset: &offset, endsInput: false) { stream, bytes in
                    _ = stream == 0 ? Self.append(bytes, to: &output, 65536) : Self.append(bytes, to: &errors, 65536)
                }
                if code < 0, code != Self.again || shell.exchange.isHalfSent { return code }
                if Self.count(shell.greeting, in: errors) > 0 { return 1 }
                prompts = Self.count(shell.prompt, in: errors)
                if prompts > seen { return 2 }
                return code
            }
            switch code {
            case 1: return output
            case 2 where prompts == 1:
                input = Array((password.reveal() + "\n").utf8)
                offset = 0
            case 2: throw .sudoWrongPassword(user: target.user)
            default:
                let said = String(decoding: errors + output, as: UTF8.self)
                throw SudoRefusal.classify(said, user: target.user)
                    ?? .shellEnded(completed: 0, detail: Self.lastLines(said, or: "sudo ended without a word"))
            }
        }
    }

    private static func count(_ text: String, in bytes: [UInt8]) -> Int {
        let needle = Array(text.utf8)
        guard bytes.count >= needle.count else { return 0 }
        return (0...(bytes.count - needle.count)).count { bytes[$0...].starts(with: needle) }
    }

    // MARK: The end

    func closeShell(_ number: Int, deadline: Duration) async {
        let limit = self.deadline(after: deadline)
        guard let shell = try? await turn(of: number, until: limit) else { return }
        shells[number] = nil
        _ = try? await drive(.closing, until: limit, abandonable: true) { Int(libssh2_channel_send_eof(shell.channel)) }
        _ = try? await drive(.closing, until: limit, abandonable: true) { Int(libssh2_channel_close(shell.channel)) }
        _ = try? await drive(.closing, until: limit, abandonable: true) { Int(libssh2_channel_free(shell.channel)) }
    }
}

/// What sudo's refusals mean; its messages are asked for in English.
enum SudoRefusal {
    static func classify(_ text: String, user: String) -> SSHError? {
        let line = text.split(whereSeparator: \.isNewline).last { $0.contains("sudo") || $0.hasPrefix("Sorry") }
        if text.contains("incorrect password attempt") { return .sudoWrongPassword(user: user) }
        if text.contains("a password is required") || text.contains("a terminal is required") {
            return .sudoPasswordRequired(user: user)
        }
        let refusals = [
            "not in the sudoers file", "is not allowed to", "may not run sudo", "must have a tty", "sudo: not found",
            "sudo: command not found", "sudo': No such file", "sudo: No such file", "must be owned by uid 0",
            "unable to", "sudo: ",
        ]
        guard refusals.contains(where: text.contains) else { return nil }
        return .sudoRefused(
            user: user, message: line.map(String.init) ?? SSHSession.lastLines(text, or: "no reason given"))
    }
}
