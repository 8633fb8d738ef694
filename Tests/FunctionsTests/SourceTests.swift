import Diagnostics
import Foundation
import Testing

@testable import Functions

@Suite("Source from this machine")
struct SourceTests {
    final class Folder {
        let path: String

        init() throws {
            path = FileManager.default.temporaryDirectory.path + "/martlet-source-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        @discardableResult
        func write(_ name: String, _ text: String) throws -> String {
            let file = "\(path)/\(name)"
            try FileManager.default.createDirectory(
                atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(fileURLWithPath: file))
            return file
        }
    }

    private func code(_ work: () throws -> Void) -> String? { #expect(throws: Diagnostic.self, performing: work)?.code }

    @Test("A file, with its module and ending")
    func file() throws {
        let folder = try Folder()
        let source = try SourceReader.read(folder.write("hello.py", "def handler(): pass"))
        #expect(source.module == "hello")
        #expect(source.ending == "py")
        #expect(!source.isFolder)
        #expect(source.mainText == "def handler(): pass")
    }

    @Test("A folder: what version control and editors leave stays here, the main file is found")
    func folder() throws {
        let folder = try Folder()
        try folder.write("handler.py", "a")
        try folder.write("lib/more.py", "b")
        try folder.write("util.py", "c")
        try folder.write(".git/HEAD", "d")
        try folder.write("__pycache__/x.pyc", "e")
        let source = try SourceReader.read(folder.path)
        #expect(source.files.map(\.path) == ["handler.py", "lib/more.py", "util.py"])
        #expect(source.main == "handler.py")
        #expect(try SourceReader.read(folder.path, handler: "util.run").main == "util.py")
    }

    @Test("60 MB are refused without being read, with both sizes")
    func large() throws {
        let folder = try Folder()
        let file = "\(folder.path)/large.py"
        #expect(FileManager.default.createFile(atPath: file, contents: nil))
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
        // A hole: no such memory is ever needed.
        try handle.truncate(atOffset: 60_000_000)
        try handle.close()
        let problem = #expect(throws: Diagnostic.self) { try SourceReader.read(file, framework: "openwhisk") }
        #expect(problem?.code == "function.source-too-large")
        #expect(problem?.summary.contains("57.2 MiB") == true)
        #expect(problem?.summary.contains("openwhisk takes at most 48.0 MiB") == true)
        #expect(code { _ = try SourceReader.read(folder.path) } == "function.source-too-large")
    }

    @Test("What cannot be source says what it is")
    func refused() throws {
        let folder = try Folder()
        #expect(code { _ = try SourceReader.read(folder.path + "/none.py") } == "function.source-missing")
        #expect(code { _ = try SourceReader.read(folder.path) } == "function.source-empty")
        let empty = try folder.write("empty.py", "")
        #expect(code { _ = try SourceReader.read(empty) } == "function.source-empty")
        let binary = folder.path + "/binary.py"
        try Data([0xFF, 0xFE, 0x00]).write(to: URL(fileURLWithPath: binary))
        #expect(code { _ = try SourceReader.read(binary) } == "function.source-binary")
        let other = try Folder()
        try other.write("a.py", "a")
        try other.write("b.py", "b")
        #expect(code { _ = try SourceReader.read(other.path) } == "function.source-main")
        try FileManager.default.createSymbolicLink(atPath: other.path + "/c.py", withDestinationPath: "/etc/passwd")
        #expect(code { _ = try SourceReader.read(other.path) } == "function.source-kind")
    }

    @Test("A zip that other programs read: names in folders, sums, the same bytes twice")
    func zip() throws {
        let files: [SourcePackage.File] = [
            .init(path: "a.py", bytes: Array("print(1)\n".utf8)), .init(path: "lib/ü.txt", bytes: [0, 1, 2, 255]),
            .init(path: "empty", bytes: []),
        ]
        let bytes = ZipArchive.pack(files)
        #expect(bytes == ZipArchive.pack(files))
        let folder = try Folder()
        try Data(bytes).write(to: URL(fileURLWithPath: folder.path + "/x.zip"))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", "-c",
            """
            import sys, zipfile
            z = zipfile.ZipFile(sys.argv[1])
            assert z.testzip() is None
            print([(n, list(z.read(n))) for n in z.namelist()])
            """, folder.path + "/x.zip",
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        process.waitUntilExit()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(process.terminationStatus == 0)
        #expect(text.contains("('lib/ü.txt', [0, 1, 2, 255])"))
        #expect(text.contains("('empty', [])"))
    }

    static let runtimes = [
        FunctionRuntime(id: "python3.9", language: "python"),
        FunctionRuntime(id: "python3.11", language: "python", isDefault: true),
        FunctionRuntime(id: "nodejs14", language: "nodejs", kind: "nodejs:14"),
    ]

    @Test(
        "Runtimes by id, kind, language, short form and default",
        arguments: [
            ("python3.9", "python3.9"), ("python", "python3.11"), ("py", "python3.11"), ("node", "nodejs14"),
            ("nodejs:14", "nodejs14"),
        ])
    func runtime(_ wanted: String, _ found: String) throws {
        #expect(
            try RuntimeChoice.choose(wanted, language: nil, of: Self.runtimes, framework: "x").id == found)
    }

    @Test("A version may be shortened where only one is meant, and nothing else is guessed by its first letters")
    func shortVersion() throws {
        let ids = ["python2.7", "python3.9", "python3.11", "nodejs14"]
        let runtimes = ids.map { id in
            FunctionRuntime(id: id, language: id.hasPrefix("p") ? "python" : "nodejs")
        }
        func choose(_ wanted: String, image: String? = nil) throws -> FunctionRuntime {
            try RuntimeChoice.choose(wanted, language: nil, of: runtimes, framework: "kubeless", image: image)
        }
        #expect(try choose("python2").id == "python2.7")
        let several = #expect(throws: Diagnostic.self) { try choose("python3") }
        #expect(several?.detail == "there are python3.9, python3.11")
        for wanted in ["", "p", "py3", "pyth", "python3.1", "nodejs1", "n"] {
            let problem = #expect(throws: Diagnostic.self, "\(wanted)") { try choose(wanted) }
            #expect(problem?.code == "function.runtime" && problem?.detail?.contains("python2.7") == true)
        }
        #expect(throws: Diagnostic.self) { try choose("", image: "a:1") }
    }

    @Test("An unknown runtime names those there are, and the one that was meant")
    func unknownRuntime() {
        let problem = #expect(throws: Diagnostic.self) {
            try RuntimeChoice.choose("pyhton", language: nil, of: Self.runtimes, framework: "kubeless")
        }
        #expect(problem?.code == "function.runtime")
        #expect(problem?.detail == "it knows python3.9, python3.11, nodejs14")
        #expect(problem?.hint == "did you mean `python`?")
        let language = #expect(throws: Diagnostic.self) {
            try RuntimeChoice.choose(nil, language: "ruby", of: Self.runtimes, framework: "kubeless")
        }
        #expect(language?.summary == "kubeless has no runtime for ruby")
        let none = #expect(throws: Diagnostic.self) {
            try RuntimeChoice.choose(nil, language: nil, of: [], framework: "openfaas")
        }
        #expect(none?.detail == "openfaas runs images only")
    }
}
