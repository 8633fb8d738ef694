package import Bundles
internal import Diagnostics

/// What of a framework goes into a bundle.
package enum FrameworkBundling {
    /// Its files by URL, each vouched for by a digest.
    package static func files(_ release: FrameworkRelease, _ store: SourceStore) async throws -> [BundleExtension
        .Addition]
    {
        let (name, channel) = (release.framework.name, release.channel.name)
        var additions: [BundleExtension.Addition] = []
        for (remote, artefact) in try await store.artefacts(release) {
            additions.append(
                BundleExtension.Addition(
                    source: artefact.content.place.path, kind: .frameworkFile, name: name, version: channel,
                    path: "frameworks/\(name)/\(channel)/\(remote.id).yaml"))
        }
        return additions
    }

    /// Its images among the tars of a folder.
    ///
    /// - Throws: `bundle.licence` for an image that may not be passed on.
    package static func images(_ release: FrameworkRelease, in folder: String) throws -> [BundleExtension.Addition] {
        let archives = try BundleExtension.images(in: folder)
        var additions: [BundleExtension.Addition] = []
        for image in release.releaseImages where image.state != .gone {
            guard
                let archive = archives.first(where: { archive in
                    archive.references.contains { same($0, image.reference) }
                })
            else { continue }
            guard image.isRedistributable ?? release.channel.licence.isRedistributable else {
                throw Diagnostic(
                    code: "bundle.licence", "\(image.reference) may not be put into a bundle",
                    detail:
                        "\(release.framework.title), channel \(release.channel.name), is under \(release.channel.licence.name)",
                    hint: "choose another channel, or let the hosts pull it", exitCode: .invalid)
            }
            guard !additions.contains(where: { $0.source == archive.path }) else { continue }
            additions.append(
                BundleExtension.Addition(
                    source: archive.path, kind: .image, name: "", references: archive.references,
                    path: "images/\(archive.path.split(separator: "/").last.map(String.init) ?? image.id + ".tar")"))
        }
        return additions
    }

    /// Images of the release that no addition holds.
    package static func missing(_ release: FrameworkRelease, _ additions: [BundleExtension.Addition]) -> [String] {
        let present = additions.flatMap(\.references)
        return release.releaseImages.map(\.reference).filter { wanted in !present.contains { same($0, wanted) } }
    }

    /// `nginx:1` and `docker.io/library/nginx:1` are the same.
    private static func same(_ left: String, _ right: String) -> Bool {
        let (first, second) = (ImageRewriting.parts(of: left), ImageRewriting.parts(of: right))
        return first.host == second.host && first.path == second.path
    }
}
