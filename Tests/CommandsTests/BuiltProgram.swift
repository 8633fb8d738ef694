import Foundation
import TestSupport
import Testing

/// Runs the program that the build of these tests has made.
struct BuiltProgram {
    var path: String
    /// The program sees nothing else of this machine's settings; its home is a folder of the test.
    var home: Scratch

    init() throws {
        path = Checkout.path(".build/debug/martlet")
        home = try Scratch()
        try #require(FileManager.default.isExecutableFile(atPath: path), "run `swift build` first: there is no \(path)")
    }

    func run(_ arguments: [String], environment: [String: String] = [:], folder: String? = nil) throws -> Outcome {
        try Running.run(
            path, arguments,
            environment: ["HOME": home.path, "PATH": "/usr/bin:/bin", "TERM": "xterm"].merging(environment) { $1 },
            isAlone: true, folder: folder ?? home.path)
    }
}
