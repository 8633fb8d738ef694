internal import Diagnostics

/// One lab as its file describes it: data, complete and checked.
package struct Lab: Sendable {
    /// `E10`, `A4`, `U9f`; also the beginning of its folder's name.
    package var id: String
    /// A DNS label; the value of the label `lab` on everything the lab makes.
    package var name: String
    package var version: Int
    package var title: String
    package var book: BookReference?
    package var honesty: Honesty
    /// Markdown.
    package var about: String
    package var goals: [String]
    package var time: LabTime
    package var gate: Gate
    package var needs: LabNeeds
    /// Texts by name; they may hold `${nonce}` and each other.
    package var variables: [String: String]
    package var setup: [LabAction]
    package var steps: [LabStep]
    package var cleanup: LabCleanup
    package var proof: LabProof
    package var origin: LabOrigin
    /// Variables whose values are measured when a run begins to be looked at; in `variables` they are empty.
    package var shares: [String: NodeShare] = [:]

    package enum Gate: String, Sendable, Hashable, CaseIterable {
        /// Steps may be done in any order.
        case soft
        /// A step opens when the one before has passed.
        case hard
    }

    /// Of all steps, in the order of the file; without those of the cleanup.
    package var checks: [LabCheck] { steps.flatMap(\.checks) }

    package func step(_ id: String) -> LabStep? { steps.first { $0.id == id } }
    package func check(_ id: String) -> LabCheck? { (checks + cleanup.checks).first { $0.id == id } }

    /// The check, or the part of one, that takes a snapshot.
    package func snapshot(_ name: String) -> SnapshotCheck? {
        (checks + cleanup.checks).lazy.flatMap(\.primitive.all).compactMap { $0 as? SnapshotCheck }.first {
            $0.name == name
        }
    }

    /// The template of the namespace that the lab makes for itself; nil if it makes none.
    package var namespaceTemplate: String? {
        for case .makeNamespace(let template) in setup { return template }
        return nil
    }

    /// Whether checking or proving it runs programs that the file names.
    package var runsPrograms: Bool {
        (checks + cleanup.checks).contains { $0.primitive.runsPrograms } || actions.contains(where: \.runsPrograms)
    }

    /// Of setup, solutions, cleaning and sabotages.
    package var actions: [LabAction] {
        setup + steps.flatMap(\.solution) + cleanup.actions + proof.sabotages.flatMap(\.actions)
    }
}

/// Where a lab was read from.
package struct LabOrigin: Sendable, Hashable {
    /// The folder that holds `lab.yaml`.
    package var folder: String
    /// It is a part of the product; others must be accepted before they may run programs or touch hosts.
    package var isOwn: Bool

    package init(folder: String, isOwn: Bool) {
        self.folder = folder
        self.isOwn = isOwn
    }
}

/// The place in the book that a lab belongs to.
package struct BookReference: Sendable, Hashable {
    package enum Place: Sendable, Hashable {
        case exercise(Int)
        case activity(Int)
        /// A walk-through without a number, `9f`.
        case walkthrough(String)
    }

    package enum Relation: String, Sendable, Hashable, CaseIterable {
        case sameSteps = "same-steps"
        case sameGoal = "same-goal"
        case inspiredBy = "inspired-by"
    }

    package var chapter: Int
    package var place: Place
    package var relation: Relation

    /// `E07`, `A4`, `U9f`.
    package var id: String {
        switch place {
        case .exercise(let number): number < 10 ? "E0\(number)" : "E\(number)"
        case .activity(let number): "A\(number)"
        case .walkthrough(let text): "U\(text)"
        }
    }
}

/// How long it takes.
package struct LabTime: Sendable, Hashable {
    package var typical: Duration?
    package var limit: Duration?
}

/// How honest a run on local machines is; printed in every report.
package enum Honesty: String, Sendable, Hashable, Codable, CaseIterable {
    case faithful = "L1"
    case equivalent = "L2"
    case simulated = "L3"
    case cloud = "L4"

    package var words: String {
        switch self {
        case .faithful: "faithful: the same software, no cloud"
        case .equivalent: "equivalent: the same contract, another implementation"
        case .simulated: "simulated: only what the API shows is real"
        case .cloud: "cloud: nothing local can honestly stand in"
        }
    }
}

/// What must be there before anything is judged.
package struct LabNeeds: Sendable, Hashable {
    /// `1.20`.
    package var minimumKubernetes: String?
    package var workers: Int = 0
    /// Whether there must be a cluster at all.
    package var cluster = true
    /// Access to the hosts over SSH.
    package var hosts = false
    /// Beside the lab's own: these may be read.
    package var namespaces: [String] = []
    package var storageClass = false
    /// On the learner's machine.
    package var programs: [String] = []
    /// Group versions that must be served.
    package var api: [String] = []
    /// Pools of spare hosts that the cluster's spec must name.
    package var pools: [String] = []
    /// The learner's own.
    package var kubeconfig = false
    /// Its actions may label, taint, cordon and drain nodes.
    package var nodes = false
    /// Stub services that it brings along.
    package var fixtures: [Fixture] = []
    /// Informative: what must lie in the registry of labs.
    package var images: [String] = []
}

package struct LabCleanup: Sendable {
    package var actions: [LabAction]
    /// Of the tier `cleanup`.
    package var checks: [LabCheck]
}
