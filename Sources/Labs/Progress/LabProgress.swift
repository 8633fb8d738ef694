package import Foundation
package import KubernetesAPI

/// How far a learner is with one lab on one cluster.
///
/// Only a cache: what it says of the cluster is asked again by every `lab check`. What cannot be asked again (answers, hints that were
/// shown) is here alone.
package struct LabProgress: Sendable, Hashable, Codable {
    package enum State: String, Sendable, Hashable, Codable, CaseIterable {
        case new
        case started
        /// Every goal has passed.
        case passed
    }

    /// Something that happened, for the path taken.
    package struct Event: Sendable, Hashable, Codable {
        package var time: String
        /// `started`, `checked`, `hint`, `solution`, `answered`, `cleaned`, `reset`.
        package var what: String
        package var step: String?
        package var check: String?
        package var result: CheckResult?
    }

    package var formatVersion = 1
    package var lab: String
    package var id: String
    package var version: Int
    package var cluster: String
    package var nonce: String
    package var namespace: String
    /// RFC 3339, UTC.
    package var started: String
    package var state: State
    /// What the run made is still there; a cleaned one begins anew with another nonce.
    package var isOpen: Bool
    package var answers: [String: String]
    /// What checks have noted of objects; nil in files of older versions.
    package var snapshots: [String: JSONValue]?
    /// How many hints were shown, by step.
    package var hints: [String: Int]
    /// Steps whose solution was shown or carried out.
    package var solutions: [String]
    /// Of the last `lab check`, by check.
    package var outcomes: [String: CheckOutcome]
    package var events: [Event]

    /// A run that begins now.
    package init(_ lab: Lab, cluster: String, nonce: String, now: Date) {
        self.lab = lab.name
        id = lab.id
        version = lab.version
        self.cluster = cluster
        self.nonce = nonce
        started = APITime.text(now)
        state = .started
        isOpen = true
        answers = [:]
        hints = [:]
        solutions = []
        outcomes = [:]
        events = []
        let run = LabRun(nonce: nonce, started: now, cluster: cluster)
        namespace = lab.variables(for: run)["namespace"] ?? ""
        note("started", now: now)
    }

    /// Begins another run of the lab: what was learned stays, what was seen of the old run goes.
    package mutating func begin(_ lab: Lab, nonce: String, now: Date) {
        let old = self
        self = LabProgress(lab, cluster: cluster, nonce: nonce, now: now)
        state = old.state
        hints = old.hints
        solutions = old.solutions
        events = old.events + events
    }

    package var startedAt: Date { APITime.parse(started) ?? .distantPast }

    /// More than anybody follows; the oldest go.
    private static let mostEvents = 1000

    package mutating func note(
        _ what: String, step: String? = nil, check: String? = nil, result: CheckResult? = nil, now: Date
    ) {
        events.append(Event(time: APITime.text(now), what: what, step: step, check: check, result: result))
        if events.count > Self.mostEvents { events.removeFirst(events.count - Self.mostEvents) }
    }

    /// Takes in what a check run brought.
    package mutating func take(_ new: [CheckOutcome], of lab: Lab, now: Date) {
        for outcome in new {
            if outcomes[outcome.id]?.result != outcome.result {
                note("checked", step: outcome.step, check: outcome.id, result: outcome.result, now: now)
            }
            outcomes[outcome.id] = outcome
        }
        let goals = lab.checks.filter { $0.tier == .goal && $0.mode == .any }
        // Once passed stays passed: what is cleaned up later does not undo what was learned.
        if !goals.isEmpty, goals.allSatisfy({ outcomes[$0.id]?.result == .pass }) { state = .passed }
    }

    /// The first step with a goal that has not passed; nil if there is none.
    package func currentStep(of lab: Lab) -> LabStep? {
        lab.steps.first { step in
            step.checks.contains { $0.tier == .goal && outcomes[$0.id]?.result != .pass }
        }
    }
}
