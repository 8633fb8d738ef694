internal import Foundation

/// A folder of a test, which goes with its last reference.
package final class Scratch: Sendable {
    package let path: String

    /// - Parameter purpose: a word for whoever finds the folder while the test runs.
    ///
    /// The path is short, so that it has room for sockets (108 bytes, unix(7)), and everybody may enter it.
    package init(_ purpose: String = "unit") throws {
        path = FileManager.default.temporaryDirectory.path + "/martlet-\(purpose)-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of something in it, which need not exist.
    package func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file, and the folders above it; gives back its path.
    ///
    /// With the mode of a program it may be executed at once (`ProgramFile`).
    @discardableResult
    package func write(_ name: String, _ text: String, mode: Int = 0o644) throws -> String {
        try write(name, Array(text.utf8), mode: mode)
    }

    @discardableResult
    package func write(_ name: String, _ bytes: [UInt8], mode: Int = 0o644) throws -> String {
        let url = URL(fileURLWithPath: file(name))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        guard mode & 0o111 == 0 else {
            try ProgramFile.write(bytes, to: url.path, mode: mode)
            return url.path
        }
        try Data(bytes).write(to: url)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: url.path)
        return url.path
    }

    @discardableResult
    package func makeFolder(_ name: String) throws -> String {
        try FileManager.default.createDirectory(atPath: file(name), withIntermediateDirectories: true)
        return file(name)
    }

    package func read(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

    package func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: file(name))))
    }

    package func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name)) }

    package func mode(_ name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: file(name))[.posixPermissions] as? Int
    }

    /// What is directly in it, sorted.
    package var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }
}
