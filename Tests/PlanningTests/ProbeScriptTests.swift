import Digests
import Foundation
import TestSupport
import Testing

@testable import Planning

@Suite("The probe script, run by real shells")
struct ProbeScriptTests {
    private static func ask(_ probes: [Probe], shell: String) throws -> [Probe: FactValue] {
        let script = ProbeScript(probes)
        let result = try LocalShell.run(script.text, shell: shell)
        #expect(result.status == 0)
        #expect(result.errors.isEmpty)
        return script.answers(in: result.output)
    }

    private static var owner: String { "\(getuid()) \(getgid())" }

    @Test("Tells files, folders, links and what is absent apart", arguments: LocalShell.all)
    func files(_ shell: String) throws {
        let folder = try Scratch()
        let plain = try folder.write("plain", "hello\n", mode: 0o640)
        let empty = try folder.write("empty", "", mode: 0o4755)
        let spaced = try folder.write("with space and 'quote' and $HOME", "x")
        let link = folder.path + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/etc/hostname")
        let dangling = folder.path + "/dangling"
        try FileManager.default.createSymbolicLink(atPath: dangling, withDestinationPath: "nowhere")
        try FileManager.default.setAttributes([.posixPermissions: 0o750], ofItemAtPath: folder.path)
        let missing = folder.path + "/missing"
        let answers = try Self.ask(
            [plain, empty, spaced, link, dangling, folder.path, missing].map(Probe.file), shell: shell)
        #expect(answers[.file(plain)] == .present("file 0640 \(Self.owner) \(Digest.sha256("hello\n"))"))
        #expect(answers[.file(empty)] == .present("file 4755 \(Self.owner) \(Digest.sha256(""))"))
        #expect(answers[.file(spaced)] == .present("file 0644 \(Self.owner) \(Digest.sha256("x"))"))
        #expect(answers[.file(link)] == .present("link /etc/hostname"))
        #expect(answers[.file(dangling)] == .present("link nowhere"))
        #expect(answers[.file(folder.path)] == .present("directory 0750 \(Self.owner)"))
        #expect(answers[.file(missing)] == .absent)
    }

    @Test("Tells packages and kernel settings", arguments: LocalShell.all)
    func packagesAndSettings(_ shell: String) throws {
        let none = Probe.package("no-such-package-as-this")
        let answers = try Self.ask(
            [
                .package("dpkg"), none, .sysctl("kernel.ostype"), .sysctl("net.ipv4.tcp_rmem"),
                .sysctl("no.such.setting"),
            ],
            shell: shell)
        let version = try LocalShell.run("dpkg-query -W -f '${Version}' dpkg").output
        #expect(answers[.package("dpkg")] == .present(version))
        #expect(answers[none] == .absent)
        #expect(answers[.sysctl("kernel.ostype")] == .present("Linux"))
        #expect(answers[.sysctl("no.such.setting")] == .absent)
        let words = answers[.sysctl("net.ipv4.tcp_rmem")]?.text?.split(separator: " ", omittingEmptySubsequences: false)
        #expect(words?.count == 3)
    }

    @Test(
        "A script's status says present, absent or unknown, and what one does cannot hurt the next",
        arguments: LocalShell.all)
    func scripts(_ shell: String) throws {
        let zero = Probe.script("zero", "echo a; echo b; echo")
        let one = Probe.script("one", "echo noise; exit 1")
        let two = Probe.script("two", "exit 2")
        let variables = Probe.script("variables", "cd /; x=1; set -f; echo set")
        let after = Probe.script("after", "echo \"${x:-unset} $(cat)\"")
        let broken = Probe.script("broken", "nonexistent-command-of-this-test")
        let last = Probe.script("last", "[ -e /etc/passwd ]")
        let answers = try Self.ask([zero, one, two, variables, after, broken, last], shell: shell)
        #expect(answers[zero] == .present("a\nb"))
        #expect(answers[one] == .absent)
        #expect(answers[two] == .unknown("its script ended with status 2"))
        #expect(answers[variables] == .present("set"))
        #expect(answers[after] == .present("unset "))
        #expect(answers[broken] == .unknown("its script ended with status 127"))
        #expect(answers[last] == .present(""))
    }

    @Test("Without systemd a service is not known; it is never taken for absent")
    func servicesWithoutSystemd() {
        let probe = Probe.service("containerd.service")
        let answers = ProbeScript([probe]).answers(in: "\u{1e}service\n\u{1e}end\n")
        #expect(answers[probe] == .unknown("systemd did not answer (is it running on this host?)"))
    }

    @Test("Services are told apart by their order")
    func services() {
        let probes = ["a", "b", "c"].map(Probe.service)
        let output = """
            \u{1e}service
            LoadState=loaded
            ActiveState=active
            UnitFileState=enabled

            LoadState=not-found
            ActiveState=inactive
            UnitFileState=

            LoadState=loaded
            ActiveState=failed
            UnitFileState=
            \u{1e}end

            """
        let answers = ProbeScript(probes).answers(in: output)
        #expect(answers[probes[0]] == .present("loaded active enabled"))
        #expect(answers[probes[1]] == .absent)
        #expect(answers[probes[2]] == .present("loaded failed "))
    }

    @Test("A package that was removed but left its configuration is absent")
    func removedPackage() {
        let probe = Probe.package("haproxy")
        let answers = ProbeScript([probe]).answers(in: "\u{1e}package\nhaproxy 2.6 config-files\n\u{1e}end\n")
        #expect(answers[probe] == .absent)
    }

