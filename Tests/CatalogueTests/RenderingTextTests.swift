import ClusterModel
import Testing

@testable import Catalogue

@Suite("Writers of YAML and JSON")
struct RenderingTextTests {
    @Test(
        "strings that a reader could take for something else are quoted",
        arguments: [
            "", "~", "null", "Null", "true", "FALSE", "yes", "No", "on", "OFF", "y", "N", "1", "-1", "+1", "1.20", ".5",
            "1_000", "0x1F", "0o17", "017", "1e3", "1E-3", ".inf", "-.inf", ".NaN", "190:20:30", "2024-01-31",
            "2024-01-31T10:00:00Z", "10.0.0.1", "a: b", "a:", ":a", "a #b", "#a", "- a", "-", "? a", "*a", "&a", "!a",
            "|",
            ">", "%a", "@a", "`a`", "{a}", "[a]", "a,b", "'a'", "\"a\"", " a", "a ", "a\nb", "a\tb", "a\\b", "=", "<<",
            "sha256:00", "«slot:join-token»", "é", "\u{0}", "\u{7F}", "\u{85}", "\u{2028}", "\u{FEFF}", "😀",
        ])
    func quoted(text: String) {
        let scalar = YAMLWriter.scalar(text)
        #expect(scalar.hasPrefix("\"") && scalar.hasSuffix("\"") && scalar.count >= 2, "\(scalar)")
        #expect(!scalar.contains("\n"))
    }

    @Test(
        "plain strings stay plain",
        arguments: [
            "a", "cluster.local", "v1.20.2", "/etc/kubernetes", "10.96.0.0/12", "4m0s", "10Mi", "5%", "100m",
            "node-role.kubernetes.io/master", "VersionTLS12", "none", "yesterday", "abcdef.0123456789abcdef", "a=b",
            "_a",
        ])
    func plain(text: String) {
        #expect(YAMLWriter.scalar(text) == text)
    }

    @Test("escapes")
    func escapes() {
        #expect(YAMLWriter.scalar("a\"b\\c\nd\te\r") == #""a\"b\\c\nd\te\r""#)
        #expect(YAMLWriter.scalar("\u{0}\u{7F}\u{2028}") == #""\u0000\u007F\u2028""#)
        #expect(YAMLWriter.scalar("\u{E0001}") == "\"\u{E0001}\"")
        #expect(JSONWriter.text(of: "a\"b\\c\n\u{1}é") == "\"a\\\"b\\\\c\\n\\u0001é\"\n")
    }

    static let nested: ConfigurationValue = .map([
        "b": .list([.list([.int(1), .int(2)]), .map(["x": .null, "y": .list([])]), .map([:]), .string("1")]),
        "a": .map(["1": .bool(true), "z": .double(0.5), "m": .map(["k": .string("v: w")])]),
    ])

    @Test("nesting, with sorted keys")
    func nesting() {
        #expect(
            YAMLWriter.text(of: Self.nested) == """
                a:
                  "1": true
                  m:
                    k: "v: w"
                  z: 0.5
                b:
                  - - 1
                    - 2
                  - x: null
                    "y": []
                  - {}
                  - "1"

                """)
    }

    @Test("a value alone, and a stream of documents")
    func documents() {
        #expect(YAMLWriter.text(of: ConfigurationValue.string("no")) == "\"no\"\n")
        #expect(YAMLWriter.text(of: ConfigurationValue.double(.infinity)) == ".inf\n")
        #expect(YAMLWriter.text(of: ConfigurationValue.map([:])) == "{}\n")
        #expect(YAMLWriter.stream([["a": 1], ["b": 2]]) == "a: 1\n---\nb: 2\n")
    }

    @Test("JSON keeps the order and knows no infinity")
    func json() {
        #expect(
            JSONWriter.text(of: ["b": [1, [:], []], "a": .double(.infinity), "c": ["d": .null]]) == """
                {
                  "b": [
                    1,
                    {},
                    []
                  ],
                  "a": null,
                  "c": {
                    "d": null
                  }
                }

                """)
    }

    @Test("merging: maps by key, the rest replaced, null removes")
    func merging() {
        let below: OrderedMap = ["a": 1, "m": ["x": 1, "y": [1, 2]], "gone": true, "kept": "k"]
        let above: OrderedMap = ["m": ["y": [3], "z": 4], "gone": .null, "a": ["b": 1], "never": .null]
        #expect(below.merging(above) == ["a": ["b": 1], "m": ["x": 1, "y": [3], "z": 4], "kept": "k"])
    }

    @Test("placeholders without a value stay visible")
    func templates() {
        #expect(TemplateText.fill("a {{b}} {{c}} {{ d", ["b": "{{c}}"]) == "a {{c}} {{c}} {{ d")
    }

    @Test("networks")
    func networks() throws {
        let network = try #require(IPv4Network("10.1.0.0/22"))
        #expect(network.address(at: 0) == "10.1.0.0")
        #expect(network.address(at: 1023) == "10.1.3.255")
        #expect(network.address(at: 1024) == nil)
        #expect(network.address(at: -1) == nil)
        let inner = try #require(IPv4Network("10.1.3.0/24"))
        #expect(network.contains(inner) && !inner.contains(network))
        #expect(IPv4Network("0.0.0.0/0")?.contains(network) == true)
        #expect(IPv4Network("255.255.255.255/32")?.address(at: 0) == "255.255.255.255")
        #expect(IPv4Network("0.0.0.0/0")?.address(at: 4_294_967_295) == "255.255.255.255")
    }
}
