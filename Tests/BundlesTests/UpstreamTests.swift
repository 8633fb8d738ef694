import ClusterModel
import Diagnostics
import Digests
import Foundation
import Synchronization
import TestSupport
import Testing
import WebClient

@testable import Bundles

@Suite("Releases from upstream") struct UpstreamTests {
    let server: FileServer
    let kubeadm: [UInt8]
    static let path = "release/v1.31.4/bin/linux/amd64/kubeadm"
    let notes = Box()

    final class Box: Sendable {
        let codes = Mutex<[String]>([])
        var all: [String] { codes.withLock { $0 } }
        func add(_ code: String) { codes.withLock { $0.append(code) } }
    }

    init() throws {
        server = try FileServer()
        kubeadm = BundleMaker.elf(String(repeating: "kubeadm", count: 30_000))
        for name in ["kubeadm", "kubelet", "kubectl"] {
            let bytes = name == "kubeadm" ? kubeadm : BundleMaker.elf(name)
            try server.serve("release/v1.31.4/bin/linux/amd64/\(name)", bytes)
            try server.serve("release/v1.31.4/bin/linux/amd64/\(name).sha256", Array(Digest.sha256(bytes).utf8))
        }
        let plugins = try BundleMaker.archive(
            [
                "bridge": BundleMaker.elf("bridge"), "host-local": BundleMaker.elf("host-local"),
                "LICENSE": Array("text".utf8),
            ], ["-z"])
        try server.serve("cni/v1.5.1/cni-plugins-linux-amd64-v1.5.1.tgz", plugins)
        try server.serve(
            "cni/v1.5.1/cni-plugins-linux-amd64-v1.5.1.tgz.sha256",
            Array("\(Digest.sha256(plugins))  cni-plugins-linux-amd64-v1.5.1.tgz\n".utf8))
        let crictl = try BundleMaker.archive(["crictl": BundleMaker.elf("crictl")], ["-z"])
        try server.serve("crictl/v1.31.0/crictl-v1.31.0-linux-amd64.tar.gz", crictl)
        try server.serve(
            "crictl/v1.31.0/crictl-v1.31.0-linux-amd64.tar.gz.sha256", Array((Digest.sha256(crictl) + "\n").utf8))
    }

    var upstream: Kubernetes.Upstream {
        .init(
            binaries: server.base + "/release/", cniPlugins: server.base + "/cni", cniPluginsVersion: "v1.5.1",
            crictl: server.base + "/crictl")
    }

    func downloader(lock: LockFile, folder: String? = nil, stall: Duration = .seconds(30)) throws -> Downloader {
        let notes = notes
        return Downloader(
            lock: lock,
            client: WebClient(WebSettings(proxy: .none)), folder: folder ?? server.folder + "/cache",
            retry: RetryPolicy(attempts: 3, firstDelay: .milliseconds(5)),
            timeouts: .init(stall: stall),
            report: { event in
                switch event {
                case .note(let note): notes.add(note.code)
                case .retrying: notes.add("retrying")
                case .progress: break
                }
            })
    }

    func lock(_ name: String = "martlet.lock.json") throws -> LockFile { try LockFile.load(server.folder + "/" + name) }

    func fetch(_ downloader: Downloader) async throws -> Artefact {
        let url = "\(server.base)/\(Self.path)"
        return try await downloader.fetch(url, name: "kubeadm", checksum: url + ".sha256")
    }

    func content(_ artefact: Artefact) throws -> [UInt8] {
        let place = artefact.content.place
        return try ReadableFile(place.path).bytes(at: place.offset, count: Int(artefact.size))
    }

    func code(_ work: () async throws -> Artefact) async -> String {
        do {
            _ = try await work()
            return "no error"
        } catch let error as Diagnostic {
            return error.code
        } catch {
            return "\(error)"
        }
    }

