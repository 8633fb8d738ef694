internal import ConfigTree
internal import KubernetesAPI

/// Lines in the logs of pods.
package struct LogsCheck: LabPrimitive {
    package static let word = "logs"

    package enum Pods: Sendable, Hashable {
        case selector(String)
        case name(String)
    }

    package var pods: Pods
    package var container: String?
    /// Of the container's last run before this one.
    package var isPrevious: Bool
    package var namespace: String?
    package var test: TextTest
    /// Of the lines in which `contains` and `matches` hold.
    package var count: CountRange?

    package var patience: Duration { .seconds(10) }
    package var foreignNamespaces: [String] { namespace.map { [$0] } ?? [] }

    private var subject: String {
        switch pods {
        case .selector(let selector): "pods with \(selector)"
        case .name(let name): "pod \(name)"
        }
    }

    package var expected: String {
        count.map { "\($0.words) lines in the logs of \(subject), each of which \(test.words)" }
            ?? "the logs of \(subject): \(test.words)"
    }

    package var question: String { "Reads the last lines that \(subject) logged." }

    package var next: String {
        switch pods {
        case .selector(let selector): "`kubectl -n \(namespace ?? "${namespace}") logs -l \(selector) --tail 50`"
        case .name(let name): "`kubectl -n \(namespace ?? "${namespace}") logs \(name) --tail 50`"
        }
    }

    package func observe(_ context: CheckContext) async throws -> Observation {
        let names: [String]
        switch pods {
        case .name(let name): names = [context.fill(name)]
        case .selector(let selector): names = try await context.pods(selector, namespace: namespace).map(\.objectName)
        }
        guard !names.isEmpty else { return .fail("there are no \(context.fill(subject))") }
        var lines: [String] = []
        for name in names.sorted() {
            do {
                let text = try await context.api.logs(
                    namespace: context.namespace(namespace), pod: name, container: container.map(context.fill),
                    tail: 2000, previous: isPrevious)
                lines += text.split(separator: "\n").map(String.init)
            } catch {
                // A container that has not started, or a pod that is gone: nothing was logged yet.
                guard error.isNotFound || error.code == 400 else { throw CannotJudge(error) }
            }
        }
        return judge(lines, context.fill)
    }

    /// Pure.
    func judge(_ lines: [String], _ fill: (String) -> String) -> Observation {
        if let count {
            let number = lines.count { test.problem(in: $0, fill) == nil }
            return count.contains(number)
                ? .pass(counted(number, "line"))
                : .fail(
                    "\(counted(number, "line")) of \(lines.count)", evidence: lines.suffix(5).map { $0.shortened(200) })
        }
        // Each wish is about some line; each prohibition about every line.
        for piece in test.contains.map(fill) where !lines.contains(where: { $0.contains(piece) }) {
            return .fail(
                "none of \(counted(lines.count, "line")) contains `\(piece.shortened(60))`",
                evidence: lines.suffix(5).map { $0.shortened(200) })
        }
        var wish = TextTest()
        for pattern in test.matches {
            wish.matches = [pattern]
            guard !lines.contains(where: { wish.problem(in: $0, fill) == nil }) else { continue }
            return .fail(
                "none of \(counted(lines.count, "line")) matches `\(fill(pattern.source))`",
                evidence: lines.suffix(5).map { $0.shortened(200) })
        }
        var ban = TextTest()
        ban.notMatches = test.notMatches
        ban.notContains = test.notContains
        for line in lines where ban.problem(in: line, fill) != nil {
            return .fail("a line that must not be there: `\(line.shortened(120))`")
        }
        return .pass(counted(lines.count, "line"))
    }
}
