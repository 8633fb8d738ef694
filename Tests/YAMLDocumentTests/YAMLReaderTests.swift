import ConfigTree
import Diagnostics
import Testing
import YAMLDocument

struct YAMLReaderTests {
    private func root(_ text: String) throws -> ConfigNode {
        try YAMLReader.document(Array(text.utf8), file: "f.yaml").root
    }

    /// `code line:column` of each diagnostic.
    private func problems(_ bytes: [UInt8], several: Bool = false, limits: YAMLReader.Limits = .init()) -> [String] {
        YAMLReader(allowsSeveralDocuments: several, limits: limits).read(bytes, file: "f.yaml").diagnostics.map {
            "\($0.code) \($0.location?.line ?? 0):\($0.location?.column ?? 0)"
        }
    }

    // MARK: Values and places

    @Test func everyNodeKnowsItsTextPathAndPlace() throws {
        let text =
            "name: demo\nhosts:\n  - name: \"a\\tb\"\n    labels: {x.y/z: 'it''s', q: plain text}\n  - [1, two]\n"
        let root = try root(text)
        func place(_ node: ConfigNode?) -> [Int] {
            guard let location = node?.location else { return [] }
            return [location.line, location.column, location.endColumn ?? 0]
        }
        #expect(root["name"]?.text == "demo")
        #expect(place(root["name"]) == [1, 7, 11])
        let hosts = try #require(root["hosts"])
        let items = Array(hosts.items)
        #expect(hosts.count == 2)
        #expect(items[0]["name"]?.text == "a\tb")
        #expect(place(items[0]["name"]) == [3, 11, 17])
        let labels = try #require(items[0]["labels"])
        #expect(labels["x.y/z"]?.text == "it's")
        #expect(labels["x.y/z"]?.path == "hosts[0].labels[\"x.y/z\"]")
        #expect(labels["q"]?.text == "plain text")
        #expect(labels["q"]?.location.text == "    labels: {x.y/z: 'it''s', q: plain text}")
        let two = Array(items[1].items)[1]
        #expect(two.path == "hosts[1][1]")
        #expect(two.isPlain)
        #expect(root.path.isEmpty)
    }

    @Test func sourceMapLeadsBack() throws {
        let map = SourceMap(try root("a:\n  - b: {\"c.d\": 1}\n").document)
        #expect(map.location(of: "a[0].b[\"c.d\"]").line == 2)
        #expect(map.node(at: "a[0].b[\"c.d\"]")?.text == "1")
        #expect(map.node(at: "a[0].x") == nil)
        #expect(map.location(of: "a[0].b.missing.deeper").column == 5)
        #expect(map.location(of: "a[7]").line == 1)
        #expect(map.location(of: "]][[").line == 1)
    }

    @Test func columnsCountScalars() throws {
        let root = try root("größe: 5 # ü\nü: {ä: ö}\n")
        #expect(root["größe"]?.location.column == 8)
        #expect(root["ü"]?["ä"]?.location.column == 8)
        #expect(root["ü"]?["ä"]?.text == "ö")
    }

    @Test func readsBlockScalarsLineEndsAndByteOrderMark() throws {
        #expect(try root("a: |\n  x\n  y\nb: >\n  x\n  y\n")["a"]?.text == "x\ny\n")
        #expect(try root("a: x\r\nb: y\r\n")["b"]?.location.line == 2)
        let marked = try YAMLReader.document([0xEF, 0xBB, 0xBF] + Array("a: 1".utf8), file: "f").root
        #expect(marked["a"]?.location.column == 4)
        #expect(try root("a: one\n  two\n")["a"]?.text == "one two")
    }

