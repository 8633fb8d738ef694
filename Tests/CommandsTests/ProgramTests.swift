import Foundation
import TestSupport
import Testing

@Suite("The built program", .timeLimit(.minutes(3)))
struct ProgramTests {
    private let program: BuiltProgram

    init() throws { program = try BuiltProgram() }

    @Test(
        "A wrong command line is 64, and says how it goes",
        arguments: [
            ["plan", "--no-such-option"], ["nonsense"], ["exec"], ["explain", "no-such-step"], ["hosts", "stop"],
            ["plan", "--format", "xml"], ["exec", "--target", "root@127.0.0.1:notaport", "--", "true"],
        ])
    func usage(_ arguments: [String]) throws {
        let result = try program.run(arguments)
        #expect(result.status == 64)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains(/error: .* \[[a-z]+\.[a-z-]+\]\n/), "no code: \(result.errors)")
    }

    @Test("A wrong command line names the help of its command")
    func helpOfTheCommand() throws {
        let result = try program.run(["hosts", "create", "--no-such-option"])
        #expect(result.errors.contains("[cli.usage]"))
        #expect(result.errors.contains("`martlet hosts create --help`"), "\(result.errors)")
        let late = try program.run(["init", "--output", "-", "--control-plane", "a b"])
        #expect(late.status == 64 && late.errors.contains("`martlet init --help`"), "\(late.errors)")
    }

    @Test(
        "Help and version go to standard output and are 0",
        arguments: [["--help"], ["plan", "--help"], ["--version"], ["explain"]])
    func help(_ arguments: [String]) throws {
        let result = try program.run(arguments)
        #expect(result.status == 0)
        #expect(!result.output.isEmpty)
        #expect(result.errors.isEmpty)
    }

    @Test(
        "A spec that is not valid is 65, with place and caret",
        arguments: ["validate", "plan", "apply", "status", "graph"])
    func invalidSpec(_ command: String) throws {
        let file = try program.home.write("bad.yaml", "apiVersion: x\nkind: Cluster\nhots: []\n")
        let result = try program.run([command, "-f", file])
        #expect(result.status == 65)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("bad.yaml:3:1"))
        #expect(result.errors.contains("^~~~"))
    }

    @Test("A spec that is missing is said", arguments: ["validate", "plan", "apply"])
    func missingSpec(_ command: String) throws {
        let result = try program.run([command, "-f", "nowhere.yaml"])
        #expect([64, 65].contains(result.status))
        #expect(result.errors.contains("nowhere.yaml") && result.errors.contains("martlet init"))
    }

    @Test("A name of one letter is a name like others")
    func oneLetter() throws {
        let made = try program.run(["init", "--output", "S", "--control-plane", "root@10.1.2.3"])
        #expect(made.status == 0, "\(made.errors)")
        #expect(try program.run(["validate", "-f", "S"]).status == 0)
        // Nobody listens there; what counts is that this is said.
        let unreachable = try program.run(["hosts", "create", "--spec", "S", "--name", "test-one-letter"])
        #expect(unreachable.status == 64 && unreachable.errors.contains("S exists"), "\(unreachable)")
    }

    /// A valid spec, as `martlet init` writes it.
    private func starter(_ arguments: [String] = []) throws -> String {
        let file = program.home.path + "/cluster.yaml"
        let result = try program.run(
            ["init", "--output", file, "--control-plane", "root@10.1.2.3", "--worker", "root@10.1.2.4"] + arguments)
        #expect(result.status == 0, "\(result.errors)")
        return file
    }

    @Test("A bundle that is missing or no bundle is said, and no host is asked", arguments: [true, false])
    func missingBundle(_ isThere: Bool) throws {
        let file = try starter()
        let bundle = program.home.path + "/bundle.tar"
        if isThere { try program.home.write("bundle.tar", "this is no tar") }
        var text = try program.home.read("cluster.yaml")
        text = text.replacing("upstream: {}", with: "bundle: \(bundle)")
        try program.home.write("cluster.yaml", text)
        let result = try program.run(["plan", "-f", file])
        #expect(result.status == 65 || result.status == 78, "\(result.status) \(result.errors)")
        #expect(result.errors.contains("bundle.tar"))
        #expect(!result.errors.contains("ssh."))
    }

