/// What is to be done for the goals of one host.
///
/// Most of a large plan's cost are its texts: a step's id is put together once, and the steps that wait for it share it.
struct DecidedGoals {
    private let host: String
    private let goals: [Goal]
    private let decisions: [(change: ChangeKind, reason: String)]
    private let ids: [String]

    init(
        _ entry: Planner.HostGoals, _ facts: HostFacts,
        _ decide: (Goal, HostFacts) -> (change: ChangeKind, reason: String)
    ) {
        host = entry.host
        goals = entry.goals
        decisions = goals.map { decide($0, facts) }
        let atHost = "@" + host
        ids = goals.map { $0.id + atHost }
    }

    /// The goals that need something to be done.
    var pending: [String] { goals.indices.filter { decisions[$0].change != .noOp }.map { goals[$0].id } }

    /// Whether a step waits for those of other hosts, which are not decided yet.
    func waitsElsewhere(_ index: Int) -> Bool {
        decisions[index].change != .noOp && goals[index].requires.contains(where: PendingGoals.isQualified)
    }

    /// Its requirements on this host are settled: one on a step that is done already, or that there is not, holds.
    func step(_ index: Int) -> Step {
        let goal = goals[index]
        let (change, reason) = decisions[index]
        let isDone = change == .noOp
        let acts = !isDone && change != .blocked
        return Step(
            id: ids[index], phase: goal.phase, host: host, title: goal.title, change: change, reason: reason,
            ensure: goal.ensure, actions: acts ? goal.by : [],
            requires: isDone ? [] : goal.requires.compactMap(stepToWaitFor), pool: goal.pool,
            settleSeconds: goal.settleSeconds, diagnose: goal.diagnose,
            isUnconditional: change == .run && goal.always != nil, watch: acts ? goal.watch : nil)
    }

    private func stepToWaitFor(_ requirement: String) -> String? {
        if PendingGoals.isQualified(requirement) { return requirement }
        return goals.indices.first { goals[$0].id == requirement && decisions[$0].change != .noOp }.map { ids[$0] }
    }
}
