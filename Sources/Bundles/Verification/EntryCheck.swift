internal import Diagnostics
internal import Digests

/// Everything about one file of a bundle that takes reading it.
struct EntryCheck: Sendable {
    struct Outcome: Sendable {
        var problems: [Diagnostic] = []
        var bytesRead: UInt64 = 0
    }

    var entry: BundleEntry
    var content: Artefact.Content
    var architecture: Architecture

    func run(cache: DigestCache?, progress: @Sendable (UInt64) -> Void) async throws -> Outcome {
        var outcome = Outcome()
        let (path, offset) = content.place
        do {
            let file = try ReadableFile(path, followingLinks: offset > 0)
            let digest: String
            if let cache {
                let known = try await cache.digest(of: file, offset: offset, size: entry.size, progress: progress)
                digest = known.digest
                outcome.bytesRead = known.isComputed ? entry.size : 0
            } else {
                let computed = try await Digest.sha256(
                    of: file, offset: offset, size: entry.size, progress: progress)
                digest = computed.digest
                outcome.bytesRead = computed.read
            }
            // A folder's file may have grown since the bundle was opened; a member of a tar never begins at zero.
            if offset == 0, file.size != entry.size {
                outcome.problems.append(
                    problem(
                        "bundle.size-mismatch", "\(entry.path) has the wrong size",
                        detail: "expected \(entry.size) bytes, found \(file.size)"))
            } else if digest != entry.sha256 {
                outcome.problems.append(
                    problem(
                        "bundle.digest-mismatch", "\(entry.path) is not what bundle.json says",
                        detail: "expected sha256 \(entry.sha256)\nfound    sha256 \(digest)",
                        hint: "copy the bundle again, or make it again"))
            }
            switch entry.kind {
            case .binary, .cniPlugin: outcome.problems += try machine(file, offset)
            case .image: outcome.problems += try references(file, offset)
            case .package, .manifest, .frameworkFile: break
            }
        } catch let error as SystemError {
            outcome.problems.append(
                problem("bundle.unreadable", "\(entry.path) cannot be read", detail: error.reason))
        }
        return outcome
    }

    private func machine(_ file: ReadableFile, _ offset: UInt64) throws -> [Diagnostic] {
        let head = try file.bytes(at: offset, count: Int(min(entry.size, 20)))
        switch ExecutableFormat(head) {
        case .elf(let machine, let isLittle):
            let wantsLittle = architecture != .s390x
            if machine == architecture.elfMachine, isLittle == wantsLittle { return [] }
            let found = Architecture.allCases.first { $0.elfMachine == machine }?.rawValue ?? "ELF machine \(machine)"
            return [
                problem(
                    "bundle.wrong-architecture", "\(entry.path) is for another architecture",
                    detail: "the bundle is for \(architecture.rawValue), the file is for \(found)")
            ]
        case .script: return []
        case .unknown:
            return [
                problem(
                    "bundle.not-executable", "\(entry.path) is not a program",
                    detail: "it is neither an ELF file nor a script")
            ]
        }
    }

    private func references(_ file: ReadableFile, _ offset: UInt64) throws -> [Diagnostic] {
        let archive: ImageArchive
        do throws(TarReader.Problem) {
            archive = try ImageArchive(file, offset: offset, size: entry.size)
        } catch {
            if case .compressed(let program) = error {
                return [
                    problem(
                        "bundle.compressed", "\(entry.path) is compressed",
                        hint: "unpack it with \(program) -d and make the bundle again")
                ]
            }
            return [problem("bundle.bad-image", "\(entry.path) is not the tar of an image", detail: "\(error)")]
        }
        guard let names = archive.references else {
            return [
                problem(
                    "bundle.bad-image", "\(entry.path) names no image",
                    detail: "it has neither manifest.json nor index.json with names")
            ]
        }
        let normalise = { (text: String) in ImageReference(text)?.normalised ?? text }
        // An OCI layout may hold the tag alone (`org.opencontainers.image.ref.name`); the import completes it.
        let only = entry.references.count == 1 ? entry.references.first : nil
        let inside = Set(
            names.map { $0 == only.flatMap(ImageReference.init)?.tag ? normalise(only ?? $0) : normalise($0) })
        let listed = Set(entry.references.map(normalise))
        guard inside != listed else { return [] }
        let line = { (names: Set<String>) in names.isEmpty ? "none" : names.sorted().joined(separator: ", ") }
        return [
            problem(
                "bundle.reference-mismatch", "\(entry.path) holds other images than bundle.json says",
                detail: "bundle.json: \(line(listed))\nthe file: \(line(inside))")
        ]
    }

    private func problem(_ code: String, _ summary: String, detail: String? = nil, hint: String? = nil) -> Diagnostic {
        Diagnostic(code: code, summary, detail: detail, hint: hint, location: entry.location, exitCode: .invalid)
    }
}
