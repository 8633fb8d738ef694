import Foundation
import TestSupport
import Testing

@Suite("Programs that tests run")
struct RunningTests {
    @Test func bothStreamsTheInputAndTheStatusComeBack() throws {
        let outcome = try LocalShell.run("cat; echo wrong >&2; exit 3", input: "given\n")
        #expect(outcome.status == 3 && outcome.output == "given\n" && outcome.errors == "wrong\n")
        #expect(outcome.said.contains("status 3"))
        #expect(try LocalShell.run("kill -9 $$").status == 137)
    }

    @Test func muchOutputNeedsNoReader() throws {
        let outcome = try LocalShell.run("head -c 3000000 /dev/zero | tr '\\0' x")
        #expect(outcome.output.utf8.count == 3_000_000)
    }

    @Test func theEnvironmentIsThatOfTheTestsOrAlone() throws {
        #expect(try Running.succeed("env", environment: ["ONLY": "1"], isAlone: true) == "ONLY=1\n")
        let beside = try Running.succeed("env", environment: ["ONLY": "1"])
        #expect(beside.contains("ONLY=1\n") && beside.contains("PATH="))
        #expect(try Running.succeed("pwd", folder: "/usr") == "/usr\n")
    }

    @Test func descriptorsAndBlockedSignalsAreNotInherited() throws {
        let descriptor = open("/dev/null", O_RDONLY)
        defer { close(descriptor) }
        #expect(try Running.succeed("sh", ["-c", "echo /proc/$$/fd/*"]).split(separator: " ").count <= 4)
        let blocked = try LocalShell.run("grep '^SigBlk' /proc/self/status").output
        #expect(blocked == "SigBlk:\t0000000000000000\n")
    }

    @Test func whoTakesTooLongIsKilled() async throws {
        let running = try Running("sleep", ["600"])
        await #expect(throws: Failure.self) { try await running.wait(seconds: 0.05) }
        try await waitUntil("it is gone", within: 10) { !running.isRunning }
        #expect(kill(running.pid, 0) != 0)
    }

    @Test func whoIsForgottenIsKilled() throws {
        var running: Running? = try Running("sleep", ["600"])
        let pid = try #require(running?.pid)
        #expect(kill(pid, 0) == 0)
        running = nil
        #expect(kill(pid, 0) != 0)
    }

    @Test func whatCannotBeStartedOrFailsIsSaid() {
        #expect(throws: Failure.self) { try Running("no-such-program") }
        #expect(throws: Failure.self) { try Running("/etc/hostname") }
        #expect(throws: Failure.self) { try Running.succeed("false") }
    }
}

@Suite("Servers that tests run")
struct PythonServerTests {
    private static let script = """
        import os, sys
        print("ready", os.getpid())
        for line in sys.stdin: print("heard " + line.strip())
        """

    @Test func itSaysWhereItIsAnswersAndEnds() throws {
        let server = try PythonServer(Self.script)
        #expect(server.greeting.first == "ready")
        let pid = try #require(Int32(server.greeting[1]))
        #expect(try server.ask("one", answer: 1) == "heard one")
        #expect(try server.ask("two", answer: 2) == "heard two")
        server.stop()
        #expect(kill(pid, 0) != 0)
        #expect(throws: Failure.self) { try server.ask("three", answer: 3) }
    }

    @Test func oneThatDoesNotStartSaysWhy() {
        #expect {
            try PythonServer("raise Exception('no port is free')")
        } throws: { "\($0)".contains("no port is free") }
    }
}
