import Diagnostics
import Dispatch
import Glibc

/// Turns SIGINT and SIGTERM into the cancellation of a task, and the cancellation into a diagnostic.
enum Interruption {
    /// Runs the work; on a signal it is cancelled and `hosts.interrupted` with the hint is thrown.
    static func guarding<Value: Sendable>(
        hint: String, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let task = Task { try await work() }
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { task.cancel() }
            source.resume()
            return source
        }
        defer {
            sources.forEach { $0.cancel() }
            for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
        }
        do {
            return try await task.value
        } catch  where task.isCancelled {
            throw Diagnostic(code: "hosts.interrupted", "interrupted", hint: hint, exitCode: .interrupted)
        }
    }
}
