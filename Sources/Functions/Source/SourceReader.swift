package import Diagnostics
internal import Foundation

/// Reads the source of a function from this machine, within limits.
package enum SourceReader {
    /// No framework takes more: OpenWhisk's limit of an action's code, the largest, is 48 MiB (apache/openwhisk, Exec.sizeLimit).
    package static let mostBytes = 48 << 20
    package static let mostFiles = 2000
    /// Left out of a folder: version control and what editors and package managers leave.
    static let ignored: Set<String> = [".git", ".hg", ".svn", "__pycache__", ".DS_Store", ".venv"]

    /// The endings that name a language, and the names that its main file has in a folder.
    static let languages: [(language: String, ending: String)] = [
        ("python", "py"), ("nodejs", "js"), ("shell", "sh"), ("go", "go"), ("php", "php"), ("ruby", "rb"),
        ("java", "java"), ("swift", "swift"),
    ]
    static let mainNames = ["handler", "main", "index", "__main__", "app", "function", "hello"]

    /// - Parameter limit: what the framework takes, in bytes; a larger file is refused before it is read.
    /// - Parameter handler: `file.function`, which names the main file of a folder.
    /// - Throws: `function.source-*` with exit code `.invalid`.
    package static func read(
        _ path: String, limit: Int = mostBytes, framework: String = "", handler: String? = nil
    ) throws(Diagnostic) -> SourcePackage {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw problem("missing", path, "there is no such file or folder", hint: "`martlet function new` writes one")
        }
        guard isFolder.boolValue else {
            let name = (path as NSString).lastPathComponent
            let size = try size(path)
            guard size <= limit else { throw tooLarge(path, size, limit, framework) }
            guard size > 0 else { throw problem("empty", path, "it is empty") }
            let bytes = try contents(path)
            guard String(validating: bytes, as: UTF8.self) != nil else {
                throw problem(
                    "binary", path, "it is no text in UTF-8",
                    hint: "source is a text file or a folder; what is compiled goes into an image: --image")
            }
            return SourcePackage(files: [.init(path: name, bytes: bytes)], main: name, isFolder: false)
        }
        return try folder(path, limit: limit, framework: framework, handler: handler)
    }

    private static func folder(
        _ path: String, limit: Int, framework: String, handler: String?
    ) throws(Diagnostic) -> SourcePackage {
        let root = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        var names: [(path: String, size: Int)] = []
        var total = 0
        guard let walk = FileManager.default.enumerator(atPath: root) else {
            throw problem("unreadable", path, "the folder cannot be listed")
        }
        while let entry = walk.nextObject() as? String {
            if ignored.contains((entry as NSString).lastPathComponent) {
                walk.skipDescendants()
                continue
            }
            let full = root + "/" + entry
            let type = (try? FileManager.default.attributesOfItem(atPath: full))?[.type] as? FileAttributeType
            if type == .typeDirectory { continue }
            guard type == .typeRegular else {
                throw problem(
                    "kind", full, "it is neither a file nor a folder",
                    hint: "links, devices and sockets are not packed: put the file itself there")
            }
            let size = try size(full)
            total += size
            names.append((entry, size))
            guard total <= limit else { throw tooLarge(path, total, limit, framework, isAtLeast: true) }
            guard names.count <= mostFiles else {
                throw problem(
                    "files", path, "it has more than \(mostFiles) files", hint: "put dependencies into an image")
            }
        }
        guard !names.isEmpty else { throw problem("empty", path, "the folder holds no file") }
        guard let main = main(of: names.map(\.path), handler: handler) else {
            if let handler, let module = handler.split(separator: ".").first {
                let there = names.map(\.path).filter { !$0.contains("/") }.sorted().prefix(8)
                throw problem(
                    "handler", path, "it has no file \(module) that --handler \(handler) could mean",
                    hint: "it has \(there.joined(separator: ", "))")
            }
            throw problem(
                "main", path, "it is not clear which of its files is called",
                hint: "name it: --handler FILE.FUNCTION, or call it handler.py, main.py or index.js")
        }
        var files: [SourcePackage.File] = []
        for name in names { files.append(.init(path: name.path, bytes: try contents(root + "/" + name.path))) }
        return SourcePackage(files: files, main: main, isFolder: true)
    }

    /// The file that the handler names, the only one of a known language, or the one with a usual name.
    static func main(of paths: [String], handler: String?) -> String? {
        let top = paths.filter { path in
            !path.contains("/") && languages.contains { path.hasSuffix("." + $0.ending) }
        }
        if let handler, let module = handler.split(separator: ".").first {
            return top.first { $0.hasPrefix(module + ".") }
        }
        if top.count == 1 { return top[0] }
        for name in mainNames {
            if let found = top.first(where: { $0.hasPrefix(name + ".") }) { return found }
        }
        return nil
    }

    /// Of a file's ending; nil for others.
    package static func language(ending: String) -> String? { languages.first { $0.ending == ending }?.language }

    /// Of a language; nil for those that have none here.
    package static func ending(of language: String) -> String? { languages.first { $0.language == language }?.ending }

    private static func size(_ path: String) throws(Diagnostic) -> Int {
        guard let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int else {
            throw problem("unreadable", path, "it cannot be looked at")
        }
        return size
    }

    private static func contents(_ path: String) throws(Diagnostic) -> [UInt8] {
        do { return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) } catch {
            throw problem("unreadable", path, "it cannot be read", hint: "check its owner and mode")
        }
    }

    private static func tooLarge(
        _ path: String, _ size: Int, _ limit: Int, _ framework: String, isAtLeast: Bool = false
    ) -> Diagnostic {
        let taker = framework.isEmpty ? "is taken" : "\(framework) takes"
        return problem(
            "too-large", path,
            "it has \(isAtLeast ? "at least " : "")\(text(size)), and \(taker) at most \(text(limit))",
            hint: "leave out what it does not need, or put what is large into an image (--image), if that is taken")
    }

    static func text(_ bytes: Int) -> String {
        if bytes >= 1 << 20 {
            let tenths = (bytes * 10) >> 20
            return "\(tenths / 10).\(tenths % 10) MiB"
        }
        return bytes >= 1 << 10 ? "\(bytes >> 10) KiB" : "\(bytes) bytes"
    }

    private static func problem(_ code: String, _ path: String, _ what: String, hint: String? = nil) -> Diagnostic {
        Diagnostic(
            code: "function.source-\(code)", "\(path) cannot be deployed: \(what)", hint: hint, exitCode: .invalid)
    }
}
