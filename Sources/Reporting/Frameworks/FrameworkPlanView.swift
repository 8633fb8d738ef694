package import Frameworks

/// A plan of installation, upgrade or removal as text or JSON.
package enum FrameworkPlanView {
    package static func json(_ plan: FrameworkPlan) -> String { JSONOutput.text(plan) }

    package static func text(_ plan: FrameworkPlan, on terminal: Terminal, verbose: Bool = false) -> String {
        var text = ""
        for notice in plan.notices { text += "! \(TextWrap.wrap(notice, columns: terminal.columns - 2))\n" }
        var phases = plan.phases
        if !plan.prune.isEmpty {
            phases.append(
                FrameworkPlan.Phase(
                    id: "prune", title: "No longer described", changes: plan.prune, actions: [], runsActions: false,
                    waits: []))
        }
        for phase in phases where phase.hasChanges || verbose {
            text += terminal.styled(phase.title, .bold) + " (\(phase.id))\n"
            for change in phase.changes where verbose || change.verb != .unchanged { text += line(change, terminal) }
            if phase.runsActions { for action in phase.actions { text += "  > \(action)\n" } }
            for wait in phase.waits where phase.hasChanges { text += "  \(terminal.styled("then: \(wait)", .faint))\n" }
        }
        return text + summary(plan) + "\n"
    }

    private static func line(_ change: FrameworkPlan.Change, _ terminal: Terminal) -> String {
        let glyph: String =
            switch change.verb {
            case .create: terminal.styled("+", .green)
            case .update, .replace: terminal.styled(change.verb == .update ? "~" : "-/+", .yellow)
            case .delete: terminal.styled("-", .red)
            case .refused: terminal.styled("!", .red)
            case .unchanged: "="
            }
        var text = "  \(glyph) \(change.object)" + (change.reason.map { "  (\($0))" } ?? "") + "\n"
        for difference in change.differences.prefix(8) {
            text += "      \(difference.path): \(difference.found ?? "absent") -> \(difference.wanted ?? "absent")\n"
        }
        if change.differences.count > 8 { text += "      and \(change.differences.count - 8) more fields\n" }
        return text
    }

    /// `openfaas mit-2023 0.16.6: 23 to create, 2 to change; 4 hold already`.
    package static func summary(_ plan: FrameworkPlan) -> String {
        let counts = plan.counts
        let head = "\(plan.framework) \(plan.channel) \(plan.version)"
        let held = counts[.unchanged] ?? 0
        guard plan.hasChanges else { return "\(head): nothing to do, \(held) objects hold already" }
        let words: [(FrameworkPlan.Change.Verb, String)] = [
            (.create, "to create"), (.update, "to change"), (.replace, "to replace"), (.delete, "to delete"),
            (.refused, "refused"),
        ]
        var parts = words.compactMap { verb, word in counts[verb].map { "\($0) \(word)" } }
        let actions = plan.phases.filter(\.runsActions).flatMap(\.actions).count
        if actions > 0 { parts.append("\(actions) action\(actions == 1 ? "" : "s") to run") }
        return "\(head): " + parts.joined(separator: ", ") + (held > 0 ? "; \(held) hold already" : "")
    }
}

/// What a running installation tells, line by line.
package struct FrameworkProgressView: Sendable {
    private let start = ContinuousClock.now
    private let terminal: Terminal
    private let write: @Sendable (String) -> Void

    package init(terminal: Terminal, write: @escaping @Sendable (String) -> Void) {
        self.terminal = terminal
        self.write = write
    }

    package func show(_ event: FrameworkEvent) {
        switch event {
        case .phaseBegan(let id, let title): write("\(clock)  start  \(id)  \(title)\n")
        case .changed(let change): write("\(clock)         \(change.verb.rawValue) \(change.object)\n")
        case .acted(let words): write("\(clock)         \(words)\n")
        case .waiting(let words):
            guard !words.isEmpty else { return }
            let more = words.count > 3 ? " and \(words.count - 2) more" : ""
            write("\(clock)  wait   \(words.prefix(words.count > 3 ? 2 : 3).joined(separator: "; "))\(more)\n")
        case .phaseEnded(let id, let seconds):
            write("\(clock)  \(terminal.styled("done", .green))   \(id)  \(Self.tenths(seconds)) s\n")
        case .note(let text): write("\(clock)  note   \(text)\n")
        }
    }

    private static func tenths(_ seconds: Double) -> String { "\(Int(seconds * 10) / 10).\(Int(seconds * 10) % 10)" }

    private var clock: String {
        let seconds = Int((ContinuousClock.now - start).components.seconds)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
        return "\(two(seconds / 60)):\(two(seconds % 60))"
    }
}
