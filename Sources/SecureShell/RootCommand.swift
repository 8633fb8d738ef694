internal import Diagnostics

/// A single command that a host's user runs as root, in a channel of its own.
struct RootCommand {
    /// The line for the user's login shell: `exec` and `env` mean the same to each.
    let line: String
    /// The password, if sudo is to be given one: it never becomes an argument.
    let stdin: [UInt8]
    private let isPlain: Bool

    /// Said on standard error before the command begins, so that words of sudo are told from its own.
    private static let mark = "martlet-root"

    init(_ command: String, _ mode: SudoMode) {
        let inner = "'" + Self.escaped("echo \(Self.mark) >&2; exec </dev/null; \(command)") + "'"
        switch mode {
        case .none:
            line = command
            stdin = []
            isPlain = true
        case .withoutPassword:
            line = "exec env LC_ALL=C sudo -n -- sh -c \(inner)"
            stdin = []
            isPlain = false
        case .password(let password):
            // An empty prompt: nobody waits for it.
            line = "exec env LC_ALL=C sudo -S -p '' -- sh -c \(inner)"
            stdin = Array("\(password.reveal())\n".utf8)
            isPlain = false
        }
    }

    private static func escaped(_ text: String) -> String {
        text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
    }

    /// The command's own result.
    ///
    /// - Throws: what sudo's refusal means, if the command never began.
    func result(_ result: CommandResult, user: String) throws(SSHError) -> CommandResult {
        guard !isPlain else { return result }
        let mark = Array("\(Self.mark)\n".utf8)
        var own = result
        guard let place = result.stderr.firstRange(of: mark) else {
            let said = String(decoding: result.stderr, as: UTF8.self)
            if let refusal = SudoRefusal.classify(said, user: user) { throw refusal }
            return result
        }
        // Before it stands sudo's lecture, if anything.
        own.stderr.removeSubrange(..<place.upperBound)
        return own
    }
}
