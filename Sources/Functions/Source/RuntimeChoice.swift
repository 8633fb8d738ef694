package import Diagnostics

/// Which of a framework's runtimes a function gets.
package enum RuntimeChoice {
    /// The one that was asked for, else the default of the source's language.
    ///
    /// A version may be left out (`python` for `python3.11`) or shortened (`python3`, if there is only one of these), a language's
    /// usual short forms are understood (`node`).
    /// - Parameter image: with an interpreter; any language will do then.
    /// - Throws: `function.runtime` with exit code `.usage`; names what there is.
    package static func choose(
        _ wanted: String?, language: String?, of runtimes: [FunctionRuntime], framework: String, image: String? = nil
    ) throws(Diagnostic) -> FunctionRuntime {
        let names = runtimes.map(\.id)
        guard let wanted else {
            guard let language else {
                throw Diagnostic(
                    code: "function.runtime", "the file's ending does not say which runtime it needs",
                    detail: known(names, framework), hint: "name one with --runtime", exitCode: .usage)
            }
            if let found = best(runtimes.filter { $0.language == language }) { return found }
            if let image { return FunctionRuntime(id: language, language: language, image: image) }
            throw Diagnostic(
                code: "function.runtime", "\(framework) has no runtime for \(language)",
                detail: known(names, framework),
                hint:
                    "put it into an image and deploy that with --image, or name one that runs it with --runtime-image",
                exitCode: .usage)
        }
        if let exact = runtimes.first(where: { $0.id == wanted || $0.kind == wanted }) { return exact }
        let short = ["node": "nodejs", "js": "nodejs", "py": "python", "sh": "shell", "golang": "go"][wanted] ?? wanted
        if let found = best(runtimes.filter { $0.language == short }) { return found }
        let versions = runtimes.filter { isVersion(short, of: $0) }
        guard versions.count < 2 else {
            throw Diagnostic(
                code: "function.runtime", "`\(wanted)` may be several runtimes of \(framework)",
                detail: "there are \(versions.map(\.id).joined(separator: ", "))", hint: "name one of them",
                exitCode: .usage)
        }
        if let found = versions.first { return found }
        if let image, !short.isEmpty { return FunctionRuntime(id: short, language: short, image: image) }
        let near = Suggestion.nearest(to: wanted, in: names + runtimes.map(\.language))
        throw Diagnostic(
            code: "function.runtime", "\(framework) has no runtime `\(wanted)`", detail: known(names, framework),
            hint: near.map { "did you mean `\($0)`?" }, exitCode: .usage)
    }

    /// Whether it is the runtime's language with the beginning of its version, which ends at a point: `python3.1` is none of `python3.11`.
    private static func isVersion(_ word: String, of runtime: FunctionRuntime) -> Bool {
        guard word.count > runtime.language.count, word.hasPrefix(runtime.language), runtime.id.hasPrefix(word) else {
            return false
        }
        return runtime.id.dropFirst(word.count).first?.isNumber == false
    }

    private static func best(_ candidates: [FunctionRuntime]) -> FunctionRuntime? {
        candidates.first(where: \.isDefault) ?? candidates.last
    }

    private static func known(_ names: [String], _ framework: String) -> String {
        names.isEmpty ? "\(framework) runs images only" : "it knows \(names.joined(separator: ", "))"
    }
}
