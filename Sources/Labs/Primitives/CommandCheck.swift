internal import KubernetesAPI

/// A program of the learner's machine: an argument list, never a shell.
package struct CommandCheck: LabPrimitive {
    package static let word = "command"

    package var argv: [String]
    package var environment: [String: String]
    package var exit: Int
    package var output: TextTest?
    package var errors: TextTest?
    /// Of standard output.
    package var json: [FieldExpectation]

    package var patience: Duration { .seconds(10) }
    package var runsPrograms: Bool { true }

    private var line: String { argv.joined(separator: " ") }

    package var expected: String {
        var parts = ["`\(line)` ends with status \(exit)"]
        if let output { parts.append("its output \(output.words)") }
        if let errors { parts.append("its errors \(errors.words)") }
        parts += json.map { "in its output \($0.words)" }
        return parts.joined(separator: ", ")
    }

    package var question: String {
        "Runs `\(line)` on this machine, without a shell, and looks at its exit status and what it prints."
    }

    package var next: String { "run `\(line)` yourself and read what it says" }

    package func observe(_ context: CheckContext) async throws -> Observation {
        guard context.lab.origin.isOwn || context.run.acceptsCommands else {
            throw CannotJudge(
                "this lab does not come with martlet, and it wants to run `\(line)`: accept that with --accept-commands"
            )
        }
        let words = argv.map(context.fill)
        guard context.ground.find(words[0]) != nil else {
            throw CannotJudge("there is no program \(words[0]) on this machine")
        }
        // Texts of programs differ with the language of their user.
        var variables = environment.mapValues(context.fill)
        variables["LC_ALL"] = "C"
        let answer = try await context.ground.program(
            words, environment: variables, folder: context.work, timeout: .seconds(20))
        if answer.isLate { return .fail("it did not end within 20 s") }
        let evidence = answer.errors.split(separator: "\n").suffix(3).map { String($0).shortened(200) }
        guard answer.status == exit else {
            let reason = evidence.last.map { ": \($0)" } ?? ""
            return .fail("it ended with status \(answer.status)\(reason)", evidence: evidence)
        }
        if let problem = output?.problem(in: answer.output, context.fill) { return .fail("its output: \(problem)") }
        if let problem = errors?.problem(in: answer.errors, context.fill) { return .fail("its errors: \(problem)") }
        if !json.isEmpty {
            guard let value = JSONValue.parse(Array(answer.output.utf8)) else { return .fail("its output is no JSON") }
            for field in json {
                if let problem = field.problem(in: value, context.fill) { return .fail(problem) }
            }
        }
        return .pass("status \(answer.status)")
    }
}
