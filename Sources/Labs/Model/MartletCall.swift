internal import ConfigTree

/// A command of martlet itself about the cluster of the lab: a solution joins a host, a sabotage takes one away.
package struct MartletCall: Sendable, Hashable {
    /// Without the program and without `-f SPEC`, which is put in.
    package var argv: [String]
    /// Commands that take it back, one after the other, when a sabotage is undone.
    package var undo: [[String]]
    package var timeout: Duration

    /// Commands that a lab may use: those that change a cluster by its spec, and never take it down.
    package static let commands = ["apply", "exec", "nodes"]

    /// With the spec where every command takes it: before its first option.
    package static func arguments(_ argv: [String], spec: String) -> [String] {
        let first = argv.firstIndex { $0.hasPrefix("-") } ?? argv.endIndex
        return argv[..<first] + ["-f", spec] + argv[first...]
    }
}

/// Carries such a command out.
enum MartletAction {
    static func run(_ call: MartletCall, _ context: CheckContext, _ undo: UndoJournal?) async throws {
        guard context.lab.origin.isOwn else {
            throw CannotJudge("only labs that come with martlet run its commands")
        }
        for argv in call.undo.reversed() { undo?.add(.martlet(argv.map(context.fill), call.timeout)) }
        try await run(call.argv.map(context.fill), timeout: call.timeout, context)
    }

    static func run(_ argv: [String], timeout: Duration, _ context: CheckContext) async throws {
        let answer = try await context.ground.martlet(argv, timeout: timeout)
        guard answer.status == 0 else {
            let words = (answer.errors.isEmpty ? answer.output : answer.errors).suffix(600)
            let end =
                answer.isLate ? "took longer than \(LabDuration.text(timeout))" : "ended with status \(answer.status)"
            throw CannotJudge("`martlet \(argv.joined(separator: " "))` \(end): \(words)")
        }
    }
}
