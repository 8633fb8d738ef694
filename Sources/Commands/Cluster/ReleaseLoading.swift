internal import Bundles
internal import Catalogue
internal import ClusterModel
internal import Diagnostics
internal import Digests
internal import Foundation
internal import Planning

/// From the spec's source to the release that the hosts get.
enum ReleaseLoading {
    /// - Throws: `Diagnostics` (a damaged bundle, a digest that changed, no network).
    static func release(for spec: ClusterSpec, specPath: String) async throws -> Release {
        switch spec.kubernetes.source {
        case .bundle(let path):
            let bundle = try OfflineBundle.open(path)
            guard bundle.release.kubernetesVersion == spec.kubernetes.version else {
                throw Diagnostic(
                    code: "bundle.version",
                    "the bundle \(path) holds Kubernetes \(bundle.release.kubernetesVersion), "
                        + "the spec says \(spec.kubernetes.version)",
                    hint: "set `kubernetes.version: \(bundle.release.kubernetesVersion)`, or name another bundle",
                    exitCode: .invalid)
            }
            try await bundle.verify(cache: DigestCache(), progress: nil).orThrow()
            return bundle.release
        case .upstream(let upstream):
            return try await UpstreamRelease.resolve(
                version: spec.kubernetes.version, architecture: localArchitecture, upstream: upstream,
                lock: try LockFile.load(lockPath(specPath)))
        }
    }

    /// Hosts are expected to be like this machine; preflight refuses those that are not.
    private static var localArchitecture: Architecture {
        var name = utsname()
        uname(&name)
        let machine = withUnsafeBytes(of: &name.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return Architecture(machine: machine) ?? .amd64
    }

    private static func lockPath(_ specPath: String) -> String {
        PathName.beside(specPath, LockFile.fileName)
    }

    /// The verified text of the spec's network manifest; nil if the network needs none.
    static func networkManifest(for spec: ClusterSpec, specPath: String) async throws -> String? {
        switch spec.network.plugin {
        case .routed, .none: return nil
        case .manifest(let location, let sha256):
            let text =
                location.hasPrefix("https://")
                ? try await download(location, sha256: sha256, specPath: specPath) : try read(location)
            guard Digest.sha256(text) == sha256 else {
                throw SpecFile.isAnother(
                    location, digest: Digest.sha256(text), wanted: sha256, code: "network.checksum")
            }
            return text
        case .preset(let name, let version):
            guard let source = NetworkPreset(name).source(version: version), source.form == .manifest else {
                throw Diagnostic(
                    code: "network.preset",
                    "\(name.rawValue) \(version) is published as no manifest that can be applied",
                    hint: "render it yourself and name the file: `plugin: { manifest: FILE, sha256: ... }`",
                    exitCode: .invalid)
            }
            return try await download(source.url, sha256: nil, specPath: specPath)
        }
    }

    private static func read(_ path: String) throws -> String {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Diagnostic(code: "network.unreadable", "the manifest \(path) cannot be read", exitCode: .invalid)
        }
        return text
    }

    /// The first download records the digest in the lock file beside the spec; a different one later is refused.
    private static func download(_ url: String, sha256: String?, specPath: String) async throws -> String {
        let lock = try LockFile.load(lockPath(specPath))
        let downloader = Downloader(lock: lock)
        let artefact = try await downloader.fetch(url, name: "pod-network", sha256: sha256)
        try lock.save()
        guard case .file(let path, _) = artefact.content else { return "" }
        return try read(path)
    }
}
