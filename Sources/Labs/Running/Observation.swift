internal import Diagnostics
package import KubernetesAPI
internal import WebClient

/// What one look brought.
package struct Observation: Sendable {
    package var holds: Bool
    /// As a person would say it, with names and numbers: `2 of 3 replicas are ready`.
    package var observed: String
    /// Lines quoted from the cluster.
    package var evidence: [String]
    /// What captures read.
    package var object: JSONValue?
    /// Looking again cannot change it.
    package var isFinal: Bool
    /// Nobody looked: the learner says so.
    package var isSelfReported = false
    /// Where to ask further if the check fails.
    package var clue: Clue?

    package init(
        holds: Bool, _ observed: String, evidence: [String] = [], object: JSONValue? = nil, isFinal: Bool = false
    ) {
        self.holds = holds
        self.observed = observed
        self.evidence = evidence
        self.object = object
        self.isFinal = isFinal
    }

    package static func pass(_ observed: String, object: JSONValue? = nil) -> Observation {
        Observation(holds: true, observed, object: object)
    }

    /// There is no such object.
    package static func missing(_ reference: ObjectReference, _ observed: String) -> Observation {
        var observation = Observation(holds: false, observed)
        observation.clue = .missing(reference)
        return observation
    }

    package static func fail(_ observed: String, evidence: [String] = [], isFinal: Bool = false) -> Observation {
        Observation(holds: false, observed, evidence: evidence, isFinal: isFinal)
    }
}

/// What an action was about is not there, or refuses: within a check that is an observation, of a solution it is an obstacle.
package struct NothingToActOn: Error, Sendable, Hashable { package var text: String }

/// The check could not be carried out: `error`, and never `fail`.
package struct CannotJudge: Error, Sendable, Hashable {
    package var reason: String
    /// Trying again may help.
    package var isPassing: Bool

    package init(_ reason: String, isPassing: Bool = false) {
        self.reason = reason
        self.isPassing = isPassing
    }

    /// A kind that its own group does not have is a mistake of the lab, or of the server, and no absence.
    init(_ missing: KindPaths.NotServed) {
        self.init("the cluster has the group of \(missing.kind), and no such kind in it")
    }

    /// 403 is no absence, and a cluster that does not answer says nothing about the lab.
    package init(_ error: KubernetesError) {
        let diagnostic = error.diagnostic
        let detail = diagnostic.detail.map { ": \($0.shortened(300))" } ?? ""
        switch error {
        case .unreachable(.cancelled): self.init("it was interrupted")
        case .unreachable(let web): self.init(diagnostic.summary + detail, isPassing: web.isTransient)
        case .status(let code, _, _, _): self.init(diagnostic.summary + detail, isPassing: code == 429 || code >= 500)
        default: self.init(diagnostic.summary + detail)
        }
    }

    package static func from(_ error: any Error) -> CannotJudge {
        switch error {
        case let nothing as NothingToActOn: CannotJudge(nothing.text)
        case let error as CannotJudge: error
        case let error as KubernetesError: CannotJudge(error)
        case let error as Diagnostic:
            CannotJudge(
                error.summary + (error.detail.map { ": \($0)" } ?? ""), isPassing: error.exitCode == .unreachable)
        case is CancellationError: CannotJudge("it was interrupted")
        default: CannotJudge("\(error)")
        }
    }
}
