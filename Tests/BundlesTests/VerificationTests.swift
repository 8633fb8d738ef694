import Diagnostics
import Digests
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Bundles

@Suite("Verifying bundles") struct VerificationTests {
    func codes(_ path: String, cache: DigestCache? = nil) async throws -> [String] {
        try await OfflineBundle.open(path).verify(cache: cache).problems.map(\.code)
    }

    @Test func good() async throws {
        let maker = try BundleMaker()
        for path in [maker.folder, try maker.tar(["--format=pax"])] {
            let bundle = try OfflineBundle.open(path)
            let seen = Mutex<[VerificationProgress]>([])
            let verification = try await bundle.verify { progress in seen.withLock { $0.append(progress) } }
            #expect(verification.problems.isEmpty && verification.isGood && verification.files == 13)
            #expect(verification.bytesRead == verification.bytes)
            #expect(seen.withLock { $0.map(\.done).max() } == verification.bytes)
            try verification.orThrow()
        }
    }

    /// A byte flipped anywhere in any file is found, in folders and tars.
    @Test func flippedBytes() async throws {
        let maker = try BundleMaker()
        for entry in try OfflineBundle.open(maker.folder).entries {
            let file = URL(fileURLWithPath: maker.folder + "/" + entry.path)
            let good = try Data(contentsOf: file)
            var bad = good
            bad[bad.count - 1] ^= 0x20
            try bad.write(to: file)
            #expect(try await codes(maker.folder).contains("bundle.digest-mismatch"))
            #expect(try await codes(try maker.tar()).contains("bundle.digest-mismatch"))
            try good.write(to: file)
        }
        #expect(try await codes(maker.folder).isEmpty)
    }

