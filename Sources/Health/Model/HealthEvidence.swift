package import Foundation
package import Planning

/// Everything that was gathered, before anything is judged; judging it is a pure function.
package struct HealthEvidence: Sendable {
    /// The moment of measuring, by the API server's clock where it answered.
    package var now: Date
    package var api: APIEvidence
    /// Empty when there is no access over SSH.
    package var hosts: [HealthHost]
    package var active: ActiveEvidence
    /// Address or name by which clients reach the API, without a port; empty if only a kubeconfig says.
    package var endpoint = ""

    package init(
        now: Date, api: APIEvidence = .unreachable("it was not asked"), hosts: [HealthHost] = [],
        active: ActiveEvidence = ActiveEvidence()
    ) {
        self.now = now
        self.api = api
        self.hosts = hosts
        self.active = active
    }

    package var controlPlanes: [HealthHost] { hosts.filter(\.isControlPlane) }
}

/// One host and its answers.
package struct HealthHost: Sendable {
    /// As in the spec; also the node's name.
    package var name: String
    /// Of the node, IPv4.
    package var address: String
    package var isControlPlane: Bool
    package var facts: HostFacts
    /// Why it could not be asked; nil if it answered.
    package var problem: String?
    /// What the way of an answer and a busy machine may explain of a clock's offset, in seconds.
    package static let clockDoubt = 0.25

    /// Its clock minus ours, less `clockDoubt`, in seconds; 0 within the doubt, nil if not measured.
    package var clockOffset: Double?

    package init(
        name: String, address: String, isControlPlane: Bool, facts: HostFacts = HostFacts(), problem: String? = nil,
        clockOffset: Double? = nil
    ) {
        self.name = name
        self.address = address
        self.isControlPlane = isControlPlane
        self.facts = facts
        self.problem = problem
        self.clockOffset = clockOffset
    }

    package var subject: String { "host/\(name)" }

    /// What it printed; throws with the reason if it was not asked or did not answer.
    ///
    /// An absent answer is nil.
    package func answer(_ probe: Probe) throws -> String? {
        if let problem { throw Unmeasured(problem) }
        switch facts[probe] {
        case .absent: return nil
        case .unknown(let reason): throw Unmeasured(reason)
        case .present(let text): return text
        }
    }
}

/// A list or document of the API.
package enum Answer<Value: Sendable>: Sendable {
    case unknown(String)
    case value(Value)

    package func get() throws -> Value {
        switch self {
        case .unknown(let reason): throw Unmeasured(reason)
        case .value(let value): value
        }
    }
}
