import Foundation
import Testing

/// Runs the program that the build of these tests has made.
struct BuiltProgram {
    struct Result {
        var status: Int32
        var output: String
        var errorOutput: String
    }

    var path: String
    /// The program sees nothing else of this machine's settings; its home is a folder of the test.
    var home: Scratch

    init() throws {
        let top = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        path = top.appendingPathComponent(".build/debug/martlet").path
        home = try Scratch()
        try #require(FileManager.default.isExecutableFile(atPath: path), "run `swift build` first: there is no \(path)")
    }

    func run(_ arguments: [String], environment: [String: String] = [:], folder: String? = nil) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder ?? home.path)
        process.environment = ["HOME": home.path, "PATH": "/usr/bin:/bin", "TERM": "xterm"].merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: home.write("stdout", "")))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: home.write("stderr", "")))
        try process.run()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus, output: try home.read("stdout"), errorOutput: try home.read("stderr"))
    }
}

/// A folder that goes with its last reference.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-unit-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        let file = "\(path)/\(name)"
        let folder = (file as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        return file
    }

    func read(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")), as: UTF8.self)
    }

    func mode(_ name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")[.posixPermissions] as? Int
    }
}
