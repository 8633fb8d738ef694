import ConfigTree
import Diagnostics
import Testing

/// Documents are built by hand: how YAML becomes nodes is tested with the reader.
struct ConfigDecoderTests {
    /// `{ a: <value> }` with the value as written.
    private func document(_ value: String, style: ConfigNode.Style = .plain) throws -> ConfigDocument {
        let source = try SourceText(file: "f", bytes: Array("a: \(value)".utf8))
        var builder = ConfigDocumentBuilder(source: source)
        let end = 3 + value.unicodeScalars.count
        builder.begin(.mapping, style: .block, range: .init(startLine: 0, startColumn: 0, endLine: 0, endColumn: end))
        builder.addScalar(
            style: .plain, range: .init(startLine: 0, startColumn: 0, endLine: 0, endColumn: 1), sourceRange: 0..<1)
        builder.addScalar(
            style: style, range: .init(startLine: 0, startColumn: 3, endLine: 0, endColumn: end),
            sourceRange: 3..<(3 + value.utf8.count))
        builder.end(line: 0, column: end)
        return builder.finish()
    }

    private func read<Value>(
        _ value: String, _ codec: Codec<Value>, style: ConfigNode.Style = .plain
    ) throws -> (value: Value?, problems: [Diagnostic]) {
        let decoder = ConfigDecoder(family: "test")
        let node = try #require(try document(value, style: style).root["a"])
        return (codec.read(node, decoder), decoder.diagnostics)
    }

    @Test(arguments: ["1.20", "on", "yes", "null", "~", "08:30", "007", "2024-01-31", "true", "12"])
    func textRefusesWhatReadsAsSomethingElse(_ value: String) throws {
        let plain = try read(value, .text)
        #expect(plain.value == nil)
        #expect(plain.problems.map(\.code) == ["test.unquoted"])
        #expect(plain.problems.first?.hint == "write it in quotes: \"\(value)\"")
        #expect(plain.problems.first?.location?.column == 4)
        #expect(plain.problems.first?.exitCode == .invalid)
        let quoted = try read(value, .text, style: .doubleQuoted)
        #expect(quoted.value == value)
        #expect(quoted.problems.isEmpty)
    }

    @Test func booleansAreTrueAndFalseOnly() throws {
        #expect(try read("true", .boolean).value == true)
        #expect(try read("FALSE", .boolean).value == false)
        #expect(try read("yes", .boolean).problems.first?.hint == "write `true`")
        #expect(try read("true", .boolean, style: .singleQuoted).problems.first?.hint == "write true without quotes")
        #expect(try read("1", .boolean).value == nil)
    }

    @Test func integersKnowTheirRange() throws {
        let port = Codec<Int>.integer(1...65535)
        #expect(try read("22", port).value == 22)
        #expect(try read("0", port).problems.map(\.code) == ["test.range"])
        #expect(try read("99999999999999999999", port).problems.map(\.code) == ["test.range"])
        #expect(try read("022", port).problems.map(\.code) == ["test.type"])
        #expect(try read("22", port, style: .doubleQuoted).problems.first?.hint == "write 22 without quotes")
        #expect(try read("2.5", port).problems.map(\.code) == ["test.type"])
        #expect(try read("", port).problems.map(\.code) == ["test.empty"])
    }

    @Test func choicesSuggest() throws {
        let codec = Codec<Int>.choice([("production", "", 1), ("lab", "", 2)])
        #expect(try read("lab", codec).value == 2)
        let wrong = try read("prodution", codec)
        #expect(wrong.problems.first?.hint == "did you mean `production`")
        #expect(wrong.problems.first?.summary == "`a` must be `production` or `lab`, and `prodution` is not")
    }

    @Test func listsAndMappingsSayWhatTheyFound() throws {
        #expect(
            try read("x", Codec.list(.text)).problems.first?.summary
                == "`a` must be a list, and it is the single value `x`")
        #expect(try read("x", Codec.map(.text)).problems.map(\.code) == ["test.type"])
    }

    @Test func unknownKeysAreErrorsAndExplainMissingOnes() throws {
        let record = Codec<String>.record("the thing", [Field("ab", .text, required: true, "A word")]) { reader in
            reader.optional(Field("ab", .text, "A word")) ?? ""
        }
        let decoder = ConfigDecoder(family: "test")
        _ = record.read(try document("x").root, decoder)
        #expect(decoder.diagnostics.map(\.code) == ["test.unknown-key"])
        #expect(decoder.diagnostics.first?.hint == "did you mean `ab`")
        #expect(decoder.diagnostics.first?.detail == "the thing knows `ab`")
    }

    @Test func keepsNoMoreThanAPersonReads() throws {
        let decoder = ConfigDecoder(family: "test")
        let node = try document("x").root
        for _ in 0..<(ConfigDecoder.mostDiagnostics + 5) { decoder.report("x", at: node, "wrong") }
        #expect(decoder.diagnostics.count == ConfigDecoder.mostDiagnostics)
        #expect(decoder.droppedErrors == 5)
    }

    @Test func hiddenTextStaysHidden() throws {
        let decoder = ConfigDecoder(family: "test")
        decoder.report("x", at: try document("hunter2").root, "wrong", hidesText: true)
        #expect(decoder.diagnostics.first?.location?.line == 1)
        #expect(decoder.diagnostics.first?.location?.text == nil)
    }
}
