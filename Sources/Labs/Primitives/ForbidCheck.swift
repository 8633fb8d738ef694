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
        /// The learner's work folder.
        case files
        /// Of a container: what it is told, how it was made, and the texts in its layers.
        case image
    }

    package struct Pattern: Sendable, Hashable {
        package var name: String
        package var pattern: LinearPattern
    }

    package var places: [Place]
    package var patterns: [Pattern]
    /// Which image, and where it lies; nothing else of the check counts.
    package var image: ImageCheck?

    /// A cron job may run once a minute.
    package var patience: Duration { places.contains(.logs) ? .seconds(75) : image?.patience ?? .seconds(5) }
    package var runsPrograms: Bool { image?.runsPrograms ?? false }
    package var foreignNamespaces: [String] { image?.foreignNamespaces ?? [] }

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

    package var isOfTheAPI: Bool { places == [.objects] }
    package static let kinds = ["deployment", "statefulset", "daemonset", "job", "cronjob", "pod", "configmap"]

    private var placeWords: [String] {
        places.map { place in
            switch place {
            case .objects: "objects"
            case .logs: "logs"
            case .files: "files"
            case .image: image?.wholeWords ?? "the image"
            }
        }
    }

    package var expected: String {
        "no \(patterns.map(\.name).joined(separator: ", ")) in \(placeWords.joined(separator: ", "))"
    }

    package var question: String {
        let namespace = places.contains(.objects) || places.contains(.logs) ? " (of the lab's namespace)" : ""
        return "Searches \(placeWords.joined(separator: " and "))\(namespace) for "
            + "\(patterns.map(\.name).joined(separator: ", ")); what is found is not shown."
            + (image?.searchWords.map { " \($0)" } ?? "")
    }

    package var next: String {
        places == [.image]
            ? "the place that is named; what differs from run to run comes from outside when a container starts"
            : "the field that is named; secrets belong into a Secret and reach a pod by `secretKeyRef`"
    }

    package func observe(_ context: CheckContext) async throws -> Observation {
        var filled = self
        // Patterns with variables are made when they are known.
        filled.patterns = patterns.map { each in
            let source = context.fill(each.pattern.source)
            let pattern = source == each.pattern.source ? each.pattern : (try? LinearPattern(source)) ?? each.pattern
            return Pattern(name: each.name, pattern: pattern)
        }
        do { return try await filled.search(context) } catch let missing as ImageMissing { return .fail(missing.text) }
    }

    private func search(_ context: CheckContext) async throws -> Observation {
        var found: [String] = []
        if places.contains(.objects) {
            for word in Self.kinds {
                guard let kind = KnownKinds.find(word) else { continue }
                for object in try await context.list(kind, namespace: nil, selector: nil).items {
                    found += hits(in: object).map { "\(word)/\(object.objectName) at \($0)" }
                }
            }
        }
        if places.contains(.files) { found += try await hitsInFiles(context) }
        if places.contains(.logs) { found += try await hitsInLogs(context) }
        if places.contains(.image), let image { found += try await hitsInImage(image, context) }
        guard let first = found.first else {
            // Of a log that nobody has written yet nothing can be said.
            if places.contains(.logs), let silence = try await silence(context) { return .fail(silence) }
            return .pass("nothing of that kind")
        }
        return .fail("found in \(first)" + (found.count > 1 ? " and \(counted(found.count - 1, "other place"))" : ""))
    }

    /// Of every container, and of its run before this one if there was one.
    private func hitsInLogs(_ context: CheckContext) async throws -> [String] {
        var found: [String] = []
        for pod in try await context.pods(nil) {
            for log in Self.logs(of: pod) {
                let text: String
                do {
                    text = try await context.api.logs(
                        namespace: context.namespace, pod: pod.objectName, container: log.container, tail: 2000,
                        previous: log.isPrevious)
                } catch {
                    // A container that has not started, or a pod that is gone: nothing was logged.
                    guard error.isNotFound || error.code == 400 else { throw CannotJudge(error) }
                    continue
                }
                let hit = text.split(separator: "\n").lazy.compactMap { line in
                    patterns.first { $0.pattern.matches(String(line)) }
                }.first
                if let hit {
                    found.append("the log of pod/\(pod.objectName) (\(hit.name))")
                    break
                }
            }
        }
        return found
    }

    /// Why logs are not yet whole: a cron job has never begun a job, or one is under way.
    private func silence(_ context: CheckContext) async throws -> String? {
        guard let kind = KnownKinds.find("cronjob") else { return nil }
        let all = try await context.list(kind, namespace: nil, selector: nil).items
        guard !all.isEmpty else { return nil }
        if let name = all.filter({ $0["status"]?["lastScheduleTime"]?.string == nil }).map(\.objectName).min() {
            return "the cron job \(name) has not run yet, so that nothing is known of its log"
        }
        let open = try await context.pods("job-name").filter {
            ["Pending", "Running"].contains($0["status"]?["phase"]?.string) && !$0.isBeingDeleted
        }
        return open.map(\.objectName).min().map { "\($0) has not ended yet, so that its log is not whole" }
    }

    static func logs(of pod: JSONValue) -> [(container: String?, isPrevious: Bool)] {
        let kinds = [("initContainers", "initContainerStatuses"), ("containers", "containerStatuses")]
        let logs = kinds.flatMap { containers, statuses in
            (pod["spec"]?[containers]?.array ?? []).compactMap { $0["name"]?.string }.flatMap { name in
                let state = pod["status"]?[statuses]?.array?.first { $0["name"]?.string == name }
                let restarts = state?["restartCount"]?.int ?? 0
                return (restarts > 0 ? [false, true] : [false]).map { (container: Optional(name), isPrevious: $0) }
            }
        }
        return logs.isEmpty ? [(nil, false)] : logs
    }

    private func hitsInImage(_ image: ImageCheck, _ context: CheckContext) async throws -> [String] {
        let patterns = patterns
        return try await image.search(context) { text in
            // Line by line: a program is one text, and its line would be shown.
            text.split(separator: "\n").lazy.compactMap { line in
                patterns.first { $0.pattern.matches(String(line)) }?.name
            }.first
        }
    }

    private func hitsInFiles(_ context: CheckContext) async throws -> [String] {
        guard !context.work.isEmpty else { throw CannotJudge("there is no work folder: name one with --work") }
        let folder = WorkFolder(context)
        return try folder.names().compactMap { name in
            guard let text = try folder.facts(name)?.text else { return nil }
            let hit = text.split(separator: "\n").enumerated().lazy.compactMap { index, line in
                patterns.first { $0.pattern.matches(String(line)) }.map { "\(name) line \(index + 1) (\($0.name))" }
            }.first
            return hit
        }
    }

    /// Of a container: its command and arguments in one line.
    private static func commandLine(_ container: [String: JSONValue]) -> String? {
        let words = ["command", "args"].flatMap { container[$0]?.array ?? [] }.compactMap(\.string)
        return words.count > 1 ? words.joined(separator: " ") : nil
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
                let before = hits.count
                for (key, member) in members.sorted(by: { $0.key < $1.key }) where key != "managedFields" {
                    // Of a config map, too: what becomes a variable is a key and a text.
                    if path == "data", let text = member.string, !text.contains("\n"),
                        let hit = patterns.first(where: { $0.pattern.matches("\(key)=\(text)") })
                    {
                        hits.append("data.\(key) (\(hit.name))")
                    } else {
                        walk(member, path.isEmpty ? key : "\(path).\(key)")
                    }
                }
                // The words of a command line stand apart as well.
                if hits.count == before, let line = Self.commandLine(members),
                    let hit = patterns.first(where: { $0.pattern.matches(line) })
                {
                    hits.append("\(path).\(members["args"] == nil ? "command" : "args") (\(hit.name))")
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