    @Test("A host that does not answer is 69", arguments: [false, true])
    func unreachable(_ asJSON: Bool) throws {
        let result = try program.run(
            ["exec", "--target", "root@127.0.0.1:1", "--format", asJSON ? "json" : "text", "--", "true"])
        #expect(result.status == 69)
        #expect((asJSON ? result.output : result.errors).contains("127.0.0.1"))
        if asJSON { #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(result.output.utf8)) } }
    }

    @Test("Without a terminal there is no colour, whatever the environment says", arguments: ["", "1"])
    func noColour(_ value: String) throws {
        let file = try program.home.write("bad.yaml", "kind: 1\n")
        let result = try program.run(
            ["validate", "-f", file], environment: ["NO_COLOR": value, "CLICOLOR_FORCE": "1"])
        #expect(!result.errors.contains("\u{1b}"))
    }

    @Test("On a terminal there is colour, and NO_COLOR takes it away", arguments: [("", true), ("1", false)])
    func noColourOnTerminal(_ value: String, _ isColoured: Bool) throws {
        let file = try program.home.write("bad.yaml", "kind: 1\n")
        // `script` of util-linux gives the program a terminal.
        let text = try Running.run(
            "script", ["-qec", "\(program.path) validate -f \(file)", "/dev/null"],
            environment: ["HOME": program.home.path, "TERM": "xterm", "NO_COLOR": value, "PATH": "/usr/bin:/bin"],
            isAlone: true
        ).output
        #expect(text.contains("error"))
        #expect(text.contains("\u{1b}[31m") == isColoured)
    }

    @Test("A step is explained in lines of 80, and an unknown one is guessed")
    func explainedSteps() throws {
        let result = try program.run(["explain", "control-plane-join@cp-2"])
        #expect(result.status == 0)
        #expect(result.output.hasPrefix("control-plane-join (control-plane)\n"))
        #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
        let part = try program.run(["explain", "kubelet@worker-1"])
        #expect(part.output.hasPrefix("kubernetes-binaries (kubernetes)\n"))
        let unknown = try program.run(["explain", "control-plane-jion"])
        #expect(unknown.errors.contains("did you mean control-plane-join"))
    }

    @Test("Reset asks for the name, and a wrong one touches nothing")
    func reset() throws {
        let file = try starter()
        let wrong = try program.run(["reset", "-f", file, "--confirm", "other"])
        #expect(wrong.status == 64)
        #expect(wrong.errors.contains("reset.not-confirmed"))
        let silent = try program.run(["reset", "-f", file])
        #expect(silent.status == 64)
        #expect(silent.errors.contains("--confirm demo"))
    }

    // MARK: Assets

    /// Copies the program to a folder without a checkout around it.
    private func installed() throws -> (program: BuiltProgram, prefix: String) {
        let prefix = program.home.path + "/prefix"
        try FileManager.default.createDirectory(atPath: prefix + "/bin", withIntermediateDirectories: true)
        try ProgramFile.copy(program.path, to: prefix + "/bin/martlet")
        var copy = program
        copy.path = prefix + "/bin/martlet"
        return (copy, prefix)
    }

    private func assets(_ program: BuiltProgram, environment: [String: String] = [:]) throws -> (
        status: String?, observed: String?
    ) {
        struct Answer: Decodable {
            struct Finding: Decodable {
                var id: String
                var status: String
                var observed: String
            }
            var findings: [Finding]
        }
        let result = try program.run(["doctor", "--format", "json"], environment: environment)
        let answer = try JSONDecoder().decode(Answer.self, from: Data(result.output.utf8))
        let finding = answer.findings.first { $0.id == "assets" }
        #expect(result.status == (answer.findings.contains { $0.status == "fail" } ? 78 : 0))
        return (finding?.status, finding?.observed)
    }

    @Test("Assets are found beside an installed program, by the variable, and are missed where there are none")
    func assets() throws {
        let (copy, prefix) = try installed()
        let missing = try assets(copy)
        #expect(missing.status == "fail")
        #expect(missing.observed?.contains(prefix + "/share/martlet") == true)
        try program.home.write("prefix/share/martlet/manifests/x", "")
        let found = try assets(copy)
        #expect(found.status == "pass")
        #expect(found.observed == prefix + "/share/martlet/manifests")
        try program.home.write("elsewhere/manifests/x", "")
        let named = try assets(copy, environment: ["MARTLET_ASSETS": program.home.path + "/elsewhere"])
        #expect(named.observed == program.home.path + "/elsewhere/manifests")
    }
}
