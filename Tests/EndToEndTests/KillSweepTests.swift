import Foundation
import TestSupport
import Testing

extension SmallFleets {
    /// A fresh apply through sudo that is killed when a step begins, at every step in turn, each time resumed by the next one.
    ///
    /// It takes minutes, so `scripts/test` leaves it out unless MARTLET_E2E_FULL is 1.
    @Suite("A kill at every step", .serialized, .hosts("test-sweep", controlPlanes: 1, workers: 1, user: "martlet"))
    struct KillSweepTests {
        private let fleet: TestFleet
        private var spec: Spec { fleet.spec }

        init() throws { fleet = try FleetScope.fleet("test-sweep") }

        /// - Parameter delay: milliseconds from a step's begin to the kill: what had just been sent, and what is under way.
        @Test(.timeLimit(.minutes(30)), arguments: [0, 700]) func everyStepOfAFreshApplyMayBeTheLastOne(
            delay: Int
        ) async throws {
            var killed: Set<String> = []
            var begun: Set<String> = []
            var cutMidway: Set<String> = []
            while true {
                let offset = fleet.journalSize
                let running = try fleet.startApply(spec)
                let step = try await firstStep(of: running, since: offset, notIn: killed)
                if step != nil {
                    try await Task.sleep(for: .milliseconds(delay))
                    running.kill()
                }
                let outcome = try await running.wait(seconds: 10)
                let started = Set(fleet.journalSteps("started", since: offset))
                begun.formUnion(started)
                // Nothing that a killed run left may make a step of the next one fail.
                #expect(!fleet.journalLines(since: offset).contains { $0.contains("\"failed\"") }, "\(outcome.said)")
                guard let step else {
                    try #require(outcome.status == 0, "\(outcome.said)")
                    break
                }
                #expect(outcome.status == 128 + SIGKILL, "\(outcome.said)")
                killed.insert(step)
                cutMidway.formUnion(started.subtracting(fleet.journalSteps("finished", since: offset)))
            }
            print("delay \(delay) ms: \(killed.count) kills, \(cutMidway.count) of \(begun.count) steps cut midway")
            #expect(cutMidway.isSuperset(of: ["packages@cp-1", "control-plane-init@cp-1", "worker-join@worker-1"]))
            #expect(killed.count > 20)
            try await fleet.expectComplete(spec, nodes: 2)
            let reset = try await fleet.martlet("reset", "-f", spec.path, "--confirm", fleet.name)
            #expect(reset.status == 0, "\(reset.said)")
        }

        /// The first step that the apply begins and that no kill has met yet; nil if the apply ends before.
        private func firstStep(of running: Running, since offset: Int, notIn killed: Set<String>) async throws
            -> String?
        {
            try await eventually("a step that was not killed yet", within: 300, every: .milliseconds(10)) {
                // Asked first: what it has written at its end is read, too.
                let isRunning = running.isRunning
                if let step = fleet.journalSteps("started", since: offset).first(where: { !killed.contains($0) }) {
                    return .some(.some(step))
                }
                return isRunning ? nil : .some(nil)
            }
        }
    }
}
