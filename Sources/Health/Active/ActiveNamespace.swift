internal import Diagnostics
internal import Foundation
internal import KubernetesAPI

/// The one namespace in which a run makes everything, and what earlier runs left.
///
/// A namespace is a run's own only if its name and both labels say so; nothing else is ever deleted.
struct ActiveNamespace: Sendable {
    static let prefix = "martlet-health-"
    static let ownerLabel = "martlet.dev/owner"
    /// Seconds since 1970 by the API server's clock.
    static let expiresLabel = "martlet.dev/expires"
    static let owner = "health"
    /// In seconds; longer than any run can take, its cleaning included.
    static let lifetime = 240

    /// For the pods of a run to end by themselves; longer than the longest grace period of `ActiveObjects`.
    static let graceOfPods = Duration.seconds(9)

    let client: KubernetesClient
    let name: String

    init(client: KubernetesClient) {
        self.client = client
        let letters = Array("bcdfghjklmnpqrstvwxz2456789")
        name = Self.prefix + String((0..<5).map { _ in letters.randomElement() ?? "x" })
    }

    var path: String { "/api/v1/namespaces/\(name)" }

    struct Object: KubernetesObject {
        struct Status: Sendable, Decodable { var conditions: [Condition]? }
        var metadata: Metadata?
        var status: Status?

        /// nil if it is no namespace of a run.
        var expires: Int? {
            guard name.hasPrefix(ActiveNamespace.prefix), labels[ActiveNamespace.ownerLabel] == ActiveNamespace.owner
            else {
                return nil
            }
            return labels[ActiveNamespace.expiresLabel].flatMap { Int($0) }
        }
        var isBeingDeleted: Bool { metadata?.deletionTimestamp != nil }
    }

    /// What is to be done with the namespaces of other runs.
    struct Others: Sendable, Hashable {
        var expired: [String] = []
        var running: [String] = []
    }

    static func others(_ namespaces: [Object], but own: String, now: Int) -> Others {
        var others = Others()
        for each in namespaces where each.name != own && !each.isBeingDeleted {
            guard let expires = each.expires else { continue }
            if expires <= now { others.expired.append(each.name) } else { others.running.append(each.name) }
        }
        return others
    }

    // MARK: making

    /// Removes what has expired of earlier runs; makes nothing yet.
    ///
    /// - Throws: `health.active-running` if another run is under way, `KubernetesError`.
    func refuseAndSweep() async throws {
        let others = try await look().others
        if let other = others.running.first { throw Self.busy(other) }
        for name in others.expired { try await sweep("/api/v1/namespaces/\(name)") }
    }

    /// Deletes what a run that was killed has left, without waiting for the end.
    ///
    /// Nothing can be made in it any more; its pods are taken out of the API at once, and kubelets end them: each pod that is
    /// still there when the namespace is looked at costs a pause (see `stopPods`).
    private func sweep(_ path: String) async throws {
        try await delete(path)
        try? await client.delete(path + "/pods", gracePeriodSeconds: 0)
    }

    /// Makes the namespace; throws as `refuseAndSweep`, and then it may be there all the same.
    func make() async throws {
        let now = try await look().now
        _ = try await client.create(
            "/api/v1/namespaces",
            [
                "apiVersion": "v1", "kind": "Namespace",
                "metadata": [
                    "name": .string(name),
                    "labels": [
                        Self.ownerLabel: .string(Self.owner), Self.expiresLabel: .string(String(now + Self.lifetime)),
                    ],
                ],
            ])
        // Two runs that began at the same time both see the other now; only the first by name goes on.
        if let other = try await look().others.running.filter({ $0 < name }).first { throw Self.busy(other) }
    }

    private func look() async throws -> (others: Others, now: Int) {
        let list = try await client.list(
            "/api/v1/namespaces", of: Object.self, labels: "\(Self.ownerLabel)=\(Self.owner)")
        let now = Int((list.serverTime ?? Date()).timeIntervalSince1970)
        return (Self.others(list.items, but: name, now: now), now)
    }

    private static func busy(_ name: String) -> Diagnostic {
        Diagnostic(
            code: "health.active-running", "another run of active probes is under way: namespace \(name)",
            hint:
                "wait for it; if it was killed, it has expired within \(lifetime / 60) minutes and the next run removes it",
            exitCode: .locked)
    }

    // MARK: removing

    /// Deletes it and waits until it is gone; runs to its end, or to the time given, also when the caller was cancelled.
    ///
    /// - Returns: why it is still there; nil if it is gone.
    func remove(within bound: Duration) async -> String? {
        await Task { await removeNow(within: bound) }.value
    }

    private func removeNow(within bound: Duration) async -> String? {
        let deadline = ContinuousClock.now + bound
        await stopPods(within: bound * 0.75)
        var problem = "it was not asked"
        var absences = 0
        repeat {
            do {
                let object = try await client.get(path, as: Object.self)
                absences = 0
                if !object.isBeingDeleted { try await delete(path) }
                let held = (object.status?.conditions ?? []).first { $0.status == "True" }
                problem = "namespace \(name) is still being deleted" + (held?.message.map { ": \($0)" } ?? "")
            } catch let error as KubernetesError where error.isNotFound {
                // A request to make it, given up on the way, may still be carried out: gone is what stays gone.
                absences += 1
                if absences > 1 { return nil }
            } catch {
                problem = "namespace \(name): " + ActiveRun.words(error)
            }
            try? await Task.sleep(for: .milliseconds(400))
        } while ContinuousClock.now < deadline
        return problem
    }

    /// Ends what runs in it first.
    ///
    /// A namespace that is deleted with pods in it is looked at again and again after pauses that double, up to a minute
    /// (the rate limiter of `NamespaceController`), so it may stay long after they ended. What fails here is left to its own
    /// deletion.
    private func stopPods(within bound: Duration) async {
        let start = ContinuousClock.now
        for collection in ["daemonsets", "deployments"] {
            try? await client.delete("/apis/apps/v1/namespaces/\(name)/\(collection)")
        }
        try? await client.delete(path + "/pods", query: [("labelSelector", "app notin (servers, web)")])
        var isForced = false
        while ContinuousClock.now - start < bound {
            struct Named: KubernetesObject { var metadata: Metadata? }
            guard let pods = try? await client.list(path + "/pods", of: Named.self).items, !pods.isEmpty else { return }
            // A kubelet that removed a container before it reported its end takes the pod for one that is being created,
            // and only looks at it again after a minute (seen with 1.20). Its containers ended with their grace period.
            if !isForced, ContinuousClock.now - start > Self.graceOfPods {
                isForced = true
                try? await client.delete(path + "/pods", gracePeriodSeconds: 0)
            }
            try? await Task.sleep(for: .milliseconds(250))
        }
    }

    private func delete(_ path: String) async throws {
        do {
            try await client.delete(path)
        } catch {
            // Gone already, or being deleted.
            guard error.isNotFound || error.code == 409 else { throw error }
        }
    }
}
