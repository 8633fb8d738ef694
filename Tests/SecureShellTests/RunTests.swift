import SSHServerRig
import SecureShell
import Testing

extension ServerTests {
    @Suite struct RunTests {
        @Test func theLibraryTellsItsVersion() {
            #expect(SecureShell.libraryVersion.split(separator: ".").count >= 3)
        }

        @Test func aCommandGivesStatusAndBothStreams() async throws {
            try await withSession { session, _ in
                let result = try await session.run("echo out; echo err >&2; exit 3")
                #expect(result == CommandResult(status: 3, stdout: Array("out\n".utf8), stderr: Array("err\n".utf8)))
                #expect(!result.isSuccess)
                #expect(try await session.run("true").isSuccess)
            }
        }

        @Test func aSignalIsToldByName() async throws {
            try await withSession { session, _ in
                let result = try await session.run("exec sh -c 'kill -KILL $$'")
                #expect(result.signal == "KILL")
                #expect(!result.isSuccess)
            }
        }

        @Test func inputReachesTheCommandWhole() async throws {
            try await withSession { session, _ in
                let input = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
                let echoed = try await session.run("cat", stdin: input)
                #expect(echoed.stdout == input)
                #expect(echoed.isSuccess)
                let counted = try await session.run("wc -c", stdin: input)
                #expect(text(counted.stdout).contains("3000000"))
            }
        }

        @Test func outputBeyondTheLimitIsDroppedAndSaid() async throws {
            try await withSession { session, _ in
                let limits = OutputLimits(stdout: 1000, stderr: 10)
                let result = try await session.run(
                    "head -c 5000000 /dev/zero; echo a long message of errors >&2", limits: limits)
                #expect(result.stdout.count == 1000)
                #expect(text(result.stderr) == "a long mes")
                #expect(result.isTruncated)
                #expect(result.isSuccess)
                let whole = try await session.run("head -c 5000000 /dev/zero | tr '\\0' x")
                #expect(whole.stdout.count == 5_000_000)
                #expect(!whole.isTruncated)
            }
        }

        @Test func bothStreamsInQuantityDoNotBlockEachOther() async throws {
            try await withSession { session, _ in
                let result = try await session.run(
                    "i=0; while [ $i -lt 2000 ]; do echo 0123456789012345678901234567890123456789; echo e$i >&2; i=$((i+1)); done"
                )
                #expect(result.stdout.count == 82000)
                #expect(text(result.stderr).hasSuffix("e1999\n"))
            }
        }

        @Test func manyCommandsShareOneConnection() async throws {
            try await withSession { session, _ in
                try await withThrowingTaskGroup(of: String.self) { group in
                    for number in 0..<20 {
                        group.addTask { text(try await session.run("sleep 0.0\(number % 7); echo \(number)").stdout) }
                    }
                    var seen = Set<String>()
                    for try await line in group { seen.insert(line) }
                    #expect(seen.count == 20)
                }
            }
        }

        @Test func commandsThatCannotBeSentAreRefusedBeforehand() async throws {
            try await withSession { session, _ in
                let nul = await sshError { _ = try await session.run("echo \0") }
                #expect(nul?.code == "ssh.invalid-input")
                let long = await sshError { _ = try await session.run(String(repeating: "x", count: 40000)) }
                #expect(long?.code == "ssh.invalid-input")
                let after = try await session.run("echo still here")
                #expect(after.isSuccess)
            }
        }

        @Test func aClosedSessionSaysSo() async throws {
            try await withServer { server in
                let session = try await SSHSession.connect(to: server.target())
                #expect(await session.isOpen)
                await session.close()
                #expect(await !session.isOpen)
                let refusal1 = await sshError { _ = try await session.run("true") }
                #expect(refusal1 == .cancelled)
            }
        }
    }
}
