import Digests
import Foundation
import SSHServerRig
import Synchronization
import TestSupport
import Testing

@testable import SecureShell

extension ServerTests {
    @Suite struct UploadTests {
        private static let content = (0..<3_500_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }

        private func names(in folder: String) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        }

        private func folder(_ server: TestServer) throws -> String {
            let folder = server.folder + "/it's a folder"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            return folder
        }

        @Test func bytesArriveWholeWithTheirMode() async throws {
            try await withSession { session, server in
                let folder = try folder(server)
                let report = try await session.upload(.bytes(Self.content), to: folder + "/a file", mode: 0o640)
                #expect(report.sent == Self.content.count)
                #expect(!report.wasUnchanged)
                #expect(try LocalFile.read(folder + "/a file") == Self.content)
                #expect(try names(in: folder) == ["a file"])
                let mode =
                    try FileManager.default.attributesOfItem(atPath: folder + "/a file")[.posixPermissions] as? Int
                #expect(mode == 0o640)
            }
        }

        @Test func aFileThatIsThereIsNotSentAgain() async throws {
            try await withSession { session, server in
                let path = try folder(server) + "/f"
                try await session.upload(.bytes(Self.content), to: path)
                let second = try await session.upload(.bytes(Self.content), to: path, mode: 0o755)
                #expect(second.wasUnchanged)
                #expect(second.sent == 0)
                #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o755)
                let other = Array(Self.content.reversed())
                let third = try await session.upload(.bytes(other), to: path)
                #expect(third.sent == other.count)
                #expect(try LocalFile.read(path) == other)
            }
        }

        @Test func anEmptyFileIsAFile() async throws {
            try await withSession { session, server in
                let path = try folder(server) + "/empty"
                let report = try await session.upload(.bytes([]), to: path)
                #expect(report.size == 0)
                #expect(try LocalFile.read(path).isEmpty)
            }
        }

        @Test func aLocalFileIsStreamedWithProgress() async throws {
            try await withSession { session, server in
                let folder = try folder(server)
                let local = folder + "/local"
                try Data(Self.content).write(to: URL(fileURLWithPath: local))
                let seen = Counter()
                let report = try await session.upload(.file(local), to: folder + "/remote") { done, total in
                    #expect(total == Self.content.count)
                    seen.add(done)
                }
                #expect(seen.values.last == Self.content.count)
                let steps = zip([0] + seen.values, seen.values).map { $1 - $0 }
                #expect(steps.allSatisfy { (1...UploadReader.pieceSize).contains($0) }, "\(steps)")
                #expect(steps.count > 3)
                #expect(report.sha256 == Digest.sha256(Self.content))
                #expect(try LocalFile.read(folder + "/remote") == Self.content)
            }
        }

        @Test func anInterruptedUploadIsContinued() async throws {
            try await withSession { session, server in
                let path = try folder(server) + "/f"
                let sum = Digest.sha256(Self.content)
                let part = UploadScript.temporaryPath(for: path, sha256: sum)
                try Data(Self.content.prefix(2_000_000)).write(to: URL(fileURLWithPath: part))
                let report = try await session.upload(.bytes(Self.content), to: path)
                #expect(report.resumedFrom == 2_000_000)
                #expect(report.sent == Self.content.count - 2_000_000)
                #expect(try LocalFile.read(path) == Self.content)
            }
        }

        /// The script of an uploader whose connection ended, with bytes of it still on their way.
        private struct Orphan: ~Copyable {
            private let process = Process()
            private let input = Pipe()

            init(writing content: some Sequence<UInt8>, to path: String) throws {
                let sum = Digest.sha256(UploadTests.content)
                let script = UploadScript.text(
                    path: path, size: UploadTests.content.count, sha256: sum, mode: 0o644, mark: "mark")
                process.executableURL = URL(fileURLWithPath: "/bin/sh")
                process.arguments = ["-c", script]
                process.standardInput = input
                process.standardOutput = FileHandle.nullDevice
                process.standardError = FileHandle.nullDevice
                try process.run()
                try write(Array("0\n".utf8) + content)
            }

            func write(_ bytes: some Sequence<UInt8>) throws {
                try input.fileHandleForWriting.write(contentsOf: Data(bytes))
            }

            func end() throws {
                try input.fileHandleForWriting.close()
                process.waitUntilExit()
            }
        }

        @Test func whatADeadUploaderHadOnItsWayIsNotAppendedToWhatFollows() async throws {
            try await withSession { session, server in
                let path = try folder(server) + "/f"
                let orphan = try Orphan(writing: Self.content.prefix(2_000_000), to: path)
                async let upload = session.upload(.bytes(Self.content), to: path)
                try await Task.sleep(for: .milliseconds(700))
                try orphan.write(Self.content[2_000_000..<2_300_000])
                try orphan.end()
                let report = try await upload
                #expect(report.resumedFrom == 2_300_000)
                #expect(try LocalFile.read(path) == Self.content)
                #expect(try names(in: (path as NSString).deletingLastPathComponent) == ["f"])
            }
        }

