internal import Diagnostics

/// Has the cluster's name typed before something is done that hurts.
enum NameConfirmation {
    /// - Parameters:
    ///   - given: of `--confirm`; nil asks on the terminal.
    ///   - code: the beginning of the errors' codes, the command.
    static func require(_ name: String, given: String?, warning: String, code: String) throws {
        if given == name { return }
        if let given {
            throw Diagnostic(
                code: "\(code).not-confirmed", "\(given) is not the name of this cluster",
                hint: "the spec calls it \(name)", exitCode: .usage)
        }
        Conversation.say(warning)
        guard let answer = Conversation.question("Type its name to go on: ") else {
            throw Diagnostic(
                code: "\(code).no-terminal", "there is no terminal to ask", hint: "use --confirm \(name) in scripts",
                exitCode: .usage)
        }
        guard answer == name else {
            throw Diagnostic(code: "\(code).not-confirmed", "nothing was changed: the answer was not \(name)")
        }
    }
}
