package import KubernetesAPI
internal import Synchronization

/// What has to be done to have everything as it was, the last first.
package final class UndoJournal: Sendable {
    package enum Entry: Sendable {
        /// nil: it was not there.
        case object(path: String, before: JSONValue?)
        case script(String, host: String)
        case answer(check: String, before: String?)
        case kubeconfig(path: String, text: String, mode: Int)
        /// A command of this program.
        case martlet([String], Duration)
    }

    private let entries = Mutex<[Entry]>([])

    package init() {}

    func add(_ entry: Entry) { entries.withLock { $0.append(entry) } }

    /// Undoes all; goes on past what cannot be undone.
    ///
    /// - Returns: what could not be.
    package func undo(_ context: CheckContext) async -> [String] {
        let all = entries.withLock { entries in
            defer { entries = [] }
            return entries
        }
        var problems: [String] = []
        for entry in all.reversed() {
            do { try await undo(entry, context) } catch { problems.append(CannotJudge.from(error).reason) }
        }
        return problems
    }

    private func undo(_ entry: Entry, _ context: CheckContext) async throws {
        switch entry {
        case .answer(let check, let before): context.answers[check] = before
        case .kubeconfig(let path, let text, let mode): try context.ground.writeText(text, to: path, mode: mode)
        case .script(let script, let host):
            let answer = try await context.ground.run(script, on: host, timeout: .seconds(60))
            guard answer.status == 0 else { throw CannotJudge("\(host): \(answer.errors.shortened(200))") }
        case .martlet(let argv, let limit): try await MartletAction.run(argv, timeout: limit, context)
        case .object(let path, nil):
            do { try await context.api.delete(path, selector: nil) } catch {
                guard error.isNotFound else { throw error }
            }
        case .object(let path, let before?): try await restore(path, before, context)
        }
    }

    private func restore(_ path: String, _ before: JSONValue, _ context: CheckContext) async throws {
        // What a controller owns it makes again by itself.
        if before["metadata"]?["ownerReferences"]?.array?.isEmpty == false { return }
        let collection = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        // What is being deleted must be gone before it can be made again.
        _ = try await Patience.wait(.seconds(60), interval: .milliseconds(300)) { () async throws -> Observation in
            do throws(KubernetesError) {
                let now = try await context.api.get(path)
                guard !now.isBeingDeleted else { return .fail("still being deleted") }
                try await context.api.replace(path, Self.bare(before, keepingIdentity: true))
            } catch {
                guard error.isNotFound else { throw CannotJudge(error) }
                do throws(KubernetesError) {
                    try await context.api.create(collection, Self.bare(before, keepingIdentity: false))
                } catch {
                    throw CannotJudge(error)
                }
            }
            return .pass("as it was")
        }
    }

    /// Without what the server fills in.
    static func bare(_ object: JSONValue, keepingIdentity: Bool) -> JSONValue {
        var object = object
        for key in ["resourceVersion", "uid", "creationTimestamp", "generation", "managedFields", "selfLink"] {
            object["metadata"]?[key] = nil
        }
        object["status"] = nil
        if object["kind"]?.string == "Job", !keepingIdentity {
            // The server makes these from the uid, which is another one now.
            object["spec"]?["selector"] = nil
            for key in ["controller-uid", "batch.kubernetes.io/controller-uid"] {
                object["spec"]?["template"]?["metadata"]?["labels"]?[key] = nil
                object["metadata"]?["labels"]?[key] = nil
            }
        }
        return object
    }
}