        @Test func anUploaderThatNeverEndsIsNotWaitedFor() async throws {
            try await withSession { session, server in
                let path = try folder(server) + "/f"
                let orphan = try Orphan(writing: Self.content.prefix(2_000_000), to: path)
                // Until it has begun its file.
                try await Task.sleep(for: .milliseconds(700))
                let start = ContinuousClock.now
                let report = try await session.upload(.bytes(Self.content), to: path)
                #expect(report.resumedFrom == 0)
                #expect(ContinuousClock.now - start < .seconds(UploadScript.patience + 4))
                // What it still writes goes nowhere, and it does not take away what is there.
                try orphan.write(Self.content.dropFirst(2_000_000))
                try orphan.end()
                #expect(try LocalFile.read(path) == Self.content)
                #expect(try names(in: (path as NSString).deletingLastPathComponent) == ["f"])
            }
        }

        @Test func aSpoiledBeginningIsThrownAway() async throws {
            try await withSession { session, server in
                let path = try folder(server) + "/f"
                let sum = Digest.sha256(Self.content)
                var spoiled = Array(Self.content.prefix(2_000_000))
                spoiled[1_000_000] ^= 1
                try Data(spoiled).write(to: URL(fileURLWithPath: UploadScript.temporaryPath(for: path, sha256: sum)))
                let report = try await session.upload(.bytes(Self.content), to: path)
                #expect(report.resumedFrom == 0)
                #expect(try LocalFile.read(path) == Self.content)
            }
        }

        /// What a host's openssl may be like; nil: as it is here.
        private static let programs = [
            nil, "exit 127", "echo 'no such digest'; exit 0", "cat >/dev/null", "kill -9 $$",
        ]

        @Test(arguments: programs) func aLargeFileIsCheckedWhateverOpenSSLTheHostHas(program: String?) throws {
            let scratch = try Scratch("openssl")
            let folder = scratch.path
            if let program { try scratch.write("openssl", "#!/bin/sh\n\(program)\n", mode: 0o755) }
            let text = String(repeating: "a line of sixteen\n", count: UploadScript.large / 18 + 1)
            let right = Digest.sha256(text)
            for (sum, verdict) in [(right, "done"), (String(right.reversed()), "checksum \(right)")] {
                let script = UploadScript.text(
                    path: folder + "/f", size: text.utf8.count, sha256: sum, mode: 0o644, mark: "mark")
                let said = try Running.succeed(
                    "sh", ["-c", "(\n\(script)\n) || true"], environment: ["PATH": folder + ":/usr/bin:/bin"],
                    input: .text("0\n" + text))
                #expect(said == "mark have 0 -\nmark \(verdict)\n")
            }
            #expect(try scratch.bytes("f") == Array(text.utf8))
        }

        @Test func whatALoginShellPrintsByItselfIsPassedOver() async throws {
            try await withSession { session, server in
                // bash reads this file for commands over SSH, too.
                try "echo welcome; echo warning >&2; printf 'without an end '\n".write(
                    toFile: server.folder + "/home/.bashrc", atomically: true, encoding: .utf8)
                let path = try folder(server) + "/f"
                let report = try await session.upload(.bytes(Self.content), to: path)
                #expect(report.sent == Self.content.count)
                #expect(try LocalFile.read(path) == Self.content)
                #expect(try await session.upload(.bytes(Self.content), to: path).wasUnchanged)
                let error = await sshError { try await session.upload(.bytes([1]), to: server.folder + "/none/f") }
                guard case .uploadFailed(_, let reason)? = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(reason.contains("No such file") || reason.contains("cannot create"), "\(reason)")
            }
        }

        @Test func contentThatDoesNotFitItsChecksumIsRefused() async throws {
            try await withSession { session, server in
                let folder = try folder(server)
                try Data("old".utf8).write(to: URL(fileURLWithPath: folder + "/f"))
                let error = await sshError {
                    try await session.upload(
                        .bytes(Self.content), to: folder + "/f", sha256: String(repeating: "0", count: 64))
                }
                guard case .uploadFailed(_, let reason)? = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(reason.contains("expected"))
                #expect(text(try LocalFile.read(folder + "/f")) == "old")
                #expect(try names(in: folder) == ["f"])
            }
        }

        @Test func failuresSayWhy() async throws {
            try await withSession { session, server in
                let missing = await sshError {
                    try await session.upload(.bytes([1]), to: server.folder + "/no/such/folder/f")
                }
                guard case .uploadFailed(_, let reason)? = missing else {
                    Issue.record("\(String(describing: missing))")
                    return
                }
                #expect(reason.lowercased().contains("nonexistent") || reason.lowercased().contains("no such"))
                let aFolder = await sshError { try await session.upload(.bytes([1]), to: server.folder + "/home") }
                #expect(aFolder == .uploadFailed(path: server.folder + "/home", reason: "it is a folder"))
                let relative = await sshError { try await session.upload(.bytes([1]), to: "f") }
                #expect(relative?.code == "ssh.invalid-input")
                let local = await sshError {
                    try await session.upload(.file("/no/such/file"), to: server.folder + "/f")
                }
                #expect(local?.code == "ssh.upload-failed")
                let after = try await session.run("true")
                #expect(after.isSuccess)
            }
        }
    }
}

final class Counter: Sendable {
    private let list = Mutex<[Int]>([])
    var values: [Int] { list.withLock { $0 } }
    func add(_ value: Int) { list.withLock { $0.append(value) } }
}
