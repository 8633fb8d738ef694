internal import Diagnostics
internal import FoundationEssentials

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// What lies in a bundle, whether it is a folder or a tar; nothing of it is believed yet.
struct BundleContents: Sendable {
    enum Kind: Sendable, Hashable {
        case file
        case link
        case other
    }

    struct Item: Sendable, Hashable {
        var kind: Kind
        /// The file on this machine that holds the bytes.
        var file: String
        var offset: UInt64
        var size: UInt64

        var content: Artefact.Content { .file(path: file, offset: offset) }
    }

    static let manifestName = "bundle.json"
    static let maximumManifest: UInt64 = 16 << 20
    static let maximumFiles = 100_000
    static let maximumDepth = 32

    var container: OfflineBundle.Container
    /// By path below the bundle's top; folders are left out.
    var items: [String: Item]
    /// Paths that a tar holds more than once.
    var duplicates: [String]

    /// Lists a folder or a tar.
    init(path: String) throws(Diagnostic) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            let error = SystemError(errno, "stat", path)
            throw Diagnostic(
                code: error.isMissing ? "bundle.not-found" : "bundle.unreadable", "Cannot read the bundle \(path)",
                detail: error.reason,
                hint: error.isMissing ? "a relative path of a spec starts at the spec's own folder" : nil,
                exitCode: .invalid)
        }
        if status.st_mode & S_IFMT == S_IFDIR {
            container = .folder
            items = [:]
            duplicates = []
            try list(folder: path, below: "", depth: 0)
        } else {
            container = .tar
            (items, duplicates) = try Self.list(tar: path)
        }
    }

    private mutating func list(folder: String, below prefix: String, depth: Int) throws(Diagnostic) {
        guard depth < Self.maximumDepth else {
            throw Diagnostic(
                code: "bundle.too-large", "\(folder) is nested deeper than \(Self.maximumDepth) folders",
                exitCode: .invalid)
        }
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: folder) } catch {
            throw Diagnostic(
                code: "bundle.unreadable", "Cannot list the folder \(folder)", detail: "\(error)", exitCode: .invalid)
        }
        for name in names.sorted() {
            let file = folder + "/" + name
            let path = prefix + name
            var status = stat()
            guard lstat(file, &status) == 0 else { continue }
            guard items.count < Self.maximumFiles else {
                throw Diagnostic(
                    code: "bundle.too-large", "\(folder) holds more than \(Self.maximumFiles) files",
                    exitCode: .invalid)
            }
            let size = UInt64(clamping: status.st_size)
            switch status.st_mode & S_IFMT {
            case S_IFDIR: try list(folder: file, below: path + "/", depth: depth + 1)
            case S_IFREG: items[path] = Item(kind: .file, file: file, offset: 0, size: size)
            case S_IFLNK: items[path] = Item(kind: .link, file: file, offset: 0, size: 0)
            default: items[path] = Item(kind: .other, file: file, offset: 0, size: 0)
            }
        }
    }

    private static func list(tar path: String) throws(Diagnostic) -> ([String: Item], [String]) {
        let members: [TarReader.Member]
        do throws(TarReader.Problem) { members = try TarReader.members(ofTar: path) } catch {
            throw diagnostic(error, path: path)
        }
        let prefix = topFolder(of: members)
        var items: [String: Item] = [:]
        var duplicates: [String] = []
        for member in members where member.kind != .folder && !member.path.isEmpty {
            let name = String(member.path.dropFirst(prefix.count))
            let kind: Kind =
                switch member.kind {
                case .file: .file
                case .link: .link
                case .folder, .other: .other
                }
            let item = Item(kind: kind, file: path, offset: member.offset, size: member.size)
            if items.updateValue(item, forKey: name) != nil { duplicates.append(name) }
        }
        return (items, duplicates)
    }

    /// `NAME/` where the whole tar lies below one folder that holds the manifest; else empty.
    private static func topFolder(of members: [TarReader.Member]) -> String {
        guard !members.contains(where: { $0.path == manifestName }),
            let manifest = members.first(where: {
                $0.path.hasSuffix("/" + manifestName) && $0.path.split(separator: "/").count == 2
            })
        else { return "" }
        let prefix = String(manifest.path.dropLast(manifestName.count))
        let folder = String(prefix.dropLast())
        return members.allSatisfy { $0.path.hasPrefix(prefix) || $0.path == folder || $0.path.isEmpty } ? prefix : ""
    }

    private static func diagnostic(_ problem: TarReader.Problem, path: String) -> Diagnostic {
        func invalid(_ code: String, _ summary: String, _ detail: String?, hint: String? = nil) -> Diagnostic {
            Diagnostic(code: code, summary, detail: detail, hint: hint, exitCode: .invalid)
        }
        switch problem {
        case .compressed(let program):
            let command =
                switch program {
                case "unzip": "unzip it into a folder and name the folder"
                case "gzip": "unpack it first: gzip -dc \(path) > bundle.tar"
                default: "unpack it first: \(program) -dc \(path) > bundle.tar"
                }
            return invalid(
                "bundle.compressed", "The bundle \(path) is compressed with \(program == "unzip" ? "zip" : program)",
                "the files in it are already compressed where that helps, and martlet reads them in place",
                hint: command)
        case .notTar:
            return invalid(
                "bundle.not-tar", "\(path) is neither a folder nor a tar", nil,
                hint: "make one with: tar --format=pax -cf bundle.tar -C FOLDER .")
        case .sparse(let member):
            return invalid(
                "bundle.sparse", "The bundle \(path) holds a sparse file", "\(member) is stored with holes",
                hint: "make the tar again without --sparse")
        case .badHeader(let offset, let what):
            return invalid(
                "bundle.bad-tar", "The bundle \(path) is damaged",
                "the header at byte \(offset) cannot be read: \(what) is wrong", hint: "copy the bundle again")
        case .truncated(let what):
            return invalid(
                "bundle.truncated", "The bundle \(path) is cut off", "the file ends inside \(what)",
                hint: "copy the bundle again")
        case .tooLarge(let what):
            return invalid("bundle.too-large", "The bundle \(path) is not one that martlet reads", what)
        case .unreadable(let error):
            return invalid("bundle.unreadable", "Cannot read the bundle \(path)", error.reason)
        }
    }
}
