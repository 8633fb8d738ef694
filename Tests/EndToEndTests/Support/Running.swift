import Foundation
import Glibc

/// How a program ended.
struct Outcome: Sendable {
    /// The exit status, or 128 and the signal's number.
    var status: Int32
    var output: String
    var errors: String
    var seconds: Double

    /// Both streams, for messages of failed expectations.
    var said: String { "status \(status) after \(Int(seconds)) s\n\(output.suffix(3000))\n\(errors.suffix(5000))" }
}

/// A program that was started.
///
/// Its output goes to files, so that it never waits for a reader and can be read while it runs.
final class Running {
    private let process = Process()
    private let name: String
    private let outputPath: String
    private let errorPath: String
    private let begin = ContinuousClock.now

    /// - Parameter folder: where its output is kept until its end.
    init(_ program: String, _ arguments: [String], environment: [String: String] = [:], in folder: String) throws {
        name = ([program] + arguments).joined(separator: " ")
        let base = folder + "/" + UUID().uuidString
        outputPath = base + ".out"
        errorPath = base + ".err"
        for path in [outputPath, errorPath] { _ = FileManager.default.createFile(atPath: path, contents: nil) }
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: outputPath)
        process.standardError = FileHandle(forWritingAtPath: errorPath)
        try process.run()
    }

    deinit {
        if process.isRunning { Glibc.kill(process.processIdentifier, SIGKILL) }
        for path in [outputPath, errorPath] { unlink(path) }
    }

    var pid: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }
    /// What it has said so far on its standard error.
    var errors: String { Self.text(of: errorPath) }

    /// As a power cut would: nothing of the program runs after this.
    func kill(_ signal: Int32 = SIGKILL) {
        if process.isRunning { Glibc.kill(process.processIdentifier, signal) }
    }

    /// Waits for its end.
    ///
    /// - Throws: `Failure` after `limit` seconds of waiting; the program is killed then.
    func wait(seconds limit: Double) async throws -> Outcome {
        let asked = ContinuousClock.now
        while process.isRunning {
            try giveUp(after: limit, since: asked)
            try await Task.sleep(for: .milliseconds(10))
        }
        return outcome()
    }

    func waitBlocking(seconds limit: Double) throws -> Outcome {
        let asked = ContinuousClock.now
        while process.isRunning {
            try giveUp(after: limit, since: asked)
            usleep(10_000)
        }
        return outcome()
    }

    /// The limit counts from the moment of asking: the program may have run for long before it was killed.
    private func giveUp(after limit: Double, since asked: ContinuousClock.Instant) throws {
        guard ContinuousClock.now - asked > .seconds(limit) else { return }
        kill()
        throw Failure(
            "\(name) took longer than \(Int(limit)) s\n\(Self.text(of: outputPath).suffix(2000))\n\(errors.suffix(4000))"
        )
    }

    private var seconds: Double { (ContinuousClock.now - begin) / .seconds(1) }

    private func outcome() -> Outcome {
        let status = process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
        return Outcome(status: status, output: Self.text(of: outputPath), errors: errors, seconds: seconds)
    }

    private static func text(of path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
}

/// Asks again and again until the answer is there, with a pause in between.
///
/// - Throws: `Failure` after `limit` seconds.
@discardableResult
func eventually<Value>(
    _ what: String, within limit: Double = 60, every pause: Duration = .milliseconds(100),
    _ ask: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + .seconds(limit)
    while true {
        if let value = try await ask() { return value }
        guard ContinuousClock.now < deadline else { throw Failure("\(what): not within \(Int(limit)) s") }
        try await Task.sleep(for: pause)
    }
}
