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
        /// Settings and fault plans of a stub service.
        case fixture(FixtureControl, settings: [String: JSONValue], faults: [String: JSONValue])
        /// A merge patch that puts back what was there.
        case patch(path: String, JSONValue)
        /// What ran in the background before; nil: nothing.
        case background(key: String, before: BackgroundRun?)
        /// A program that takes back what another has done.
        case program([String], environment: [String: String], folder: String)
        /// A file of the work folder; nil: it was not there.
        case file(path: String, text: String?)
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
        case .fixture(let control, let settings, let faults):
            try await control.restore(settings: settings, faults: faults, context)
        case .patch(let path, let body):
            do { try await context.api.patch(path, body) } catch {
                guard error.isNotFound else { throw error }
            }
        case .background(let key, let before):
            _ = await context.ground.endBackground(key)
            if let before { try context.ground.startBackground(key, before) }
        case .program(let argv, let environment, let folder):
            let answer = try await context.ground.program(
                argv, environment: environment, folder: folder, timeout: .seconds(60))
            guard answer.status == 0 else {
                throw CannotJudge("`\(argv.joined(separator: " "))`: \(answer.errors.shortened(200))")
            }
        case .file(let path, let text?): try context.ground.writeText(text, to: path, mode: 0o644)
        case .file(let path, nil): try context.ground.remove(path)
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
                // A replacement must name the version that it replaces: kinds such as services take no other since 1.20
                // (ValidateObjectMetaUpdate in k8s.io/apimachinery/pkg/api/validation).
                var object = Self.bare(before, keepingIdentity: true)
                object["metadata"]?["resourceVersion"] = now["metadata"]?["resourceVersion"]
                try await context.api.replace(path, object)
            } catch {
                // Somebody wrote in between, a controller for example: the next look sees the new version.
                if error.code == 409 { return .fail("it was changed in between") }
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
