package import Foundation
internal import WebClient

/// All objects of a list, whatever number of pages they came in.
package struct KubernetesList<Item: Sendable>: Sendable {
    package var items: [Item]
    /// Where a watch goes on.
    package var resourceVersion: String
    /// The server's clock when it answered (HTTP Date, whole seconds); nil if it did not say.
    package var serverTime: Date?

    package init(items: [Item], resourceVersion: String = "", serverTime: Date? = nil) {
        self.items = items
        self.resourceVersion = resourceVersion
        self.serverTime = serverTime
    }
}

/// What happens to what an object owns.
package enum Propagation: String, Sendable, Hashable {
    case background = "Background"
    case foreground = "Foreground"
    case orphan = "Orphan"
}

extension KubernetesClient {
    /// One object, or any other JSON below `path`.
    package func get<T: Decodable & Sendable>(
        _ path: String, query: [(String, String)] = [], as type: T.Type
    ) async throws(KubernetesError) -> T {
        let response = try await send(APICall(method: .get, path: path, query: query, isRepeatable: true))
        return try JSONCoding.decode(type, response.body, path: path)
    }

    /// All objects of a collection, page by page.
    ///
    /// - Parameter labels: A label selector, `app=web,tier!=db`.
    /// - Parameter fields: A field selector, `spec.nodeName=NAME`.
    /// - Parameter pageSize: Objects for each call; each page is read before the next is asked for.
    package func list<T: Decodable & Sendable>(
        _ path: String, of type: T.Type, labels: String? = nil, fields: String? = nil, pageSize: Int = 500
    ) async throws(KubernetesError) -> KubernetesList<T> {
        do {
            return try await pages(path, type, labels, fields, pageSize)
        } catch {
            // The pages after the first come from an old version, which the server forgets after minutes.
            guard error.code == 410 else { throw error }
            return try await pages(path, type, labels, fields, pageSize)
        }
    }

    private func pages<T: Decodable & Sendable>(
        _ path: String, _ type: T.Type, _ labels: String?, _ fields: String?, _ pageSize: Int
    ) async throws(KubernetesError) -> KubernetesList<T> {
        var query = [("limit", String(max(1, pageSize)))]
        if let labels { query.append(("labelSelector", labels)) }
        if let fields { query.append(("fieldSelector", fields)) }
        var list = KubernetesList<T>(items: [])
        var next: String?
        repeat {
            let call = APICall(
                method: .get, path: path, query: query + (next.map { [("continue", $0)] } ?? []), isRepeatable: true)
            let response = try await send(call)
            let page = try JSONCoding.decode(ListPage<T>.self, response.body, path: path)
            if list.items.isEmpty { list.items = page.items ?? [] } else { list.items += page.items ?? [] }
            list.resourceVersion = page.metadata?.resourceVersion ?? ""
            if list.serverTime == nil { list.serverTime = response["date"].flatMap(HTTPDate.parse) }
            let token = page.metadata?.continue ?? ""
            guard token != next else { throw .notUnderstood(path: path, reason: "the same page comes again and again") }
            next = token.isEmpty ? nil : token
        } while next != nil
        return list
    }

    /// Text such as `/livez?verbose` and logs; an answer of more than `limit` bytes is an error.
    package func text(
        _ path: String, query: [(String, String)] = [], limit: Int = 16 << 20
    ) async throws(KubernetesError) -> String {
        let response = try await send(
            APICall(method: .get, path: path, query: query, accept: "*/*", isRepeatable: true, limit: limit))
        return response.text
    }

    /// The samples with one of these names; memory follows what is kept and not the answer.
    package func metrics(
        _ path: String = "/metrics", names: Set<String>? = nil
    ) async throws(KubernetesError) -> [MetricsText.Sample] {
        let reader = MetricsSink(names: names)
        var call = APICall(method: .get, path: path, accept: "text/plain;version=0.0.4", isRepeatable: true)
        call.sink = reader.take
        _ = try await send(call)
        guard let samples = reader.finish() else {
            throw .notUnderstood(path: path, reason: "it has lines or sample counts that no metrics have")
        }
        return samples
    }

    /// Makes an object; `path` is that of its collection.
    package func create(_ path: String, _ body: JSONValue) async throws(KubernetesError) -> JSONValue {
        let response = try await send(
            APICall(method: .post, path: path, body: try JSONCoding.encode(body, path: path), isRepeatable: false))
        return try JSONCoding.decode(JSONValue.self, response.body, path: path)
    }

    /// Deletes an object, or with a collection's path and selectors in the query all that match.
    ///
    /// What is not there is an error with code 404, except when an earlier attempt may have removed it.
    package func delete(
        _ path: String, query: [(String, String)] = [], propagation: Propagation = .background,
        gracePeriodSeconds: Int? = nil
    ) async throws(KubernetesError) {
        var body: JSONValue = [
            "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": .string(propagation.rawValue),
        ]
        if let gracePeriodSeconds { body["gracePeriodSeconds"] = .integer(gracePeriodSeconds) }
        _ = try await send(
            APICall(
                method: .delete, path: path, query: query, body: try JSONCoding.encode(body, path: path),
                isRepeatable: true))
    }
}

/// The envelope of every list.
private struct ListPage<Item: Decodable>: Decodable {
    struct Metadata: Decodable {
        var resourceVersion: String?
        var `continue`: String?
    }

    var metadata: Metadata?
    var items: [Item]?
}
