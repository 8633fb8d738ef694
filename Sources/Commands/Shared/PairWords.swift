internal import ArgumentParser

/// Words of the form NAME=VALUE, as options take them several times.
enum PairWords {
    static func split(_ word: String) -> (name: String, value: String) {
        let name = word.prefix { $0 != "=" }
        return (String(name), String(word.dropFirst(name.count + 1)))
    }

    /// - Throws: `ValidationError`, which names the option, for a word of another form and for a name that is given twice: nobody
    ///   can know which of them is meant.
    static func check(_ words: [String], option: String, form: String = "NAME=VALUE") throws {
        var seen: Set<String> = []
        for word in words {
            guard word.dropFirst().contains("=") else { throw ValidationError("\(option): `\(word)` is not \(form)") }
            let name = split(word).name
            guard seen.insert(name).inserted else { throw ValidationError("\(option) gives \(name) twice") }
        }
    }
}
