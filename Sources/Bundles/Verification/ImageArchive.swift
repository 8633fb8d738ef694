internal import FoundationEssentials

/// The names in a docker-archive or OCI tar that lies in a file.
struct ImageArchive {
    /// As written there; nil if the archive has no place for names.
    var references: [String]?

    private static let maximumIndex: UInt64 = 4 << 20

    private struct DockerEntry: Decodable {
        // swift-format-ignore: AlwaysUseLowerCamelCase
        var RepoTags: [String]?
    }

    private struct OCIIndex: Decodable {
        struct Entry: Decodable {
            var annotations: [String: String]?
        }
        var manifests: [Entry]
    }

    init(_ file: ReadableFile, offset: UInt64, size: UInt64) throws(TarReader.Problem) {
        let members = try TarReader.members(size: size) { (position, count) throws(SystemError) in
            try file.bytes(at: offset + position, count: Int(min(UInt64(count), size - min(size, position))))
        }
        func content(_ path: String) throws(TarReader.Problem) -> [UInt8]? {
            guard let member = members.first(where: { $0.path == path && $0.kind == .file }) else { return nil }
            guard member.size <= Self.maximumIndex else { throw .tooLarge(path) }
            do throws(SystemError) {
                return try file.bytes(at: offset + member.offset, count: Int(member.size))
            } catch {
                throw .unreadable(error)
            }
        }
        let decoder = JSONDecoder()
        if let bytes = try content("manifest.json"),
            let entries = try? decoder.decode([DockerEntry].self, from: Data(bytes))
        {
            references = entries.flatMap { $0.RepoTags ?? [] }
        } else if let bytes = try content("index.json"),
            let index = try? decoder.decode(OCIIndex.self, from: Data(bytes))
        {
            // containerd's own annotation has the full name, the specification's may be just a tag.
            references = index.manifests.compactMap { entry in
                entry.annotations?["io.containerd.image.name"]
                    ?? entry.annotations?["org.opencontainers.image.ref.name"]
            }
        }
    }
}
