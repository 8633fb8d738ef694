import Foundation
import TestSupport
import Testing

@Suite("Files that tests make and compare")
struct FileTests {
    @Test func aFolderGoesWithItsLastReference() throws {
        var scratch: Scratch? = try Scratch()
        let path = try #require(scratch?.path)
        try scratch?.write("a/b", "text", mode: 0o640)
        #expect(try scratch?.read("a/b") == "text" && scratch?.mode("a/b") == 0o640 && scratch?.names == ["a"])
        scratch = nil
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func aProgramIsWrittenAndCopiedWithItsModeAndRuns() throws {
        let scratch = try Scratch()
        let bytes = Array("#!/bin/sh\necho said\n# ".utf8) + [0xFF, 0x0A]
        let path = try scratch.write("a bin/program", bytes, mode: 0o750)
        try ProgramFile.copy(path, to: scratch.file("copy"))
        for name in ["a bin/program", "copy"] {
            #expect(try scratch.bytes(name) == bytes && scratch.mode(name) == 0o750)
            #expect(try Running.succeed(scratch.file(name)) == "said\n")
        }
    }

    @Test func aGoldenThatDiffersIsSaidWithItsLine() throws {
        let scratch = try Scratch()
        let path = try scratch.write("golden", "one\ntwo\n")
        #expect(try Golden.fault("one\ntwo\n", at: path, records: false) == nil)
        #expect(
            try Golden.fault("one\nthree\n", at: path, records: false)
                == "golden:2\n  golden: two\n  now:    three")
        #expect(try scratch.read("golden") == "one\ntwo\n")
    }

    @Test func aGoldenThatIsMissingIsWrittenAndSaid() throws {
        let scratch = try Scratch()
        let path = scratch.file("new/golden")
        #expect(
            try Golden.fault("one\n", at: path, records: false) == "\(path) was missing and is written now; look at it")
        #expect(try scratch.read("new/golden") == "one\n")
    }

    @Test func aRecordingReplacesTheGoldenAndFindsNoFault() throws {
        let scratch = try Scratch()
        let path = try scratch.write("golden", "one\n")
        #expect(try Golden.fault("two\n", at: path, records: true) == nil)
        #expect(try scratch.read("golden") == "two\n")
    }

    @Test func goldensAreBesideTheirTarget() {
        #expect(Checkout.target(of: #filePath) == Checkout.path("Tests/TestSupportTests"))
        #expect(FileManager.default.fileExists(atPath: Checkout.path("Package.swift")))
    }

    @Test func waitingEnds() async throws {
        await #expect(throws: Failure.self) { try await waitUntil("never", within: 0.05) { false } }
        #expect(try await eventually("at once") { 7 } == 7)
    }

    @Test func seedsDecide() {
        var (one, two, other) = (SeededNumbers(seed: 1), SeededNumbers(seed: 1), SeededNumbers(seed: 2))
        let first = (0..<8).map { _ in one.next() }
        #expect(first == (0..<8).map { _ in two.next() })
        #expect(first != (0..<8).map { _ in other.next() })
    }
}
