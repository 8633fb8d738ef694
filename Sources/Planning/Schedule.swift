/// Which step may start now: requirements met, pool not full, at most `perHost` on a host, longest way to the end first.
package struct Schedule: Sendable {
    private var waitingFor: [Int]
    private var dependents: [[Int]]
    private var ready: [Int] = []
    private var runningInPool: [Pool: Int] = [:]
    private var runningOnHost: [String: Int] = [:]
    private let weight: [Int]
    private let steps: [Step]
    private let perHost: Int

    /// - Parameter steps: the changes of a plan; requirements on other steps count as met.
    package init(_ steps: [Step], perHost: Int = 3) {
        self.steps = steps
        self.perHost = perHost
        var index: [String: Int] = [:]
        for (position, step) in steps.enumerated() { index[step.id] = position }
        var waitingFor = [Int](repeating: 0, count: steps.count)
        var dependents = [[Int]](repeating: [], count: steps.count)
        for (position, step) in steps.enumerated() {
            for requirement in step.requires {
                guard let other = index[requirement], other != position else { continue }
                waitingFor[position] += 1
                dependents[other].append(position)
            }
        }
        self.waitingFor = waitingFor
        self.dependents = dependents
        weight = Self.weights(dependents: dependents, waitingFor: waitingFor)
        ready = steps.indices.filter { waitingFor[$0] == 0 }
    }

    /// Length of the longest chain of steps that begins with each; steps in a cycle keep zero and never become ready.
    private static func weights(dependents: [[Int]], waitingFor: [Int]) -> [Int] {
        var order: [Int] = []
        var remaining = waitingFor
        var queue = remaining.indices.filter { remaining[$0] == 0 }
        while let next = queue.popLast() {
            order.append(next)
            for dependent in dependents[next] {
                remaining[dependent] -= 1
                if remaining[dependent] == 0 { queue.append(dependent) }
            }
        }
        var weight = [Int](repeating: 0, count: dependents.count)
        for position in order.reversed() {
            weight[position] = 1 + (dependents[position].map { weight[$0] }.max() ?? 0)
        }
        return weight
    }

    /// Takes the steps that may start now; they count as running until `finish` or `fail`.
    package mutating func start() -> [Int] {
        ready.sort { (weight[$1], $0) < (weight[$0], $1) }
        var started: [Int] = []
        var kept: [Int] = []
        for position in ready {
            let step = steps[position]
            let poolIsFull = step.pool.map { runningInPool[$0, default: 0] >= $0.depth } ?? false
            if poolIsFull || runningOnHost[step.host, default: 0] >= perHost {
                kept.append(position)
                continue
            }
            if let pool = step.pool { runningInPool[pool, default: 0] += 1 }
            runningOnHost[step.host, default: 0] += 1
            started.append(position)
        }
        ready = kept
        return started
    }

    package mutating func finish(_ position: Int) {
        release(position)
        for dependent in dependents[position] {
            waitingFor[dependent] -= 1
            if waitingFor[dependent] == 0 { ready.append(dependent) }
        }
    }

    /// Marks a step as failed and returns all that depend on it, directly or not; they will never start.
    package mutating func fail(_ position: Int) -> [Int] {
        release(position)
        var skipped: Set<Int> = []
        var queue = dependents[position]
        while let next = queue.popLast() {
            if skipped.insert(next).inserted { queue += dependents[next] }
        }
        return skipped.sorted()
    }

    private mutating func release(_ position: Int) {
        if let pool = steps[position].pool { runningInPool[pool, default: 1] -= 1 }
        runningOnHost[steps[position].host, default: 1] -= 1
    }

    package var hasReady: Bool { !ready.isEmpty }
}
