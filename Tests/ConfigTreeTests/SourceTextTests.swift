import ConfigTree
import Diagnostics
import Testing

struct SourceTextTests {
    @Test func breaksLinesWhereYAMLDoes() throws {
        let text = try SourceText(file: "f", bytes: Array("a\nb\r\nc\rd\u{85}e\u{2028}f".utf8))
        #expect(text.lineCount == 6)
        #expect(
            (0..<6).map { String(decoding: text.lineBytes($0).prefix(1), as: UTF8.self) } == [
                "a", "b", "c", "d", "e", "f",
            ])
        #expect(text.lineBytes(7).isEmpty)
    }

    @Test func countsColumnsInScalars() throws {
        let text = try SourceText(file: "f", bytes: Array("äöü: x".utf8))
        #expect(!text.isASCII)
        #expect(text.byteOffset(line: 0, column: 3) == 6)
        #expect(text.byteOffset(line: 0, column: 99) == text.bytes.count)
        #expect(
            text.location(line: 0, column: 5, endColumn: 6)
                == SourceLocation(file: "f", line: 1, column: 6, endColumn: 7, text: "äöü: x"))
    }

    @Test func leavesOutTheTextOfVeryLongLines() throws {
        let text = try SourceText(file: "f", bytes: [UInt8](repeating: 0x61, count: 10_000))
        #expect(text.location(line: 0, column: 9_000).text == nil)
    }

    static let faults: [(bytes: [UInt8], kind: SourceText.Fault.Kind, line: Int, column: Int)] = [
        ([0x61, 0x0A, 0xFF], .invalidUTF8, 1, 0), ([0xC3], .invalidUTF8, 0, 0), ([0xC0, 0x80], .invalidUTF8, 0, 0),
        ([0xE0, 0x80, 0x80], .invalidUTF8, 0, 0), ([0xED, 0xA0, 0x80], .invalidUTF8, 0, 0),
        ([0xF5, 0x80, 0x80, 0x80], .invalidUTF8, 0, 0), ([0xF4, 0x90, 0x80, 0x80], .invalidUTF8, 0, 0),
        ([0xC3, 0xA4, 0x80], .invalidUTF8, 0, 1), ([0x61, 0x00], .controlCharacter(0), 0, 1),
        ([0x1B], .controlCharacter(0x1B), 0, 0), ([0x7F], .controlCharacter(0x7F), 0, 0),
        ([0xC2, 0x81], .controlCharacter(0x81), 0, 0), ([0xEF, 0xBF, 0xBF], .controlCharacter(0xFFFF), 0, 0),
    ]

    @Test(arguments: faults)
    func refusesWhatIsNoText(_ each: (bytes: [UInt8], kind: SourceText.Fault.Kind, line: Int, column: Int)) {
        do {
            _ = try SourceText(file: "f", bytes: each.bytes)
            Issue.record("\(each.bytes) was taken for text")
        } catch {
            #expect(error.kind == each.kind)
            #expect((error.line, error.column) == (each.line, each.column))
        }
    }
}
