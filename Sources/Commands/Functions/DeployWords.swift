internal import ArgumentParser

/// What Kubernetes takes as names and amounts: checked here, because it says so late, and only after other objects were written.
enum DeployWords {
    /// Seconds; a day is more than any framework waits for a request.
    static let seconds = 1...86_400

    /// core/v1 EnvVar `name` (apimachinery, validation.IsEnvVarName).
    static func checkEnvironment(_ words: [String]) throws {
        try PairWords.check(words, option: "--env")
        for name in words.map({ PairWords.split($0).name }) {
            guard name.wholeMatch(of: /[-._a-zA-Z][-._a-zA-Z0-9]*/) != nil, name != ".", !name.hasPrefix("..") else {
                throw ValidationError(
                    "--env: `\(name)` is no name of a variable: expected letters, digits, `-`, `.` and `_`, and no digit first"
                )
            }
        }
    }

    static func checkLabels(_ words: [String]) throws {
        try PairWords.check(words, option: "--label")
        for (name, value) in words.map(PairWords.split) {
            try checkKey(name, option: "--label")
            guard value.isEmpty || isPart(value) else {
                throw ValidationError(
                    "--label \(name): `\(value)` is no value of a label: expected at most 63 letters, digits, `-`, `_` and `.`, which begin and end with a letter or digit"
                )
            }
        }
    }

    /// Their values may be anything.
    static func checkAnnotations(_ words: [String]) throws {
        try PairWords.check(words, option: "--annotation")
        for word in words { try checkKey(PairWords.split(word).name, option: "--annotation") }
    }

    /// A qualified name: [PREFIX/]NAME (apimachinery, validation.IsQualifiedName).
    private static func checkKey(_ key: String, option: String) throws {
        let parts = key.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let isKey =
            isPart(parts.last ?? "")
            && (parts.count == 1
                || parts[0].utf8.count <= 253
                    && parts[0].wholeMatch(of: /[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/) != nil)
        guard isKey else {
            throw ValidationError(
                "\(option): `\(key)` is no key: expected NAME or DOMAIN/NAME, with at most 63 letters, digits, `-`, `_` and `.` in NAME, which begins and ends with a letter or digit"
            )
        }
    }

    private static func isPart(_ text: String) -> Bool {
        text.utf8.count <= 63 && text.wholeMatch(of: /[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?/) != nil
    }

    static func checkAmounts(memory: String?, cpu: String?) throws {
        if let memory {
            guard let bytes = QuantityWord.positive(memory) else {
                throw ValidationError("--memory: `\(memory)` is no quantity: expected one such as 128Mi")
            }
            // `128m` is an eighth of a byte.
            guard bytes >= 1 else {
                throw ValidationError("--memory: `\(memory)` is less than a byte: expected a quantity such as 128Mi")
            }
        }
        if let cpu, QuantityWord.positive(cpu) == nil {
            throw ValidationError("--cpu: `\(cpu)` is no quantity: expected one such as 200m or 0.5")
        }
    }
}
