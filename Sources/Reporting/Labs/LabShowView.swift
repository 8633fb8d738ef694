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
        var lines = LabReportView.heading("\(lab.id)  \(ForeignText.printable(lab.title))", on: terminal)
        var facts = ["honesty \(lab.honesty.rawValue) (\(lab.honesty.words))"]
        if let book = lab.book { facts.insert("chapter \(book.chapter)", at: 0) }
        if let time = lab.time.typical { facts.append("about \(time.components.seconds / 60) min") }
        lines += FittedText.fold(facts.joined(separator: ", "), columns: terminal.columns)
        if !lab.needs.words.isEmpty {
            lines += FittedText.fold("Needs: \(lab.needs.words.joined(separator: ", "))", columns: terminal.columns)
        }
        lines += FittedText.fold(
            ProofRecord.valid(for: lab)?.words ?? "not proven as it is: its checks may be wrong",
            columns: terminal.columns)
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
        let title = "\(lab.id) \(step.id): \(ForeignText.printable(fill(step.title)))"
        var lines = LabReportView.heading(title, on: terminal) + [""]
        lines += MarkdownText.lines(fill(step.task), on: terminal)
        let questions = step.checks.compactMap { check -> String? in
            switch check.primitive {
            case let quiz as QuizCheck: "- \(fill(quiz.ask)) (`martlet lab answer \(lab.id) \(check.id) ...`)"
            case let attest as AttestCheck:
                "- Is this so: \(fill(attest.statement)) (`martlet lab answer \(lab.id) \(check.id) yes`)"
            default: nil
            }
        }
        if !questions.isEmpty {
            lines += ["", terminal.styled("Questions", .bold)]
            lines += MarkdownText.lines(questions.joined(separator: "\n"), on: terminal)
        }
        let shown = progress?.hints[step.id] ?? 0
        lines.append("")
        lines += FittedText.fold(
            "Then `martlet lab check \(lab.id) --step \(step.id)`; hints: \(shown) of \(step.hints.count) shown.",
            columns: terminal.columns)
        return lines.joined(separator: "\n") + "\n"
    }

    package static func hint(
        _ number: Int, of step: LabStep, _ lab: Lab, _ progress: LabProgress, on terminal: Terminal
    ) -> String {
        let text = TextTemplate.fill(step.hints[number - 1], variables(lab, progress))
        let head = LabReportView.heading("Hint \(number) of \(step.hints.count) for \(step.id)", on: terminal)
        return (head + MarkdownText.lines(text, on: terminal)).joined(separator: "\n") + "\n"
    }

    /// Kinds of a manifest that older servers have under another version; martlet itself takes the one that is there.
    private static func olderVersions(in manifest: String) -> [String] {
        var notes: [String] = []
        var version = ""
        for line in manifest.split(separator: "\n") {
            let words = line.split(separator: ":", maxSplits: 1).map { $0.trimmingPrefix(" ") }
            guard words.count == 2, !line.hasPrefix(" ") else { continue }
            if words[0] == "apiVersion" { version = String(words[1]) }
            guard words[0] == "kind", let kind = KnownKinds.find(apiVersion: version, kind: String(words[1])),
                !kind.older.isEmpty
            else { continue }
            let note = "  An older Kubernetes has \(kind.kind) in `\(kind.older.joined(separator: "`, `"))`."
            if !notes.contains(note) { notes.append(note) }
        }
        return notes
    }

    package static func solution(
        _ step: LabStep, of lab: Lab, _ progress: LabProgress, on terminal: Terminal
    ) -> String {
        let values = variables(lab, progress)
        guard !step.solution.isEmpty else {
            return "The step \(step.id) is solved by looking; there is nothing to carry out.\n"
        }
        var lines = LabReportView.heading("Solution of \(step.id)", on: terminal)
        for action in step.solution {
            lines += FittedText.fold(
                "- " + ForeignText.printable(TextTemplate.fill(action.words, values)), columns: terminal.columns)
            let file: String? =
                switch action {
                case .apply(let file), .write(let file, _): file
                default: nil
                }
            guard let file, let text = LabFile.text(file, of: lab) else { continue }
            for line in TextTemplate.fill(text, values).split(separator: "\n", omittingEmptySubsequences: false) {
                lines.append("    " + ForeignText.printable(String(line)))
            }
            while lines.last == "    " { lines.removeLast() }
            for note in olderVersions(in: text) { lines += FittedText.fold(note, columns: terminal.columns) }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

package enum LabExplainView {
    /// What a lab does to this machine, to hosts and to nodes: whoever accepts a stranger's lab shall have read it.
    ///
    /// Empty if it does nothing of the kind.
    package static func reach(_ lab: Lab, on terminal: Terminal) -> String {
        var places: [(place: String, actions: [LabAction])] = [
            ("setup", lab.setup), ("cleanup", lab.cleanup.actions),
        ]
        places += lab.steps.map { ("solution of \($0.id)", $0.solution) }
        places += lab.proof.sabotages.map { ("sabotage \($0.id)", $0.actions) }
        places += (lab.checks + lab.cleanup.checks).map { ("check \($0.id)", $0.primitive.actions) }
        let lines = places.flatMap { place, actions in
            actions.filter(\.reachesBeyond).flatMap { action in
                FittedText.fold(
                    "- \(ForeignText.printable(action.words)) (\(place))", columns: max(20, terminal.columns))
            }
        }
        guard !lines.isEmpty else { return "" }
        let head = LabReportView.heading("Beyond its namespace it does this, where it is accepted:", on: terminal)
        return (head + lines).joined(separator: "\n") + "\n"
    }

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
        var lines = LabReportView.heading(
            "\(check.id) (\(check.tier.rawValue), `\(type(of: check.primitive).word)`)", on: terminal)
        for (name, text) in rows {
            let parts = FittedText.fold(ForeignText.printable(text), columns: max(20, terminal.columns - 13))
            for (index, part) in parts.enumerated() {
                lines.append("  " + FittedText.padded(index == 0 ? name : "", to: 11) + part)
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
