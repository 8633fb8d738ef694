internal import ConfigTree
internal import KubernetesAPI
package import Labs

/// A lab and its steps as texts for the learner.
package enum LabShowView {
    private static func variables(_ lab: Lab, _ progress: LabProgress?) -> [String: String] {
        guard let progress else { return [:] }
        let run = LabRun(nonce: progress.nonce, started: progress.startedAt, cluster: progress.cluster)
        var values = lab.variables(for: run)
        values["kubeconfig"] = nil
        return values
    }

    /// What it is about, its goals and its steps.
    package static func lab(_ lab: Lab, _ progress: LabProgress?, on terminal: Terminal) -> String {
        let values = variables(lab, progress)
        let fill = { (text: String) in TextTemplate.fill(text, values) }
        var lines = [terminal.styled("\(lab.id)  \(ForeignText.printable(lab.title))", .bold)]
        var facts = ["honesty \(lab.honesty.rawValue) (\(lab.honesty.words))"]
        if let book = lab.book { facts.insert("chapter \(book.chapter)", at: 0) }
        if let time = lab.time.typical { facts.append("about \(time.components.seconds / 60) min") }
        lines += FittedText.fold(facts.joined(separator: ", "), columns: terminal.columns)
        if !lab.needs.words.isEmpty {
            lines += FittedText.fold("Needs: \(lab.needs.words.joined(separator: ", "))", columns: terminal.columns)
        }
        lines.append("")
        lines += MarkdownText.lines(fill(lab.about), on: terminal)
        lines += ["", terminal.styled("Goals", .bold)]
        lines += MarkdownText.lines(lab.goals.map { "- \(fill($0))" }.joined(separator: "\n"), on: terminal)
        lines += ["", terminal.styled("Steps", .bold)]
        for step in lab.steps {
            let results = step.checks.filter { $0.tier == .goal }.map { progress?.outcomes[$0.id]?.result }
            let mark = results.allSatisfy { $0 == .pass } ? "[x]" : "[ ]"
            lines += FittedText.fold(
                "\(mark) \(step.id): \(ForeignText.printable(step.title))", columns: terminal.columns)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What to do, and what will be looked at.
    package static func step(_ step: LabStep, of lab: Lab, _ progress: LabProgress?, on terminal: Terminal) -> String {
        let values = variables(lab, progress)
        let fill = { (text: String) in TextTemplate.fill(text, values) }
        var lines = [terminal.styled("\(lab.id) \(step.id): \(ForeignText.printable(fill(step.title)))", .bold), ""]
        lines += MarkdownText.lines(fill(step.task), on: terminal)
        let questions = step.checks.compactMap { check -> String? in
            guard let quiz = check.primitive as? QuizCheck else { return nil }
            return "- \(fill(quiz.ask)) (`martlet lab answer \(lab.id) \(check.id) ...`)"
        }
        if !questions.isEmpty {
            lines += ["", terminal.styled("Questions", .bold)]
            lines += MarkdownText.lines(questions.joined(separator: "\n"), on: terminal)
        }
        let shown = progress?.hints[step.id] ?? 0
        lines += [
            "", "Then `martlet lab check \(lab.id) --step \(step.id)`; hints: \(shown) of \(step.hints.count) shown.",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    package static func hint(
        _ number: Int, of step: LabStep, _ lab: Lab, _ progress: LabProgress, on terminal: Terminal
    ) -> String {
        let text = TextTemplate.fill(step.hints[number - 1], variables(lab, progress))
        let head = terminal.styled("Hint \(number) of \(step.hints.count) for \(step.id)", .bold)
        return ([head] + MarkdownText.lines(text, on: terminal)).joined(separator: "\n") + "\n"
    }

    package static func solution(
        _ step: LabStep, of lab: Lab, _ progress: LabProgress, on terminal: Terminal
    ) -> String {
        let values = variables(lab, progress)
        guard !step.solution.isEmpty else {
            return "The step \(step.id) is solved by looking; there is nothing to carry out.\n"
        }
        var lines = [terminal.styled("Solution of \(step.id)", .bold)]
        for action in step.solution {
            lines += FittedText.fold(
                "- " + ForeignText.printable(TextTemplate.fill(action.words, values)), columns: terminal.columns)
            guard case .apply(let file) = action, let text = LabFile.text(file, of: lab) else { continue }
            for line in TextTemplate.fill(text, values).split(separator: "\n", omittingEmptySubsequences: false) {
                lines.append("    " + ForeignText.printable(String(line)))
            }
            while lines.last == "    " { lines.removeLast() }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

package enum LabExplainView {
    package static func text(_ check: LabCheck, of lab: Lab, on terminal: Terminal) -> String {
        var rows: [(String, String)] = [
            ("asks", check.primitive.question), ("expects", check.primitive.expected), ("why", check.why),
            ("next", check.hint ?? check.primitive.next),
        ]
        let span = check.timeout ?? check.primitive.patience
        rows.append(
            (
                "waits",
                "at most \(LabDuration.text(span))"
                    + (check.hold.map { ", and it must stay true for \(LabDuration.text($0))" } ?? "")
            ))
        if !check.needs.isEmpty { rows.append(("after", check.needs.joined(separator: ", "))) }
        for capture in check.captures { rows.append(("remembers", "`\(capture.path.text)` as ${\(capture.name)}")) }
        let sabotages = lab.proof.sabotages.filter { $0.red.contains(check.id) }
        for sabotage in sabotages {
            rows.append(("proven by", "\(sabotage.id): \(sabotage.actions.map(\.words).joined(separator: ", "))"))
        }
        var lines = [
            terminal.styled("\(check.id)", .bold) + " (\(check.tier.rawValue), `\(type(of: check.primitive).word)`)"
        ]
        for (name, text) in rows {
            let parts = FittedText.fold(ForeignText.printable(text), columns: max(20, terminal.columns - 13))
            for (index, part) in parts.enumerated() {
                lines.append("  " + FittedText.padded(index == 0 ? name : "", to: 11) + part)
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
