/// Looks again and again until it is so.
enum Patience {
    /// The last observation; throws the last obstacle if it stood until the end.
    static func wait(
        _ limit: Duration, interval: Duration? = nil, _ look: () async throws -> Observation
    ) async throws -> Observation {
        let deadline = ContinuousClock.now + limit
        var pause = interval ?? firstPause
        while true {
            let outcome: Result<Observation, CannotJudge>
            do {
                outcome = .success(try await look())
            } catch let nothing as NothingToActOn {
                outcome = .success(.fail(nothing.text))
            } catch {
                outcome = .failure(CannotJudge.from(error))
            }
            switch outcome {
            case .success(let seen) where seen.holds || seen.isFinal: return seen
            case .failure(let obstacle) where !obstacle.isPassing: throw obstacle
            default: break
            }
            guard ContinuousClock.now + pause < deadline else { return try outcome.get() }
            try await Task.sleep(for: pause)
            if interval == nil { pause = min(pause * 3 / 2, longestPause) }
        }
    }

    static let firstPause = Duration.milliseconds(250)
    static let longestPause = Duration.seconds(2)
}
