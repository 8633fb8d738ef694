/// Which Kubernetes a version of minikube makes.
///
/// OldestKubernetesVersion and NewestKubernetesVersion in pkg/minikube/constants/constants.go of each tag.
package struct MinikubeRelease: Sendable, Hashable {
    package var version: KubernetesVersion
    package var oldestKubernetes: KubernetesVersion
    package var newestKubernetes: KubernetesVersion

    /// From the first version whose events and profiles were compared with those that martlet reads.
    package static let known: [MinikubeRelease] = table.split(separator: "\n").compactMap { line in
        let words = line.split(separator: " ").compactMap { KubernetesVersion($0) }
        return words.count == 3
            ? MinikubeRelease(version: words[0], oldestKubernetes: words[1], newestKubernetes: words[2]) : nil
    }

    package static var oldest: KubernetesVersion { known[0].version }
    package static var newest: KubernetesVersion { known[known.count - 1].version }

    /// nil for a version that is not in the table.
    package static func of(_ version: KubernetesVersion) -> MinikubeRelease? { known.first { $0.version == version } }

    /// The newest one that still makes this Kubernetes; nil if none in the table does.
    package static func newest(making kubernetes: KubernetesVersion) -> MinikubeRelease? {
        known.last { $0.makes(kubernetes) }
    }

    package func makes(_ kubernetes: KubernetesVersion) -> Bool {
        oldestKubernetes <= kubernetes && kubernetes <= newestKubernetes
    }

    private static let table = """
        v1.16.0 v1.13.0 v1.20.0
        v1.17.0 v1.13.0 v1.20.3-rc.0
        v1.17.1 v1.13.0 v1.20.3-rc.0
        v1.18.0 v1.14.0 v1.20.5-rc.0
        v1.18.1 v1.14.0 v1.20.5-rc.0
        v1.19.0 v1.14.0 v1.20.5-rc.0
        v1.20.0 v1.14.0 v1.22.0-alpha.1
        v1.21.0 v1.14.0 v1.22.0-alpha.2
        v1.22.0 v1.14.0 v1.22.0-beta.0
        v1.23.0 v1.14.0 v1.22.2-rc.0
        v1.23.1 v1.14.0 v1.22.2-rc.0
        v1.23.2 v1.14.0 v1.22.3-rc.0
        v1.24.0 v1.14.0 v1.22.4-rc.0
        v1.25.0 v1.16.0 v1.23.2-rc.0
        v1.25.1 v1.16.0 v1.23.2-rc.0
        v1.25.2 v1.16.0 v1.23.4-rc.0
        v1.26.0 v1.16.0 v1.24.1
        v1.26.1 v1.16.0 v1.24.3
        v1.27.0 v1.16.0 v1.25.0
        v1.27.1 v1.16.0 v1.25.2
        v1.28.0 v1.16.0 v1.25.3
        v1.29.0 v1.16.0 v1.26.1
        v1.30.0 v1.16.0 v1.27.0-rc.0
        v1.30.1 v1.16.0 v1.27.0-rc.0
        v1.31.0 v1.16.0 v1.27.3
        v1.31.1 v1.16.0 v1.27.3
        v1.31.2 v1.16.0 v1.28.0-rc.1
        v1.32.0 v1.16.0 v1.28.3
        v1.33.0 v1.20.0 v1.30.0
        v1.33.1 v1.20.0 v1.30.0
        v1.34.0 v1.20.0 v1.31.0
        v1.35.0 v1.20.0 v1.32.0
        v1.36.0 v1.20.0 v1.33.1
        v1.37.0 v1.28.0 v1.34.0
        v1.38.0 v1.28.0 v1.35.0
        v1.38.1 v1.28.0 v1.35.1
        """
}
