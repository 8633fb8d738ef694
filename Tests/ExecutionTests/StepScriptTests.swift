import Foundation
import Planning
import TestSupport
import Testing

@testable import Execution

@Suite("The script of a step, run by real shells")
struct StepScriptTests {
    private let folder: Scratch

    init() throws { folder = try Scratch() }

    private func run(_ actions: [Action], shell: String = "/bin/sh") throws -> (StepScript.Outcome, errors: String) {
        let script = StepScript(actions)
        let result = try LocalShell.run(script.render(terminator: "END_OF_TEST"), shell: shell)
        return (script.outcome(of: result.output), result.errors)
    }

    private func put(_ name: String, _ text: String, mode: Int = 0o644) -> Action {
        .putFile(path: "\(folder.path)/\(name)", mode: mode, text: text)
    }

    static let texts = [
        "", "\n", "one line\n", "no end of line", "two\n\nlines without end",
        "$HOME `id` \\ 'single' \"double\" $(false)\n",
        "EOF\nEND\n.\n", "-n\n", "tab\there\r\n", "é«ß»\n", String(repeating: "0123456789abcdef\n", count: 20_000),
    ]

    @Test("A file holds exactly its text and has its mode", arguments: LocalShell.all, texts)
    func files(_ shell: String, _ text: String) throws {
        let (outcome, errors) = try run([put("deep/er/file 'x'", text, mode: 0o640)], shell: shell)
        #expect(outcome.failure == nil)
        #expect(errors.isEmpty)
        #expect(try folder.read("deep/er/file 'x'") == text)
        #expect(try folder.mode("deep/er/file 'x'") == 0o640)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/deep/er") == ["file 'x'"])
    }

    /// martlet killed between a file and the restart that puts it into force: the next plan would find the file right.
    @Test("A reader that vanishes does not end the script between two actions", arguments: LocalShell.all)
    func vanishedReader(_ shell: String) throws {
        let actions = [Action.script(Action.Script("waits", "sleep 0.3")), put("first", "1\n"), put("second", "2\n")]
        let script = "\(folder.path)/script"
        try StepScript(actions).render(terminator: "END_OF_TEST").write(
            toFile: script, atomically: true, encoding: .utf8)
        _ = try LocalShell.run("\(shell) \(script) 2>/dev/null | true", shell: "/bin/sh")
        #expect(try folder.read("first") == "1\n")
        #expect(try folder.read("second") == "2\n")
    }

    @Test("A file is replaced by rename: who has the old one open reads on in it")
    func rename() throws {
        let old = try folder.write("file", "old\n")
        let reader = try FileHandle(forReadingFrom: URL(fileURLWithPath: old))
        try folder.write("file.martlet-new", "left by a killed run\n")
        let (outcome, _) = try run([put("file", "new\n", mode: 0o600)])
        #expect(outcome.failure == nil)
        #expect(try folder.read("file") == "new\n")
        #expect(try reader.readToEnd() == Data("old\n".utf8))
        #expect(folder.names == ["file"])
    }

    @Test("A file whose folder cannot be made leaves nothing behind and says why")
    func unwritable() throws {
        try folder.write("plain", "x")
        let (outcome, errors) = try run([put("plain/file", "text\n"), put("after", "text\n")])
        #expect(outcome.failure?.index == 0)
        #expect(outcome.failure?.status != 0)
        #expect(errors.contains("plain"))
        #expect(folder.names == ["plain"])
    }

    @Test("A script gets its input whole, and its output is told apart from the others'", arguments: LocalShell.all)
    func outputs(_ shell: String) throws {
        let (outcome, _) = try run(
            [
                .script(Action.Script("first", "cat; echo first", input: "in put\n$HOME\n")),
                put("file", "text\n"),
                .script(Action.Script("second", "cat; printf 'without end'")),
                .script(Action.Script("third", "true")),
            ], shell: shell)
        #expect(outcome.failure == nil)
        #expect(outcome.outputs == ["in put\n$HOME\nfirst\n", "", "without end", ""])
    }

    struct Failure: Sendable, CustomTestStringConvertible {
        var text: String
        var status: Int32
        var testDescription: String { text }
    }

    @Test(
        "A failure in the middle of a script or of a step stops all that follows",
        arguments: [
            Failure(text: "exit 3", status: 3), Failure(text: "false\necho not reached", status: 1),
            Failure(text: "echo $no_such_variable", status: 2),
            Failure(text: "nonexistent-command-of-this-test", status: 127),
        ])
    func failures(_ failure: Failure) throws {
        let (outcome, errors) = try run([
            put("before", "text\n"), .script(Action.Script("fails", "echo why >&2\n" + failure.text)),
            put("after", "text\n"),
        ])
        #expect(outcome.outputs == [""])
        #expect(outcome.failure?.index == 1)
        #expect(outcome.failure?.status == failure.status)
        #expect(errors.hasPrefix("why"))
        #expect(folder.names == ["before"])
    }

    @Test("What a script sets does not reach the next one")
    func isolation() throws {
        let (outcome, _) = try run([
            .script(Action.Script("sets", "cd /; x=1; umask 077; trap 'echo trapped' EXIT")),
            .script(Action.Script("asks", "echo \"${x:-unset}\"")), put("file", "text\n"),
        ])
        #expect(outcome.outputs == ["trapped\n", "unset\n", ""])
        #expect(try folder.mode("file") == 0o644)
    }

    @Test("An output that broke off is a failure of the action under way, whose status is not known")
    func cutAnywhere() throws {
        let script = StepScript((0..<3).map { .script(Action.Script("s\($0)", "echo \($0)")) })
        let output = "0\n\u{1e}0 0\n1\n\u{1e}1 0\n2\n\u{1e}2 0\n"
        #expect(script.outcome(of: output).failure == nil)
        let bytes = Array(output.utf8)
        for length in bytes.indices.dropLast() {
            let outcome = script.outcome(of: String(decoding: bytes[..<length], as: UTF8.self))
            let failure = try #require(outcome.failure, "after \(length) bytes")
            #expect(failure.status == -1)
            #expect(outcome.outputs == (0..<failure.index).map { "\($0)\n" })
        }
    }

    @Test("A status is read as it was, also when it broke off after its first digit")
    func cutStatus() {
        let script = StepScript([.script(Action.Script("s", "exit 127"))])
        #expect(script.outcome(of: "\u{1e}0 127\n").failure?.status == 127)
        #expect(script.outcome(of: "\u{1e}0 12").failure?.status == -1)
    }
}
