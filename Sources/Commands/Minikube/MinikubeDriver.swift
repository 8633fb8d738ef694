internal import Bundles
internal import Catalogue
internal import ClusterModel
internal import Diagnostics
internal import Digests
internal import Execution
internal import Foundation
internal import Health
internal import Minikube
internal import Planning

/// minikube on this computer, or on the one host of the spec.
struct MinikubeDriver: ClusterDriver {
    private let specPlace: String
    private let consent: MinikubeConsent
    let blobs: [String: BlobSource]
    private(set) var context: MinikubeContext

    var spec: ClusterSpec { context.spec }
    var hosts: [HostSpec] { [context.host] }
    var transport: any Transport { ClusterDrivers.transport(for: spec) }

    /// - Parameter consent: for the profile of the spec.
    /// - Throws: what is wrong with the files that the spec names.
    static func load(
        _ spec: ClusterSpec, file: String, consent: (_ profile: String) throws -> MinikubeConsent
    ) throws -> MinikubeDriver {
        guard let minikube = spec.kubernetes.minikube else { throw missing }
        let blobs = try [minikube.binary, minikube.kubectl, minikube.cache].compactMap { $0 }.reduce(
            into: [String: BlobSource]()
        ) { result, file in
            guard case .file(let path) = file.location else { return }
            result[file.sha256] = try source(path, sha256: file.sha256)
        }
        let consent = try consent(minikube.profile)
        let place = "\(ProcessInfo.processInfo.hostName):\(absolute(file))"
        guard
            let context = MinikubeContext(
                spec: spec, specPlace: place, consent: consent, fileSizes: blobs.mapValues(\.size))
        else { throw missing }
        return MinikubeDriver(specPlace: place, consent: consent, blobs: blobs, context: context)
    }

    private static var missing: Diagnostic {
        Diagnostic(code: "spec.missing-key", "`kubernetes.minikube` is missing", exitCode: .invalid)
    }

    /// The file, its checksum verified: what is copied is what the spec names.
    private static func source(_ path: String, sha256: String) throws -> BlobSource {
        // An archive of a cache has gigabytes: it is looked at, not held.
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped) else {
            throw Diagnostic(
                code: "minikube.file-missing", "\(path) cannot be read",
                hint: "relative paths begin at the spec's folder",
                exitCode: .invalid)
        }
        let digest = data.withUnsafeBytes { Digest.sha256($0) }
        guard digest == sha256 else {
            throw SpecFile.isAnother(path, digest: digest, wanted: sha256, code: "minikube.checksum")
        }
        return BlobSource(path: path, offset: 0, size: data.count, sha256: sha256)
    }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }

    var probes: [(host: String, script: ProbeScript)] { MinikubeCatalogue.probes(for: context) }

    var kubeconfigQuestions: [String: RemoteCommand] {
        [context.host.name: RemoteCommand(context.kubeconfigScript, mayBeSeen: true)]
    }

    var kubeconfigHolder: String { context.host.name }

    /// minikube is asked about nodes by the API alone; what only machines know is left to it.
    var gate: [String] {
        let network: Set = ["node.ready", "dns.replicas"]
        let hasNoNetwork = spec.kubernetes.minikube?.network == .off
        return MinikubeHealth.gate.filter { !hasNoNetwork || !network.contains($0) }
    }

    /// It has no spares.
    var idleHosts: Set<String> { [] }

    var explainer: FailureExplainer { FailureExplainer(causes: KnownCauses.all, reader: MinikubeFailure.read) }

    func knowing(_ facts: Facts) -> MinikubeDriver {
        var copy = self
        if let context = MinikubeContext(
            spec: spec, specPlace: specPlace, consent: consent, fileSizes: blobs.mapValues(\.size), facts: facts)
        {
            copy.context = context
        }
        return copy
    }

    func plan(_ facts: Facts, specDigest: String) -> Plan {
        MinikubeCatalogue.plan(context, facts: facts, specDigest: specDigest)
    }

    func status(_ plan: Plan, silent: [String]) -> ClusterStatus {
        ClusterStatus(MinikubeOverview(context), spec, plan: plan, silent: silent)
    }

    /// minikube's names of cluster, user and context are the profile's; they become the spec's.
    func kubeconfig(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            for key in ["  name: ", "    cluster: ", "    user: ", "current-context: ", "- name: "]
            where line == key + context.profile {
                return key + spec.name
            }
            return String(line)
        }.joined(separator: "\n")
    }
}

/// Probes of health that need no host.
enum MinikubeHealth {
    static let gate = ["node.ready", "node.lease", "control-plane.endpoint", "dns.replicas", "network.kube-proxy"]
}
