internal import ClusterModel
internal import Foundation
internal import Planning

/// What the host answered, understood.
struct MinikubeState: Sendable {
    struct Machine: Sendable, Hashable {
        var name: String
        var host: String
        var kubelet: String
        /// `Irrelevant` for all but the control plane.
        var apiServer: String
        var kubeconfig: String

        var isRunning: Bool {
            host == "Running" && kubelet == "Running" && ["Running", "Irrelevant"].contains(apiServer)
                && ["Configured", "Irrelevant"].contains(kubeconfig)
        }
    }

    enum Standing: Sendable, Hashable {
        /// The host could not tell.
        case unknown(String)
        /// There is no profile.
        case absent
        /// There is a folder or a container, and nothing that minikube can read.
        case invalid
        case running
        case paused
        case stopped
        /// Machines run and the cluster does not, or machines are gone; in words.
        case broken(String)
    }

    /// By name, of the question about the host.
    let host: [String: String]
    /// Of minikube, `v1.38.1`; nil if it is not there.
    let version: String?
    let profiles: ProfileList?
    /// Of `minikube config view`.
    let settings: [String: String]
    let machines: [Machine]
    let stored: StoredProfile?
    let owner: ProfileOwner?
    /// Whether each is enabled; empty if minikube is not there.
    let addons: [String: Bool]
    let standing: Standing

    init(_ minikube: MinikubeSpec, _ facts: HostFacts) {
        let probes = MinikubeProbes(minikube: minikube)
        func text(_ probe: Probe) -> String? { facts[probe].text }
        func json<Value: Decodable>(_ probe: Probe, _ type: Value.Type) -> Value? {
            text(probe).flatMap { try? JSONDecoder().decode(type, from: Data($0.utf8)) }
        }
        host = Self.pairs(text(probes.host) ?? "", separator: " ")
        version = text(probes.version).flatMap { $0.isEmpty ? nil : $0 }
        profiles = json(probes.profiles, ProfileList.self)
        settings = Self.pairs((text(probes.settings) ?? "").replacing("- ", with: ""), separator: ": ")
        stored = json(probes.stored, StoredProfile.self)
        owner = json(probes.owner, ProfileOwner.self)
        struct Addon: Decodable { var Status: String? }
        addons = (json(probes.addons, [String: Addon].self) ?? [:]).mapValues { $0.Status == "enabled" }
        let answer = text(probes.machines)
        machines = Self.machines(answer ?? "")
        standing = Self.standing(
            minikube.profile, facts[probes.machines], facts[probes.stored], machines, stored, profiles)
    }

    private static func pairs(_ text: String, separator: String) -> [String: String] {
        var result: [String: String] = [:]
        for line in text.split(separator: "\n") {
            guard let range = line.firstRange(of: separator) else { continue }
            result[String(line[..<range.lowerBound])] = String(line[range.upperBound...])
        }
        return result
    }

    private static func machines(_ text: String) -> [Machine] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 5, words[0] != "no" else { return nil }
            return Machine(
                name: words[0], host: words[1], kubelet: words[2], apiServer: words[3], kubeconfig: words[4])
        }
    }

    private static func standing(
        _ name: String, _ machinesAnswer: FactValue, _ storedAnswer: FactValue, _ machines: [Machine],
        _ stored: StoredProfile?, _ profiles: ProfileList?
    ) -> Standing {
        if case .unknown(let reason) = storedAnswer { return .unknown(reason) }
        let isListedAsInvalid = profiles?.invalid.contains { $0.Name == name } ?? false
        if storedAnswer == .absent { return isListedAsInvalid ? .invalid : .absent }
        guard stored != nil, !isListedAsInvalid else { return .invalid }
        switch machinesAnswer {
        case .unknown(let reason): return .unknown(reason)
        case .absent: return .unknown("minikube is not there to tell")
        case .present(let text):
            guard let first = machines.first else { return .broken(text) }
            // The first is the control plane; machines of nodes that are down have a step of their own.
            if first.isRunning { return .running }
            if machines.allSatisfy({ $0.host == "Stopped" }) { return .stopped }
            if first.host == "Running", first.apiServer == "Paused" { return .paused }
            return .broken(
                "machine \(first.name): host \(first.host), kubelet \(first.kubelet), API server \(first.apiServer), kubeconfig "
                    + first.kubeconfig)
        }
    }
}