    var parts: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: server.folder + "/cache")) ?? [])
            .filter { $0.hasSuffix(".part") || $0.hasSuffix(".tmp") }
    }

    @Test func wholeRelease() async throws {
        let lock = try lock()
        let release = try await UpstreamRelease.resolve(
            version: KubernetesVersion(1, 31, 4), architecture: .amd64, upstream: upstream,
            using: try downloader(lock: lock))
        #expect(release.binaries.map(\.name) == ["kubeadm", "kubelet", "kubectl", "crictl"])
        #expect(release.cniPlugins.map(\.name) == ["bridge", "host-local"])
        #expect(release.images.isEmpty && release.imageRepository == nil && release.pauseImage == nil)
        #expect(release.clusterDNS == .coreDNS && !release.bringsRuntime)
        for artefact in release.artefacts {
            let bytes = try content(artefact)
            #expect(Digest.sha256(bytes) == artefact.sha256)
            #expect(artefact.name == "kubeadm" || bytes == BundleMaker.elf(artefact.name))
        }
        #expect(notes.all.sorted() == [String](repeating: "lock.recorded", count: 5) && parts.isEmpty)

        // The second time nothing is asked, not even for checksums.
        let before = try server.requests().count
        let again = try await UpstreamRelease.resolve(
            version: KubernetesVersion(1, 31, 4), architecture: .amd64, upstream: upstream,
            using: try downloader(lock: try self.lock()))
        #expect(again == release)
        #expect(try server.requests().count == before)
        #expect(try self.lock().digests.count == 5)
    }

    @Test func brokenOffAndResumed() async throws {
        try server.fail(Self.path, .dropping(bytes: 70_000, times: 2))
        let artefact = try await fetch(downloader(lock: lock()))
        #expect(try content(artefact) == kubeadm)
        #expect(
            try server.requests().filter { $0.contains("kubeadm") && !$0.contains("sha256") } == [
                Self.path, Self.path + " bytes=70000-", Self.path + " bytes=140000-",
            ])
        #expect(notes.all == ["retrying", "retrying", "lock.recorded"])
    }

    @Test func brokenOffForGoodAndResumedByTheNextRun() async throws {
        try server.fail(Self.path, .dropping(bytes: 50_000, times: 3))
        let lock = try lock()
        #expect(await code { try await fetch(downloader(lock: lock)) } == "web.interrupted")
        #expect(parts.count == 1 && lock.digests.isEmpty)
        #expect(try content(await fetch(downloader(lock: lock))) == kubeadm)
        #expect(try server.requests().last == Self.path + " bytes=150000-")
        #expect(parts.isEmpty)
    }

    @Test func brokenOffWhereRangesAreUnknown() async throws {
        try server.fail(Self.path, .droppingWithoutRanges(bytes: 50_000, times: 2))
        #expect(try content(await fetch(downloader(lock: lock()))) == kubeadm)
    }

    @Test func anOldPartOfSomethingElse() async throws {
        let downloader = try downloader(lock: lock())
        try FileManager.default.createDirectory(atPath: downloader.folder, withIntermediateDirectories: true)
        let part = "\(downloader.folder)/\(Digest.sha256(Array("\(server.base)/\(Self.path)".utf8))).part"
        try Data(repeating: 9, count: 100_000).write(to: URL(fileURLWithPath: part))
        #expect(try content(await fetch(downloader)) == kubeadm)
    }

    @Test func passingFailures() async throws {
        try server.fail(Self.path, .failing(2))
        try server.fail(Self.path + ".sha256", .failing(1))
        #expect(try content(await fetch(downloader(lock: lock()))) == kubeadm)
        #expect(notes.all == ["retrying", "retrying", "retrying", "lock.recorded"])
    }

    @Test func lastingFailures() async throws {
        try server.fail(Self.path, .failing(100))
        #expect(await code { try await fetch(downloader(lock: lock())) } == "web.status")
        #expect(notes.all == ["retrying", "retrying"])
        try server.fail(Self.path, .status(404))
        #expect(await code { try await fetch(downloader(lock: lock())) } == "web.status")
        #expect(notes.all.count == 2)
    }

    @Test func stalled() async throws {
        try server.fail(Self.path + ".sha256", .slow(.seconds(30)))
        #expect(await code { try await fetch(downloader(lock: lock(), stall: .seconds(2))) } == "web.timeout")
    }

    @Test func redirected() async throws {
        let mirror = try FileServer()
        try mirror.serve("elsewhere/kubeadm", kubeadm)
        try server.fail(Self.path, .redirect(mirror.base + "/elsewhere/kubeadm"))
        #expect(try content(await fetch(downloader(lock: lock()))) == kubeadm)
    }

    @Test func aPageInsteadOfAProgram() async throws {
        try server.fail(Self.path, .other(Array("<!DOCTYPE html><html>Please log in</html>".utf8)))
        do {
            _ = try await fetch(downloader(lock: lock()))
            Issue.record("a web page was taken for kubeadm")
        } catch let error as Diagnostic {
            #expect(error.code == "upstream.digest-mismatch" && error.hint?.contains("web page") == true)
        }
        #expect(parts.isEmpty)
        try server.fail(Self.path + ".sha256", .other(Array("<html>Please log in</html>".utf8)))
        do {
            _ = try await fetch(downloader(lock: lock()))
            Issue.record("a web page was taken for a checksum")
        } catch let error as Diagnostic {
            #expect(error.code == "upstream.bad-checksum" && error.detail == "the server sent a web page")
        }
    }

    @Test func wrongChecksumAndTruncation() async throws {
        try server.fail(Self.path, .other(Array(kubeadm.prefix(100))))
        #expect(await code { try await fetch(downloader(lock: lock())) } == "upstream.digest-mismatch")
        try server.heal(Self.path)
        try server.serve(Self.path + ".sha256", Array(String(repeating: "0", count: 64).utf8))
        #expect(await code { try await fetch(downloader(lock: lock())) } == "upstream.digest-mismatch")
        #expect(try lock().digests.isEmpty)
    }

    @Test func lockedContentThatChanged() async throws {
        let lock = try lock()
        _ = try await fetch(downloader(lock: lock))
        let other = BundleMaker.elf("another kubeadm")
        try server.serve(Self.path, other)
        // Content changed, checksum not yet: the download is refused.
        #expect(
            await code { try await fetch(downloader(lock: lock, folder: server.folder + "/cache2")) }
                == "lock.digest-changed")
        // Both changed: refused before the download.
        try server.serve(Self.path + ".sha256", Array(Digest.sha256(other).utf8))
        let before = try server.requests().filter { $0 == Self.path }.count
        #expect(
            await code { try await fetch(downloader(lock: lock, folder: server.folder + "/cache3")) }
                == "lock.digest-changed")
        #expect(try server.requests().filter { $0 == Self.path }.count == before)
        // What is in the cache is still what was locked.
        #expect(try content(await fetch(downloader(lock: lock))) == kubeadm)
    }

    @Test func aDamagedCacheIsNotUsed() async throws {
        let lock = try lock()
        let artefact = try await fetch(downloader(lock: lock))
        var bytes = kubeadm
        bytes[1000] ^= 1
        try Data(bytes).write(to: URL(fileURLWithPath: artefact.content.place.path))
        #expect(try content(await fetch(downloader(lock: lock))) == kubeadm)
    }

    @Test func anOldPartOfSomethingThatNobodyVouchesFor() async throws {
        let manifest = Array("kind: List\n".utf8)
        try server.serve("net/cni.yaml", manifest)
        let url = server.base + "/net/cni.yaml"
        let downloader = try downloader(lock: lock())
        try FileManager.default.createDirectory(atPath: downloader.folder, withIntermediateDirectories: true)
        let part = "\(downloader.folder)/\(Digest.sha256(Array(url.utf8))).part"
        try Data("evil".utf8).write(to: URL(fileURLWithPath: part))
        #expect(try content(await downloader.fetch(url, name: "cni")) == manifest)
    }

    @Test func aManifestByURL() async throws {
        let manifest = Array("kind: List\n".utf8)
        try server.serve("net/cni.yaml", manifest)
        let url = server.base + "/net/cni.yaml"
        let lock = try lock()
        let first = try await downloader(lock: lock).fetch(url, name: "cni")
        #expect(try content(first) == manifest && lock.digest(for: url) == Digest.sha256(manifest))
        try server.serve("net/cni.yaml", Array("kind: Evil\n".utf8))
        let second = try downloader(lock: lock, folder: server.folder + "/cache2")
        #expect(await code { try await second.fetch(url, name: "cni") } == "lock.digest-changed")
        let other = String(repeating: "1", count: 64)
        #expect(await code { try await second.fetch(url, name: "cni", sha256: other) } == "lock.digest-changed")
        let fresh = try downloader(lock: self.lock("fresh.json"), folder: server.folder + "/cache3")
        #expect(await code { try await fresh.fetch(url, name: "cni", sha256: other) } == "upstream.digest-mismatch")
    }

    @Test func otherArchitectureAndBadArchives() async throws {
        func resolve(_ folder: String) async -> String {
            do {
                _ = try await UpstreamRelease.resolve(
                    version: KubernetesVersion(1, 31, 4), architecture: .amd64, upstream: upstream,
                    using: try downloader(lock: lock(folder + ".json"), folder: server.folder + "/" + folder))
                return "no error"
            } catch let error as Diagnostic {
                return error.code
            } catch {
                return "\(error)"
            }
        }
        let path = "crictl/v1.31.0/crictl-v1.31.0-linux-amd64.tar.gz"
        let foreign = try BundleMaker.archive(["crictl": BundleMaker.elf("x", machine: 183)], ["-z"])
        let empty = try BundleMaker.archive(["README": [65]], ["-z"])
        let cases: [([UInt8], String)] = [
            (foreign, "upstream.wrong-architecture"), (empty, "upstream.bad-archive"),
            (Array("no archive at all".utf8), "upstream.bad-archive"),
            (Array(foreign.prefix(60)), "upstream.bad-archive"),
        ]
        for (number, (bytes, code)) in cases.enumerated() {
            try server.serve(path, bytes)
            try server.serve(path + ".sha256", Array(Digest.sha256(bytes).utf8))
            #expect(await resolve("c\(number)") == code)
        }
        let arm = BundleMaker.elf("kubelet", machine: 183)
        try server.serve("release/v1.31.4/bin/linux/amd64/kubelet", arm)
        try server.serve("release/v1.31.4/bin/linux/amd64/kubelet.sha256", Array(Digest.sha256(arm).utf8))
        let good = try BundleMaker.archive(["crictl": BundleMaker.elf("crictl")], ["-z"])
        try server.serve(path, good)
        try server.serve(path + ".sha256", Array(Digest.sha256(good).utf8))
        #expect(await resolve("c9") == "upstream.wrong-architecture")
    }

    @Test func twoAtATimeShareACache() async throws {
        let lock = try lock()
        let downloaders = try (0..<4).map { _ in try downloader(lock: lock) }
        let digests = try await withThrowingTaskGroup(of: String.self) { group in
            for downloader in downloaders { group.addTask { try await fetch(downloader).sha256 } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(digests == [Digest.sha256(kubeadm)] && parts.isEmpty)
    }

    @Test func noPlaceForTheCache() async throws {
        let downloader = try downloader(lock: lock(), folder: "/dev/null/cache")
        #expect(await code { try await fetch(downloader) } == "upstream.cache")
    }
}

@Suite("Lock files") struct LockFileTests {
    private let scratch: Scratch
    private var folder: String { scratch.path }

    init() throws { scratch = try Scratch("lock") }

    @Test func recordedOnceAndKept() throws {
        let path = folder + "/" + LockFile.fileName
        let lock = try LockFile.load(path)
        let (one, two) = (String(repeating: "1", count: 64), String(repeating: "2", count: 64))
        try lock.save()
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(try lock.record("https://b/", sha256: one))
        #expect(try lock.record("https://a/", sha256: two))
        #expect(try !lock.record("https://b/", sha256: one))
        let error = #expect(throws: Diagnostic.self) { try lock.record("https://b/", sha256: two) }
        #expect(error?.code == "lock.digest-changed" && error?.exitCode == .invalid)
        #expect(throws: Diagnostic.self) { try lock.record("https://c/", sha256: "short") }
        try lock.save()
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(
            text == """
                {
                  "apiVersion" : "martlet/v1",
                  "digests" : {
                    "https://a/" : "\(two)",
                    "https://b/" : "\(one)"
                  },
                  "kind" : "Lock"
                }

                """)
        #expect(try LockFile.load(path).digests == lock.digests)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [LockFile.fileName])
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"apiVersion":"martlet/v2","kind":"Lock","digests":{}}"#,
        #"{"apiVersion":"martlet/v1","kind":"Lock","digests":{"https://a/":"x"}}"#,
    ])
    func damaged(text: String) throws {
        let path = folder + "/lock.json"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let error = #expect(throws: Diagnostic.self) { try LockFile.load(path) }
        #expect(error?.code == "lock.invalid" && error?.location?.file == path)
        let folderAsFile = #expect(throws: Diagnostic.self) { try LockFile.load(folder) }
        #expect(folderAsFile?.code == "lock.unreadable")
    }

    @Test func notWritable() throws {
        let lock = try LockFile.load("/dev/null.d/lock.json")
        try lock.record("https://a/", sha256: String(repeating: "1", count: 64))
        let error = #expect(throws: Diagnostic.self) { try lock.save() }
        #expect(error?.code == "lock.unwritable")
    }
}
