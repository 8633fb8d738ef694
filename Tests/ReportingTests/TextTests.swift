import Diagnostics
import Foundation
import TestSupport
import Testing

import struct Diagnostics.SourceLocation

@testable import Reporting

@Suite("Differences of lines")
struct LineDifferenceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var old: String
        var new: String
        var lines: [String]

        init(_ name: String, _ old: String, _ new: String, _ lines: [String]) {
            testDescription = name
            self.old = old
            self.new = new
            self.lines = lines
        }
    }

    static let cases: [Case] = [
        Case("the same", "a\nb\n", "a\nb\n", []),
        Case("one line", "a\nb\nc\n", "a\nB\nc\n", ["@@ -1 +1 @@", " a", "-b", "+B", " c", " "]),
        Case("from nothing", "", "a\n", ["@@ -1 +1 @@", "+a", " "]),
        Case(
            "two places far apart", "1\n2\n3\n4\n5\n6\n7\n8\n9", "x\n2\n3\n4\n5\n6\n7\n8\ny",
            ["@@ -1 +1 @@", "-1", "+x", " 2", " 3", "@@ -7 +7 @@", " 7", " 8", "-9", "+y"]),
        Case("lines at the end", "a", "a\nb\nc", ["@@ -1 +1 @@", " a", "+b", "+c"]),
    ]

    @Test("Show what changed and two lines around it", arguments: cases)
    func hunks(_ example: Case) {
        #expect(LineDifference.unified(from: example.old, to: example.new) == example.lines)
    }

    @Test("All minus lines and all plus lines, with the common ones, are the two texts")
    func complete() {
        let old = (0..<200).map { "line \($0 % 17)" }.joined(separator: "\n")
        let new = (0..<200).map { "line \($0 % 13)" }.joined(separator: "\n")
        let lines = LineDifference.unified(from: old, to: new, context: 1000)
        let left = lines.filter { $0.hasPrefix("-") || $0.hasPrefix(" ") }.map { $0.dropFirst() }.joined(
            separator: "\n")
        let right = lines.filter { $0.hasPrefix("+") || $0.hasPrefix(" ") }.map { $0.dropFirst() }.joined(
            separator: "\n")
        #expect(left == old)
        #expect(right == new)
    }
}

@Suite("Texts in columns")
struct TextLayoutTests {
    @Test("Cells of a column begin below each other; no line ends with a space")
    func table() {
        let text = TextTable.render([
            ["NODE", "READY", ""], ["a-long-name", "yes", "not in the spec"], ["b"], ["", "é", ""],
        ])
        #expect(text == "NODE         READY\na-long-name  yes    not in the spec\nb\n             é\n")
        #expect(TextTable.render([]) == "")
    }

    @Test("No line is longer than allowed, unless a word is; no word is lost", arguments: [1, 10, 40, 80])
    func wrap(_ columns: Int) {
        let text =
            "Every client knows only the endpoint.  keepalived\nmoves its address to a control-plane-that-is-alive now"
        let lines = TextWrap.wrap(text, columns: columns).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.count <= columns || !$0.contains(" ") })
        let words = text.split(whereSeparator: \.isWhitespace)
        #expect(lines.flatMap { $0.split(separator: " ") } == words)
    }

    @Test("Words fill the line as far as it goes")
    func fill() {
        #expect(TextWrap.wrap("aa bb cc", columns: 5) == "aa bb\ncc")
        #expect(TextWrap.wrap("", columns: 5) == "")
        #expect(TextWrap.wrap("toolong a", columns: 3) == "toolong\na")
    }
}

@Suite("A terminal")
struct TerminalTests {
    @Test("What is no terminal gets no colour and 80 columns")
    func noTerminal() throws {
        let handle = try #require(FileHandle(forWritingAtPath: "/dev/null"))
        let terminal = Terminal.of(handle.fileDescriptor)
        #expect(!terminal.isInteractive && !terminal.hasColour)
        #expect(terminal.columns == 80)
        #expect(terminal.styled("x", .red) == "x")
    }

    @Test("Colour ends where it began")
    func colour() {
        let terminal = Terminal(isInteractive: true, hasColour: true, columns: 80)
        #expect(terminal.styled("x", .red) == "\u{1b}[31mx\u{1b}[0m")
    }
}

@Suite("A diagnostic on standard error")
struct DiagnosticViewTests {
    private static let plain = Terminal(isInteractive: false, hasColour: false, columns: 80)

    private static func location(_ text: String?, column: Int, end: Int? = nil) -> SourceLocation {
        SourceLocation(file: "cluster.yaml", line: 12, column: column, endColumn: end, text: text)
    }

    @Test("Says what, where, why and what to do")
    func full() throws {
        let diagnostics = [
            Diagnostic(
                code: "spec.unknown-key", "unknown key `hots`", detail: "known: hosts\nand more",
                hint: "did you mean `hosts`?",
                location: Self.location("\thots: [a, b]", column: 2, end: 6)),
            Diagnostic(
                .warning, code: "step.failed", "it failed", host: "cp-1", evidence: ["one \u{1b}[31mline", "tab\there"]),
            Diagnostic(.note, code: "plain", "a note"),
            Diagnostic(code: "spec.end", "the file ends", location: Self.location(nil, column: 1)),
            Diagnostic(code: "spec.point", "a point", location: Self.location("key: é", column: 6)),
            Diagnostic(code: "spec.wide", "an end before its begin", location: Self.location("key", column: 3, end: 1)),
        ]
        try expectGolden(DiagnosticView.text(diagnostics, on: Self.plain), "diagnostics.txt")
    }

    @Test("The caret stands below its character")
    func caret() throws {
        let diagnostic = Diagnostic(code: "x", "x", location: Self.location("abc: defg", column: 6, end: 10))
        let lines = DiagnosticView.text(diagnostic, on: Self.plain).split(separator: "\n")
        let text = try #require(lines.dropFirst().first)
        let marks = try #require(lines.dropFirst(2).first)
        let from = try #require(marks.firstIndex(of: "^"))
        let offset = marks.distance(from: marks.startIndex, to: from)
        #expect(text.dropFirst(offset).prefix(4) == "defg")
        #expect(marks.suffix(4) == "^~~~")
    }

    @Test(
        "What a host said cannot steer the terminal", arguments: ["\u{1b}]0;x\u{7}", "\r\u{8}", "\u{7f}", "\u{9b}31m"])
    func controlCharacters(_ text: String) {
        let shown = DiagnosticView.text(Diagnostic(code: "x", "x", evidence: [text]), on: Self.plain)
        let isClean = shown.unicodeScalars.allSatisfy {
            $0 == "\n" || ($0.value >= 32 && !(127..<160).contains($0.value))
        }
        #expect(isClean)
    }
}
