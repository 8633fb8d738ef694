internal import KubernetesAPI

/// The namespace of one run: made, found again, and removed only if its labels say that the lab made it.
package struct LabNamespace: Sendable {
    package static let ownerLabel = "martlet.dev/owner"
    package static let owner = "lab"
    package static let labLabel = "lab"
    package static let nonceLabel = "martlet.dev/nonce"
    static let learnerLabel = "martlet.dev/learner"
    static let proofLabel = "martlet.dev/proof"

    let api: any LabAPI
    let name: String

    package init(_ api: any LabAPI, _ name: String) {
        self.api = api
        self.name = name
    }

    private var path: String { "/api/v1/namespaces/\(PathText.escaped(name))" }

    /// Makes it and waits until pods may be made in it.
    func make(_ lab: Lab, _ run: LabRun) async throws {
        var labels: [String: JSONValue] = [
            Self.ownerLabel: .string(Self.owner), Self.labLabel: .string(lab.name), Self.nonceLabel: .string(run.nonce),
        ]
        if !run.learner.isEmpty { labels[Self.learnerLabel] = .string(run.learner) }
        if run.isProof { labels[Self.proofLabel] = "true" }
        do {
            try await api.create(
                "/api/v1/namespaces",
                [
                    "apiVersion": "v1", "kind": "Namespace",
                    "metadata": ["name": .string(name), "labels": .object(labels)],
                ])
        } catch {
            guard error.code == 409 else { throw error }
            let found = try await api.get(path)
            guard Self.belongs(found, to: lab), !found.isBeingDeleted else {
                throw CannotJudge("the namespace \(name) is there already and is not this lab's")
            }
        }
        // Without its account no pod is let in.
        _ = try await Patience.wait(.seconds(15)) { () async throws -> Observation in
            do throws(KubernetesError) {
                _ = try await api.get("\(path)/serviceaccounts/default")
                return .pass("there")
            } catch {
                guard error.isNotFound else { throw CannotJudge(error) }
                return .fail("not yet there")
            }
        }
    }

    static func belongs(_ namespace: JSONValue, to lab: Lab) -> Bool {
        namespace.labels[ownerLabel]?.string == owner && namespace.labels[labLabel]?.string == lab.name
    }

    /// Ends what runs in it, then deletes it, and waits a while for its end; what does not end in time is left to the
    /// cluster.
    func delete(of lab: Lab, within limit: Duration = .seconds(120)) async throws {
        do {
            guard Self.belongs(try await api.get(path), to: lab) else {
                throw CannotJudge("the namespace \(name) was not made by this lab: it is left alone")
            }
        } catch let error as KubernetesError {
            guard error.isNotFound else { throw error }
            return
        }
        try await stopPods(within: limit / 2)
        do { try await api.delete(path, selector: nil) } catch {
            guard error.isNotFound || error.code == 409 else { throw error }
        }
        _ = try? await Patience.wait(limit, interval: .milliseconds(500)) { () async throws -> Observation in
            do throws(KubernetesError) {
                _ = try await api.get(path)
                return .fail("still there")
            } catch {
                guard error.isNotFound else { throw CannotJudge(error) }
                return .pass("gone")
            }
        }
    }

    /// A namespace that is deleted with pods in it is looked at again after pauses that double, so it may stay for a minute
    /// after they ended; without pods it goes at once.
    private func stopPods(within limit: Duration) async throws {
        for collection in [
            "apis/batch/v1beta1 cronjobs", "apis/batch/v1 cronjobs", "apis/apps/v1 deployments",
            "apis/apps/v1 statefulsets", "apis/apps/v1 daemonsets", "apis/apps/v1 replicasets", "apis/batch/v1 jobs",
            "api/v1 pods",
        ] {
            let words = collection.split(separator: " ")
            try? await api.delete("/\(words[0])/namespaces/\(PathText.escaped(name))/\(words[1])", selector: nil)
        }
        _ = try? await Patience.wait(limit, interval: .milliseconds(300)) { () async throws -> Observation in
            do throws(KubernetesError) {
                let pods = try await api.list("\(path)/pods", labels: nil, fields: nil).items
                return pods.isEmpty ? .pass("none") : .fail("\(pods.count) left")
            } catch {
                throw CannotJudge(error)
            }
        }
    }
}

extension LabNamespace {
    /// The nonce of the run whose namespace is there; nil if there is none.
    ///
    /// A proof's is never one.
    /// - Parameter learner: whose; nil is anybody's, as a teacher asks for it. Several people may learn on one cluster.
    package static func nonce(of lab: Lab, learner: String?, _ api: any LabAPI) async throws -> String? {
        do {
            let found = try await api.list(
                "/api/v1/namespaces", labels: "\(ownerLabel)=\(owner),\(labLabel)=\(lab.name)", fields: nil)
            let runs = found.items.filter { namespace in
                !namespace.isBeingDeleted && namespace.labels[proofLabel] == nil
                    && (learner == nil || namespace.labels[learnerLabel]?.string == learner)
            }
            return runs.compactMap { $0.labels[nonceLabel]?.string }.min()
        } catch {
            throw CannotJudge(error)
        }
    }
}
