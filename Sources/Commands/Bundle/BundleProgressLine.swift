internal import Bundles
internal import Glibc
internal import Synchronization

/// One line on a terminal that is written over and over; silent where standard error is no terminal.
final class BundleProgressLine: Sendable {
    /// Percent shown last; -1 for none.
    private let shown = Mutex(-1)
    private let isTerminal = isatty(STDERR_FILENO) == 1

    func show(_ progress: VerificationProgress) {
        guard isTerminal else { return }
        let percent = progress.total == 0 ? 100 : Int(progress.done * 100 / progress.total)
        shown.withLock { shown in
            guard percent > shown else { return }
            shown = percent
            Self.write("\rverifying: \(percent) % of \(BundleText.size(progress.total))")
        }
    }

    func clear() {
        shown.withLock { shown in
            if shown >= 0 { Self.write("\r\u{1b}[K") }
            shown = -1
        }
    }

    /// Writes to standard error.
    static func write(_ text: String) {
        var text = text
        text.withUTF8 { buffer in _ = Glibc.write(STDERR_FILENO, buffer.baseAddress, buffer.count) }
    }
}
