internal import Foundation
internal import KubernetesAPI

/// A number that something counts of itself.
package struct MetricCheck: LabPrimitive {
    package static let word = "metric"

    package enum Source: Sendable, Hashable {
        /// A page in the Prometheus text format, of a service or of each pod of a selector.
        case page(HTTPExchange, name: String, labels: [String: String])
        case pods(selector: String, port: String, path: String, name: String, labels: [String: String])
        /// A Prometheus server: `/api/v1/query` of its HTTP API (prometheus.io/docs/prometheus/latest/querying/api).
        case query(HTTPExchange, String)
    }

    package struct Growth: Sendable {
        package var by: Double
        package var after: [LabAction]
        /// How long the counter may take to be read again.
        package var within: Duration
    }

    package var source: Source
    package var test: FieldTest?
    package var growth: Growth?

    package var isCostly: Bool { growth != nil }
    package var patience: Duration { growth == nil ? .seconds(30) : .zero }
    package var actions: [LabAction] { growth?.after ?? [] }

    package var foreignNamespaces: [String] {
        switch source {
        case .page(let exchange, _, _), .query(let exchange, _): exchange.foreignNamespaces
        case .pods: []
        }
    }

    private var subject: String {
        switch source {
        case .page(_, let name, let labels), .pods(_, _, _, let name, let labels):
            labels.isEmpty
                ? "`\(name)`"
                : "`\(name){\(labels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\($0.value)\"" }.joined(separator: ","))}`"
        case .query(_, let query): "`\(query)`"
        }
    }

    package var expected: String {
        if let growth {
            return
                "\(subject) grows by at least \(FieldTest.words(growth.by)) after `\(growth.after.map(\.words).joined(separator: "`, `"))`"
        }
        return "\(subject) \(test?.words ?? "is there")"
    }

    package var question: String {
        switch source {
        case .page(let exchange, _, _): "Reads \(exchange.target) and adds up the samples of \(subject)."
        case .pods(let selector, let port, let path, _, _):
            "Reads \(path) of port \(port) of each pod with \(selector) and adds up the samples of \(subject)."
        case .query: "Asks Prometheus for \(subject)."
        }
    }

    package var next: String { "the page of numbers itself, and whether it is read at all" }

    package func observe(_ context: CheckContext) async throws -> Observation {
        do {
            guard let growth else {
                guard let value = try await value(context) else { return .fail("there is no sample of it") }
                guard let test, !test.holds(for: .number(value), context.fill) else { return .pass(Self.text(value)) }
                return .fail("it is \(Self.text(value))")
            }
            // A counter that nobody has touched yet is often not there.
            let before = try await value(context) ?? 0
            try await ActionRunner(context).run(growth.after)
            return try await Patience.wait(growth.within) {
                let now = try await value(context) ?? 0
                let text = "it was \(Self.text(before)), it is \(Self.text(now))"
                return now - before >= growth.by ? .pass(text) : .fail(text)
            }
        } catch let silence as HTTPExchange.NoAnswer {
            return .fail(silence.text)
        } catch let refusal as Refusal {
            return .fail(refusal.text)
        }
    }

    /// Something answers, and it tells no numbers.
    private struct Refusal: Error { var text: String }

    private static func text(_ value: Double) -> String { FieldTest.words(value) }

    /// The sum of what fits; nil if nothing does.
    private func value(_ context: CheckContext) async throws -> Double? {
        switch source {
        case .page(let exchange, let name, let labels):
            return Self.sum(try await page(exchange, context), context.fill(name), labels.mapValues(context.fill))
        case .pods(let selector, let port, let path, let name, let labels):
            let pods = try await context.pods(selector).filter(\.isReadyPod)
            guard !pods.isEmpty else { throw Refusal(text: "no pod with \(context.fill(selector)) is ready") }
            var sums: [Double] = []
            for pod in pods {
                let exchange = HTTPExchange(
                    way: .pod(pod.objectName, port: port, namespace: nil), method: "GET", path: path, headers: [:])
                let text = try await page(exchange, context)
                if let sum = Self.sum(text, context.fill(name), labels.mapValues(context.fill)) { sums.append(sum) }
            }
            return sums.isEmpty ? nil : sums.reduce(0, +)
        case .query(let exchange, let query):
            var exchange = exchange
            exchange.path = "/api/v1/query?query=\(PathText.escaped(context.fill(query)))"
            let answer = try await exchange.send(context)
            guard let value = JSONValue.parse(Array(answer.text.utf8)), value["status"]?.string == "success" else {
                throw Refusal(text: "Prometheus says \(answer.status): \(answer.text.shortened(160))")
            }
            return Self.result(value["data"] ?? .null)
        }
    }

    private func page(_ exchange: HTTPExchange, _ context: CheckContext) async throws -> String {
        let answer = try await exchange.send(context)
        guard answer.status == 200 else {
            throw Refusal(text: "status \(answer.status): \(answer.text.shortened(120))")
        }
        return answer.text
    }

    static func sum(_ text: String, _ name: String, _ labels: [String: String]) -> Double? {
        let fitting = MetricsText.parse(text, names: [name]).filter { sample in
            labels.allSatisfy { sample.labels[$0.key] == $0.value }
        }
        return fitting.isEmpty ? nil : fitting.reduce(0) { $0 + $1.value }
    }

    /// Of a vector the sum, of a scalar its value; both come as text behind their time.
    static func result(_ data: JSONValue) -> Double? {
        if data["resultType"]?.string == "scalar" { return data["result"]?[1]?.string.flatMap(Double.init) }
        let values = (data["result"]?.array ?? []).compactMap { $0["value"]?[1]?.string.flatMap(Double.init) }
        return values.isEmpty ? nil : values.reduce(0, +)
    }
}
