/// Requests that several workers send, each its next when the last was answered.
package struct LoadRun: Sendable {
    package struct Outcome: Sendable, Hashable {
        /// Since the start, in seconds.
        package var end: Double
        package var milliseconds: Double
        /// Nil if it was answered with a success.
        package var problem: String?
    }

    package struct Result: Sendable, Hashable {
        package var outcomes: [Outcome]
        package var seconds: Double

        package var sent: Int { outcomes.count }
        package var lost: Int { outcomes.count { $0.problem != nil } }
        package var reasons: [String: Int] {
            outcomes.reduce(into: [:]) { if let problem = $1.problem { $0[problem, default: 0] += 1 } }
        }

        /// Successes a second.
        package var rate: Double { seconds > 0 ? Double(sent - lost) / seconds : 0 }

        /// Of successes, in milliseconds; 0 if there is none.
        package func quantile(_ part: Double) -> Double {
            let times = outcomes.filter { $0.problem == nil }.map(\.milliseconds).sorted()
            guard !times.isEmpty else { return 0 }
            return times[min(times.count - 1, Int(Double(times.count) * part))]
        }

        /// Longest time without a success.
        package var gap: Double {
            var last = 0.0
            var longest = 0.0
            for end in outcomes.filter({ $0.problem == nil }).map(\.end).sorted() {
                longest = max(longest, end - last)
                last = end
            }
            return max(longest, seconds - last)
        }
    }

    package var workers: Int
    package var duration: Duration

    package init(workers: Int, duration: Duration) {
        self.workers = workers
        self.duration = duration
    }

    /// - Parameter request: answers what went wrong in a word or two; nil for a success.
    package func run(_ request: @escaping @Sendable () async -> String?) async -> Result {
        let clock = ContinuousClock()
        let start = clock.now
        let end = start + duration
        let outcomes = await withTaskGroup(of: [Outcome].self) { group in
            for _ in 0..<workers {
                group.addTask {
                    var own: [Outcome] = []
                    while clock.now < end, !Task.isCancelled {
                        let began = clock.now
                        let problem = await request()
                        let now = clock.now
                        own.append(
                            Outcome(
                                end: (now - start) / .seconds(1), milliseconds: (now - began) / .milliseconds(1),
                                problem: problem))
                        // Whatever refuses at once is not asked in a frenzy.
                        if problem != nil { try? await clock.sleep(for: .milliseconds(20)) }
                    }
                    return own
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        return Result(outcomes: outcomes, seconds: (clock.now - start) / .seconds(1))
    }
}
