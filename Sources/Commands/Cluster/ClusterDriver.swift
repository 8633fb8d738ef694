internal import Catalogue
internal import ClusterModel
internal import Execution
internal import Foundation
internal import Minikube
internal import Planning
internal import Transports

/// A way to make a cluster, as a value: the spec and its sources and, once the hosts were asked, what their answers mean.
protocol ClusterDriver: Sendable {
    var spec: ClusterSpec { get }
    /// Machines that are asked and changed.
    var hosts: [HostSpec] { get }
    var transport: any Transport { get }
    var probes: [(host: String, script: ProbeScript)] { get }
    /// Hosts that may have the administrator's kubeconfig, and the question for it.
    var kubeconfigQuestions: [String: RemoteCommand] { get }
    /// The host whose kubeconfig counts.
    var kubeconfigHolder: String { get }
    /// Probes of health that an apply ends with.
    var gate: [String] { get }
    /// Hosts that need not answer: spares that are no nodes.
    var idleHosts: Set<String> { get }
    /// Where the bytes of the plan's blobs lie, by SHA-256.
    var blobs: [String: BlobSource] { get }
    var explainer: FailureExplainer { get }

    func knowing(_ facts: Facts) -> Self
    func plan(_ facts: Facts, specDigest: String) -> Plan
    /// - Parameter silent: hosts that did not answer.
    func status(_ plan: Plan, silent: [String]) -> ClusterStatus
    /// What a holder answered, with the names and the address that are good here.
    func kubeconfig(_ text: String) -> String
}

enum ClusterDrivers {
    /// - Parameter pools: spares to join or to take out.
    /// - Throws: what is wrong with the files that the spec names.
    static func of(
        _ spec: ClusterSpec, _ options: ClusterOptions, pools: PoolChange
    ) async throws -> any ClusterDriver {
        switch spec.kubernetes.driver {
        case .kubeadm: try await KubeadmDriver.load(spec, options, pools: pools)
        case .minikube: try MinikubeDriver.load(spec, file: options.file, consent: options.consent)
        }
    }

    /// The way to the machines on which the spec works.
    static func transport(for spec: ClusterSpec) -> any Transport {
        switch spec.kubernetes.driver {
        case .kubeadm: SSHTransport(ask: PasswordPrompt.ask)
        case .minikube: spec.hosts.isEmpty ? LocalTransport() : SSHTransport(asRoot: false, ask: PasswordPrompt.ask)
        }
    }
}

extension ClusterSpec {
    /// The machines that the driver works on: those of the spec, or this computer.
    var machinesOfDriver: [HostSpec] {
        kubernetes.driver == .minikube && hosts.isEmpty ? [MinikubeContext.thisComputer] : hosts
    }
}
