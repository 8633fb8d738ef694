import Bundles
import Diagnostics
import Digests
import Foundation
import TestSupport
import Testing
import WebClient

@testable import Frameworks

/// `framework lock` and what follows from it, against a real HTTP server on loopback.
@Suite("Locking files of frameworks") struct LockTests {
    let server: FileServer
    let scratch: Scratch
    var folder: String { scratch.path }
    static let text =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: b}\n"
    /// Large enough to be cut in the middle.
    static let large = (0..<2000).map { "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: n\($0)}\n" }.joined()

    init() throws {
        server = try FileServer()
        scratch = try Scratch("lock")
    }

    /// - Parameter sha256: what the catalogue says.
    func release(_ path: String, sha256: String? = nil, mirrors: [String] = []) throws -> FrameworkRelease {
        var framework = try Toadstool.framework()
        framework.sources = [
            FrameworkSource(
                id: "all", origin: .url("\(server.base)/\(path)", mirrors: mirrors.map { "\(server.base)/\($0)" }),
                digests: sha256.map { ["steady": $0] } ?? [:], size: nil, include: [], exclude: [], patches: [],
                applies: Applicability())
        ]
        return try FrameworkRelease(framework, channel: framework.channels[0], cluster: try Toadstool.facts())
    }

    func store() throws -> SourceStore {
        let lock = try LockFile.load("\(folder)/martlet.lock.json")
        return SourceStore(
            lock: lock,
            downloader: Downloader(
                lock: lock, client: WebClient(WebSettings(proxy: .none)), folder: "\(folder)/cache",
                retry: RetryPolicy(attempts: 2, firstDelay: .milliseconds(10))))
    }

    func failure(_ release: FrameworkRelease) async throws -> Diagnostic {
        let error = await #expect(throws: Diagnostic.self) { try await store().lockAll(release) }
        // Nothing was recorded.
        #expect(!FileManager.default.fileExists(atPath: "\(folder)/martlet.lock.json"))
        return try #require(error)
    }

    @Test func theRightFileIsShownAndRecordedOnce() async throws {
        try server.serve("all.yaml", Array(Self.text.utf8))
        let release = try release("all.yaml")
        let locked = try await store().lockAll(release)
        let digest = Digest.sha256(Array(Self.text.utf8))
        #expect(locked.map(\.sha256) == [digest])
        #expect(locked.map(\.objects) == [2] && locked.map(\.size) == [Self.text.utf8.count] && locked[0].isNew)
        #expect(try LockFile.load("\(folder)/martlet.lock.json").digest(for: "\(server.base)/all.yaml") == digest)
        // Install takes it from now on, also when the server is gone.
        #expect(try await store().lockAll(release)[0].isNew == false)
        server.stop()
        #expect(try await store().contents(release)["all"]?.bytes == Array(Self.text.utf8))
    }

    @Test func aFileThatIsAnotherOneLaterIsRefused() async throws {
        try server.serve("all.yaml", Array(Self.text.utf8))
        let release = try release("all.yaml")
        _ = try await store().lockAll(release)
        try server.serve("all.yaml", Array((Self.text + "# changed\n").utf8))
        try FileManager.default.removeItem(atPath: "\(folder)/cache")
        for work in [{ try await _ = store().lockAll(release) }, { try await _ = store().contents(release) }] {
            let problem = await #expect(throws: Diagnostic.self) { try await work() }
            #expect(problem?.code == "lock.digest-changed" && problem?.exitCode == .invalid)
        }
    }

    @Test func aChecksumOfTheCatalogueThatIsWrong() async throws {
        try server.serve("all.yaml", Array(Self.text.utf8))
        let wanted = String(repeating: "a", count: 64)
        let problem = try await failure(try release("all.yaml", sha256: wanted))
        #expect(problem.code == "upstream.digest-mismatch")
        #expect(problem.detail?.contains(wanted) == true)
        #expect(problem.detail?.contains(Digest.sha256(Array(Self.text.utf8))) == true)
    }

    @Test func anAddressThatIsNotThere() async throws {
        let problem = try await failure(try release("none.yaml"))
        #expect(problem.code == "web.status" && problem.summary.hasSuffix("/none.yaml answered with status 404"))
    }

    /// A proxy that wants a login answers with a page, and with status 200.
    @Test func aPageInsteadOfTheFile() async throws {
        try server.serve("all.yaml", Array("<!DOCTYPE html><html><title>Log in</title></html>".utf8))
        let problem = try await failure(try release("all.yaml"))
        #expect(problem.code == "framework.not-objects" && problem.detail == "the server sent a web page")
        #expect(problem.hint?.contains("nothing was recorded") == true)
        let vouched = try await failure(try release("all.yaml", sha256: Digest.sha256(Array(Self.text.utf8))))
        #expect(vouched.code == "upstream.digest-mismatch" && vouched.hint?.contains("web page") == true)
    }

    @Test func aFileThatIsNoManifest() async throws {
        try server.serve("all.yaml", Array("just: a\nlist: of\nkeys: true\n".utf8))
        #expect(try await failure(try release("all.yaml")).code == "framework.not-objects")
    }

    /// With a digest the rest is asked for; without one only the whole can be believed.
    @Test(arguments: [true, false]) func aConnectionThatBreaks(_ isKnown: Bool) async throws {
        try server.serve("all.yaml", Array(Self.large.utf8))
        try server.fail("all.yaml", .dropping(bytes: 30_000, times: 1))
        let digest = Digest.sha256(Array(Self.large.utf8))
        let locked = try await store().lockAll(try release("all.yaml", sha256: isKnown ? digest : nil))
        #expect(locked.map(\.sha256) == [digest] && locked.map(\.objects) == [2000])
        #expect(try server.requests() == ["all.yaml", isKnown ? "all.yaml bytes=30000-" : "all.yaml"])
    }

    /// A mirror is believed where a digest vouches for the bytes.
    @Test func aMirror() async throws {
        try server.serve("copy.yaml", Array(Self.text.utf8))
        let release = try release(
            "gone.yaml", sha256: Digest.sha256(Array(Self.text.utf8)), mirrors: ["lie.yaml", "copy.yaml"])
        try server.serve("lie.yaml", Array("<html>".utf8))
        #expect(try await store().contents(release)["all"]?.bytes == Array(Self.text.utf8))
    }
}
