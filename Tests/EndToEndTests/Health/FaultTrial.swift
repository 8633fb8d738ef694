import Foundation
import TestSupport
import Testing

/// Makes faults on a cluster, asks for the verdict, and undoes them.
struct FaultTrial {
    private let fleet: TestFleet
    private var spec: Spec { fleet.spec }

    init(_ fleet: TestFleet) { self.fleet = fleet }

    /// Every fault of this run that belongs on such a cluster; what was claimed of them before must be true.
    func prove(on cluster: HealthFault.Cluster) async throws {
        var proof = HealthProof()
        for fault in HealthFault.chosen where fault.cluster == cluster {
            proof.begin(fault)
            do {
                let begin = ContinuousClock.now
                try await prove(fault)
                proof.add(fault)
                print("fault seen in \((ContinuousClock.now - begin).components.seconds) s: \(fault.what)")
            } catch {
                Issue.record("\(fault.what): \(error)")
            }
        }
        guard !HealthFault.isChosen else { return }
        try proof.settle()
    }

    private func prove(_ fault: HealthFault) async throws {
        try await fleet.calm(before: fault.what, besides: fault.cluster.known)
        let limits = try fault.limits.map { text -> [String] in
            let path = fleet.folder + "/limits.yaml"
            try (text + "\n").write(toFile: path, atomically: true, encoding: .utf8)
            return ["--thresholds", path]
        }
        let asks = fault.asks + (limits ?? [])
        let before = fault.asksProfile ? try await fleet.health(spec, asks) : nil
        if let before {
            let red = fault.proves.keys.filter { !before.passes($0) }.sorted()
            guard red.isEmpty else { throw Failure("not green before: \(red)") }
        }
        // Profiles ask for more than this cluster has: what was said before is no consequence.
        let known = Set((before?.alarms ?? []).map { "\($0.id) \($0.subject)" })
        var last: HealthAnswer?
        // Neither proves a fault nor follows from it.
        func others() -> [HealthAnswer.Finding] {
            (last?.alarms ?? []).filter { alarm in
                fault.proves[alarm.id] == nil && !fault.cluster.known.contains(alarm.id)
                    && !known.contains("\(alarm.id) \(alarm.subject)")
                    && !fault.mayFollow.contains { alarm.id.hasPrefix($0) }
            }
        }
        do {
            try await fault.make(fleet)
            // One verdict must say this and nothing else; what a busy machine adds for a moment is not in the next one.
            try await eventually(fault.what, within: fault.within) {
                last = try await fleet.health(spec, asks)
                let isSeen = fault.proves.allSatisfy { last?.has($0.key, $0.value) ?? false }
                return isSeen && others().isEmpty ? true : nil
            }
        } catch {
            let missing = fault.proves.filter { !(last?.has($0.key, $0.value) ?? false) }.keys.sorted()
            let raised = others().map { "\($0.id) \($0.subject) \($0.status) \($0.measured)" }
            // Only what was begun: an undoing by itself may break what is whole.
            try? await fault.undo(fleet)
            throw Failure("\(error); missing: \(missing); also raised: \(raised)")
        }
        try await fault.undo(fleet)
        if fault.disturbsEtcd || fault.isSlow { try await fleet.forgetDisturbance() }
    }
}