    @Test func expandsAliases() throws {
        let root = try root("a: &x {k: [1, 2]}\nb: *x\nc: [*x, &y z, *y]\n")
        #expect(root["b"]?["k"]?.count == 2)
        let items = Array(try #require(root["c"]).items)
        #expect(items.count == 3)
        #expect(items[2].text == "z")
        #expect(items[0]["k"]?.path == "c[0].k")
        #expect(items[0]["k"]?.location.line == 1)
    }

    @Test func separatesDocuments() throws {
        let documents = try YAMLReader.documents(Array("a: 1\n---\n---\nb: 2\n...\n".utf8), file: "f")
        #expect(documents.map { $0.root.entries.map(\.key.text) } == [["a"], ["b"]])
        #expect(documents[1].root["b"]?.location.line == 4)
    }

    // MARK: What is refused

    static let refusals: [(text: String, problems: [String])] = [
        ("", ["yaml.empty 1:1"]), ("# nothing\n", ["yaml.empty 1:1"]), ("---\n", ["yaml.empty 1:1"]),
        ("a: 1\na: 2\n", ["yaml.duplicate-key 2:1"]),
        ("{a: 1, b: 2, a: 3, \"b\": 4}", ["yaml.duplicate-key 1:14", "yaml.duplicate-key 1:20"]),
        ("a:\n\tb: 1\n", ["yaml.tab 2:1"]), ("a:\n  - b: 1\n \t  c: 2\n", ["yaml.tab 3:2"]),
        ("a: 1\n---\nb: 2\n", ["yaml.several-documents 2:1"]),
        ("<<: {a: 1}\nb: 2\n", ["yaml.merge-key 1:1"]), ("\"<<\": 1\n", []),
        ("a: !!str 1\n", ["yaml.tag 1:4"]), ("a: !custom {b: 1}\n", ["yaml.tag 1:4"]), ("!x [1]\n", ["yaml.tag 1:1"]),
        ("? [a, b]\n: c\n", ["yaml.complex-key 1:3"]), ("a: {{ name }}\n", ["yaml.complex-key 1:5"]),
        ("a: *x\n", ["yaml.unknown-anchor 1:4"]), ("a: &x [*x]\n", ["yaml.recursive-alias 1:8"]),
        ("a: *.example.com\n", ["yaml.syntax 1:5"]),
        ("a: b: c\n", ["yaml.syntax 1:5"]), ("a: 1\nb\nc: 2\n", ["yaml.syntax 2:1"]),
        ("a: [1, 2\nb: 3\n", ["yaml.syntax 2:2"]),
        ("a: {b: 1\n", ["yaml.syntax 1:9"]), ("a: \"open\n", ["yaml.syntax 1:4"]),
        ("a: 'open\nb: 1\n", ["yaml.syntax 1:4"]),
        ("a: \"\\q\"\n", ["yaml.syntax 1:5"]), ("a: @x\n", ["yaml.syntax 1:4"]), ("a: `x`\n", ["yaml.syntax 1:4"]),
        ("a: %x\n", ["yaml.syntax 1:4"]), ("a:\n  b: 1\n c: 2\n", ["yaml.syntax 3:2"]),
        ("- a\nb: 1\n", ["yaml.syntax 2:1"]),
        ("a: - b\n", ["yaml.syntax 1:4"]), ("a: |0\n  x\n", ["yaml.syntax 1:5"]), ("a: ]\n", ["yaml.syntax 1:4"]),
        ("%YAML 3.0\n---\na: 1\n", ["yaml.syntax 1:1"]), ("a: \"\\xzz\"\n", ["yaml.syntax 1:7"]),
        ("a\u{7}b: 1\n", ["yaml.control-character 1:2"]),
    ]

    @Test(arguments: refusals)
    func refusesWithAPlace(_ each: (text: String, problems: [String])) {
        #expect(problems(Array(each.text.utf8)) == each.problems, "\(each.text)")
    }

    @Test func syntaxIsExplainedInOurOwnWords() {
        for each in Self.refusals {
            for problem in YAMLReader().read(Array(each.text.utf8), file: "f").diagnostics {
                #expect(
                    !problem.summary.contains("did not find") && !problem.summary.contains("this is not valid YAML"))
                #expect(problem.exitCode == .invalid)
                #expect(problem.location?.text != nil || problem.code == "yaml.control-character")
            }
        }
    }

    @Test func duplicatesPointAtBoth() {
        let found = YAMLReader().read(Array("x:\n  a: 1\n  b: 1\n  a: 2\n".utf8), file: "f").diagnostics
        #expect(found.first?.detail == "it is first set in line 2, column 3")
        #expect(found.first?.location?.line == 4)
        #expect(found.first?.location?.endColumn == 4)
        let many = (0..<40).map { "k\($0): 1\n" }.joined() + "k7: 2\n"
        #expect(problems(Array(many.utf8)) == ["yaml.duplicate-key 41:1"])
    }

    @Test func otherEncodingsAreNamed() {
        for bytes: [UInt8] in [
            [0xFF, 0xFE, 0x61, 0], [0xFE, 0xFF, 0, 0x61], [0x61, 0, 0x3A, 0], [0, 0x61, 0, 0x3A],
        ] {
            let found = YAMLReader().read(bytes, file: "f").diagnostics
            #expect(found.map(\.code) == ["yaml.encoding"])
            #expect(found.first?.summary.contains("UTF-16") == true)
        }
        #expect(problems([0x61, 0x3A, 0x20, 0xE9]) == ["yaml.encoding 1:4"])
    }

    // MARK: Limits

    @Test func depthIsLimited() {
        let deep = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(problems(Array(deep.utf8)).isEmpty)
        #expect(problems(Array("[\(deep)]".utf8)) == ["yaml.too-deep 1:65"])
        #expect(problems([UInt8](repeating: 0x5B, count: 100_000)) == ["yaml.too-deep 1:65"])
        #expect(problems(Array(String(repeating: "- ", count: 5_000).utf8)).count == 1)
        #expect(
            problems(Array((0..<5_000).map { String(repeating: " ", count: $0) + "a:\n" }.joined().utf8)).count == 1)
        let anchored = "a: &a " + String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
        let nested = "\nb: " + String(repeating: "[", count: 40) + "*a" + String(repeating: "]", count: 40)
        #expect(problems(Array((anchored + nested).utf8)) == ["yaml.too-deep 2:44"])
    }

    @Test func aliasBombsAreRefusedQuickly() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...20 {
            text +=
                "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
                + "]\n"
        }
        let elapsed = ContinuousClock().measure {
            #expect(problems(Array(text.utf8)).map { $0.prefix(15) } == ["yaml.alias-bomb"])
        }
        #expect(elapsed < .seconds(5))
    }

    @Test func sizesAreLimited() {
        var limits = YAMLReader.Limits()
        limits.nodes = 10
        #expect(problems(Array("[1,2,3,4,5,6,7,8,9,10]".utf8), limits: limits) == ["yaml.too-many-values 1:20"])
        limits.bytes = 4
        #expect(problems(Array("abcde".utf8), limits: limits) == ["yaml.too-large 1:1"])
    }

    @Test func filesAreReadWithinALimit() throws {
        #expect(throws: Diagnostic.self) { try YAMLFile.bytes(at: "/nowhere/at/all.yaml") }
        do {
            _ = try YAMLFile.bytes(at: "/")
            Issue.record("a folder was read")
        } catch { #expect(error.code == "file.is-folder") }
        #expect(try YAMLFile.bytes(at: "/dev/zero", limit: 1000).count > 1000)
        #expect(try YAMLFile.bytes(at: #filePath).count > 1000)
    }
}