    @Test("An answer that broke off anywhere leaves unknown, never absent and never something else")
    func cutAnywhere() {
        let probes: [Probe] = [
            .file("/a"), .file("/a.conf"), .file("/no"), .blob("/b"), .blob("/nob"), .service("s"), .service("t"),
            .package("p"), .package("nop"), .sysctl("k"), .sysctl("nok"), .script("x", ""), .script("y", ""),
            .script("z", ""),
        ]
        let digest = String(repeating: "d", count: 64)
        let other = String(repeating: "e", count: 64)
        let output = """
            \u{1e}stat
            regular file|644|0|0|'/a'|/a
            regular file|644|0|0|'/a.conf'|/a.conf
            \u{1e}sha256
            \(digest)  /a
            \(other)  /a.conf
            \u{1e}blob-stat
            12 100 7|755|0|0|/b
            \u{1e}blob-record
            12 100 7|\(digest)|/b
            \u{1e}service
            LoadState=loaded
            ActiveState=active
            UnitFileState=enabled

            LoadState=not-found
            ActiveState=inactive
            UnitFileState=
            \u{1e}package
            p 1.0 installed
            \u{1e}sysctl
            k = 1
            \u{1e}script
            \u{1e}status 127
            \u{1e}script
            text
            \u{1e}status 0
            \u{1e}script
            \u{1e}status 1
            \u{1e}end

            """
        let script = ProbeScript(probes)
        let whole = script.answers(in: output)
        #expect(whole[.script("x", "")] == .unknown("its script ended with status 127"))
        #expect(whole[.blob("/b")] == .present("file 0755 0 0 \(digest)"))
        let bytes = Array(output.utf8)
        for length in bytes.indices {
            let answers = script.answers(in: String(decoding: bytes[..<length], as: UTF8.self))
            #expect(answers.count == probes.count)
            for (probe, answer) in answers where answer != whole[probe] {
                guard case .unknown = answer else {
                    Issue.record("\(probe.kind) \(probe.subject) is \(answer) after \(length) bytes")
                    continue
                }
            }
        }
        #expect(script.answers(in: "").values.allSatisfy { $0 == .unknown("the host's answer broke off") })
    }

    @Test("A real answer that broke off is the same or unknown", arguments: LocalShell.all)
    func realCut(_ shell: String) throws {
        let folder = try Scratch()
        let file = try folder.write("a", "hello\n")
        let script = ProbeScript([
            .file(file), .file(folder.path + "/missing"), .package("dpkg"), .package("nothing"),
            .sysctl("kernel.ostype"),
            .script("s", "exit 1"),
        ])
        let output = Array(try LocalShell.run(script.text, shell: shell).output.utf8)
        let whole = script.answers(in: String(decoding: output, as: UTF8.self))
        for length in output.indices.dropLast(2) {
            let answers = script.answers(in: String(decoding: output[..<length], as: UTF8.self))
            for (probe, answer) in answers {
                let isUnknown = if case .unknown = answer { true } else { false }
                #expect(isUnknown || answer == whole[probe], "\(probe.subject) after \(length) bytes")
            }
        }
    }

    @Test("Equal probes are equal whatever their text; the order of answers does not matter")
    func equality() {
        #expect(Probe.script("a", "x") == Probe.script("a", "y"))
        #expect(Probe.file("/a") != Probe.blob("/a"))
    }
}

@Suite("The record of a copied file")
struct BlobRecordTests {
    private let folder: Scratch
    private let blob: String

    init() throws {
        folder = try Scratch()
        blob = try folder.write("kube let", "binary\n", mode: 0o755)
    }

    /// The scripts name a fixed folder; here they get one of the test's own.
    private func inFolder(_ script: String) -> String {
        script.replacing(BlobRecord.folder, with: folder.path + "/records")
    }

    private func ask(_ shell: String) throws -> FactValue? {
        let script = ProbeScript([.blob(blob), .blob(folder.path + "/missing")])
        let result = try LocalShell.run(inFolder(script.text), shell: shell)
        let answers = script.answers(in: result.output)
        #expect(answers[.blob(folder.path + "/missing")] == .absent)
        return answers[.blob(blob)]
    }

    private func record(_ shell: String) throws {
        let command = BlobRecord.command(path: blob, sha256: Digest.sha256("binary\n"))
        #expect(try LocalShell.run(inFolder(command), shell: shell).status == 0)
    }

    private func present(_ digest: String) -> FactValue { .present("file 0755 \(getuid()) \(getgid()) \(digest)") }

    @Test("Holds until the file is written, replaced or restored", arguments: LocalShell.all)
    func validity(_ shell: String) throws {
        let unrecorded = present("unrecorded")
        #expect(try ask(shell) == unrecorded)
        try record(shell)
        #expect(try ask(shell) == present(Digest.sha256("binary\n")))
        let changes = [
            "echo longer >>FILE", "cp FILE FILE.new && mv FILE.new FILE", "sleep 1.1; touch -d @0 FILE",
        ]
        for change in changes {
            try record(shell)
            #expect(try LocalShell.run(change.replacing("FILE", with: Shell.quote(blob)), shell: shell).status == 0)
            #expect(try ask(shell) == unrecorded, "after \(change)")
        }
    }

    @Test("Damaged records are passed over", arguments: ["", "garbage\n", "1 2 3|aa\n", "a|b|c|d\n", "\u{1}\u{2}\n"])
    func damaged(_ text: String) throws {
        try FileManager.default.createDirectory(atPath: folder.path + "/records", withIntermediateDirectories: true)
        try folder.write("records/x", text)
        #expect(try ask("/bin/sh") == present("unrecorded"))
    }

    @Test("Every path has a name of its own below the folder")
    func names() {
        #expect(BlobRecord.path(for: "/usr/local/bin/kubelet") == "/var/lib/martlet/blobs/%usr%local%bin%kubelet")
    }
}