    @Test func allMismatchesWithTheirPlaces() async throws {
        let maker = try BundleMaker()
        for path in ["bin/kubeadm", "manifests/cni.yaml"] {
            let file = URL(fileURLWithPath: maker.folder + "/" + path)
            var bytes = try Data(contentsOf: file)
            bytes[bytes.count - 1] ^= 1
            try bytes.write(to: file)
        }
        try maker.write("left/over", [1])
        let verification = try await OfflineBundle.open(maker.folder).verify()
        #expect(
            verification.problems.map(\.code) == [
                "bundle.digest-mismatch", "bundle.digest-mismatch", "bundle.unlisted-file",
            ])
        #expect(verification.problems.map(\.severity) == [.error, .error, .warning])
        #expect(verification.problems[0].location != nil)
        #expect(throws: Diagnostics.self) { try verification.orThrow() }
    }

    @Test func imagesWithOtherNames() async throws {
        let maker = try BundleMaker()
        try maker.remove("images/pause.tar")
        try maker.addImage("registry.example/pause:3.10", names: ["registry.example/pause:3.9"])
        try maker.add("images/x.tar", [1, 2, 3], kind: "image", ["references": ["a/x:1"]])
        try maker.add("images/y.tar", [0x1f, 0x8b, 8, 0], kind: "image", ["references": ["a/y:1"]])
        try maker.add(
            "images/z.tar", try BundleMaker.archive(["a": [1]]), kind: "image", ["references": ["a/z:1"]])
        try maker.save()
        #expect(
            try await codes(maker.folder) == [
                "bundle.reference-mismatch", "bundle.bad-image", "bundle.compressed", "bundle.bad-image",
            ])
    }

    @Test func shortNamesAndOCI() async throws {
        let maker = try BundleMaker()
        try maker.addImage("busybox:1", names: ["docker.io/library/busybox:1"])
        let index = #"{"manifests": [{"annotations": {"io.containerd.image.name": "docker.io/a/oci:2"}}]}"#
        try maker.add(
            "images/oci.tar", try BundleMaker.archive(["index.json": Array(index.utf8)]), kind: "image",
            ["references": ["a/oci:2"]])
        try maker.save()
        #expect(try await codes(maker.folder).isEmpty)
    }

    @Test(arguments: ["2": true, "1": false, "elsewhere/oci:2": false])
    func tagAlone(name: String, isRight: Bool) async throws {
        let maker = try BundleMaker()
        let index = #"{"manifests": [{"annotations": {"org.opencontainers.image.ref.name": "\#(name)"}}]}"#
        try maker.add(
            "images/oci.tar", try BundleMaker.archive(["index.json": Array(index.utf8)]), kind: "image",
            ["references": ["registry.example/oci:2"]])
        try maker.save()
        #expect(try await codes(maker.folder) == (isRight ? [] : ["bundle.reference-mismatch"]))
    }

    @Test func otherArchitectures() async throws {
        let maker = try BundleMaker()
        try maker.remove("bin/kubectl")
        try maker.add(
            "bin/kubectl", BundleMaker.elf("x", machine: 183), kind: "binary",
            ["name": "kubectl", "version": "v1.31.4"])
        try maker.add("bin/script", Array("#!/bin/sh\n".utf8), kind: "binary", ["name": "script"])
        try maker.add("cni/text", Array("some text that is no program".utf8), kind: "cni-plugin", ["name": "text"])
        try maker.save()
        let problems = try await OfflineBundle.open(maker.folder).verify().problems
        #expect(problems.map(\.code) == ["bundle.wrong-architecture", "bundle.not-executable"])
        #expect(problems.first?.detail == "the bundle is for amd64, the file is for arm64")
    }

    @Test func rememberedUntilSomethingChanges() async throws {
        let maker = try BundleMaker()
        let folder = maker.folder + "-cache"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await Task.sleep(for: .milliseconds(120))
        for path in [maker.folder, try maker.tar()] {
            try await Task.sleep(for: .milliseconds(120))
            let bundle = try OfflineBundle.open(path)
            #expect(try await bundle.verify(cache: DigestCache(folder: folder)).bytesRead > 0)
            let again = try await bundle.verify(cache: DigestCache(folder: folder))
            #expect(again.bytesRead == 0 && again.isGood)
            let renewed = try await bundle.verify(cache: DigestCache(folder: folder, isRenewing: true))
            #expect(renewed.bytesRead == renewed.bytes)
        }
        // The same size and even the same modification time do not help a changed file.
        let file = maker.folder + "/bin/kubeadm"
        try Running.succeed("touch", ["-r", file, file + ".time"])
        let handle = try #require(FileHandle(forUpdatingAtPath: file))
        try handle.seek(toOffset: 21)
        try handle.write(contentsOf: Data([0]))
        try handle.close()
        try Running.succeed("touch", ["-r", file + ".time", file])
        try FileManager.default.removeItem(atPath: file + ".time")
        #expect(try await codes(maker.folder, cache: DigestCache(folder: folder)) == ["bundle.digest-mismatch"])
        // A damaged cache is none.
        try Data("{nonsense".utf8).write(to: URL(fileURLWithPath: folder + "/digests.json"))
        #expect(try await codes(maker.folder, cache: DigestCache(folder: folder)) == ["bundle.digest-mismatch"])
    }

    @Test func goneBetweenOpeningAndVerifying() async throws {
        let maker = try BundleMaker()
        let bundle = try OfflineBundle.open(maker.folder)
        try FileManager.default.removeItem(atPath: maker.folder + "/bin/kubeadm")
        try FileManager.default.createSymbolicLink(
            atPath: maker.folder + "/bin/kubeadm", withDestinationPath: maker.folder + "/bin/kubelet")
        try maker.write("bin/kubelet", [1])
        #expect(
            try await bundle.verify().problems.map(\.code).prefix(2) == ["bundle.unreadable", "bundle.size-mismatch"])
    }

    @Test func cancelled() async throws {
        let maker = try BundleMaker()
        let bundle = try OfflineBundle.open(maker.folder)
        await #expect(throws: CancellationError.self) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.cancelAll()
                group.addTask { _ = try await bundle.verify() }
                try await group.waitForAll()
            }
        }
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["MARTLET_TEST_BUNDLE"] != nil)) func real() async throws {
        let path = ProcessInfo.processInfo.environment["MARTLET_TEST_BUNDLE"] ?? ""
        let verification = try await OfflineBundle.open(path).verify()
        #expect(verification.problems.isEmpty && verification.bytes > 100_000_000)
    }

    @Test func digests() {
        #expect(Digest.sha256([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(!Digest.isSHA256("E3B0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"))
    }
}
