import SSHServerRig
import TestSupport
import Testing

@testable import SecureShell

extension ServerTests {
    @Suite struct ShellTests {
        static let shells = ["sh", "bash --posix", "busybox ash"]

        private func withShell(
            _ shell: String, _ body: (ShellChannel) async throws -> Void
        ) async throws {
            try await withSession { session, _ in
                try await body(session.openShell(sudo: .none, shell: shell, deadline: .seconds(10)))
            }
        }

        @Test(arguments: shells) func eachCommandHasItsOwnResult(shell: String) async throws {
            try await withShell(shell) { shell in
                let results = try await shell.batch([
                    ShellCommand("echo one; echo two >&2"), ShellCommand("exit 7"), ShellCommand(""),
                    ShellCommand("echo both; echo errors >&2", mergesOutput: true),
                    ShellCommand("printf 'no newline'"),
                ])
                #expect(
                    results == [
                        ShellResult(status: 0, stdout: Array("one\n".utf8), stderr: Array("two\n".utf8)),
                        ShellResult(status: 7), ShellResult(status: 0),
                        ShellResult(status: 0, stdout: Array("both\nerrors\n".utf8)),
                        ShellResult(status: 0, stdout: Array("no newline".utf8)),
                    ])
                #expect(try await shell.batch([]).isEmpty)
                #expect(try await shell.batch([ShellCommand("echo again")]).first?.stdout == Array("again\n".utf8))
            }
        }

        /// Each is followed by a command that must still work and say exactly its own words.
        static let hostile: [(script: String, status: Int32?)] = [
            ("exit 9", 9), ("exec true", 0), ("exec false", 1), ("cat", 0), ("read x; echo \"[$x]\"", 0),
            ("exec 0<&- 1>&- 2>&-", 0), ("exec >/dev/null 2>&1; echo lost", 0), ("set -e; false; echo not reached", 1),
            ("echo \"unbalanced", nil), ("echo 'unbalanced", nil), ("if true; then", nil), ("}", nil), (")", nil),
            ("echo $(", nil), ("cat <<END\nno end", 0), ("kill $$", 0), ("kill -HUP $$; kill -INT $$", 0),
            ("trap '' TERM; kill -TERM $$", 0), ("cd /; unset PATH; PATH=/nowhere", 0),
            ("printf() { echo mine; }; printf x", 0),
            ("alias printf=false; set -f; IFS=x; umask 777", 0), ("ulimit -n 3", nil), ("return 3", nil),
            ("break; continue", nil),
            ("-e", nil), ("-- echo", nil), ("# a comment", 0), ("echo ends in a backslash \\", 0), ("set -n", nil),
            ("set -u; echo $nope", nil),
            ("eval 'exit 4'", 4), ("kill -9 $(exec sh -c 'echo $PPID')", nil), ("exec 3>&1 4>&2 5</dev/null", 0),
            ("printf '\\001'", 0), ("set", 0), ("trap 'echo bye' EXIT; exit 2", 2), ("exec sleep 0", 0),
            ("set -o noclobber; :", 0),
        ]

        @Test(arguments: shells) func nothingThatAScriptDoesBreaksTheChannel(shell: String) async throws {
            try await withShell(shell) { shell in
                for (script, status) in Self.hostile {
                    let results = try await shell.batch(
                        [ShellCommand(script), ShellCommand("echo fine; echo well >&2")], deadline: .seconds(10))
                    if let status { #expect(results[0].status == status, "\(script)") }
                    #expect(
                        results[1]
                            == ShellResult(status: 0, stdout: Array("fine\n".utf8), stderr: Array("well\n".utf8)),
                        "\(script)")
                }
                // All of them at once as well.
                let all = try await shell.batch(
                    Self.hostile.map { ShellCommand($0.script) } + [ShellCommand("echo last")])
                #expect(all.count == Self.hostile.count + 1)
                #expect(all.last?.stdout == Array("last\n".utf8))
            }
        }

        @Test(arguments: shells) func aFirstBatchThatMayBeSeenTravelsWithTheStart(shell: String) async throws {
            let commands = Self.hostile.map { ShellCommand($0.script) } + [ShellCommand("echo last")]
            for chunk in stride(from: 0, to: commands.count, by: 12) {
                try await withShell(shell) { shell in
                    let some =
                        commands[chunk..<min(chunk + 12, commands.count)] + [ShellCommand("cat", stdin: [0, 39, 255])]
                    let first = try await shell.batch(Array(some), mayBeSeen: true, deadline: .seconds(20))
                    #expect(first.last?.stdout == [0, 39, 255])
                    let statuses = Self.hostile.dropFirst(chunk).prefix(12).map(\.status)
                    for (status, result) in zip(statuses, first) where status != nil {
                        #expect(result.status == status)
                    }
                    let second = try await shell.batch([ShellCommand("kill $$; echo second"), ShellCommand("cat")])
                    #expect(second.map { text($0.stdout) } == ["second\n", ""])
                }
            }
        }

