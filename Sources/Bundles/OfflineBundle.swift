internal import Diagnostics
internal import Digests

/// A file of a bundle that a serverless framework is installed from.
package struct FrameworkFile: Sendable, Hashable {
    package var framework: String
    package var channel: String
    package var artefact: Artefact
}

/// A bundle on this machine: opened and compared with its manifest by names and sizes; `verify` compares the bytes.
package struct OfflineBundle: Sendable {
    package enum Container: String, Sendable, Hashable, Codable {
        case folder
        case tar
    }

    /// As it was named when it was opened.
    package let path: String
    package let container: Container
    package let name: String
    /// SHA-256 of bundle.json: the bundle's identity.
    package let manifestDigest: String
    package let release: Release
    /// As listed in bundle.json.
    package let entries: [BundleEntry]
    /// Files that serverless frameworks are installed from.
    package var frameworkFiles: [FrameworkFile] {
        zip(entries, contents).filter { $0.0.kind == .frameworkFile }.map { entry, content in
            FrameworkFile(
                framework: entry.name, channel: entry.version,
                artefact: Artefact(
                    name: entry.name, version: entry.version, sha256: entry.sha256, size: entry.size, content: content))
        }
    }

    /// Where the bytes of each entry are, in the same order.
    let contents: [Artefact.Content]
    /// Files of the bundle that bundle.json does not list, sorted.
    package let unlisted: [String]

    /// Opens a folder or an uncompressed tar.
    ///
    /// Reads bundle.json and the list of files, no content. Throws `Diagnostics` with everything that is wrong.
    package static func open(_ path: String) throws -> OfflineBundle {
        let contents: BundleContents
        do throws(Diagnostic) { contents = try BundleContents(path: path) } catch { throw Diagnostics([error]) }
        let manifestFile = contents.container == .folder ? "\(path)/bundle.json" : "\(path):bundle.json"
        let bytes: [UInt8]
        do throws(Diagnostic) { bytes = try manifestBytes(contents, path: path) } catch { throw Diagnostics([error]) }

        var reader = ManifestReader(file: manifestFile)
        let root = try ManifestNode.parse(bytes, file: manifestFile)
        let manifest = reader.read(root)
        var problems = reader.problems
        guard let manifest else { throw Diagnostics(problems) }
        problems += BundleValidation(manifest: manifest, contents: contents, file: manifestFile).problems()
        guard problems.isEmpty else { throw Diagnostics(problems) }

        let listed = Set(manifest.files.map(\.path))
        return OfflineBundle(
            path: path, container: contents.container, name: manifest.name, manifestDigest: Digest.sha256(bytes),
            release: release(manifest, contents), entries: manifest.files,
            contents: manifest.files.compactMap { contents.items[$0.path]?.content },
            unlisted: contents.items.keys.filter { !listed.contains($0) && $0 != BundleContents.manifestName }
                .sorted())
    }

    private static func manifestBytes(_ contents: BundleContents, path: String) throws(Diagnostic) -> [UInt8] {
        guard let item = contents.items[BundleContents.manifestName], item.kind == .file else {
            throw Diagnostic(
                code: "bundle.no-manifest", "\(path) has no bundle.json at its top",
                hint: "docs/bundle-format.md describes what a bundle holds", exitCode: .invalid)
        }
        guard item.size <= BundleContents.maximumManifest else {
            throw Diagnostic(
                code: "bundle.too-large", "bundle.json of \(path) is larger than 16 MiB", exitCode: .invalid)
        }
        do throws(SystemError) {
            let file = try ReadableFile(item.file, followingLinks: contents.container == .tar)
            return try file.bytes(at: item.offset, count: Int(item.size))
        } catch {
            throw Diagnostic(
                code: "bundle.unreadable", "Cannot read bundle.json of \(path)", detail: error.reason,
                exitCode: .invalid)
        }
    }

    private static func release(_ manifest: BundleManifest, _ contents: BundleContents) -> Release {
        func artefacts(_ kind: BundleEntry.Kind) -> [(BundleEntry, Artefact)] {
            manifest.files.filter { $0.kind == kind }.compactMap { entry in
                guard let item = contents.items[entry.path] else { return nil }
                let artefact = Artefact(
                    name: entry.name, version: entry.version, sha256: entry.sha256, size: entry.size,
                    content: item.content)
                return (entry, artefact)
            }
        }
        return Release(
            kubernetesVersion: manifest.kubernetesVersion, architecture: manifest.architecture,
            binaries: artefacts(.binary).map(\.1), cniPlugins: artefacts(.cniPlugin).map(\.1),
            images: artefacts(.image).map { ImageArtefact(references: $0.references, artefact: $1) },
            packages: artefacts(.package).map { PackageArtefact(distribution: $0.distribution, artefact: $1) },
            manifests: artefacts(.manifest).map(\.1))
    }
}
