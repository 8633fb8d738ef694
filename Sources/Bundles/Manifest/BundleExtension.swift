internal import ClusterModel
package import Diagnostics
internal import Digests
internal import FoundationEssentials

/// Adds files to a bundle that is a folder: images and files of a serverless framework.
///
/// Files are copied first, under their final names; the manifest is replaced last and whole, so that a bundle that was
/// interrupted is as before, with files that nothing lists.
package struct BundleExtension: Sendable {
    /// A file to add.
    package struct Addition: Sendable {
        package var source: String
        package var kind: BundleEntry.Kind
        package var name: String
        package var version: String
        package var references: [String]
        /// In the bundle.
        package var path: String

        package init(
            source: String, kind: BundleEntry.Kind, name: String, version: String = "", references: [String] = [],
            path: String
        ) {
            self.source = source
            self.kind = kind
            self.name = name
            self.version = version
            self.references = references
            self.path = path
        }
    }

    let folder: String

    /// - Throws: `bundle.not-folder` for a tar.
    package init(_ folder: String) throws(Diagnostic) {
        var isFolder = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder else {
            throw Diagnostic(
                code: "bundle.not-folder", "\(folder) is not a folder", detail: "a tar cannot be added to",
                hint: "unpack the bundle first", exitCode: .invalid)
        }
        self.folder = folder
    }

    /// The image archives in a folder, by the names that are in them.
    package static func images(in folder: String) throws -> [(path: String, references: [String])] {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter {
            $0.hasSuffix(".tar")
        }
        return names.sorted().compactMap { name in
            let path = "\(folder)/\(name)"
            guard let file = try? ReadableFile(path, followingLinks: true),
                let archive = try? ImageArchive(file, offset: 0, size: file.size), let references = archive.references
            else { return nil }
            return (path, references)
        }
    }

    /// Copies the files and lists them; what is listed already with the same digest stays.
    ///
    /// - Returns: the entries that were added.
    package func add(_ additions: [Addition]) async throws -> [BundleEntry] {
        let bundle = try OfflineBundle.open(folder)
        var entries = bundle.entries
        var added: [BundleEntry] = []
        for addition in additions {
            let file = try ReadableFile(addition.source, followingLinks: true)
            let digest = try await Digest.sha256(of: file, offset: 0, size: file.size, progress: { _ in }).digest
            if entries.contains(where: { $0.sha256 == digest && $0.path == addition.path }) { continue }
            let target = "\(folder)/\(addition.path)"
            let parent = target.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
                separator: "/")
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
            let partial = "\(target).part"
            try? FileManager.default.removeItem(atPath: partial)
            try FileManager.default.copyItem(atPath: addition.source, toPath: partial)
            try DurableFile.move(partial, to: target)
            let entry = BundleEntry(
                path: addition.path, kind: addition.kind, name: addition.name, version: addition.version,
                references: addition.references, distribution: "", size: file.size, sha256: digest, location: nil)
            entries.removeAll { $0.path == addition.path }
            entries.append(entry)
            added.append(entry)
        }
        guard !added.isEmpty else { return [] }
        try write(bundle, entries)
        return added
    }

    private func write(_ bundle: OfflineBundle, _ entries: [BundleEntry]) throws {
        let manifest = Manifest(
            apiVersion: "martlet/v1", kind: "Bundle", name: bundle.name,
            kubernetesVersion: bundle.release.kubernetesVersion.description,
            architecture: bundle.release.architecture.rawValue, files: entries.map(Manifest.File.init))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let bytes = [UInt8](try encoder.encode(manifest)) + [UInt8(ascii: "\n")]
        try DurableFile.write(bytes, to: "\(folder)/\(BundleContents.manifestName)")
    }

    private struct Manifest: Encodable {
        struct File: Encodable {
            var path: String
            var kind: String
            var name: String?
            var version: String?
            var references: [String]?
            var distribution: String?
            var size: UInt64
            var sha256: String

            init(_ entry: BundleEntry) {
                path = entry.path
                kind = entry.kind.rawValue
                name = entry.name.isEmpty ? nil : entry.name
                version = entry.version.isEmpty ? nil : entry.version
                references = entry.references.isEmpty ? nil : entry.references
                distribution = entry.distribution.isEmpty ? nil : entry.distribution
                size = entry.size
                sha256 = entry.sha256
            }
        }

        var apiVersion: String
        var kind: String
        var name: String
        var kubernetesVersion: String
        var architecture: String
        var files: [File]
    }
}
