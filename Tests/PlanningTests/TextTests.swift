import Digests
import Foundation
import Planning
import TestSupport
import Testing

@Suite("Slots")
struct SlotTests {
    private static let token = Slot("join-token")
    private static let hash = Slot("hash")

    @Test("Every reference is replaced, and nothing else")
    func filling() {
        let text = "\(Self.token.reference) and \(Self.hash.reference), again \(Self.token.reference)."
        let filled = Slot.fill(text, with: [Self.token: "T", Self.hash: "H"])
        #expect(filled.text == "T and H, again T.")
        #expect(filled.missing == nil)
    }

    @Test("A value that holds a reference is not filled a second time")
    func noSecondRound() {
        let filled = Slot.fill(Self.token.reference, with: [Self.token: Self.hash.reference, Self.hash: "H"])
        #expect(filled.text == Self.hash.reference)
    }

    @Test(
        "A text without references is returned as it is",
        arguments: ["", "plain", "« »", "slot:join-token", "«other:x»"])
    func plain(_ text: String) {
        #expect(Slot.fill(text, with: [:]).text == text)
    }

    @Test(
        "The first value that is missing is named",
        arguments: [
            ("a \(Slot("hash").reference) \(Slot("join-token").reference)", "hash"), ("«slot:cut", "cut"),
            ("«slot:»", ""),
        ])
    func missing(_ text: String, _ name: String) {
        let filled = Slot.fill(text, with: [:])
        #expect(filled.text == nil)
        #expect(filled.missing?.name == name)
    }
}

@Suite("Quoting for a shell")
struct QuoteTests {
    @Test("Harmless words stay as they are", arguments: ["a", "/usr/bin/x-y_z.1", "user@host:22", "a=b,c+d%"])
    func harmless(_ word: String) { #expect(Shell.quote(word) == word) }

    @Test("The empty word is kept")
    func empty() { #expect(Shell.quote("") == "''") }

    @Test("Real shells give every word back", arguments: LocalShell.all)
    func realShell(_ shell: String) throws {
        var numbers = SeededNumbers(seed: 20)
        let alphabet = Array("ab' \"\\$`!*?[]{}()<>|&;~#\n\t\r%=-éß«»\u{1}\u{7f}")
        var words = ["", "'", "''", "-n", "--", "~", "$HOME", "a\nb", "\\", "é«slot:x»"]
        words += (0..<400).map { _ in
            String(
                (0..<Int.random(in: 1...24, using: &numbers)).compactMap { _ in alphabet.randomElement(using: &numbers)
                })
        }
        let script = words.map { "printf '%s\\036' \(Shell.quote($0))\n" }.joined()
        let result = try LocalShell.run(script, shell: shell)
        #expect(result.status == 0)
        let said = result.output.unicodeScalars.split(separator: "\u{1e}", omittingEmptySubsequences: false)
            .map { String(String.UnicodeScalarView($0)) }
        #expect(Array(said.dropLast()) == words)
    }
}

@Suite("Digests")
struct DigestTests {
    @Test("Agree with sha256sum", arguments: ["", "a", "abc\n", "é«ß»", String(repeating: "x", count: 100_000)])
    func agreement(_ text: String) throws {
        let folder = try Scratch()
        let file = try folder.write("file", text)
        let said = try LocalShell.run("sha256sum \(Shell.quote(file))")
        #expect(said.output.prefix(64) == Digest.sha256(text))
    }
}

@Suite("A plan on disk")
struct PlanCodingTests {
    private static func plan() -> Plan {
        let checks: [Check] = [
            Check(.file("/a"), .equals("x")), Check(.blob("/b"), .present), Check(.service("c"), .absent),
            Check(.package("d"), .hasPrefix("1")), Check(.sysctl("e"), .atLeast(3)),
            Check(.script("f", "true\n"), .containsWords(["a"])), Check(.script("g", ""), .contains(["b"])),
            Check(.script("h", ""), .containsLines(["c d"])),
        ]
        let slot = Slot("token")
        let actions: [Action] = [
            .putFile(path: "/a", mode: 0o600, text: "é\n"),
            .putBlob(path: "/b", mode: 0o755, blob: Blob(name: "b", sha256: "aa", size: 7)),
            .script(Action.Script("run", "true", input: slot.reference, timeoutSeconds: 5, produces: slot)),
        ]
        let steps = ChangeKind.allKinds.enumerated().map { index, change in
            Step(
                id: "s\(index)@h", phase: Phase.allCases[index], host: "h", title: "t", change: change, reason: "r",
                ensure: checks, actions: actions, requires: ["x@h"], pool: [nil, .etcd, .copy, nil, nil][index],
                settleSeconds: index, diagnose: [nil, .kubernetes, .journal(["a", "b"]), nil, nil][index])
        }
        return Plan(cluster: "c", specDigest: "d", steps: steps, diagnostics: [])
    }

    @Test("Is read back as it was written, byte for byte the same each time")
    func roundTrip() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let plan = Self.plan()
        let data = try encoder.encode(plan)
        let again = try JSONDecoder().decode(Plan.self, from: data)
        #expect(again == plan)
        #expect(try encoder.encode(again) == data)
        let texts = again.steps.flatMap(\.ensure).map(\.probe.text)
        #expect(texts == plan.steps.flatMap(\.ensure).map(\.probe.text))
    }

    @Test("Facts are read back, in a stable order on disk")
    func facts() throws {
        let facts = Facts(hosts: [
            "h": HostFacts(
                answers: [.file("/b"): .absent, .file("/a"): .present("x"), .package("p"): .unknown("cut off")],
                contents: ["/a": "text"])
        ])
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let data = try encoder.encode(facts)
        #expect(try JSONDecoder().decode(Facts.self, from: data) == facts)
        let text = String(decoding: data, as: UTF8.self)
        let first = try #require(text.range(of: "\\/a\"", options: .literal))
        let second = try #require(text.range(of: "\\/b\"", options: .literal))
        #expect(first.lowerBound < second.lowerBound)
    }
}

extension ChangeKind {
    static let allKinds: [ChangeKind] = [.noOp, .create, .update, .run, .blocked]
}
