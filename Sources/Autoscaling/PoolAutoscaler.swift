internal import ClusterModel
internal import Foundation
internal import Health

/// Decides by need whether a pool gets a node more or a node less.
///
/// Pure. The rules are those of the Kubernetes project's Cluster Autoscaler (kubernetes/autoscaler, cluster-autoscaler/FAQ.md:
/// "When does Cluster Autoscaler change the size of a cluster?", "What types of pods can prevent CA from removing a node?"), in
/// small: one node at a time, requests and not use count, and what cannot be predicted changes nothing.
package enum PoolAutoscaler {
    /// - Returns: what to do, and what to remember for the next look.
    package static func decide(
        _ seen: PoolObservation, settings: PoolSettings, memory: PoolMemory
    ) -> (decision: PoolDecision, memory: PoolMemory) {
        var look = Look(seen: seen, settings: settings, memory: memory)
        let decision = look.decide()
        return (decision, look.memory)
    }
}

private struct Look {
    let seen: PoolObservation
    let settings: PoolSettings
    var memory: PoolMemory
    var notes: [String] = []
    /// Nodes into which pods that wait will go.
    var promised: Set<String> = []

    mutating func decide() -> PoolDecision {
        let members = seen.members
        memory.unneededSince = memory.unneededSince.filter { entry in members.contains { $0.node.name == entry.key } }
        for node in members where !node.node.isReady {
            let age = node.node.metadata?.creationTimestamp.flatMap(KubernetesTime.parse).map {
                seen.now.timeIntervalSince($0)
            }
            guard let age, age > settings.startLimit else {
                return decision(.wait, nil, "\(node.node.name) has joined and is not ready yet")
            }
            notes.append("\(node.node.name) has not been ready for long: nothing is expected of it")
        }
        return growth() ?? shrinkage() ?? decision(.stay, nil, "every pod has its place, and every node is needed")
    }

    private func decision(_ kind: PoolDecision.Kind, _ host: String?, _ reason: String, isShort: Bool = false)
        -> PoolDecision
    {
        PoolDecision(
            kind: kind, host: host, reason: reason, notes: notes, nodes: seen.members.count, isShort: isShort)
    }

    // MARK: a node more

    private mutating func growth() -> PoolDecision? {
        let homeless = withoutPlace()
        let count = seen.members.count
        let usable = seen.spares.filter { (memory.failedUntil[$0.host.name] ?? .distantPast) <= seen.now }
        guard let first = homeless.first else {
            guard count < seen.pool.minimum else { return nil }
            guard let spare = usable.first(where: { $0.machine != nil }) else {
                return noSpare("it is below its minimum")
            }
            return decision(
                .join, spare.host.name,
                "the pool has nodes: \(count), and \(seen.pool.minimum) are its least")
        }
        let story =
            "pods that fit on no node: \(homeless.count), the first is \(first.title)"
            + (first.scheduled?.message.map { " (the scheduler: \($0.prefix(160)))" } ?? "")
        guard count < seen.pool.maximum else {
            return decision(
                .stay, nil, "\(story); the pool has its most nodes: \(count)", isShort: true)
        }
        let known = usable.compactMap { spare in seen.place(of: spare) }
        guard !known.isEmpty else { return noSpare(story) }
        for place in known {
            let helped = homeless.filter(place.takes)
            guard !helped.isEmpty else { continue }
            return decision(
                .join, place.name, "\(story); those that a spare like this could take: \(helped.count)")
        }
        let refusal = known.first?.refusal(of: first) ?? ""
        notes.append("a spare would not help: \(first.title): \(refusal)")
        return nil
    }

    private func noSpare(_ story: String) -> PoolDecision {
        var why = "no spare of the pool is left"
        if let spare = seen.spares.first {
            why =
                spare.machine == nil
                ? "the spare \(spare.host.name) does not answer" : "the join of \(spare.host.name) failed just now"
        }
        return decision(.stay, nil, "\(story); \(why)", isShort: true)
    }

    /// Pods that wait, and that no node has room for once those before them have theirs.
    private mutating func withoutPlace() -> [PoolPod] {
        var places = seen.places
        var result: [PoolPod] = []
        for pod in seen.pods where pod.wantsPlace {
            if let riddle = pod.riddle {
                notes.append("\(pod.title) waits, and nobody can tell here whether a node would help: \(riddle)")
                continue
            }
            if let index = places.firstIndex(where: { $0.takes(pod) }) {
                places[index].put(pod)
                promised.insert(places[index].name)
            } else {
                result.append(pod)
            }
        }
        return result
    }

    // MARK: a node less

