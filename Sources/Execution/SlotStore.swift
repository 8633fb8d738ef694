internal import Diagnostics
internal import Planning

/// The values that were born during this run; they live in memory only.
actor SlotStore {
    private var values: [Slot: Secret<String>] = [:]

    func set(_ slot: Slot, _ output: String) {
        var text = Substring(output)
        while text.last == "\n" { text.removeLast() }
        values[slot] = Secret(String(text))
    }

    /// The actions with every reference replaced.
    /// - Throws: `step.slot-missing` if a value has not been born.
    func fill(_ actions: [Action]) throws -> [Action] {
        let revealed = values.mapValues { $0.reveal() }
        return try actions.map { action in
            switch action {
            case .putBlob: return action
            case .putFile(let path, let mode, let text):
                return .putFile(path: path, mode: mode, text: try Self.fill(text, revealed))
            case .script(var script):
                script.text = try Self.fill(script.text, revealed)
                script.input = try Self.fill(script.input, revealed)
                return .script(script)
            }
        }
    }

    /// The diagnostic without any value that a program may have repeated in its complaint.
    func redacted(_ diagnostic: Diagnostic) -> Diagnostic {
        let secrets = values.values.map { $0.reveal() }.flatMap { $0.split(separator: "\n") }.filter { $0.count >= 6 }
        guard !secrets.isEmpty else { return diagnostic }
        func clean(_ text: String) -> String { secrets.reduce(text) { $0.replacing($1, with: "(secret)") } }
        var result = diagnostic
        result.summary = clean(result.summary)
        result.detail = result.detail.map(clean)
        result.evidence = result.evidence.map(clean)
        return result
    }

    func redacted(_ outcome: StepOutcome) -> StepOutcome {
        switch outcome {
        case .failed(let diagnostic): .failed(redacted(diagnostic))
        case .unverified(let diagnostic): .unverified(redacted(diagnostic))
        case .done, .satisfied, .skipped, .cancelled: outcome
        }
    }

    private static func fill(_ text: String, _ values: [Slot: String]) throws -> String {
        let (filled, missing) = Slot.fill(text, with: values)
        guard let filled else {
            throw Diagnostic(
                code: "step.slot-missing", "the value \(missing?.name ?? "?") has not been produced by an earlier step",
                hint: "run `martlet apply` again; the step that produces it runs first")
        }
        return filled
    }
}
