internal import Diagnostics
internal import Foundation
internal import Labs
internal import LocalHosts

/// Programs that labs let go on in the background, noted in files so that a later run of martlet finds them again.
struct LabPrograms: Sendable {
    let folder: String

    private struct Note: Codable {
        var run: BackgroundRun
        var program: BackgroundProgram
    }

    private func path(_ key: String) -> String { "\(folder)/\(key).json" }
    private func logPath(_ key: String) -> String { "\(folder)/\(key).log" }

    private func note(_ key: String) -> Note? {
        FileManager.default.contents(atPath: path(key)).flatMap { try? JSONDecoder().decode(Note.self, from: $0) }
    }

    func start(_ key: String, _ run: BackgroundRun) throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        unlink(logPath(key))
        let program = try BackgroundProgram.start(
            run.argv[0], Array(run.argv.dropFirst()), environment: run.environment, folder: run.folder,
            log: logPath(key))
        try LocalWrite.replace(
            path(key), with: try JSONEncoder().encode(Note(run: run, program: program)), mode: 0o600)
    }

    func running(_ key: String) -> BackgroundRun? {
        guard let note = note(key), note.program.isAlive else { return nil }
        return note.run
    }

    func log(_ key: String) -> [String] {
        let text = FileManager.default.contents(atPath: logPath(key)).map {
            String(decoding: $0.suffix(8192), as: UTF8.self)
        }
        return (text ?? "").split(separator: "\n").suffix(20).map(String.init)
    }

    func end(_ key: String) async -> BackgroundRun? {
        defer {
            unlink(path(key))
            unlink(logPath(key))
        }
        guard let note = note(key), note.program.isAlive else { return nil }
        await note.program.end()
        return note.run
    }

    func endAll(_ prefix: String) async {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names.sorted() where name.hasPrefix(prefix) && name.hasSuffix(".json") {
            _ = await end(String(name.dropLast(5)))
        }
    }
}

/// Sockets of this machine, from the kernel's tables.
enum LocalSockets {
    static func isListening(on port: Int) -> Bool {
        ["/proc/net/tcp", "/proc/net/tcp6"].contains { path in
            PortCheck.listening(text(of: path)).contains(port)
        }
    }

    /// The kernel gives these tables a page at a time, and says that they have no size.
    private static func text(of path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = read(descriptor, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }
}
