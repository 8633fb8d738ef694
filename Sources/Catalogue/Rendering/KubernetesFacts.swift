package import ClusterModel

/// What differs between Kubernetes 1.20 and 1.36 and decides what martlet writes.
package struct KubernetesFacts: Sendable, Hashable {
    package let version: KubernetesVersion

    package init(_ version: KubernetesVersion) { self.version = version }

    /// The format of kubeadm's configuration that the version writes by itself.
    ///
    /// Source: cmd/kubeadm/app/apis/kubeadm/scheme: v1beta3 came with 1.22, v1beta4 with 1.31.
    package var kubeadmAPI: KubeadmAPI {
        if version.isAtLeast(1, 31) { return .v1beta4 }
        return version.isAtLeast(1, 22) ? .v1beta3 : .v1beta2
    }

    /// Labels that kubeadm puts on a control plane.
    ///
    /// Since 1.20 both; 1.24 dropped the older one.
    ///
    /// Source: kubeadm KEP 2067, cmd/kubeadm/app/phases/markcontrolplane.
    package var controlPlaneLabels: [String] {
        version.isAtLeast(1, 24) ? [Self.controlPlaneRole] : [Self.controlPlaneRole, Self.masterRole]
    }

    /// Keys of the taints that kubeadm puts on a control plane: 1.24 has both, what is newer only the second.
    ///
    /// Source: kubeadm KEP 2067, cmd/kubeadm/app/phases/markcontrolplane.
    package var controlPlaneTaints: [String] {
        if version.isAtLeast(1, 25) { return [Self.controlPlaneRole] }
        return version.isAtLeast(1, 24) ? [Self.controlPlaneRole, Self.masterRole] : [Self.masterRole]
    }

    package static let controlPlaneRole = "node-role.kubernetes.io/control-plane"
    package static let masterRole = "node-role.kubernetes.io/master"

    /// True where kubeadm wants the socket of the runtime as a URL.
    ///
    /// Up to 1.23 its own defaults are paths; from 1.24 on they are URLs and a path is warned about (kubernetes pull
    /// request 107295).
    package var criSocketIsURL: Bool { version.isAtLeast(1, 24) }

    /// The socket as this version's kubeadm and kubelet want it.
    package func criSocket(_ socket: String) -> String {
        let scheme = "unix://"
        let path = socket.hasPrefix(scheme) ? String(socket.dropFirst(scheme.count)) : socket
        return criSocketIsURL ? scheme + path : path
    }

    /// True from 1.21 on, where the feature gate GracefulNodeShutdown is on by default (KEP 2000).
    package var hasGracefulNodeShutdown: Bool { version.isAtLeast(1, 21) }

    /// True from 1.22 on: kubeadm's list has etcd 3.5 since then, whose members ask whether they would be elected before they stand
    /// (`--pre-vote`, off by default in 3.4).
    ///
    /// Source: etcd CHANGELOG-3.5; DefaultEtcdVersion in cmd/kubeadm/app/constants.
    package var etcdAsksBeforeVotes: Bool { version.isAtLeast(1, 22) }

    /// True from 1.25 on, where the feature gate SeccompDefault is on by default (KEP 2413).
    package var hasSeccompDefault: Bool { version.isAtLeast(1, 25) }

    /// True from 1.31 on: the kubelet has the field `failCgroupV1` (KEP 4569); from 1.35 on it is true unless set.
    package var hasFailCgroupV1: Bool { version.isAtLeast(1, 31) }

    /// The API version of PodDisruptionBudget; `v1` came with 1.21 and `v1beta1` went with 1.25.
    package var podDisruptionBudgetAPI: String { version.isAtLeast(1, 21) ? "policy/v1" : "policy/v1beta1" }

    /// Secure ports of the health endpoints; both bind to 127.0.0.1 unless told otherwise.
    package static let controllerManagerPort = 10257
    package static let schedulerPort = 10259
    package static let apiServerPort = 6443
    package static let kubeletPort = 10250

    /// The registry that carries the images of every version.
    ///
    /// k8s.gcr.io, the default up to 1.24, is frozen since 2023.
    package static let defaultImageRepository = "registry.k8s.io"

    /// The tag of the pause image in kubeadm's list (PauseVersion in cmd/kubeadm/app/constants), the newest known one
    /// for versions that are not in the table.
    package var pauseTag: String {
        guard version.major == 1 else { return Self.newestPauseTag }
        return Self.pauseTags.first { $0.minors.contains(version.minor) }?.tag ?? Self.newestPauseTag
    }

    private static let pauseTags: [(minors: ClosedRange<Int>, tag: String)] = [
        (20...20, "3.2"), (21...21, "3.4.1"), (22...22, "3.5"), (23...23, "3.6"), (24...24, "3.7"), (25...25, "3.8"),
        (26...30, "3.9"), (31...33, "3.10"), (34...35, "3.10.1"), (36...36, "3.10.2"),
    ]
    private static let newestPauseTag = "3.10.2"
}

/// A format of kubeadm's configuration.
package enum KubeadmAPI: String, Sendable, Hashable, CaseIterable, Comparable {
    case v1beta2
    case v1beta3
    case v1beta4

    package var apiVersion: String { "kubeadm.k8s.io/\(rawValue)" }

    package static func < (left: KubeadmAPI, right: KubeadmAPI) -> Bool { left.rawValue < right.rawValue }
}
