import Foundation
import KubernetesAPI
import Synchronization
import WebClient

@testable import Functions

/// A cluster of objects in a table: paths and JSON as the API has them, nothing behind it.
///
/// The double for objects of frameworks whose controllers are not there; real API servers are in the end-to-end tests.
final class TableCluster: FunctionCluster {
    private let objects: Mutex<[String: JSONValue]>
    private let written = Mutex<[String]>([])
    private let refused = Mutex<[String: KubernetesError]>([:])
    /// Called before each list: what goes on by itself goes on then.
    private let observer = Mutex<(@Sendable () -> Void)?>(nil)
    let proxied: @Sendable (ProxyRequest) -> Result<ProxyAnswer, KubernetesError>
    /// Answers what is carried to a pod.
    let forwarded: @Sendable (ProxyRequest, ForwardSecurity) -> Result<ProxyAnswer, KubernetesError>
    let podTexts: [String: String]
    let logTexts: [String: String]
    /// Called with each kill.
    let killed: @Sendable (String, TableCluster) -> Void

    init(
        _ objects: [String: JSONValue] = [:], podTexts: [String: String] = [:], logTexts: [String: String] = [:],
        killed: @escaping @Sendable (String, TableCluster) -> Void = { name, cluster in cluster.remove(name) },
        proxied: @escaping @Sendable (ProxyRequest) -> Result<ProxyAnswer, KubernetesError> = { _ in
            .failure(.status(code: 404, reason: "NotFound", message: "no such service", path: ""))
        },
        forwarded: @escaping @Sendable (ProxyRequest, ForwardSecurity) -> Result<ProxyAnswer, KubernetesError> = {
            _, _ in
            .failure(.status(code: 403, reason: "Forbidden", message: "pods/portforward is not allowed", path: ""))
        }
    ) {
        self.objects = Mutex(objects)
        self.podTexts = podTexts
        self.logTexts = logTexts
        self.killed = killed
        self.proxied = proxied
        self.forwarded = forwarded
    }

    /// Called after each write with its verb and path: what controllers do.
    private let reaction = Mutex<(@Sendable (String, String) -> Void)?>(nil)

    func react(_ does: @escaping @Sendable (String, String) -> Void) { reaction.withLock { $0 = does } }

    func observe(_ look: @escaping @Sendable () -> Void) { observer.withLock { $0 = look } }

    var writes: [String] { written.withLock { $0 } }
    var all: [String: JSONValue] { objects.withLock { $0 } }

    func set(_ path: String, _ value: JSONValue?) { objects.withLock { $0[path] = value } }

    func remove(_ name: String) {
        objects.withLock { objects in
            for path in objects.keys where path.hasSuffix("/pods/\(name)") { objects[path] = nil }
        }
    }

    private func note(_ verb: String, _ path: String) { written.withLock { $0.append("\(verb) \(path)") } }

    private static func missing(_ path: String) -> KubernetesError {
        .status(code: 404, reason: "NotFound", message: "", path: path)
    }

    func get(_ path: String) async throws(KubernetesError) -> JSONValue {
        guard let found = objects.withLock({ $0[path] }) else { throw Self.missing(path) }
        return found
    }

    /// All objects one step below the path, whose labels are those of the selector.
    func list(
        _ path: String, labels: String?, fields: String?
    ) async throws(KubernetesError) -> KubernetesList<JSONValue> {
        observer.withLock { $0 }?()
        let wanted = (labels ?? "").split(separator: ",").map { $0.split(separator: "=").map(String.init) }
        let items = objects.withLock { objects in
            objects.filter { entry in
                guard entry.key.hasPrefix(path + "/"), !entry.key.dropFirst(path.count + 1).contains("/") else {
                    return false
                }
                if let fields, path.hasSuffix("/events") {
                    return fields == "involvedObject.name=\(entry.value["involvedObject"]?["name"]?.string ?? "")"
                }
                let own = entry.value["metadata"]?["labels"]
                return wanted.allSatisfy { own?[$0[0]]?.string == $0[1] }
            }.sorted { $0.key < $1.key }.map(\.value)
        }
        return KubernetesList(items: items)
    }

