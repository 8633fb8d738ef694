internal import KubernetesAPI

/// Pods on the right nodes, by where they are or by what they ask for.
package struct PlacementCheck: LabPrimitive {
    package static let word = "placement"

    package enum Way: String, Sendable, Hashable, CaseIterable {
        /// Where they run.
        case observed
        /// What their own selectors demand: where they run may be luck.
        case spec
    }

    package enum Pods: Sendable, Hashable {
        case selector(String)
        /// Pods of the jobs of a cron job.
        case cronJob(String)
    }

    package var pods: Pods
    package var on: String?
    package var notOn: String?
    package var minimumReady: Int?
    package var way: Way
    package var namespace: String?

    package var patience: Duration { .seconds(30) }
    package var foreignNamespaces: [String] { namespace.map { [$0] } ?? [] }

    private var subject: String {
        switch pods {
        case .selector(let selector): "pods with \(selector)"
        case .cronJob(let name): "pods of the cron job \(name)"
        }
    }

    package var isOfTheAPI: Bool { true }

    package var expected: String {
        let verb = way == .spec ? "ask for nodes" : "are on nodes"
        let places = [on.map { "with \($0)" }, notOn.map { "without \($0)" }].compactMap { $0 }
        let number = minimumReady.map { "at least \($0) ready " } ?? ""
        return "\(number)\(subject) \(verb) \(places.joined(separator: " and "))"
    }

    package var question: String {
        way == .spec
            ? "Lists \(subject) and reads from each which nodes it demands."
            : "Lists \(subject) and the nodes, and looks where each pod is."
    }

    package var next: String { "`kubectl -n \(namespace ?? "${namespace}") get pods -o wide`" }

    package func observe(_ context: CheckContext) async throws -> Observation {
        let found = try await foundPods(context)
        guard let kind = KnownKinds.find("node") else { throw CannotJudge("nodes are not known") }
        let nodes = try await context.list(kind, namespace: nil, selector: nil).items
        return judge(found, nodes, context.fill)
    }

    private func foundPods(_ context: CheckContext) async throws -> [JSONValue] {
        switch pods {
        case .selector(let selector): return try await context.pods(selector, namespace: namespace)
        case .cronJob(let name):
            let jobs = try await FiredCheck.jobs(of: context.fill(name), context, namespace: namespace).jobs
            let names = Set(jobs.map(\.objectName))
            return try await context.pods("job-name", namespace: namespace).filter {
                names.contains($0.labels["job-name"]?.string ?? "")
            }
        }
    }

    /// Pure.
    func judge(_ pods: [JSONValue], _ nodes: [JSONValue], _ fill: (String) -> String) -> Observation {
        let pods = pods.filter { !$0.isBeingDeleted }
        guard !pods.isEmpty else { return .fail("there are no \(fill(subject))") }
        if let minimumReady {
            let ready = pods.count(where: \.isReadyPod)
            guard ready >= minimumReady else { return .fail("\(ready) of \(counted(pods.count, "pod")) are ready") }
        }
        let byName = Dictionary(nodes.map { ($0.objectName, $0) }, uniquingKeysWith: { first, _ in first })
        var problems: [String] = []
        for pod in pods {
            switch way {
            case .spec:
                if let on, !Self.demands(pod, fill(on)) {
                    problems.append("\(pod.objectName) does not ask for \(fill(on))")
                }
            case .observed:
                guard let name = pod["spec"]?["nodeName"]?.string, let node = byName[name] else {
                    problems.append("\(pod.objectName) is on no node" + (pod.podProblem.map { ": \($0)" } ?? ""))
                    continue
                }
                if let on, !LabelSelector(fill(on)).matches(node.labels) {
                    problems.append("\(pod.objectName) is on \(name)")
                }
                if let notOn, LabelSelector(fill(notOn)).matches(node.labels) {
                    problems.append("\(pod.objectName) is on \(name)")
                }
            }
        }
        guard problems.isEmpty else { return .fail(problems.prefix(5).joined(separator: "; ")) }
        return .pass("\(counted(pods.count, "pod")) as expected", object: pods.first)
    }

    /// Whether a pod's node selector or required affinity has each pair of the selector.
    static func demands(_ pod: JSONValue, _ selector: String) -> Bool {
        let spec = pod["spec"] ?? .null
        let terms =
            spec["affinity"]?["nodeAffinity"]?["requiredDuringSchedulingIgnoredDuringExecution"]?["nodeSelectorTerms"]?
            .array ?? []
        return LabelSelector(selector).pairs.allSatisfy { key, value in
            if spec["nodeSelector"]?[key]?.string == value { return true }
            // Of several terms one is enough for the scheduler, so each must demand it.
            return !terms.isEmpty
                && terms.allSatisfy { term in
                    (term["matchExpressions"]?.array ?? []).contains {
                        $0["key"]?.string == key && $0["operator"]?.string == "In"
                            && $0["values"]?.array == [.string(value)]
                    }
                }
        }
    }
}

/// `a=b,c!=d,e`: what nodes are chosen by.
struct LabelSelector {
    private enum Term {
        case equal(String, String)
        case different(String, String)
        case exists(String)
        case missing(String)
    }

    private let terms: [Term]

    init(_ text: String) {
        terms = text.split(separator: ",").map { part in
            let term = part.trimmingSpaces
            if let range = term.firstRange(of: "!=") {
                return .different(String(term[..<range.lowerBound]), String(term[range.upperBound...]))
            }
            if let range = term.firstRange(of: "==") ?? term.firstRange(of: "=") {
                return .equal(String(term[..<range.lowerBound]), String(term[range.upperBound...]))
            }
            return term.hasPrefix("!") ? .missing(String(term.dropFirst())) : .exists(String(term))
        }
    }

    var pairs: [(key: String, value: String)] {
        terms.compactMap { if case .equal(let key, let value) = $0 { (key, value) } else { nil } }
    }

    func matches(_ labels: [String: JSONValue]) -> Bool {
        terms.allSatisfy { term in
            switch term {
            case .equal(let key, let value): labels[key]?.string == value
            case .different(let key, let value): labels[key]?.string != value
            case .exists(let key): labels[key] != nil
            case .missing(let key): labels[key] == nil
            }
        }
    }
}

extension Substring {
    var trimmingSpaces: Substring {
        var text = self
        while text.first?.isWhitespace == true { text = text.dropFirst() }
        while text.last?.isWhitespace == true { text = text.dropLast() }
        return text
    }
}
