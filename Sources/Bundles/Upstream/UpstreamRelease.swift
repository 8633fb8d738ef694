package import ClusterModel
internal import Diagnostics

/// A release put together from what the projects publish; images are pulled by the hosts themselves.
package enum UpstreamRelease {
    /// Downloads binaries and CNI plug-ins, or takes them from the cache.
    ///
    /// Every file is compared with the checksum its project publishes and with the lock file, which is saved at the
    /// end, also after a failure. Throws `Diagnostic`s (`upstream.*`, `lock.*`, `web.*`) and `CancellationError`.
    package static func resolve(
        version: KubernetesVersion, architecture: Architecture, upstream: Kubernetes.Upstream,
        using downloader: Downloader
    ) async throws -> Release {
        let result: Result<Release, any Error>
        do {
            result = .success(try await collect(version, architecture, upstream, downloader))
        } catch let error as SystemError {
            result = .failure(
                error.diagnostic(
                    "upstream.cache", "Cannot use the cache \(downloader.folder)", exitCode: .lacking))
        } catch {
            result = .failure(error)
        }
        try downloader.lock.save()
        downloader.digests.save()
        return try result.get()
    }

    /// As above, into the standard cache.
    package static func resolve(
        version: KubernetesVersion, architecture: Architecture, upstream: Kubernetes.Upstream, lock: LockFile
    ) async throws -> Release {
        try await resolve(
            version: version, architecture: architecture, upstream: upstream, using: Downloader(lock: lock))
    }

    private static func collect(
        _ version: KubernetesVersion, _ architecture: Architecture, _ upstream: Kubernetes.Upstream,
        _ downloader: Downloader
    ) async throws -> Release {
        async let kubeadm = binary("kubeadm", version, architecture, upstream, downloader)
        async let kubelet = binary("kubelet", version, architecture, upstream, downloader)
        async let kubectl = binary("kubectl", version, architecture, upstream, downloader)
        async let plugins = plugins(architecture, upstream, downloader)
        async let crictl = crictl(version, architecture, upstream, downloader)
        return Release(
            kubernetesVersion: version, architecture: architecture,
            binaries: try await [kubeadm, kubelet, kubectl] + crictl, cniPlugins: try await plugins)
    }

    private static func binary(
        _ name: String, _ version: KubernetesVersion, _ architecture: Architecture, _ upstream: Kubernetes.Upstream,
        _ downloader: Downloader
    ) async throws -> Artefact {
        let url = "\(upstream.binaries.withoutSlash)/\(version)/bin/linux/\(architecture.rawValue)/\(name)"
        let artefact = try await downloader.fetch(
            url, name: name, version: version.description, checksum: url + ".sha256")
        let head = try ReadableFile(artefact.content.place.path).bytes(at: 0, count: 20)
        guard case .elf(let machine, _) = ExecutableFormat(head), machine == architecture.elfMachine else {
            throw Diagnostic(
                code: "upstream.wrong-architecture", "\(url) is not a program for \(architecture.rawValue)",
                exitCode: .invalid)
        }
        return artefact
    }

    private static func plugins(
        _ architecture: Architecture, _ upstream: Kubernetes.Upstream, _ downloader: Downloader
    ) async throws -> [Artefact] {
        let version = upstream.cniPluginsVersion
        let url =
            "\(upstream.cniPlugins.withoutSlash)/\(version)/cni-plugins-linux-\(architecture.rawValue)-\(version).tgz"
        return try await programs(url, name: "cni-plugins", version, architecture, downloader)
    }

    private static func crictl(
        _ kubernetes: KubernetesVersion, _ architecture: Architecture, _ upstream: Kubernetes.Upstream,
        _ downloader: Downloader
    ) async throws -> [Artefact] {
        // crictl follows Kubernetes by minor versions, and its patches are its own.
        let version = upstream.crictlVersion ?? KubernetesVersion(kubernetes.major, kubernetes.minor, 0).description
        let url =
            "\(upstream.crictl.withoutSlash)/\(version)/crictl-\(version)-linux-\(architecture.rawValue).tar.gz"
        return try await programs(url, name: "crictl", version, architecture, downloader)
    }

    private static func programs(
        _ url: String, name: String, _ version: String, _ architecture: Architecture, _ downloader: Downloader
    ) async throws -> [Artefact] {
        let archive = try await downloader.fetch(url, name: name, version: version, checksum: url + ".sha256")
        let unpacked = try await UnpackedArchive.open(archive, url: url, digests: downloader.digests)
        let programs = try await unpacked.programs(
            for: architecture, version: version, url: url, digests: downloader.digests)
        guard !programs.isEmpty else {
            throw Diagnostic(
                code: "upstream.bad-archive", "\(url) holds no program for \(architecture.rawValue)",
                exitCode: .invalid)
        }
        return programs
    }
}

extension String {
    /// Bases of URLs are written with and without a slash at the end.
    fileprivate var withoutSlash: String {
        var text = self
        while text.hasSuffix("/") { text.removeLast() }
        return text
    }
}
