internal import KubernetesAPI
internal import Labs
internal import Synchronization

/// Tells that something has happened to what a lab looks at, so that `--watch` asks again then and not all the time.
///
/// The API's own watches are followed; what lies outside of the API (answers of services, hosts, programs) cannot be watched and is asked
/// every two seconds, by itself.
final class LabChangeFeed: Sendable {
    private let heard = Heard()
    private let tasks: [Task<Void, Never>]
    /// Something has to be asked as time passes.
    private let polls: Bool

    private static let polling = Duration.seconds(2)
    /// Changes come in swarms: a roll-out is dozens of them.
    private static let swarm = Duration.milliseconds(300)

    /// - Parameter paths: collections that are watched.
    init(_ paths: Set<String>, client: KubernetesClient?, polls: Bool) {
        let heard = heard
        self.polls = polls
        tasks = paths.sorted().compactMap { path in
            guard let client else { return nil }
            return Task {
                do {
                    for try await event in client.watch(path) {
                        if case .bookmark = event { continue }
                        heard.add()
                    }
                } catch {
                    // A collection that may not be watched: what is in it is asked with the rest.
                    if !Task.isCancelled { heard.isDeaf.store(true, ordering: .relaxed) }
                }
            }
        }
    }

    /// Every collection is followed.
    var canWatch: Bool { !heard.isDeaf.load(ordering: .relaxed) }

    /// Until something has happened since the last call, or it is time to ask what cannot be watched.
    func next() async throws -> LabWatch.Reason {
        let end = ContinuousClock.now + Self.polling
        while !heard.take() {
            if polls || !canWatch, ContinuousClock.now >= end { return .time }
            try await Task.sleep(for: .milliseconds(100))
        }
        try await Task.sleep(for: Self.swarm)
        _ = heard.take()
        return .change
    }

    func stop() { tasks.forEach { $0.cancel() } }
}

/// Whether an event has come.
private final class Heard: Sendable {
    private let flag = Atomic(false)
    let isDeaf = Atomic(false)

    func add() { flag.store(true, ordering: .relaxed) }
    func take() -> Bool { flag.exchange(false, ordering: .relaxed) }
}
