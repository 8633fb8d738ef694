/// What one version of minikube does another way than another, as far as martlet depends on it.
///
/// Found by comparing the tags v1.16.0 to v1.38.1 of its source.
package struct MinikubeAbilities: Sendable, Hashable {
    package let version: KubernetesVersion

    package init(_ version: KubernetesVersion) { self.version = version }

    private func since(_ minor: Int, _ patch: Int = 0) -> Bool { version >= KubernetesVersion(1, minor, patch) }

    /// `start` changes the addresses in the API server's certificate of a profile (cmd/minikube/cmd/start_flags.go).
    package var changesCertificateAddresses: Bool { since(25) }
    /// `--rootless` (cmd/minikube/cmd/root.go).
    package var isRootlessKnown: Bool { since(26) }
    /// Docker is refused as the runtime in rootless machines before (pkg/minikube/cruntime/docker.go).
    package var runsDockerWithoutRoot: Bool { since(32) }
    /// The driver none looks for docker, whatever the runtime (pkg/minikube/registry/drvs/none/none.go).
    package var wantsDockerForNone: Bool { !since(26) }
    /// Processors of the machine that runs minikube are counted for every driver (validateCPUCount in cmd/minikube/cmd/start.go).
    package var countsProcessorsForAll: Bool { since(22) }
    /// A new machine is named after the last one, not after their number (cmd/minikube/cmd/node_add.go).
    package var namesMachinesAfterTheLast: Bool { since(33) }
    /// kvm2 works on amd64 only (pkg/minikube/registry/drvs/kvm2/kvm2.go).
    package var hasKVMOnAMD64Only: Bool { since(38) }
    /// Older ones get a warning (minReqPodmanVer in pkg/minikube/registry/drvs/podman/podman.go).
    package var leastPodman: KubernetesVersion {
        since(34) ? .init(4, 9, 0) : since(17) ? .init(2, 1, 0) : .init(1, 7, 0)
    }
}
