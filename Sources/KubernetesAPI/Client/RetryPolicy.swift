internal import WebClient

/// Which failures are tried again, and when.
struct RetryPolicy: Sendable {
    enum Decision: Sendable, Hashable {
        case giveUp
        /// The server carried nothing out and says when to come again; does not count as an attempt.
        case throttled(Duration)
        case again(after: Duration)
    }

    var timeouts: KubernetesTimeouts

    /// After `attempt` attempts (one or more) the last was answered with a status that is no success.
    func decide(_ response: WebResponse, _ call: APICall, attempt: Int) -> Decision {
        let asked = response["retry-after"].flatMap { Int($0) }.map { Duration.seconds(max(0, $0)) }
        // Flow control refuses before anything is done, so this holds for every kind of call.
        if response.status == 429 { return .throttled(asked ?? pause(attempt)) }
        guard attempt < timeouts.attempts, call.isRepeatable else { return .giveUp }
        switch response.status {
        case 502, 503, 504: return .again(after: asked ?? pause(attempt))
        // A health endpoint answers 500 in plain text, and that is the answer.
        case 500 where StatusObject(response.body) != nil: return .again(after: asked ?? pause(attempt))
        default: return .giveUp
        }
    }

    /// After `attempt` attempts the last brought no answer.
    ///
    /// Silence is not tried again: it has cost its time already, and a half-dead server stays so.
    func decide(_ error: WebError, _ call: APICall, attempt: Int) -> Decision {
        guard attempt < timeouts.attempts else { return .giveUp }
        switch error {
        // Nothing was sent.
        case .unreachable: return .again(after: pause(attempt))
        // A sink has taken a part already, and would take it twice.
        case .interrupted where call.isRepeatable && call.sink == nil: return .again(after: pause(attempt))
        default: return .giveUp
        }
    }

    /// Doubles from a fifth of a second, with some chance in it so that many clients do not come at once.
    private func pause(_ attempt: Int) -> Duration {
        .milliseconds(Int.random(in: 150...250) << min(attempt - 1, 5))
    }
}
