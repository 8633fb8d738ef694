internal import Diagnostics
internal import Foundation
internal import Glibc

/// One file for each lab and cluster, written whole or not at all.
package struct ProgressStore: Sendable {
    /// `.../martlet/labs`.
    package let folder: String

    package init(folder: String) { self.folder = folder }

    private func path(_ id: String, cluster: String) -> String { "\(folder)/\(Self.fileName(cluster))/\(id).json" }

    /// Names of contexts may hold anything; two that differ only in what no file name holds share nothing else.
    static func fileName(_ cluster: String) -> String {
        var name = ""
        for byte in cluster.utf8 {
            let scalar = Unicode.Scalar(byte)
            let isPlain =
                byte < 0x80
                && (scalar.properties.isAlphabetic || (0x30...0x39).contains(byte) || "-_".utf8.contains(byte))
            name += isPlain ? String(scalar) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return name.isEmpty ? "%00" : String(name.prefix(200))
    }

    /// nil if there is none, or none that can be read: it is only a cache.
    package func load(_ id: String, cluster: String) -> LabProgress? {
        guard let data = FileManager.default.contents(atPath: path(id, cluster: cluster)),
            let progress = try? JSONDecoder().decode(LabProgress.self, from: data), progress.formatVersion == 1
        else { return nil }
        return progress
    }

    /// Of all clusters.
    package func all() -> [LabProgress] {
        let clusters = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return clusters.sorted().flatMap { cluster -> [LabProgress] in
            let files = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(cluster)")) ?? []
            return files.sorted().filter { $0.hasSuffix(".json") }.compactMap { file in
                FileManager.default.contents(atPath: "\(folder)/\(cluster)/\(file)").flatMap {
                    try? JSONDecoder().decode(LabProgress.self, from: $0)
                }
            }
        }
    }

    /// Temporary name in the same folder, fsync, rename, fsync of the folder: a crash leaves the old file or the new one.
    package func save(_ progress: LabProgress) throws {
        let path = path(progress.id, cluster: progress.cluster)
        let directory = PathName.folder(of: path)
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(progress)
        let temporary = "\(path).\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        guard FileManager.default.createFile(atPath: temporary, contents: nil, attributes: [.posixPermissions: 0o600]),
            let handle = FileHandle(forWritingAtPath: temporary)
        else { throw problem(path) }
        do {
            try handle.write(contentsOf: data)
            try handle.synchronize()
            try handle.close()
        } catch {
            unlink(temporary)
            throw problem(path)
        }
        guard rename(temporary, path) == 0 else {
            let failure = problem(path)
            unlink(temporary)
            throw failure
        }
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if descriptor >= 0 {
            fsync(descriptor)
            close(descriptor)
        }
    }

    package func remove(_ id: String, cluster: String) { unlink(path(id, cluster: cluster)) }

    private func problem(_ path: String) -> Diagnostic {
        Diagnostic(
            code: "lab.progress", "the progress cannot be written to \(path)", detail: String(cString: strerror(errno)),
            hint: "check the folder, its owner and the free space", exitCode: .lacking)
    }
}
