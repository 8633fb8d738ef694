internal import Foundation
package import KubernetesAPI

/// Stub services that labs bring along, and the port by which they are steered; its paths are those of scripts/lab-images/README.md.
package enum Fixture: String, Sendable, Hashable, CaseIterable {
    /// A currency service.
    case rates
    /// A public service of bicycles.
    case bikes
    /// Takes messages.
    case receiver
}

/// The control port of the stub services of a lab.
package struct FixtureControl: Sendable, Hashable {
    package var service: String
    package var port: String

    package init(service: String, port: String) {
        self.service = service
        self.port = port
    }

    package var words: String { "service \(service):\(port)" }

    /// What a stub has received, the oldest first.
    package struct Received: Sendable {
        /// Of all, since the stub began.
        package var count: Int
        package var requests: [JSONValue]
    }

    package func received(_ fixture: Fixture, since number: Int, _ context: CheckContext) async throws -> Received {
        let answer = try await ask(.get, "/received/\(fixture.rawValue)?since=\(number)", nil, context)
        guard let count = answer["count"]?.int, let requests = answer["requests"]?.array else {
            throw CannotJudge("\(words) does not tell what \(fixture.rawValue) has received")
        }
        return Received(count: count, requests: requests)
    }

    /// Settings (without those that are secret) and fault plan of each stub.
    package func state(_ context: CheckContext) async throws -> [String: (settings: JSONValue, faults: JSONValue)] {
        let answer = try await ask(.get, "/state", nil, context)
        var states: [String: (settings: JSONValue, faults: JSONValue)] = [:]
        for (name, state) in answer.object ?? [:] {
            var settings = state["settings"]?.object ?? [:]
            // What is not told cannot be put back, and needs not: it was not changed.
            settings = settings.filter { $0.value != "***" }
            states[name] = (.object(settings), state["faults"] ?? [])
        }
        return states
    }

    package func change(_ change: FixtureChange, _ context: CheckContext) async throws {
        for (fixture, settings) in change.settings.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            _ = try await ask(.put, "/settings/\(fixture.rawValue)", FieldTest.filled(settings, context.fill), context)
        }
        for (fixture, plan) in change.faults.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            _ = try await ask(.put, "/faults/\(fixture.rawValue)", FieldTest.filled(plan, context.fill), context)
        }
        for fixture in change.forget { _ = try await ask(.delete, "/received/\(fixture.rawValue)", nil, context) }
    }

    func restore(
        settings: [String: JSONValue], faults: [String: JSONValue], _ context: CheckContext
    ) async throws {
        for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
            _ = try await ask(.put, "/settings/\(name)", value, context)
        }
        for (name, value) in faults.sorted(by: { $0.key < $1.key }) {
            _ = try await ask(.put, "/faults/\(name)", value, context)
        }
    }

    private enum Verb { case get, put, delete }

    /// - Throws: `CannotJudge`: without its stubs a lab cannot say anything about what the learner did.
    private func ask(_ verb: Verb, _ path: String, _ body: JSONValue?, _ context: CheckContext) async throws
        -> JSONValue
    {
        let exchange = HTTPExchange(
            way: .serviceProxy(service: service, port: port, namespace: nil),
            method: verb == .get ? "GET" : verb == .put ? "PUT" : "DELETE", path: path, headers: [:], body: nil,
            json: body)
        let answer: HTTPExchange.Answer
        do { answer = try await exchange.send(context) } catch let silence as HTTPExchange.NoAnswer {
            throw CannotJudge(
                "the stub services behind \(context.fill(words)) do not answer: \(silence.text)", isPassing: true)
        }
        let value = JSONValue.parse(Array(answer.text.utf8)) ?? .null
        guard answer.status == 200 else {
            let reason = value["error"]?.string ?? answer.text
            throw CannotJudge(
                "the stub services behind \(context.fill(words)) refuse \(path): \(reason.shortened(200))")
        }
        return value
    }
}

/// What shall be different about stub services.
package struct FixtureChange: Sendable, Hashable {
    package var control: FixtureControl
    /// As the control port takes them; what is not named stays.
    package var settings: [Fixture: JSONValue]
    /// Whole plans; an empty list takes the old one back.
    package var faults: [Fixture: JSONValue]
    /// Whose received requests are forgotten.
    package var forget: [Fixture]

    package var words: String {
        var parts = settings.keys.map(\.rawValue).sorted().map { "change settings of the stub \($0)" }
        for (fixture, plan) in faults.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let kinds = (plan.array ?? []).compactMap { $0["kind"]?.string }
            parts.append(
                kinds.isEmpty
                    ? "let the stub \(fixture.rawValue) work again"
                    : "let the stub \(fixture.rawValue) answer with \(kinds.joined(separator: ", "))")
        }
        if !forget.isEmpty { parts.append("forget what \(forget.map(\.rawValue).joined(separator: ", ")) received") }
        return parts.joined(separator: ", ")
    }
}
