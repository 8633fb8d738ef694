/// How much output is kept of one command; the rest is read and dropped.
package struct OutputLimits: Sendable, Equatable {
    /// Bytes of standard output.
    package var stdout: Int
    /// Bytes of standard error.
    package var stderr: Int

    package init(stdout: Int, stderr: Int) {
        self.stdout = stdout
        self.stderr = stderr
    }

    /// 16 MiB and 1 MiB.
    package static let standard = OutputLimits(stdout: 16 << 20, stderr: 1 << 20)
}

/// What a command said and how it ended.
package struct CommandResult: Sendable, Equatable {
    /// Exit status; 128 + n is what a shell says of a child that died of signal n.
    ///
    /// -1 when `signal` is set.
    package var status: Int32
    /// The signal's name without `SIG`, if the server says that one ended the command.
    package var signal: String?
    package var stdout: [UInt8]
    package var stderr: [UInt8]
    /// Whether output beyond the limits was dropped.
    package var isTruncated: Bool

    package init(
        status: Int32, signal: String? = nil, stdout: [UInt8] = [], stderr: [UInt8] = [], isTruncated: Bool = false
    ) {
        self.status = status
        self.signal = signal
        self.stdout = stdout
        self.stderr = stderr
        self.isTruncated = isTruncated
    }

    package var isSuccess: Bool { status == 0 && signal == nil }
}
