internal import KubernetesAPI
internal import Labs
internal import Synchronization

/// Tells that something has happened to what a lab looks at, so that `--watch` asks again then and not all the time.
///
/// The API's own watches are followed; what lies outside of the API (hosts, programs, answers) cannot be watched and is asked every two
/// seconds.
final class LabChangeFeed: Sendable {
    private let heard = Heard()
    private let tasks: [Task<Void, Never>]
    private let pause: Duration

    /// As long as nothing is heard; also the insurance against a watch that fell silent.
    private static let calm = Duration.seconds(15)
    private static let polling = Duration.seconds(2)
    /// Changes come in swarms: a roll-out is dozens of them.
    private static let swarm = Duration.milliseconds(300)

    init(_ lab: Lab, namespace: String, client: KubernetesClient) {
        var paths = ["/api/v1/nodes"]
        for name in (namespace.isEmpty ? [] : [namespace]) + lab.needs.namespaces {
            for collection in ["pods", "services", "configmaps", "persistentvolumeclaims", "endpoints"] {
                paths.append("/api/v1/namespaces/\(name)/\(collection)")
            }
            for collection in ["deployments", "statefulsets", "daemonsets"] {
                paths.append("/apis/apps/v1/namespaces/\(name)/\(collection)")
            }
            paths.append("/apis/batch/v1/namespaces/\(name)/jobs")
        }
        let heard = heard
        tasks = paths.map { path in
            Task {
                // A kind that may not be watched is asked with the rest.
                do {
                    for try await event in client.watch(path) {
                        if case .bookmark = event { continue }
                        heard.add()
                    }
                } catch {}
            }
        }
        pause = lab.checks.allSatisfy(\.primitive.isOfTheAPI) ? Self.calm : Self.polling
    }

    /// Until something has happened since the last call, or the pause is over.
    func next() async throws {
        let end = ContinuousClock.now + pause
        while !heard.take(), ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(100)) }
        try await Task.sleep(for: Self.swarm)
    }

    func stop() { tasks.forEach { $0.cancel() } }
}

/// Whether an event has come.
private final class Heard: Sendable {
    private let flag = Atomic(false)

    func add() { flag.store(true, ordering: .relaxed) }
    func take() -> Bool { flag.exchange(false, ordering: .relaxed) }
}
