/// How long a call may take; a server that accepts and never answers ends each of its calls within `silence`.
package struct KubernetesTimeouts: Sendable, Hashable {
    /// Until the connection, TLS included, is there.
    package var connect: Duration
    /// Without a byte of the answer; up to five seconds more after bytes, because libcurl looks at that much at a time.
    package var silence: Duration
    /// For a call with all its repetitions and pauses; each page of a list is a call.
    package var total: Duration
    /// Attempts of one call, the first included.
    ///
    /// Being throttled (429) counts only against `total`.
    package var attempts: Int

    package init(
        connect: Duration = .seconds(10), silence: Duration = .seconds(15), total: Duration = .seconds(60),
        attempts: Int = 4
    ) {
        self.connect = connect
        self.silence = silence
        self.total = total
        self.attempts = max(1, attempts)
    }
}