        @Test func aWordForALoginShellHasNoBackslashWithinQuotes() throws {
            let word = #"it's \n \\ "$x""#
            let quoted = ShellEncoding.quotedForLogin(word)
            #expect(quoted == #"'it'\''s '\\'n '\\''\\' "$x"'"#)
            #expect(try Running.succeed("sh", ["-c", "printf %s \(quoted)"]) == word)
        }

        @Test func onlyWhatMayBeSeenIsInTheProcessList() async throws {
            let look = "tr '\\0' ' ' </proc/$$/cmdline; : a-word-to-look-for"
            try await withShell("sh") { shell in
                let hidden = try await shell.batch([ShellCommand(look)])
                #expect(text(hidden[0].stdout) == "sh ")
            }
            try await withShell("sh") { shell in
                let seen = try await shell.batch([ShellCommand(look)], mayBeSeen: true)
                #expect(text(seen[0].stdout).contains("a-word-to-look-for"))
                let later = try await shell.batch([ShellCommand(look)], mayBeSeen: true)
                #expect(text(later[0].stdout) == "sh ")
            }
            // Too long for a request: sent as input, and complete.
            try await withShell("sh") { shell in
                let long = try await shell.batch(
                    [ShellCommand(look + String(repeating: " x", count: 20000))], mayBeSeen: true)
                #expect(text(long[0].stdout) == "sh ")
            }
        }

        @Test(arguments: [false, true]) func thePreludeRunsOnceAndItsDescriptorsStayOpen(mayBeSeen: Bool) async throws {
            try await withSession { session, server in
                let file = server.folder + "/lock"
                let shell = try await session.openShell(prelude: "exec 8>>\(file); flock -n 8; echo x >>\(file).count")
                let probe = ShellCommand("flock -n \(file) true; echo $?; cat \(file).count")
                for _ in 0..<2 {
                    let results = try await shell.batch([probe], mayBeSeen: mayBeSeen)
                    #expect(text(results[0].stdout) == "1\nx\n")
                }
                await shell.close()
                for _ in 0..<100 {
                    let after = try await session.run("flock -n \(file) true; echo $?")
                    if text(after.stdout) == "0\n" { break }
                    try await Task.sleep(for: .milliseconds(20))
                }
                let after = try await session.run("flock -n \(file) true; echo $?")
                #expect(text(after.stdout) == "0\n")
            }
        }

