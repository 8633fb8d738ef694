internal import Diagnostics
internal import Foundation

/// A gzip-compressed tar from the cache, decompressed beside it; its members are read in place and never unpacked.
struct UnpackedArchive: Sendable {
    var path: String
    var members: [TarReader.Member]

    /// - Parameter archive: The compressed file, already verified.
    static func open(_ archive: Artefact, url: String, digests: DigestCache) async throws -> UnpackedArchive {
        let source = archive.content.place.path
        let path = source + ".tar"
        let note = source + ".tar.sha256"
        if try await !isWhole(path, note: note, digests: digests) {
            try await decompress(source, to: path, url: url)
            let file = try ReadableFile(path)
            let digest = try await digests.digest(of: file, offset: 0, size: file.size, progress: { _ in }).digest
            try DurableFile.write(Array(digest.utf8), to: note)
        }
        do throws(TarReader.Problem) {
            return UnpackedArchive(path: path, members: try TarReader.members(ofTar: path))
        } catch {
            throw Diagnostic(
                code: "upstream.bad-archive", "\(url) is not a tar", detail: "\(error)", exitCode: .invalid)
        }
    }

    /// The programs in the archive for an architecture, by the names of their files.
    func programs(
        for architecture: Architecture, version: String, url: String, digests: DigestCache
    ) async throws -> [Artefact] {
        let file = try ReadableFile(path)
        var programs: [Artefact] = []
        for member in members where member.kind == .file {
            let head = try file.bytes(at: member.offset, count: Int(min(member.size, 20)))
            guard case .elf(let machine, _) = ExecutableFormat(head) else { continue }
            let name = member.path.split(separator: "/").last.map(String.init) ?? member.path
            guard machine == architecture.elfMachine else {
                throw Diagnostic(
                    code: "upstream.wrong-architecture", "\(name) in \(url) is not for \(architecture.rawValue)",
                    exitCode: .invalid)
            }
            let digest = try await digests.digest(
                of: file, offset: member.offset, size: member.size, progress: { _ in })
            programs.append(
                Artefact(
                    name: name, version: version, sha256: digest.digest, size: member.size,
                    content: .file(path: path, offset: member.offset)))
        }
        return programs.sorted { $0.name < $1.name }
    }

    private static func isWhole(_ path: String, note: String, digests: DigestCache) async throws -> Bool {
        guard let file = try? ReadableFile(path), let noteFile = try? ReadableFile(note), noteFile.size == 64,
            let expected = try? noteFile.bytes(at: 0, count: 64)
        else { return false }
        let digest = try await digests.digest(of: file, offset: 0, size: file.size, progress: { _ in }).digest
        return Array(digest.utf8) == expected
    }

    private static func decompress(_ source: String, to path: String, url: String) async throws {
        let temporary = "\(path).\(UUID().uuidString).tmp"
        guard FileManager.default.createFile(atPath: temporary, contents: nil),
            let output = FileHandle(forWritingAtPath: temporary)
        else { throw SystemError(28, "create", temporary) }
        defer { DurableFile.remove(temporary) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", source]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        let status = await withCheckedContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: Int32($0.terminationStatus)) }
            do { try process.run() } catch {
                process.terminationHandler = nil
                continuation.resume(returning: Int32(127))
            }
        }
        guard status == 0 else {
            throw Diagnostic(
                code: status == 127 ? "upstream.no-gzip" : "upstream.bad-archive",
                status == 127 ? "This machine has no gzip" : "\(url) cannot be decompressed",
                detail: status == 127 ? nil : "gzip ended with status \(status)",
                exitCode: status == 127 ? .lacking : .invalid)
        }
        try output.synchronize()
        try output.close()
        try DurableFile.move(temporary, to: path)
    }
}
