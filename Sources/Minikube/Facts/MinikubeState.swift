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

        init?(line: Substring) {
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 5, words[0] != "no" else { return nil }
            (name, host, kubelet, apiServer, kubeconfig) = (words[0], words[1], words[2], words[3], words[4])
        }
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
    /// Names of all that this minikube has; empty if it does not tell.
    let addons: Set<String>
    let standing: Standing

    init(_ probes: MinikubeProbes, _ facts: HostFacts) {
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
        struct Addon: Decodable {}
        addons = Set((json(probes.addons, [String: Addon].self) ?? [:]).keys)
        machines = (text(probes.machines) ?? "").split(separator: "\n").compactMap(Machine.init)
        standing = .of(
            probes.minikube, machines: machines, answer: facts[probes.machines], profile: facts[probes.stored],
            stored: stored,
            owner: owner, list: profiles)
    }

    private static func pairs(_ text: String, separator: String) -> [String: String] {
        var result: [String: String] = [:]
        for line in text.split(separator: "\n") {
            guard let range = line.firstRange(of: separator) else { continue }
            result[String(line[..<range.lowerBound])] = String(line[range.upperBound...])
        }
        return result
    }
}
