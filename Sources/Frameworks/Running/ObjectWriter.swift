internal import Diagnostics
internal import KubernetesAPI

/// Writes objects: each is looked at again right before it is changed, and what the server answers is what counts.
struct ObjectWriter: Sendable {
    let client: KubernetesClient
    let framework: String
    let adopts: Bool

    /// Why an object could not be written, and whether trying again may help.
    struct Failure: Error {
        var diagnostic: Diagnostic
        var isPassing: Bool
    }

    /// Makes the object what it must be.
    ///
    /// - Parameter path: of the object.
    func apply(_ desired: DesiredObject, _ change: FrameworkPlan.Change, path: String) async throws {
        let live = try await find(path)
        if let live, !desired.isPatch, live.labels[FrameworkMarks.framework]?.string != framework, !adopts {
            throw Failure(
                diagnostic: Diagnostic(
                    code: "framework.conflict", "\(desired.id) was made by somebody else in the meantime",
                    hint: "look at it; take it over with --adopt if it is the framework's own"), isPassing: false)
        }
        if change.verb == .replace, live != nil { try await delete(path, id: desired.id, within: .seconds(120)) }
        do throws(KubernetesError) {
            // What differs was shown in the plan: fields that others changed are taken back.
            let body = live.map { ObjectComparison.yielding(desired.body, to: $0, manager: desired.manager) }
            _ = try await client.apply(path, body ?? desired.body, fieldManager: desired.manager, force: live != nil)
        } catch {
            throw Self.failure(error, desired.id)
        }
    }

    /// nil if it is not there.
    func find(_ path: String) async throws(KubernetesError) -> JSONValue? {
        do throws(KubernetesError) { return try await client.value(path) } catch {
            guard error.isNotFound else { throw error }
            return nil
        }
    }

    /// Deletes and waits until it is gone.
    ///
    /// - Throws: `framework.stuck`, which names the finalizers that hold it.
    func delete(_ path: String, id: ObjectID, within limit: Duration) async throws {
        do throws(KubernetesError) { try await client.delete(path, propagation: Self.propagation(id.kind)) } catch {
            // 409: it is being deleted already.
            guard error.isNotFound || error.code == 409 else { throw error }
        }
        try await waitUntilGone([(id, path)], within: limit)
    }

    /// Workloads are gone when their pods are; nothing else has dependents worth waiting for, and the garbage collector may take half
    /// a minute to know a kind that is new.
    static func propagation(_ kind: String) -> Propagation {
        ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"].contains(kind) ? .foreground : .background
    }

    func waitUntilGone(_ objects: [(ObjectID, String)], within limit: Duration) async throws {
        let clock = ContinuousClock()
        let deadline = clock.now + limit
        var open = objects
        var pause = Duration.milliseconds(50)
        while true {
            var left: [(ObjectID, String)] = []
            var held: [String] = []
            for (id, path) in open {
                guard let live = try await find(path) else { continue }
                left.append((id, path))
                let finalizers = live["metadata"]?["finalizers"]?.array?.map(\.text) ?? []
                let conditions = (live["status"]?["conditions"]?.array ?? []).filter {
                    id.kind == "Namespace" && $0["status"]?.string == "True"
                }
                held += finalizers.map { "\(id): finalizer \($0)" }
                held += conditions.compactMap { $0["message"]?.string.map { "\(id): \($0.shortened(300))" } }
            }
            guard !left.isEmpty else { return }
            open = left
            guard clock.now + pause < deadline else {
                throw Diagnostic(
                    code: "framework.stuck",
                    "\(left.count == 1 ? left[0].0.description : "\(left.count) objects") did not go within \(limit.components.seconds) s",
                    detail: left.prefix(5).map(\.0.description).joined(separator: "\n"),
                    hint: held.isEmpty
                        ? "run the same command again; it goes on from here"
                        : "what would take the finalizers off does not do so; --remove-finalizers takes them off",
                    evidence: Array(held.prefix(10)))
            }
            try await clock.sleep(for: pause)
            pause = min(pause * 3 / 2, .milliseconds(500))
        }
    }

    /// What a refusal means.
    static func failure(_ error: KubernetesError, _ id: ObjectID) -> Failure {
        guard case .status(let code, let reason, let message, _) = error else {
            return Failure(diagnostic: error.diagnostic, isPassing: false)
        }
        func make(_ suffix: String, _ summary: String, hint: String, isPassing: Bool = false) -> Failure {
            Failure(
                diagnostic: Diagnostic(
                    code: "framework.\(suffix)", "\(id): \(summary)", detail: message.shortened(800), hint: hint),
                isPassing: isPassing)
        }
        if message.contains("failed calling webhook") || message.contains("failed calling admission webhook") {
            return make(
                "webhook", "an admission webhook does not answer",
                hint: "look whether the pods behind it run; if its owner is gone, delete its webhook configuration",
                isPassing: true)
        }
        if message.contains("exceeded quota") {
            return make(
                "quota", "a quota of the namespace is exceeded",
                hint: "raise the quota, or choose smaller sizes with --set")
        }
        if reason == "NamespaceTerminating" || message.contains("because it is being terminated") {
            return make(
                "terminating", "its namespace is being deleted", hint: "wait until it is gone, then run this again")
        }
        if message.contains("denied the request") {
            return make("denied", "an admission webhook refuses it", hint: "its message says why")
        }
        if code == 422 || code == 400 {
            return make("rejected", "the API server does not accept it", hint: "its message says which field")
        }
        // A new kind is served a moment after its definition says so.
        return Failure(diagnostic: error.diagnostic, isPassing: code == 404 || code >= 500 || code == 409)
    }
}
