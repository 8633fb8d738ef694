import Diagnostics
import Foundation
import Testing

@testable import Bundles

@Suite("Texts in archives")
struct ArchiveTextsTests {
    private static func file(_ bytes: [UInt8]) throws -> String {
        let path = FileManager.default.temporaryDirectory.path + "/martlet-texts-\(UUID().uuidString)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    private static func texts(_ path: String, most: Int = 100) throws -> [String: String] {
        var texts: [String: String] = [:]
        try ArchiveTexts.visit(path, most: most) { texts[$0] = $1 }
        return texts
    }

    @Test("Small texts with their paths; neither programs nor what is large")
    func visits() throws {
        let path = try Self.file(
            BundleMaker.archive([
                "etc/settings": Array("a=b\n".utf8), "bin/hello": [0x7F, 0x45, 0, 1],
                "large": [UInt8](repeating: 0x61, count: 101), "empty": [],
            ]))
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try Self.texts(path) == ["etc/settings": "a=b\n", "empty": ""])
        #expect(try ArchiveTexts.compression(of: path) == nil)
    }

    @Test("What is no tar says so; what is cut or away is an error")
    func others() throws {
        let json = try Self.file(Array("{}".utf8))
        let whole = try BundleMaker.archive(["a": [UInt8](repeating: 0x61, count: 2000)])
        let cut = try Self.file(Array(whole.prefix(1600)))
        let packed = try Self.file([0x1F, 0x8B, 8, 0])
        defer { for path in [json, cut, packed] { try? FileManager.default.removeItem(atPath: path) } }
        #expect(try ArchiveTexts.visit(json, most: 100) { _, _ in } == false)
        #expect(try ArchiveTexts.visit(packed, most: 100) { _, _ in } == false)
        #expect(try ArchiveTexts.compression(of: packed) == "gzip")
        #expect { try Self.texts(cut) } throws: { ($0 as? Diagnostic)?.code == "archive.damaged" }
        #expect { try Self.texts("/nowhere/at/all") } throws: { ($0 as? Diagnostic)?.code == "archive.unreadable" }
    }
}
