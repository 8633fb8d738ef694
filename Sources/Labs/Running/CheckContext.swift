internal import ConfigTree
package import Foundation
package import KubernetesAPI
internal import Synchronization

/// What a primitive sees while it looks.
package struct CheckContext: Sendable {
    package let lab: Lab
    package let run: LabRun
    package let api: any LabAPI
    package let ground: any LabGround
    package let kinds: KindPaths
    package let answers: AnswerBook
    /// Of this check, kept from one attempt to the next.
    package var memory: CheckMemory
    /// Everything that is known, captured values included.
    package var variables: [String: String]
    /// The check that is being carried out; quizzes find their answer by it.
    package var check: String
    package var now: @Sendable () -> Date

    package init(
        lab: Lab, run: LabRun, api: any LabAPI, ground: any LabGround, kinds: KindPaths? = nil,
        answers: AnswerBook = AnswerBook(), now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.lab = lab
        self.run = run
        self.api = api
        self.ground = ground
        self.kinds = kinds ?? KindPaths(api)
        self.answers = answers
        memory = CheckMemory()
        variables = lab.variables(for: run)
        check = ""
        self.now = now
    }

    package func fill(_ text: String) -> String { TextTemplate.fill(text, variables) }

    /// The lab's namespace.
    package var namespace: String { variables["namespace"] ?? "" }

    package func namespace(_ named: String?) -> String { named.map(fill) ?? namespace }

    /// The object, or nil if it is not there.
    package func find(_ reference: ObjectReference) async throws -> JSONValue? {
        do {
            let path = try await kinds.path(reference.kind, namespace: namespace(reference.namespace))
            return try await api.get("\(path)/\(PathText.escaped(fill(reference.name)))")
        } catch let error as KubernetesError where error.isNotFound {
            return nil
        } catch is KindPaths.NotServed {
            return nil
        } catch {
            throw CannotJudge.from(error)
        }
    }

    /// Objects of a kind by their labels.
    package func list(
        _ kind: ObjectKind, namespace: String?, selector: String?
    ) async throws -> KubernetesList<JSONValue> {
        do {
            let path = try await kinds.path(kind, namespace: self.namespace(namespace))
            return try await api.list(path, labels: selector.map(fill), fields: nil)
        } catch is KindPaths.NotServed {
            return KubernetesList(items: [])
        } catch let error as KubernetesError where error.isNotFound {
            return KubernetesList(items: [])
        } catch {
            throw CannotJudge.from(error)
        }
    }

    package func pods(_ selector: String?, namespace: String? = nil) async throws -> [JSONValue] {
        guard let kind = KnownKinds.find("pod") else { return [] }
        return try await list(kind, namespace: namespace, selector: selector).items
    }

    /// Hosts with a role.
    ///
    /// - Throws: `CannotJudge` if there is no access to hosts, or none with the role.
    package func hosts(_ role: HostRole) throws -> [LabHost] {
        guard let hosts = ground.hosts else {
            throw CannotJudge("hosts cannot be reached: name the cluster's spec with -f")
        }
        let chosen = hosts.filter { host in
            switch role {
            case .controlPlane: host.isControlPlane
            case .worker: !host.isControlPlane
            case .any, .all: true
            }
        }
        guard !chosen.isEmpty else { throw CannotJudge("the cluster has no \(role.words)") }
        return chosen
    }
}

/// What a check remembers between its attempts: when it began, what it counted first.
package final class CheckMemory: Sendable {
    private let values = Mutex<[String: JSONValue]>([:])

    package init() {}

    package subscript(_ key: String) -> JSONValue? {
        get { values.withLock { $0[key] } }
        set { values.withLock { $0[key] = newValue } }
    }
}

extension KindPaths {
    package init(_ api: any LabAPI) {
        self.init { (path) async throws(KubernetesError) in try await api.get(path) }
    }
}