    func logs(
        namespace: String, pod: String, container: String?, tail: Int?, previous: Bool
    ) async throws(KubernetesError) -> String {
        guard let text = logTexts[container.map { "\(pod)/\($0)" } ?? pod] ?? logTexts[pod] else {
            throw .status(code: 400, reason: "BadRequest", message: "waiting", path: pod)
        }
        return text
    }

    func proxy(_ request: ProxyRequest) async throws(KubernetesError) -> ProxyAnswer { try proxied(request).get() }

    func forward(_ request: ProxyRequest, security: ForwardSecurity) async throws(KubernetesError) -> ProxyAnswer {
        try forwarded(request, security).get()
    }

    func exec(
        namespace: String, pod: String, container: String?, command: [String], input: String, timeout: Duration
    ) async throws(KubernetesError) -> ExecResult { ExecResult(output: [], errors: [], exitStatus: 0) }

    func create(_ path: String, _ body: JSONValue) async throws(KubernetesError) {
        note("create", path)
        set("\(path)/\(body["metadata"]?["name"]?.string ?? "")", body)
    }

    /// Refused objects are refused, and nothing is noted.
    func tryApply(_ path: String, _ body: JSONValue) async throws(KubernetesError) {
        if let error = refused.withLock({ $0[path] }) { throw error }
    }

    /// From now on this cannot be applied.
    func refuse(_ path: String, _ error: KubernetesError) { refused.withLock { $0[path] = error } }

    /// Gives new objects the fields that a server gives.
    func apply(_ path: String, _ body: JSONValue) async throws(KubernetesError) {
        if let error = refused.withLock({ $0[path] }) { throw error }
        note("apply", path)
        var object = body
        let old = objects.withLock { $0[path] }
        if var metadata = object["metadata"] {
            metadata["uid"] = old?["metadata"]?["uid"] ?? .string("uid-\(path.split(separator: "/").last ?? "")")
            object["metadata"] = metadata
        }
        set(path, object)
        reaction.withLock { $0 }?("apply", path)
    }

    func patch(_ path: String, _ body: JSONValue) async throws(KubernetesError) {
        note("patch", path)
        var object = try await get(path)
        Self.merge(body, into: &object)
        let isGone = Self.isGoing(object) && (object["metadata"]?["finalizers"]?.array ?? []).isEmpty
        set(path, isGone ? nil : object)
        reaction.withLock { $0 }?("patch", path)
    }

    private static func isGoing(_ object: JSONValue) -> Bool { object["metadata"]?["deletionTimestamp"] != nil }

    /// Refused if it is another version than the one that is there; without a version anything is taken.
    func replace(_ path: String, _ body: JSONValue) async throws(KubernetesError) {
        note("replace", path)
        let there = try await get(path)["metadata"]?["resourceVersion"]
        if let mine = body["metadata"]?["resourceVersion"], mine != there {
            throw .status(code: 409, reason: "Conflict", message: "the object has been modified", path: path)
        }
        set(path, body)
        reaction.withLock { $0 }?("replace", path)
    }

    func delete(_ path: String, selector: String?) async throws(KubernetesError) {
        note("delete", path)
        var object = try await get(path)
        if object["metadata"]?["finalizers"]?.array?.isEmpty == false {
            object["metadata"]?["deletionTimestamp"] = "2026-01-01T00:00:00Z"
            set(path, object)
        } else {
            set(path, nil)
        }
        reaction.withLock { $0 }?("delete", path)
    }

    func kill(pod: String, in namespace: String) async throws(KubernetesError) {
        note("kill", pod)
        killed(pod, self)
    }

    func podText(
        namespace: String, pod: String, port: Int, path: String
    ) async throws(KubernetesError) -> String {
        guard let text = podTexts["\(pod):\(port)\(path)"] else { throw Self.missing(pod) }
        return text
    }

    private static func merge(_ patch: JSONValue, into object: inout JSONValue) {
        for (key, value) in patch.object ?? [:] {
            if value.isNull {
                object[key] = nil
            } else if value.object != nil, var inner = object[key] {
                merge(value, into: &inner)
                object[key] = inner
            } else {
                object[key] = value
            }
        }
    }
}

/// Nothing listens on the other side.
struct NoWeb: WebCalls {
    func send(_ request: WebRequest) async throws(WebError) -> WebResponse {
        throw .unreachable(url: request.url, reason: "connection refused")
    }
}
