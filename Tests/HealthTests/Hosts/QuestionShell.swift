import Foundation
import Planning
import Testing

@testable import Health

/// Runs a question's script with a real shell, in a world of its own where that is wanted.
struct QuestionShell {
    struct Result {
        var status: Int32
        var output: String
        var errorOutput: String
        var seconds: Double
    }

    /// The shells that hosts have as `/bin/sh`.
    static let all = ["/bin/sh", "/bin/dash", "/bin/bash"].filter { FileManager.default.isExecutableFile(atPath: $0) }

    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-health-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    /// A file of the world, by the path that the question uses.
    func write(_ path: String, _ text: String) throws {
        let file = folder.appendingPathComponent("root" + path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    func file(_ path: String) -> URL { folder.appendingPathComponent("root" + path) }

    /// A program that is found before the real one.
    func program(_ name: String, _ script: String) throws {
        let file = folder.appendingPathComponent("bin/\(name)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data("#!/bin/sh\n\(script)\n".utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    }

    /// - Parameter moved: folders of the host that are looked for in this world instead.
    func run(_ question: Probe, shell: String = "/bin/sh", moved: [String] = []) throws -> Result {
        var text = question.text ?? ""
        for path in moved {
            text = text.replacingOccurrences(of: path, with: folder.appendingPathComponent("root" + path).path)
        }
        return try Self.run(
            "PATH=\(folder.path)/bin:$PATH LC_ALL=C; export PATH LC_ALL\n(\n\(text)\n)", shell: shell, folder: folder)
    }

    static func run(_ script: String, shell: String, folder: URL) throws -> Result {
        let program = folder.appendingPathComponent("script")
        let output = folder.appendingPathComponent("output")
        let errors = folder.appendingPathComponent("errors")
        try Data(script.utf8).write(to: program)
        try Data().write(to: output)
        try Data().write(to: errors)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: shell)
        process.arguments = [program.path]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        let clock = ContinuousClock()
        let begin = clock.now
        try process.run()
        process.waitUntilExit()
        let duration = begin.duration(to: clock.now)
        return Result(
            status: process.terminationStatus, output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            errorOutput: String(decoding: try Data(contentsOf: errors), as: UTF8.self),
            seconds: Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18)
    }
}
