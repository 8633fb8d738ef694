package import ClusterModel
internal import Diagnostics
package import Planning

/// What a person has allowed on the command line, naming the profile.
package struct MinikubeConsent: Sendable, Hashable {
    /// Take over a profile that martlet did not make.
    package var adopt: String?
    /// Delete the profile and make it anew where minikube cannot change it.
    package var replace: String?
    /// Start although minikube may reset the cluster and no copy of its data can be taken, or its state is broken.
    package var acceptReset: String?

    package init(adopt: String? = nil, replace: String? = nil, acceptReset: String? = nil) {
        self.adopt = adopt
        self.replace = replace
        self.acceptReset = acceptReset
    }
}

/// Everything that the steps of a profile are derived from.
package struct MinikubeContext: Sendable {
    package let spec: ClusterSpec
    let minikube: MinikubeSpec
    /// The one that runs minikube.
    package let host: HostSpec
    /// The computer and file of the spec.
    let specPlace: String
    let consent: MinikubeConsent
    let options: StartOptions
    let probes: MinikubeProbes
    let state: MinikubeState
    let machines: MachineNames
    let changes: [ProfileChange]

    /// Sizes of the files that martlet brings, in bytes, by SHA-256.
    let fileSizes: [String: Int]

    /// The host of a spec that names none.
    package static let thisComputer = HostSpec(
        name: "this-computer", address: "localhost", internalAddress: "127.0.0.1", roles: [.controlPlane])

    /// nil unless the driver of the spec is minikube.
    package init?(
        spec: ClusterSpec, specPlace: String, consent: MinikubeConsent = MinikubeConsent(),
        fileSizes: [String: Int] = [:], facts: Facts = Facts()
    ) {
        guard let minikube = spec.kubernetes.minikube else { return nil }
        self.spec = spec
        self.minikube = minikube
        host = spec.hosts.first ?? Self.thisComputer
        self.specPlace = specPlace
        self.consent = consent
        self.fileSizes = fileSizes
        options = StartOptions(spec: spec, minikube: minikube)
        let probes = MinikubeProbes(minikube: minikube, kubernetes: spec.kubernetes.version)
        self.probes = probes
        state = MinikubeState(probes, facts[host.name])
        changes = ProfileChange.all(options, state)
        machines = MachineNames(minikube, stored: state.stored)
    }

    package var profile: String { minikube.profile }
    var shell: MinikubeShell { MinikubeShell(minikube: minikube) }

    /// The command for the host that prints the profile's kubeconfig.
    package var kubeconfigScript: String { probes.kubeconfigScript }

    /// A person has said so, and nothing less would do.
    var isReplaced: Bool { consent.replace == profile && whyReplaced != nil }

    /// Why only a new cluster would be what the spec says; nil if this one can become it.
    var whyReplaced: String? {
        let impossible = changes.filter { !$0.isPossible }
        if !impossible.isEmpty { return impossible.map(\.words).joined(separator: "; ") }
        switch state.standing {
        case .invalid: return "the profile \(profile) cannot be read"
        case .broken(let words): return words
        case .unknown, .absent, .running, .unreferenced, .paused, .stopped: return nil
        }
    }

    /// The cluster has started at least once, so that there may be something in it.
    var mayHoldData: Bool {
        switch state.standing {
        case .absent: false
        default: state.owner?.phase != .starting
        }
    }

    /// Why the profile must be left alone; nil for one of this spec.
    var strangeness: String? {
        guard state.standing != .absent, consent.adopt != profile else { return nil }
        guard let owner = state.owner else {
            return "martlet did not make the profile \(profile); to take it over, name it: --adopt \(profile)"
        }
        guard owner.cluster == spec.name else {
            return
                "the profile \(profile) belongs to the cluster \(owner.cluster) of \(owner.spec); give this spec another one "
                + "(kubernetes.minikube.profile), or take it over: --adopt \(profile)"
        }
        return nil
    }
}
