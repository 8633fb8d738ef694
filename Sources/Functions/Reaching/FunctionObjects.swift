package import Diagnostics
package import KubernetesAPI

/// Objects of the cluster that belong to functions; what goes wrong is a diagnostic.
package struct FunctionObjects: Sendable {
    package let cluster: any FunctionCluster

    package init(_ cluster: any FunctionCluster) { self.cluster = cluster }

    /// On all that is made for a function.
    package static let functionLabel = "martlet.dev/function"
    package static let frameworkLabel = "martlet.dev/function-framework"

    /// `/apis/apps/v1/namespaces/NS/deployments/NAME`; core/v1 is below `/api`.
    package static func path(
        _ apiVersion: String, _ plural: String, namespace: String, _ name: String? = nil
    ) -> String {
        let base = apiVersion.contains("/") ? "/apis/\(apiVersion)" : "/api/\(apiVersion)"
        let collection = "\(base)/namespaces/\(PathText.escaped(namespace))/\(plural)"
        return name.map { "\(collection)/\(PathText.escaped($0))" } ?? collection
    }

    /// Nil if it is not there, or its kind is not known to the server.
    package func find(_ path: String) async throws(Diagnostic) -> JSONValue? {
        do throws(KubernetesError) { return try await cluster.get(path) } catch {
            if error.isNotFound { return nil }
            throw error.diagnostic
        }
    }

    package func list(_ path: String, labels: String? = nil) async throws(Diagnostic) -> [JSONValue] {
        do throws(KubernetesError) { return try await cluster.list(path, labels: labels, fields: nil).items } catch {
            if error.isNotFound { return [] }
            throw error.diagnostic
        }
    }

    /// Server-side apply.
    package func apply(_ path: String, _ object: JSONValue) async throws(Diagnostic) {
        do throws(KubernetesError) { try await cluster.apply(path, object) } catch { throw Self.refusal(error, path) }
    }

    /// Throws what `apply` would, and changes nothing.
    ///
    /// Code and what runs it are objects of their own: code must not be replaced when what runs it will be refused.
    package func tryApply(_ path: String, _ object: JSONValue) async throws(Diagnostic) {
        do throws(KubernetesError) { try await cluster.tryApply(path, object) } catch {
            throw Self.refusal(error, path)
        }
    }

    private static func refusal(_ error: KubernetesError, _ path: String) -> Diagnostic {
        var diagnostic = error.diagnostic
        guard case .status(let code, _, let message, _) = error else { return diagnostic }
        if code == 403, message.contains("exceeded quota") {
            diagnostic.code = "function.quota"
            diagnostic.summary = "the namespace's quota has no room for this function"
            diagnostic.hint = "ask for less with --memory and --cpu, or raise the quota"
            diagnostic.exitCode = .failed
        }
        if code == 404, message.hasPrefix("namespaces ") {
            let namespace = path.split(separator: "/").drop { $0 != "namespaces" }.dropFirst().first ?? ""
            diagnostic.code = "function.namespace"
            diagnostic.summary = "there is no namespace \(namespace), in which functions of this framework live"
            diagnostic.hint =
                "make it (kubectl create namespace \(namespace)), or let `martlet framework install` do so"
            diagnostic.exitCode = .usage
        }
        if message.contains("is being terminated") {
            diagnostic.code = "function.namespace-terminating"
            diagnostic.hint = "wait until the namespace is gone, and make it again"
        }
        return diagnostic
    }

    /// Replaces an object as it was read; false if somebody else changed it meanwhile, or it is gone.
    package func replace(_ path: String, _ object: JSONValue) async throws(Diagnostic) -> Bool {
        do throws(KubernetesError) {
            try await cluster.replace(path, object)
            return true
        } catch {
            if error.code == 409 || error.isNotFound { return false }
            throw error.diagnostic
        }
    }

    /// Something of the same name that no function owns must not be taken over.
    ///
    /// - Parameter isOurs: marks of others that count, too.
    func refuseForeign(_ path: String, isOurs: (JSONValue) -> Bool = { _ in false }) async throws(Diagnostic) {
        guard let there = try await find(path) else { return }
        guard there.at("metadata", "labels", Self.functionLabel) == nil, !isOurs(there) else { return }
        throw Diagnostic(
            code: "function.conflict", "\(path) is there already and belongs to nobody's function",
            hint: "give the function another name, or delete that object")
    }

    package func patch(_ path: String, _ body: JSONValue) async throws(Diagnostic) {
        do throws(KubernetesError) { try await cluster.patch(path, body) } catch { throw error.diagnostic }
    }

    /// False if it was not there.
    @discardableResult
    package func delete(_ path: String) async throws(Diagnostic) -> Bool {
        guard !path.hasSuffix("/") else {
            // The API server takes it for the collection, and deletes everything that is in it.
            throw Diagnostic(code: "function.name", "there is an object without a name to delete: \(path)")
        }
        do throws(KubernetesError) {
            try await cluster.delete(path, selector: nil)
            return true
        } catch {
            if error.isNotFound { return false }
            throw error.diagnostic
        }
    }
}

extension JSONValue {
    /// Along members; nil where one is missing.
    func at(_ keys: String...) -> JSONValue? { keys.reduce(Optional(self)) { $0?[$1] } }

    var name: String { at("metadata", "name")?.string ?? "" }

    /// An object of texts.
    var texts: [String: String] { (object ?? [:]).compactMapValues(\.string) }

    init(_ texts: [String: String]) { self = .object(texts.mapValues { .string($0) }) }

    /// Without members that are absent.
    static func record(_ members: [String: JSONValue?]) -> JSONValue { .object(members.compactMapValues { $0 }) }
}
