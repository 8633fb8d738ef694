import Diagnostics
import Glibc
import TestSupport
import Testing

@testable import LocalHosts

@Suite struct LocalProgramTests {
    @Test func returnsWhatAProgramPrints() async throws {
        #expect(try await LocalProgram.run("printf", ["%s", "a b; $HOME"]) == "a b; $HOME")
    }

    @Test func failureCarriesProgramStatusAndLastLines() async {
        let problem = await #expect(throws: Diagnostic.self) {
            try await LocalProgram.run("sh", ["-c", "echo first >&2; echo last >&2; exit 3"])
        }
        #expect(problem?.code == "hosts.program-failed")
        #expect(problem?.summary == "sh ended with status 3")
        #expect(problem?.evidence == ["first", "last"])
    }

    @Test func signalsAreStatusesAbove128() async throws {
        #expect(try await LocalProgram.attempt("sh", ["-c", "kill -9 $$"]).status == 137)
    }

    @Test func missingProgramNamesItsPackage() {
        let problem = Prerequisites.missing(["debootstrap", "systemd-nspawn", "ssh", "ssh-keygen"])
        #expect(problem.exitCode == .lacking)
        #expect(problem.hint?.hasPrefix("apt-get install --yes debootstrap openssh-client systemd-container ") == true)
    }

    @Test func unknownProgram() async {
        let problem = await #expect(throws: Diagnostic.self) {
            try await LocalProgram.run("martlet-no-such-program", [])
        }
        #expect(problem?.code == "hosts.program-missing")
    }

    @Test func largeOutputOnBothStreams() async throws {
        let output = try await LocalProgram.attempt(
            "sh", ["-c", "yes out | head -c 300000; yes err | head -c 300000 >&2"])
        #expect(output.text.utf8.count == 300_000)
        #expect(output.errorText.utf8.count == 300_000)
    }

    @Test func cancellationKillsTheProgramAndItsChildren() async throws {
        let scratch = try Scratch("hosts")
        let task = Task {
            try await LocalProgram.run("sh", ["-c", "sleep 600 & echo $! > \(scratch.path)/pid; wait"])
        }
        try await waitUntil("it says who it is", within: 240) {
            Files.read("\(scratch.path)/pid")?.hasSuffix("\n") == true
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        let pid = try #require(Int32((Files.read("\(scratch.path)/pid") ?? "").filter { !$0.isWhitespace }))
        try await waitUntil("its child is gone", within: 240) {
            ProcessIdentity.parse(stat: Files.read("/proc/\(pid)/stat") ?? "").map { $0.state == "Z" } ?? true
        }
    }

    /// A parent that is killed cannot clean up: the kernel does.
    @Test func programsDieWithTheirParent() async throws {
        let scratch = try Scratch("hosts")
        let script = "setpriv --pdeathsig KILL -- sh -c 'echo $$ > \(scratch.path)/pid; exec sleep 600' & wait"
        let parent = Task { try await LocalProgram.attempt("sh", ["-c", script]) }
        try await waitUntil("it says who it is", within: 240) {
            Files.read("\(scratch.path)/pid")?.hasSuffix("\n") == true
        }
        let pid = try #require(Int32((Files.read("\(scratch.path)/pid") ?? "").filter { !$0.isWhitespace }))
        let stat = Files.read("/proc/\(pid)/status") ?? ""
        let line = stat.split(separator: "\n").first { $0.hasPrefix("PPid:") }
        let shell = try #require(Int32((line?.dropFirst(5) ?? "").filter { !$0.isWhitespace }))
        kill(shell, SIGKILL)
        try await waitUntil("its child is gone", within: 240) {
            ProcessIdentity.parse(stat: Files.read("/proc/\(pid)/stat") ?? "").map { $0.state == "Z" } ?? true
        }
        #expect(try await parent.value.status == 137)
    }

    @Test func deadlineKills() async throws {
        let output = try await LocalProgram.attempt("sleep", ["600"], deadline: .milliseconds(100))
        #expect(output.status == 137)
    }

    @Test func descriptorsAreNotInherited() async throws {
        let descriptor = open("/dev/null", O_RDONLY)
        defer { close(descriptor) }
        let listed = try await LocalProgram.run("sh", ["-c", "ls /proc/$$/fd"])
        #expect(!listed.split(separator: "\n").contains("\(descriptor)"))
    }

    @Test func locksExclude() async throws {
        let scratch = try Scratch("hosts")
        let path = scratch.file("lock")
        let held = try FileLock.attempt(path)
        #expect(held != nil)
        #expect(try FileLock.attempt(path) == nil)
        let problem = await #expect(throws: Diagnostic.self) {
            _ = try await FileLock.acquire(path, patience: .milliseconds(50), subject: "a test")
        }
        #expect(problem?.exitCode == .locked)
        withExtendedLifetime(held) {}
    }

    @Test func capabilityFromStatus() {
        #expect(!Prerequisites.hasSystemResourceCapability(inStatus: "Name:\tx\nCapBnd:\t000001fffeffffff\n"))
        #expect(Prerequisites.hasSystemResourceCapability(inStatus: "CapBnd:\t000001ffffffffff\n"))
    }

    @Test func consoleTextIsPlain() {
        let text = "[\u{1b}[0;32m  OK  \u{1b}[0m] Started x.\r\n\r\n  tail  "
        #expect(ConsoleText.plain(text) == ["[  OK  ] Started x.", "  tail"])
    }
}
