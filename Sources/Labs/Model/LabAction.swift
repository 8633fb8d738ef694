internal import ConfigTree
package import KubernetesAPI

/// Something that a solution, a sabotage or the cleaning does: typed, bounded to the lab, and possible to undo.
package indirect enum LabAction: Sendable {
    /// The namespace of the lab.
    case makeNamespace(String)
    /// A file below the lab's folder.
    case apply(String)
    case deleteFile(String)
    case deleteObject(ObjectReference)
    case deleteSelected(kind: ObjectKind, selector: String)
    case deleteNamespace(String)
    case patch(ObjectReference, merge: JSONValue)
    case scale(ObjectReference, replicas: Int)
    case sql(SQLTarget, query: String)
    case service(HostService)
    /// Answers of quizzes; nil is what is right at that moment.
    case answer([String: String?])
    case kubeconfig(KubeconfigChange)
    /// Until it is true.
    case wait(any LabPrimitive, timeout: Duration)

    /// Something that systemd or the kubelet runs on a host.
    package struct HostService: Sendable, Hashable {
        package enum Verb: String, Sendable, Hashable, CaseIterable {
            case start
            case stop
            case enable
            case disable
        }

        package enum Subject: Sendable, Hashable {
            case unit(String)
            /// A pod of the kubelet's own, by the name of its manifest.
            case staticPod(String)
        }

        package var verb: Verb
        package var subject: Subject
        package var role: HostRole
    }

    package enum KubeconfigChange: Sendable, Hashable {
        case mode(Int)
        /// Another current context; it need not exist.
        case context(String)
    }

    /// Touches hosts over SSH.
    package var touchesHosts: Bool {
        if case .service = self { true } else { false }
    }

    /// In words, for people who want to know before it is done.
    package var words: String {
        switch self {
        case .makeNamespace(let name): "make the namespace \(name)"
        case .apply(let file): "apply \(file)"
        case .deleteFile(let file): "delete the objects of \(file)"
        case .deleteObject(let reference): "delete \(reference.text)"
        case .deleteSelected(let kind, let selector): "delete each \(kind.kind) with \(selector)"
        case .deleteNamespace(let name): "delete the namespace \(name)"
        case .patch(let reference, _): "patch \(reference.text)"
        case .scale(let reference, let replicas): "scale \(reference.text) to \(replicas)"
        case .sql(let target, let query): "run `\(query)` in \(target.words)"
        case .service(let service):
            switch service.subject {
            case .unit(let unit): "\(service.verb.rawValue) the service \(unit) on a \(service.role.words)"
            case .staticPod(let name): "\(service.verb.rawValue) the static pod \(name) on a \(service.role.words)"
            }
        case .answer(let answers): "answer \(answers.keys.sorted().joined(separator: ", "))"
        case .kubeconfig(.mode(let mode)): "set the kubeconfig's mode to \(String(mode, radix: 8))"
        case .kubeconfig(.context(let name)): "set the kubeconfig's current context to \(name)"
        case .wait(let primitive, let timeout): "wait at most \(LabDuration.text(timeout)) until \(primitive.expected)"
        }
    }
}

/// Which hosts are meant.
package enum HostRole: String, Sendable, Hashable, CaseIterable {
    case controlPlane = "control-plane"
    case worker
    /// One at least.
    case any
    case all

    package var words: String {
        switch self {
        case .controlPlane: "control plane"
        case .worker: "worker"
        case .any, .all: "host"
        }
    }
}
