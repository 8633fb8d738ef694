package import Diagnostics

/// One piece of work for a shell channel.
package struct ShellCommand: Sendable, Equatable {
    /// POSIX sh; runs in a subshell, so that nothing it sets, changes or leaves outlives it.
    ///
    /// No NUL bytes.
    package var script: String
    /// What the script reads from its standard input; none means an empty input.
    ///
    /// Meant for up to some 100 KiB: larger things go by `upload`.
    package var stdin: [UInt8]
    /// Whether errors are mixed into the output, in the order in which they were written.
    package var mergesOutput: Bool
    package var limits: OutputLimits

    package init(
        _ script: String, stdin: [UInt8] = [], mergesOutput: Bool = false, limits: OutputLimits = .standard
    ) {
        self.script = script
        self.stdin = stdin
        self.mergesOutput = mergesOutput
        self.limits = limits
    }
}

/// What one command of a batch said and how it ended; `status` is the subshell's `$?`, `signal` is never set.
package typealias ShellResult = CommandResult

/// How a shell channel gets root's rights.
package enum SudoMode: Sendable {
    case none
    /// `sudo -n`: fails at once if a password is needed.
    case withoutPassword
    /// `sudo -S`: the password goes through the channel's input when sudo asks for it, never into an argument. One more
    /// round trip.
    case password(Secret<String>)
}
