package import ClusterModel

/// A pod network of others: where its file is, what it needs, and which Kubernetes it was tested with.
///
/// Digests are not here; they stand in the lock file beside the spec.
package struct NetworkPreset: Sendable, Hashable {
    /// What the URL leads to.
    package enum Form: Sendable, Hashable {
        /// A file for `kubectl apply`.
        case manifest
        /// An archive that must be rendered by Helm before it can be applied.
        case helmChart
    }

    /// How a version of the preset and a version of Kubernetes go together.
    package enum Fit: Sendable, Hashable {
        /// On the project's own list of tested versions.
        case tested
        /// On no list that is known here; it may work.
        case untested
        /// Known not to work, with the reason.
        case unsupported(String)
    }

    package let name: Network.Preset
    /// CNI plug-ins below ``PodNetwork/pluginFolder`` that the project does not bring along.
    package let plugins: [String]
    /// True if it takes each node's subnet from `spec.podCIDR`, which the controller manager then has to assign.
    package let usesNodeSubnets: Bool
    /// The pods' network that is written in the project's manifest; nil if it finds out by itself.
    package let writtenPods: String?

    package init(_ name: Network.Preset) {
        self.name = name
        switch name {
        case .flannel:
            plugins = ["bridge", "host-local", "loopback", "portmap"]
            usesNodeSubnets = true
            writtenPods = "10.244.0.0/16"
        case .calico:
            plugins = ["host-local", "loopback", "portmap"]
            usesNodeSubnets = false
            writtenPods = nil
        case .cilium:
            plugins = ["loopback"]
            usesNodeSubnets = false
            writtenPods = nil
        }
    }

    /// Where the file of a version is, and what it is.
    ///
    /// nil comes back for what is no release, and for releases whose file is at no known place.
    ///
    /// - Parameter version: with or without the leading `v`.
    package func source(version: String) -> (url: String, form: Form)? {
        guard let release = KubernetesVersion(version), release.preRelease.isEmpty else { return nil }
        let number = "\(release.major).\(release.minor).\(release.patch)"
        switch name {
        case .flannel:
            // The first release whose assets have the manifest under this name and whose manifest has no
            // PodSecurityPolicy.
            guard release >= KubernetesVersion(0, 20, 2) else { return nil }
            return ("https://github.com/flannel-io/flannel/releases/download/v\(number)/kube-flannel.yml", .manifest)
        case .calico:
            // Older manifests are in an archive of the documentation, by minor version and without a fixed patch.
            guard release >= KubernetesVersion(3, 24, 0) else { return nil }
            return (
                "https://raw.githubusercontent.com/projectcalico/calico/v\(number)/manifests/calico.yaml", .manifest
            )
        case .cilium:
            guard release >= KubernetesVersion(1, 10, 0) else { return nil }
            return ("https://helm.cilium.io/cilium-\(number).tgz", .helmChart)
        }
    }

    /// What the projects' own pages say: flannel's README ("For Kubernetes v1.17+"), Calico's "System requirements" and
    /// Cilium's "Kubernetes Compatibility" of each release.
    package func fit(version: String, kubernetes: KubernetesVersion) -> Fit {
        guard source(version: version) != nil, let release = KubernetesVersion(version) else {
            return .unsupported("\(name.rawValue) \(version) is no release whose file martlet knows where to find")
        }
        switch name {
        case .flannel:
            return kubernetes.isAtLeast(1, 17)
                ? .tested : .unsupported("flannel's manifest is for Kubernetes 1.17 and newer")
        case .calico, .cilium:
            let line = Self.tested.first {
                $0.preset == name && $0.major == release.major && $0.minor == release.minor
            }
            return line?.kubernetes.contains(kubernetes.minor) == true && kubernetes.major == 1 ? .tested : .untested
        }
    }

    /// The manifest with the cluster's network of pods in place of the written one.
    ///
    /// The digest of the lock file is that of the manifest as the project publishes it, so it is checked before this.
    package func adapted(manifest: String, pods: String) -> String {
        guard let writtenPods else { return manifest }
        return manifest.split(separator: "\"\(writtenPods)\"", omittingEmptySubsequences: false)
            .joined(separator: "\"\(pods)\"")
    }

    private struct TestedLine: Sendable, Hashable {
        let preset: Network.Preset
        let major: Int
        let minor: Int
        let kubernetes: ClosedRange<Int>
    }

    /// Minor versions of Kubernetes 1 by release line; what is not listed is untested, not refused.
    private static let tested: [TestedLine] = [
        TestedLine(preset: .calico, major: 3, minor: 25, kubernetes: 23...26),
        TestedLine(preset: .calico, major: 3, minor: 26, kubernetes: 24...27),
        TestedLine(preset: .calico, major: 3, minor: 29, kubernetes: 29...32),
        TestedLine(preset: .calico, major: 3, minor: 31, kubernetes: 32...35),
        TestedLine(preset: .calico, major: 3, minor: 32, kubernetes: 34...36),
        TestedLine(preset: .calico, major: 3, minor: 33, kubernetes: 35...37),
        TestedLine(preset: .cilium, major: 1, minor: 15, kubernetes: 26...29),
        TestedLine(preset: .cilium, major: 1, minor: 18, kubernetes: 30...33),
    ]
}
