internal import Synchronization

/// Lets a transfer's thread feed a `MetricsReader`.
final class MetricsSink: Sendable {
    private struct State {
        var reader: MetricsReader
        var isBroken = false
    }

    private let state: Mutex<State>

    init(names: Set<String>?) { state = Mutex(State(reader: MetricsReader(names: names))) }

    @Sendable func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        state.withLock { state in
            if !state.reader.take(bytes) { state.isBroken = true }
            return !state.isBroken
        }
    }

    /// Nil if what came is no metrics text.
    func finish() -> [MetricsText.Sample]? {
        state.withLock { $0.isBroken ? nil : $0.reader.finish() }
    }
}
