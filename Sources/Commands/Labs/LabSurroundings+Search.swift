internal import Bundles
internal import Diagnostics
internal import Foundation
internal import Labs
internal import LocalHosts

extension LabSurroundings {
    func search(_ archive: ImageArchive, most: Int, _ find: @escaping TextSearch) async throws -> [ImageFinding] {
        // Nobody else may read what lies in it, and nothing of it stays.
        let folder = NSTemporaryDirectory() + "martlet-image-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var found: [ImageFinding] = []
        for layer in try await Self.layers(of: archive, in: folder) {
            let path = try await Self.unpacked(layer)
            try ArchiveTexts.visit(path, most: most) { path, text in
                if let what = find(text) { found.append(ImageFinding(path: path, what: what)) }
            }
        }
        return found
    }

    /// Files that may be layers, in a folder of their own.
    private static func layers(of archive: ImageArchive, in folder: String) async throws -> [String] {
        switch archive {
        case .layer(let bytes):
            try LocalWrite.replace(folder + "/layer", with: Data(bytes), mode: 0o600)
            return [folder + "/layer"]
        case .saved(let command):
            let whole = folder + "/saved"
            try await shell("exec \"$@\" >\"$0\"", [whole] + command)
            let parts = folder + "/parts"
            try FileManager.default.createDirectory(atPath: parts, withIntermediateDirectories: false)
            try await shell("exec tar --extract --no-same-owner --file \"$0\" --directory \"$1\"", [whole, parts])
            // Links lead to files that are there as well.
            let names = FileManager.default.enumerator(atPath: parts)?.compactMap { $0 as? String } ?? []
            return names.sorted().map { "\(parts)/\($0)" }.filter { path in
                (try? FileManager.default.attributesOfItem(atPath: path))?[.type] as? FileAttributeType == .typeRegular
            }
        }
    }

    /// The same file, or one beside it without its compression.
    private static func unpacked(_ path: String) async throws -> String {
        guard let program = try ArchiveTexts.compression(of: path) else { return path }
        let plain = path + ".plain"
        try await shell("exec \"$2\" -dc <\"$0\" >\"$1\"", [path, plain, program])
        return plain
    }

    /// A shell that only redirects; the words are its arguments, and never its text.
    private static func shell(_ script: String, _ words: [String]) async throws {
        let output = try await LocalProgram.attempt("sh", ["-c", script] + words, deadline: .seconds(60))
        guard output.status == 0 else {
            throw Diagnostic(
                code: "lab.archive", "the image cannot be looked into",
                detail: output.errorText.split(separator: "\n").last.map(String.init), exitCode: .failed)
        }
    }
}
