import Diagnostics
import TestSupport
import Testing

@testable import Bundles

@Suite("Adding to bundles") struct BundleExtensionTests {
    @Test func filesAndImagesOfAFramework() async throws {
        let folder = try Scratch("addition")
        let maker = try BundleMaker()
        let text = Array("kind: ConfigMap\n".utf8)
        let image = "registry.invalid/gateway:1"
        let objects = BundleExtension.Addition(
            source: try folder.write("all.yaml", text), kind: .frameworkFile, name: "openfaas", version: "mit-2023",
            path: "frameworks/openfaas/mit-2023/all.yaml")
        try folder.write("gateway.tar", BundleMaker.image([image]))
        try folder.write("broken.tar", [1, 2, 3])
        let found = try BundleExtension.images(in: folder.path)
        #expect(found.map(\.references) == [[image]])
        let tar = BundleExtension.Addition(
            source: found[0].path, kind: .image, name: "", references: found[0].references, path: "images/gateway.tar")
        let added = try await BundleExtension(maker.folder).add([objects, tar])
        #expect(added.map(\.path) == [objects.path, tar.path])

        let bundle = try OfflineBundle.open(maker.folder)
        #expect(bundle.unlisted.isEmpty)
        #expect(bundle.frameworkFiles.map(\.framework) == ["openfaas"])
        #expect(bundle.frameworkFiles.map(\.channel) == ["mit-2023"])
        #expect(try bundle.frameworkFiles[0].artefact.bytes(limit: 100) == text)
        #expect(bundle.release.images.contains { $0.references == [image] })
        #expect(try await bundle.verify(cache: nil, progress: nil).isGood)
        // What was there is there as before.
        #expect(bundle.release.packages(for: "debian-12").map(\.name) == ["containerd"])

        let digest = bundle.manifestDigest
        #expect(try await BundleExtension(maker.folder).add([objects, tar]).isEmpty)
        #expect(try OfflineBundle.open(maker.folder).manifestDigest == digest)
        // Changed afterwards it is found out.
        try maker.write(objects.path, Array("kind: ConfigMaq\n".utf8))
        #expect(try await !OfflineBundle.open(maker.folder).verify(cache: nil, progress: nil).isGood)
    }

    @Test func aTarIsNotAddedTo() throws {
        let maker = try BundleMaker()
        let tar = try maker.tar()
        #expect {
            _ = try BundleExtension(tar)
        } throws: { ($0 as? Diagnostic)?.code == "bundle.not-folder" }
    }
}