        @Test(arguments: shells) func everyByteGoesInAndOutUnchanged(shell: String) async throws {
            let everything =
                (0..<1024).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) } + Array("-%d\\n'\"$(x)`y`\n\n".utf8)
            try await withShell(shell) { shell in
                for first in [UInt8(ascii: "-"), 0, UInt8(ascii: "%"), UInt8(ascii: "\\"), UInt8(ascii: "7"), 0xff] {
                    let bytes = [first] + everything
                    let results = try await shell.batch([
                        ShellCommand("cat", stdin: bytes), ShellCommand("true", stdin: bytes),
                        ShellCommand("cat >&2", stdin: bytes),
                    ])
                    #expect(results[0].stdout == bytes)
                    #expect(results[1] == ShellResult(status: 0))
                    #expect(results[2].stderr == bytes)
                }
                let words = "äöü € 漢字 \u{81}\u{85} 'quoted' \"double\" $HOME `x` \\ !"
                let result = try await shell.batch([ShellCommand("cat <<'END'\n\(words)\nEND")])
                #expect(text(result[0].stdout) == words + "\n")
            }
        }

        @Test func inputThatNobodyReadsDoesNotHurt() async throws {
            try await withShell("sh") { shell in
                let large = [UInt8](repeating: UInt8(ascii: "x"), count: 300_000)
                let results = try await shell.batch([
                    ShellCommand("true", stdin: large), ShellCommand("head -c 3", stdin: large),
                    ShellCommand("wc -c", stdin: large),
                ])
                #expect(results.map(\.status) == [0, 0, 0])
                #expect(results.allSatisfy { $0.stderr.isEmpty })
                #expect(text(results[1].stdout) == "xxx")
                #expect(text(results[2].stdout).contains("300000"))
            }
        }

        @Test func fakeFramesAreOutput() async throws {
            try await withShell("sh") { shell in
                let fake = "\u{1}0123456789abcdef0123456789abcdef 0\n"
                let script = "printf '\(fake)%s' end; printf '\(fake)' >&2"
                let results = try await shell.batch([ShellCommand(script), ShellCommand("echo real")])
                #expect(text(results[0].stdout) == fake + "end")
                #expect(text(results[0].stderr) == fake)
                #expect(text(results[1].stdout) == "real\n")
            }
        }

        @Test func largeOutputIsBoundedForEachCommand() async throws {
            try await withShell("sh") { shell in
                let limits = OutputLimits(stdout: 100, stderr: 100)
                let results = try await shell.batch([
                    ShellCommand("head -c 4000000 /dev/zero", limits: limits),
                    ShellCommand("head -c 4000000 /dev/urandom"),
                    ShellCommand("echo short", limits: limits),
                ])
                #expect(results[0].stdout.count == 100)
                #expect(results[0].isTruncated)
                #expect(results[1].stdout.count == 4_000_000)
                #expect(!results[1].isTruncated)
                #expect(results[2] == ShellResult(status: 0, stdout: Array("short\n".utf8)))
            }
        }

        @Test func aBackgroundProcessDoesNotHoldTheBatch() async throws {
            try await withShell("sh") { shell in
                let began = ContinuousClock.now
                let results = try await shell.batch(
                    [ShellCommand("sleep 30 & echo started"), ShellCommand("echo next")], deadline: .seconds(10))
                #expect(results.map { text($0.stdout) } == ["started\n", "next\n"])
                #expect(ContinuousClock.now - began < .seconds(5))
                // What it writes between two batches belongs to neither.
                _ = try await shell.batch([ShellCommand("(sleep 0.2; echo stray) &")])
                try await Task.sleep(for: .milliseconds(500))
                #expect(try await shell.batch([ShellCommand("echo clean")]).first?.stdout == Array("clean\n".utf8))
            }
        }

        @Test func theDeadlineEndsTheShellButNotTheSession() async throws {
            try await withSession { session, _ in
                let shell = try await session.openShell()
                #expect(try await shell.batch([ShellCommand("echo x")]).count == 1)
                let error = await sshError {
                    _ = try await shell.batch(
                        [ShellCommand("echo a"), ShellCommand("sleep 20")], deadline: .milliseconds(300))
                }
                #expect(error == .timedOut(phase: .batch, sent: true))
                #expect(error?.leavesOutcomeUnknown == true)
                #expect(await shell.isBroken)
                let refusal1 = await sshError { _ = try await shell.batch([ShellCommand("true")]) }
                #expect(refusal1?.code == "ssh.channel-refused")
                let second = try await session.openShell()
                #expect(try await second.batch([ShellCommand("echo y")]).first?.stdout == Array("y\n".utf8))
            }
        }

        @Test func aShellThatIsKilledSaysHowFarItCame() async throws {
            try await withSession { session, _ in
                let shell = try await session.openShell()
                let error = await sshError {
                    _ = try await shell.batch([
                        ShellCommand("echo a"), ShellCommand("kill -9 $$"), ShellCommand("echo b"),
                    ])
                }
                guard case .shellEnded(let completed, _)? = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(completed == 1)
                #expect(error?.leavesOutcomeUnknown == true)
                #expect(try await session.run("echo usable").isSuccess)
            }
        }

        @Test func batchesOfOneShellWaitForEachOther() async throws {
            try await withShell("sh") { shell in
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    for number in 0..<10 {
                        group.addTask {
                            let results = try await shell.batch([
                                ShellCommand("sleep 0.01; echo \(number)"), ShellCommand("echo -\(number)"),
                            ])
                            return results.map { text($0.stdout) } == ["\(number)\n", "-\(number)\n"]
                        }
                    }
                    for try await isRight in group { #expect(isRight) }
                }
            }
        }

        @Test func manyCommandsInOneBatch() async throws {
            try await withShell("sh") { shell in
                let results = try await shell.batch((0..<1000).map { ShellCommand("echo \($0); exit \($0 % 200)") })
                #expect(
                    results.enumerated().allSatisfy { text($1.stdout) == "\($0)\n" && $1.status == Int32($0 % 200) })
                #expect(results.count == 1000)
            }
        }

        @Test func scriptsWithNULAreRefused() async throws {
            try await withShell("sh") { shell in
                let refusal2 = await sshError { _ = try await shell.batch([ShellCommand("echo \0")]) }
                #expect(refusal2?.code == "ssh.invalid-input")
            }
        }
    }
}
