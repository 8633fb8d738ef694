internal import Foundation
internal import Glibc
internal import Synchronization

/// A server on loopback, written in Python, in a process of its own.
///
/// Its first line says that it listens, and where. It ends when its standard input does: with the last reference, and with the
/// process of the tests however that ends.
package final class PythonServer: Sendable {
    private let running: Running
    /// Nil when it has been closed.
    private let input: Mutex<Int32?>
    /// The words of its first line.
    package let greeting: [String]

    /// - Throws: `Failure` with what it said instead of its first line.
    package init(_ script: String, _ arguments: [String] = [], seconds: Double = 30) throws {
        let (reading, writing) = try Running.pipe()
        input = Mutex(writing)
        do {
            defer { close(reading) }
            running = try Running("python3", ["-u", "-c", script] + arguments, input: .descriptor(reading))
            greeting = try Self.line(0, of: running, within: seconds).split(separator: " ").map(String.init)
        } catch {
            close(writing)
            throw error
        }
    }

    deinit { stop() }

    /// Ends it, and waits until it is gone.
    package func stop() {
        let open = input.withLock { input in
            defer { input = nil }
            return input
        }
        guard let open else { return }
        close(open)
        _ = try? running.waitBlocking(seconds: 20)
    }

    /// The number that is its whole first line.
    package var port: Int { greeting.first.flatMap { Int($0) } ?? 0 }

    /// Says a line to it, and waits for its answer, which is its line of that number.
    package func ask(_ line: String, answer number: Int) throws -> String {
        let bytes = Array((line + "\n").utf8)
        guard let input = input.withLock({ $0 }), write(input, bytes, bytes.count) == bytes.count else {
            throw Failure("it does not listen any more")
        }
        return try Self.line(number, of: running, within: 60)
    }

    private static func line(_ number: Int, of running: Running, within seconds: Double) throws -> String {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < deadline {
            let isRunning = running.isRunning
            let lines = running.output.split(separator: "\n", omittingEmptySubsequences: false)
            if lines.count > number + 1 { return String(lines[number]) }
            guard isRunning else { break }
            usleep(5_000)
        }
        throw Failure("a server said no line \(number + 1): \(running.output)\n\(running.errors)")
    }
}
