internal import Diagnostics
internal import Foundation
package import Planning

/// A plan as text, JSON or graph.
package enum PlanView {
    /// What will change and why, per phase and host; then the count.
    package static func text(_ plan: Plan, contents: [String: [String: String]] = [:], on terminal: Terminal) -> String
    {
        var result = ""
        for phase in Phase.allCases {
            let steps = plan.steps.filter { $0.phase == phase && $0.isChange }
            guard !steps.isEmpty else { continue }
            result += "\(terminal.styled(phase.rawValue, .bold))\n"
            for step in steps {
                result += "  \(glyph(step.change, terminal)) \(step.id)  \(step.title)\n"
                result +=
                    "      \(terminal.styled(step.change == .blocked ? "blocked" : "because", .faint)): \(step.reason)\n"
                for action in condensed(step.actions) {
                    result += "      - \(action.summary)\n"
                    guard let action = action.action else { continue }
                    if case .putFile(let path, _, let text) = action {
                        result += difference(path, text, contents[step.host]?[path], terminal)
                    }
                }
            }
        }
        return result + summary(plan) + "\n"
    }

    /// More than three copies into one folder are one line.
    private static func condensed(_ actions: [Action]) -> [(summary: String, action: Action?)] {
        var result: [(summary: String, action: Action?)] = []
        var rest = actions[...]
        while let first = rest.first {
            let folder = folder(of: first)
            let run = folder == nil ? 0 : rest.prefix { Self.folder(of: $0) == folder }.count
            if run > 3, let folder {
                let bytes = rest.prefix(run).reduce(0) { $0 + (blob(of: $1)?.size ?? 0) }
                result.append(("copy \(run) files (\((bytes + 999_999) / 1_000_000) MB) to \(folder)", nil))
                rest = rest.dropFirst(run)
            } else {
                result.append((first.summary, first))
                rest = rest.dropFirst()
            }
        }
        return result
    }

    private static func blob(of action: Action) -> Blob? {
        if case .putBlob(_, _, let blob) = action { blob } else { nil }
    }

    private static func folder(of action: Action) -> Substring? {
        guard case .putBlob(let path, _, _) = action else { return nil }
        return path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
    }

    /// `12 changes on 4 hosts; 31 steps hold already`.
    package static func summary(_ plan: Plan) -> String {
        let changes = plan.changes
        let held = plan.steps.count - changes.count
        guard !changes.isEmpty else { return "Nothing to do: \(held) steps hold already" }
        let hosts = Set(changes.map(\.host)).count
        let blocked = changes.count { $0.change == .blocked }
        let tail = blocked == 0 ? "" : "; \(blocked) blocked"
        return "\(changes.count) change\(changes.count == 1 ? "" : "s") on \(hosts) host\(hosts == 1 ? "" : "s"); "
            + "\(held) step\(held == 1 ? "" : "s") hold\(held == 1 ? "s" : "") already\(tail)"
    }

    private static func glyph(_ change: ChangeKind, _ terminal: Terminal) -> String {
        switch change {
        case .create: terminal.styled(change.glyph, .green)
        case .update, .run: terminal.styled(change.glyph, .yellow)
        case .blocked: terminal.styled(change.glyph, .red)
        case .noOp: change.glyph
        }
    }

    /// Only for files that are there already: what a new file says is in the JSON form.
    private static func difference(_ path: String, _ new: String, _ old: String?, _ terminal: Terminal) -> String {
        guard let old else { return "" }
        return LineDifference.unified(from: old, to: new).map { line in
            let style: Terminal.Style? = line.hasPrefix("+") ? .green : line.hasPrefix("-") ? .red : nil
            return "          \(style.map { terminal.styled(line, $0) } ?? line)\n"
        }.joined()
    }

    // MARK: JSON

    private struct Shape: Encodable {
        struct StepShape: Encodable {
            var id: String
            var phase: String
            var host: String
            var title: String
            var change: String
            var reason: String
            var actions: [String]
            var requires: [String]
        }
        var formatVersion = Plan.formatVersion
        var cluster: String
        var specDigest: String
        var changes: Int
        var blocked: Bool
        var steps: [StepShape]
        var diagnostics: [Diagnostic]
    }

    /// An object with the integer `changes`; keys sorted, one line per value.
    package static func json(_ plan: Plan) -> String {
        let shape = Shape(
            cluster: plan.cluster, specDigest: plan.specDigest, changes: plan.changes.count, blocked: plan.isBlocked,
            steps: plan.steps.map {
                Shape.StepShape(
                    id: $0.id, phase: $0.phase.rawValue, host: $0.host, title: $0.title, change: $0.change.rawValue,
                    reason: $0.reason, actions: $0.actions.map(\.summary), requires: $0.requires)
            }, diagnostics: plan.diagnostics)
        return JSONOutput.text(shape)
    }
}
