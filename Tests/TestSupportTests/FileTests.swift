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

    @Test func aGoldenThatDiffersIsAnIssueAtItsLine() throws {
        let scratch = try Scratch()
        let path = try scratch.write("golden", "one\ntwo\n")
        try Golden.expect("one\ntwo\n", at: path)
        try withKnownIssue {
            try Golden.expect("one\nthree\n", at: path)
        } matching: { issue in
            issue.comments.contains { $0.rawValue == "golden:2\n  golden: two\n  now:    three" }
        }
        #expect(try scratch.read("golden") == "one\ntwo\n")
    }

    @Test func aGoldenThatIsMissingIsWrittenAndAnIssue() throws {
        let scratch = try Scratch()
        withKnownIssue { try Golden.expect("one\n", at: scratch.file("new/golden")) }
        #expect(try scratch.read("new/golden") == "one\n")
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
