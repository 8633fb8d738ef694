internal import Foundation
internal import KubernetesAPI

/// What a stub service has got.
package struct ReceivedCheck: LabPrimitive {
    package static let word = "received"

    /// What a request must be like to count.
    package struct Match: Sendable, Hashable {
        package var method: String?
        package var path: TextTest?
        package var query: [String: TextTest]
        /// By name in lower case.
        package var headers: [String: TextTest]
        /// Of a body that is no JSON, or the JSON as text.
        package var body: TextTest?
        package var json: [FieldExpectation]
        /// With which it was answered.
        package var status: Int?
        /// That it met.
        package var fault: String?

        package static let anything = Match(query: [:], headers: [:], json: [])

        package var words: String {
            var parts: [String] = []
            if let method { parts.append(method) }
            if let path { parts.append("its path \(path.words)") }
            parts += query.sorted { $0.key < $1.key }.map { "its parameter \($0.key) \($0.value.words)" }
            parts += headers.sorted { $0.key < $1.key }.map { "its header \($0.key) \($0.value.words)" }
            if let body { parts.append("its body \(body.words)") }
            parts += json.map(\.words)
            if let status { parts.append("answered with \(status)") }
            if let fault { parts.append("met by the fault \(fault)") }
            return parts.joined(separator: ", ")
        }
    }

    package var control: FixtureControl
    package var fixture: Fixture
    package var match: Match
    package var count: CountRange
    package var since: FiredCheck.Since

    package var patience: Duration { .seconds(10) }
    /// What must come from now on has not come at first.
    package var leastPatience: Duration { since == .marker && count.least ?? 0 > 0 ? patience : .zero }

    package var expected: String {
        let what = match.words.isEmpty ? "" : " (\(match.words))"
        return "the stub \(fixture.rawValue) got \(count.words) requests\(what)"
            + (since == .marker ? " from now on" : "")
    }

    package var question: String {
        "Asks \(control.words) what the stub \(fixture.rawValue) has received, and counts the requests that fit."
    }

    package var next: String {
        "whether your program asks the stub's address, and what it logs; `martlet lab explain` shows what is counted"
    }

    package func observe(_ context: CheckContext) async throws -> Observation {
        var number = 0
        if since == .marker {
            if let marker = context.memory["marker"]?.int {
                number = marker
            } else {
                number = try await control.received(fixture, since: Int(Int32.max), context).count
                context.memory["marker"] = .integer(number)
            }
        }
        var requests = try await control.received(fixture, since: number, context).requests
        if since == .start {
            // A second's tolerance: clocks differ.
            let begin = context.run.started.addingTimeInterval(-1)
            requests = requests.filter { APITime.parse($0["time"]?.string).map { $0 >= begin } ?? true }
        }
        return judge(requests, context.fill)
    }

    /// Pure.
    func judge(_ requests: [JSONValue], _ fill: (String) -> String) -> Observation {
        let problems = requests.map { problem(in: $0, fill) }
        let hits = problems.count { $0 == nil }
        if count.contains(hits) { return .pass("\(counted(hits, "request"))", object: requests.last) }
        let tooMany = count.most.map { hits > $0 } ?? false
        guard !tooMany else { return .fail("\(counted(hits, "request"))", evidence: requests.suffix(3).map(Self.line)) }
        guard let reason = problems.compactMap({ $0 }).last else {
            return .fail(hits == 0 ? "it got no request" : counted(hits, "request"))
        }
        return .fail(
            "\(hits) of \(counted(requests.count, "request")) fit; the last that does not: \(reason)",
            evidence: requests.suffix(3).map(Self.line))
    }

    private static func line(_ request: JSONValue) -> String {
        let query = request["query"]?.object.map { " \(FieldTest.text(.object($0)))" } ?? ""
        let body = (request["json"] ?? request["body"]).map { " \(FieldTest.text($0))" } ?? ""
        return "\(request["method"]?.string ?? "?") \(request["path"]?.string ?? "?")\(query)\(body)".shortened(200)
    }

    /// nil if it fits.
    private func problem(in request: JSONValue, _ fill: (String) -> String) -> String? {
        let verb = request["method"]?.string ?? ""
        if let method = match.method, verb != method { return "the method is \(verb)" }
        if let problem = match.path?.problem(in: request["path"]?.string ?? "", fill) { return "the path: \(problem)" }
        for (name, test) in match.query.sorted(by: { $0.key < $1.key }) {
            guard let value = request["query"]?[name]?.string else { return "the parameter \(name) is missing" }
            if let problem = test.problem(in: value, fill) { return "the parameter \(name): \(problem)" }
        }
        let headers = request["headers"]?.object ?? [:]
        for (name, test) in match.headers.sorted(by: { $0.key < $1.key }) {
            guard let value = headers.first(where: { $0.key.lowercased() == name })?.value.string else {
                return "the header \(name) is missing"
            }
            if let problem = test.problem(in: value, fill) { return "the header \(name): \(problem)" }
        }
        if let body = match.body {
            let text =
                request["body"]?.string ?? request["json"].map { String(decoding: $0.jsonBytes, as: UTF8.self) } ?? ""
            if let problem = body.problem(in: text, fill) { return "the body: \(problem)" }
        }
        for field in match.json {
            guard let json = request["json"] else { return "the body is no JSON" }
            if let problem = field.problem(in: json, fill) { return "in the body \(problem)" }
        }
        if let status = match.status, let found = request["status"]?.int, found != status {
            return "it was answered with \(found)"
        }
        if let fault = match.fault, request["fault"]?.string ?? "" != fault {
            return "it met \(request["fault"]?.string.map { "the fault \($0)" } ?? "no fault")"
        }
        return nil
    }
}
