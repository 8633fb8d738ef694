internal import KubernetesAPI

/// Making and waiting in the namespace of one run.
struct ActiveCluster: Sendable {
    let client: KubernetesClient
    let namespace: String
    let objects: ActiveObjects

    private var core: String { "/api/v1/namespaces/\(namespace)" }

    /// What a stage was waiting for in vain.
    struct Stuck: Error {
        var text: String
        var evidence: [String] = []
        /// An image that cannot be had says nothing about what was to be measured.
        var lacksImage = false

        /// With what the user can do about it, where that is so.
        var advice: String { lacksImage ? text + "; --image takes one that is there" : text }
    }

    @discardableResult
    func make(_ made: ActiveObjects.Made) async throws -> JSONValue {
        // In the first moments of a namespace its account is missing, without which no pod is let in.
        let deadline = ContinuousClock.now + .seconds(10)
        while true {
            do {
                return try await client.create(made.path, made.object)
            } catch {
                guard error.code == 403, made.object["kind"] == "Pod", ContinuousClock.now < deadline else {
                    throw error
                }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    func pods(app: String) async throws -> [ActivePod] {
        try await client.list(core + "/pods", of: ActivePod.self, labels: "app=\(app)").items
    }

    /// Asks again and again until it is so; throws `Stuck` with what `cause` says when the time is up.
    ///
    /// Single questions may fail: an API server that restarts in between is not what is judged here.
    func wait(
        _ what: String, within bound: Duration, cause: () async -> Stuck, until isSo: () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + bound
        var failure: (any Error)?
        while true {
            do {
                if try await isSo() { return }
                failure = nil
            } catch let error as Stuck {
                throw error
            } catch {
                failure = error
            }
            try Task.checkCancellation()
            guard ContinuousClock.now < deadline else {
                if let failure { throw Stuck(text: "\(what): \(ActiveRun.words(failure))") }
                var stuck = await cause()
                stuck.text = "\(what) within \(bound.components.seconds) s: \(stuck.text)"
                throw stuck
            }
            try await Task.sleep(for: .milliseconds(300))
        }
    }

    /// Why the first pod of an app that is not ready is not.
    func cause(app: String) async -> Stuck {
        guard let pods = try? await pods(app: app) else { return Stuck(text: "its pods cannot be listed") }
        guard let pod = pods.first(where: { !$0.isReady && !$0.hasSucceeded }) else {
            return Stuck(text: pods.isEmpty ? "no pod was made: is the controller manager well?" : "unknown")
        }
        return await cause(of: pod)
    }

    func cause(of pod: ActivePod) async -> Stuck {
        let evidence = await warnings(about: pod.name)
        let fallback =
            pod.node.isEmpty ? "not scheduled: is the scheduler well?" : "the kubelet of \(pod.node) has not started it"
        let text = pod.cause ?? evidence.last ?? fallback
        return Stuck(text: "pod \(pod.name): \(text)", evidence: evidence, lacksImage: pod.lacksImage)
    }

    func warnings(about name: String) async -> [String] {
        let events = try? await client.list(
            core + "/events", of: ActiveEvent.self, fields: "involvedObject.name=\(name)"
        ).items
        return ActiveEvent.warnings(events ?? [], about: name)
    }

    /// Runs a script in a pod's shell.
    func run(_ script: String, in pod: ActivePod, timeout: Duration) async throws -> [MeasuringLine] {
        let result = try await client.exec(
            namespace: namespace, pod: pod.name, command: ["sh", "-c", script], timeout: timeout)
        return MeasuringLine.parse(result.text)
    }
}