    private mutating func shrinkage() -> PoolDecision? {
        let members = seen.members
        guard members.count > seen.pool.minimum else {
            memory.unneededSince = [:]
            return nil
        }
        var ripe: [(place: NodePlace, use: Double, story: String)] = []
        var waiting: (name: String, since: Date, story: String)?
        for place in seen.places where members.contains(where: { $0.node.name == place.name }) {
            switch need(of: place) {
            case .failure(let reason):
                notes.append("\(place.name) stays: \(reason.text)")
                memory.unneededSince[place.name] = nil
            case .success(let story):
                let since = memory.unneededSince[place.name] ?? seen.now
                memory.unneededSince[place.name] = since
                if seen.now.timeIntervalSince(since) >= settings.idle {
                    ripe.append((place, use(of: place), story))
                } else if waiting.map({ since < $0.since }) ?? true {
                    waiting = (place.name, since, story)
                }
            }
        }
        // The emptiest, and of equals the last of the spec.
        let order = Dictionary(uniqueKeysWithValues: seen.hosts.enumerated().map { ($1.host.name, $0) })
        let best = ripe.min { left, right in
            left.use != right.use
                ? left.use < right.use : order[left.place.name, default: 0] > order[right.place.name, default: 0]
        }
        if let best {
            return decision(
                .remove, best.place.name, "\(best.story), for at least \(Int(settings.idle)) s")
        }
        guard let waiting else { return nil }
        return decision(
            .wait, nil,
            "\(waiting.name) is not needed since \(KubernetesTime.text(waiting.since)) (\(waiting.story)); it goes after "
                + "\(Int(settings.idle)) s of that")
    }

    struct Needed: Error { var text: String }

    /// The part of a node that its pods ask for, of cpu or memory the greater one; without those that are ending.
    private func use(of place: NodePlace) -> Double {
        let asked = seen.pods(on: place.name).filter { !$0.isGoing }.map(\.requests).reduce(Amounts(), +)
        return ["cpu", "memory"].map { resource in
            let all = place.allocatable[resource]
            return all > 0 ? asked[resource] / all : 0
        }.max() ?? 0
    }

    /// Why a node may go, or why it must stay.
    private func need(of place: NodePlace) -> Result<String, Needed> {
        if promised.contains(place.name) { return .failure(Needed(text: "a pod that waits will go there")) }
        let use = use(of: place)
        let percent = Int((use * 100).rounded())
        guard use < settings.threshold else {
            return .failure(
                Needed(text: "its pods ask for \(percent) % of it, the limit is \(Int(settings.threshold * 100)) %"))
        }
        let moving = seen.pods(on: place.name).filter { !$0.belongsToNode && !$0.isGoing }
        guard !moving.isEmpty else { return .success("\(place.name) runs nothing but what belongs to every node") }
        if let (pod, reason) = obstacle(among: moving) { return .failure(Needed(text: "\(pod.title): \(reason)")) }
        var others = seen.places.filter { $0.name != place.name }
        for pod in moving {
            guard let index = others.firstIndex(where: { $0.takes(pod) }) else {
                return .failure(Needed(text: "\(pod.title) would fit on no other node"))
            }
            others[index].put(pod)
        }
        return .success(
            "its pods ask for \(percent) % of \(place.name), and \(moving.count == 1 ? "the one" : "all \(moving.count)") "
                + "that can move would fit elsewhere")
    }

    private func obstacle(among pods: [PoolPod]) -> (PoolPod, String)? {
        var disturbed: [String: Int] = [:]
        for pod in pods {
            let word = pod.pod.annotations["cluster-autoscaler.kubernetes.io/safe-to-evict"]
            if word == "false" { return (pod, "it is marked as not safe to evict") }
            let budgets = seen.budgets.filter { $0.covers(pod.pod) }
            for budget in budgets {
                let name = "\(budget.namespace)/\(budget.name)"
                disturbed[name, default: 0] += 1
                let allowed = budget.status?.disruptionsAllowed ?? 0
                // Evictions go one after the other; a budget that allows one now allows the next when it has recovered.
                if allowed < 1 { return (pod, "the budget \(budget.name) allows no disruption now") }
            }
            if let riddle = pod.riddle { return (pod, riddle) }
            if word == "true" { continue }
            if (pod.pod.metadata?.ownerReferences ?? []).isEmpty { return (pod, "no controller would make it again") }
            if pod.keepsData { return (pod, "it keeps data on its node") }
            if pod.pod.namespace == "kube-system", budgets.isEmpty {
                return (pod, "it is a part of the system and has no disruption budget")
            }
        }
        return nil
    }
}

extension PoolPod {
    /// `hostPath`, and `emptyDir` that is not in memory.
    fileprivate var keepsData: Bool {
        (placing.spec?.volumes ?? []).contains { volume in
            volume.hostPath != nil || volume.emptyDir.map { $0.medium != "Memory" } ?? false
        }
    }
}
