package import ConfigTree
internal import KubernetesAPI

/// What must not appear; tells where it is, never what it is.
package struct ForbidCheck: LabPrimitive {
    package static let word = "forbid"

    package enum Place: String, Sendable, Hashable, CaseIterable {
        /// Workloads and config maps of the lab's namespace.
        case objects
        /// What the pods of the lab's namespace log.
        case logs
    }

    package struct Pattern: Sendable, Hashable {
        package var name: String
        package var pattern: LinearPattern
    }

    package var places: [Place]
    package var patterns: [Pattern]

    /// Shapes of secrets that are known; nil for a word that is not.
    package static func known(_ word: String) -> String? { shapes[word] }
    package static var words: [String] { shapes.keys.sorted() }

    private static let shapes = [
        "private-key": "-----BEGIN [A-Z ]*PRIVATE KEY-----",
        "slack-webhook": "hooks\\.slack\\.com/services/[A-Z0-9]+/[A-Z0-9]+/[A-Za-z0-9]+",
        // A name that says key, token or secret, and behind it a value that nobody would make up for an example.
        "api-key": "(?i)(api[_-]?key|access[_-]?key|token|secret)[\"']?\\s*[:=]\\s*[\"']?[A-Za-z0-9_./+-]{20,}",
        "placeholder": "(?i)\\b(changeme|your[_-](api[_-])?key|xxxxxx+)\\b",
    ]

    package var expected: String {
        "no \(patterns.map(\.name).joined(separator: ", ")) in \(places.map(\.rawValue).joined(separator: ", "))"
    }

    package var question: String {
        "Searches \(places.map(\.rawValue).joined(separator: " and ")) of the lab's namespace for "
            + "\(patterns.map(\.name).joined(separator: ", ")); what is found is not shown."
    }

    package var next: String {
        "the field that is named; secrets belong into a Secret and reach a pod by `secretKeyRef`"
    }

    package func observe(_ context: CheckContext) async throws -> Observation {
        var filled = self
        // Patterns with variables are made when they are known.
        filled.patterns = patterns.map { each in
            let source = context.fill(each.pattern.source)
            let pattern = source == each.pattern.source ? each.pattern : (try? LinearPattern(source)) ?? each.pattern
            return Pattern(name: each.name, pattern: pattern)
        }
        return try await filled.search(context)
    }

    private func search(_ context: CheckContext) async throws -> Observation {
        var found: [String] = []
        if places.contains(.objects) {
            for word in ["deployment", "statefulset", "daemonset", "job", "cronjob", "pod", "configmap"] {
                guard let kind = KnownKinds.find(word) else { continue }
                for object in try await context.list(kind, namespace: nil, selector: nil).items {
                    found += hits(in: object).map { "\(word)/\(object.objectName) at \($0)" }
                }
            }
        }
        if places.contains(.logs) {
            for pod in try await context.pods(nil) {
                guard
                    let text = try? await context.api.logs(
                        namespace: context.namespace, pod: pod.objectName, container: nil, tail: 2000, previous: false)
                else { continue }
                for line in text.split(separator: "\n") {
                    if let hit = patterns.first(where: { $0.pattern.matches(String(line)) }) {
                        found.append("the log of pod/\(pod.objectName) (\(hit.name))")
                        break
                    }
                }
            }
        }
        guard let first = found.first else { return .pass("nothing of that kind") }
        return .fail("found in \(first)" + (found.count > 1 ? " and \(found.count - 1) other places" : ""))
    }

    /// Paths of texts in which a pattern matches.
    func hits(in object: JSONValue) -> [String] {
        var hits: [String] = []
        func walk(_ value: JSONValue, _ path: String) {
            switch value {
            case .string(let text):
                if let hit = patterns.first(where: { $0.pattern.matches(text) }) {
                    hits.append("\(path) (\(hit.name))")
                }
            case .array(let items): for (index, item) in items.enumerated() { walk(item, "\(path)[\(index)]") }
            case .object(let members):
                // A variable of a container has its name and its value apart; the shapes want both.
                if let name = members["name"]?.string, let text = members["value"]?.string,
                    let hit = patterns.first(where: { $0.pattern.matches("\(name)=\(text)") })
                {
                    return hits.append("\(path).value (\(hit.name))")
                }
                for (key, member) in members.sorted(by: { $0.key < $1.key }) where key != "managedFields" {
                    walk(member, path.isEmpty ? key : "\(path).\(key)")
                }
            default: break
            }
        }
        var bare = object
        // kubectl keeps what it applied there, so that everything would be found twice.
        if var annotations = bare["metadata"]?["annotations"] {
            annotations["kubectl.kubernetes.io/last-applied-configuration"] = nil
            bare["metadata"]?["annotations"] = annotations
        }
        walk(bare, "")
        return hits
    }
}
