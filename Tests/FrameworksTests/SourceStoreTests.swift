import Bundles
import Diagnostics
import Digests
import Foundation
import Testing

@testable import Frameworks

@Suite("Files of frameworks") struct SourceStoreTests {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)").path

    func release(_ sha256: String?) throws -> FrameworkRelease {
        var framework = try Toadstool.framework()
        framework.sources = [
            FrameworkSource(
                id: "all", origin: .url("https://files.invalid/${release.version}/all.yaml", mirrors: []),
                digests: sha256.map { ["steady": $0] } ?? [:], size: nil, include: [], exclude: [], patches: [],
                applies: Applicability())
        ]
        return try FrameworkRelease(framework, channel: framework.channels[0], cluster: try Toadstool.facts())
    }

    func store(isOffline: Bool = true) throws -> SourceStore {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let lock = try LockFile.load("\(folder)/martlet.lock.json")
        return SourceStore(
            lock: lock, downloader: Downloader(lock: lock, folder: "\(folder)/cache"), isOffline: isOffline,
            lockOptions: " -f prod/cluster.yaml")
    }

    @Test func whatNobodyVouchesForIsRefused() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try store()
        await #expect {
            _ = try await store.contents(try release(nil))
        } throws: { error in
            let diagnostic = error as? Diagnostic
            return diagnostic?.code == "framework.unlocked"
                && diagnostic?.detail == "https://files.invalid/1.0.0/all.yaml"
                && diagnostic?.hint?.contains("martlet framework lock toadstool --channel steady -f prod/cluster.yaml`")
                    == true
        }
    }

    @Test func theLockFileVouches() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let bytes = Array("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n".utf8)
        let digest = Digest.sha256(bytes)
        let store = try store()
        #expect(try store.lock.record("https://files.invalid/1.0.0/all.yaml", sha256: digest))
        #expect(store.remotes(try release(nil)).map(\.sha256) == [digest])
        await #expect {
            _ = try await store.contents(try release(nil))
        } throws: { ($0 as? Diagnostic)?.code == "framework.offline" }
        // In the cache it is found without asking anybody.
        try FileManager.default.createDirectory(atPath: "\(folder)/cache/sha256", withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/cache/sha256/\(digest)"))
        #expect(try await store.contents(try release(nil))["all"]?.bytes == bytes)
        // What was changed there is not.
        try Data("apiVersion: v2".utf8).write(to: URL(fileURLWithPath: "\(folder)/cache/sha256/\(digest)"))
        await #expect {
            _ = try await store.contents(try release(nil))
        } throws: { ($0 as? Diagnostic)?.code == "framework.offline" }
    }

    @Test func aDigestOfTheCatalogueThatTheLockFileContradictsIsRefused() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try store(isOffline: false)
        try store.lock.record("https://files.invalid/1.0.0/all.yaml", sha256: String(repeating: "a", count: 64))
        await #expect {
            _ = try await store.contents(try release(String(repeating: "b", count: 64)))
        } throws: { ($0 as? Diagnostic)?.code == "lock.digest-changed" }
    }
}

@Suite("Frameworks in bundles") struct FrameworkBundlingTests {
    /// An image archive with nothing but its name, as `docker save` writes it.
    func tars(_ reference: String) throws -> String {
        let folder = FileManager.default.temporaryDirectory.path + "/martlet-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let text = #"[{"Config":"c.json","RepoTags":["\#(reference)"],"Layers":[]}]"#
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/manifest.json"))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["tar", "-cf", "\(folder)/image.tar", "-C", folder, "manifest.json"]
        try process.run()
        process.waitUntilExit()
        return folder
    }

    @Test func imagesAreFoundByTheirNames() throws {
        let release = try Toadstool.release()
        let folder = try tars("registry.invalid/toadstool/cap:1")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let additions = try FrameworkBundling.images(release, in: folder)
        #expect(additions.map(\.path) == ["images/image.tar"])
        #expect(FrameworkBundling.missing(release, additions).isEmpty)
        #expect(FrameworkBundling.missing(release, []) == ["registry.invalid/toadstool/cap:1"])
    }

    @Test func whatMayNotBePassedOnIsRefused() throws {
        var framework = try Toadstool.framework()
        framework.channels[0].licence.isRedistributable = false
        let release = try FrameworkRelease(framework, channel: framework.channels[0], cluster: try Toadstool.facts())
        let folder = try tars("registry.invalid/toadstool/cap:1")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect {
            _ = try FrameworkBundling.images(release, in: folder)
        } throws: { ($0 as? Diagnostic)?.code == "bundle.licence" }
    }
}
