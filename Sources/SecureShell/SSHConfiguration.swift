/// The part of OpenSSH's client configuration (ssh_config(5)) that this product understands, as a value.
///
/// The first value that applies wins, except for `IdentityFile`, which adds up. `Host` (patterns, negation),
/// `Match all`, `Match host` and `Match originalhost` are understood; a block with other criteria is ignored and a warning says so.
/// Options beside those of `Options` are read over without a word: they belong to other programs' needs.
package struct SSHConfiguration: Sendable, Equatable {
    /// What the files say about one host; nil for what they do not say.
    package struct Options: Sendable, Equatable {
        package var hostName: String?
        package var user: String?
        package var port: UInt16?
        /// With `~` and tokens replaced; `none` empties the list.
        package var identityFiles: [String] = []
        package var identitiesOnly: Bool?
        /// Jump hosts as written (`user@host:port`), the first one first; empty for `none`.
        package var proxyJump: [String]?
        package var userKnownHostsFiles: [String]?
        package var strictHostKeyChecking: StrictHostKeyChecking?
        package var connectTimeout: Duration?
        /// `IdentityAgent`: a socket's path, or `none`; nil means `SSH_AUTH_SOCK`.
        package var identityAgent: String?

        package init() {}
    }

    package enum StrictHostKeyChecking: String, Sendable, Equatable {
        /// Also for `ask`: this program does not ask.
        case yes
        case acceptNew = "accept-new"
        /// Treated as `acceptNew`: a key that differs from an entry is never believed.
        case no
    }

    /// Something in the files that does not do what its author hoped.
    package struct Warning: Sendable, Equatable {
        package var file: String
        package var line: Int
        package var text: String
    }

    /// Who runs the program: what `~`, `%d` and `%u` stand for.
    package struct LocalUser: Sendable, Equatable {
        package var name: String
        package var home: String

        package init(name: String, home: String) {
            self.name = name
            self.home = home
        }
    }

    /// Gives the files that an `Include` pattern names, with their text.
    package typealias Reader = (_ pattern: String) -> [(path: String, text: String)]

    enum Condition: Sendable, Equatable {
        case host([Pattern])
        case matchHost([Pattern])
        case always
        case never
    }

    struct Directive: Sendable, Equatable {
        /// All have to hold: those of the files that include this one, then the block's own.
        var conditions: [Condition]
        var keyword: String
        var arguments: [String]
        var file: String
        var line: Int
    }

    private(set) var directives: [Directive] = []
    package private(set) var warnings: [Warning] = []

    /// Includes nest at most so deep, as in OpenSSH.
    private static let deepestInclude = 16

    package init() {}

    /// Parses one file's text and what it includes.
    ///
    /// Add the user's file before the system's.
    package mutating func add(
        _ text: String, file: String, user: LocalUser, reader: Reader = { _ in [] }
    ) {
        add(text, file: file, user: user, conditions: [], depth: 0, reader: reader)
    }

    private mutating func add(
        _ text: String, file: String, user: LocalUser, conditions outer: [Condition], depth: Int, reader: Reader
    ) {
        var conditions = outer
        var number = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            guard let words = Self.words(of: line) else {
                warnings.append(
                    Warning(file: file, line: number, text: "a quotation mark is not closed; the line is ignored"))
                continue
            }
            guard let keyword = words.first?.lowercased() else { continue }
            let arguments = Array(words.dropFirst())
            switch keyword {
            case "host": conditions = outer + [.host(arguments.map { Pattern($0) })]
            case "match": conditions = outer + [condition(arguments, file: file, line: number)]
            case "include":
                guard depth < Self.deepestInclude else {
                    warnings.append(Warning(file: file, line: number, text: "included files nest too deep; ignored"))
                    continue
                }
                for pattern in arguments {
                    for (path, text) in reader(Self.includePath(pattern, in: file, user: user)) {
                        add(text, file: path, user: user, conditions: conditions, depth: depth + 1, reader: reader)
                    }
                }
            default:
                directives.append(
                    Directive(conditions: conditions, keyword: keyword, arguments: arguments, file: file, line: number))
            }
        }
    }

    private mutating func condition(_ words: [String], file: String, line: Int) -> Condition {
        switch words.first?.lowercased() {
        case "all" where words.count == 1: return .always
        case "host" where words.count == 2: return .matchHost(Pattern.list(words[1].lowercased(), separator: ","))
        case "originalhost" where words.count == 2: return .host(Pattern.list(words[1], separator: ","))
        default:
            warnings.append(
                Warning(
                    file: file, line: line,
                    text: "`Match \(words.joined(separator: " "))` is not supported; the block is ignored"))
            return .never
        }
    }

    /// A relative include is meant from `~/.ssh`, or from the system's folder for a system file.
    private static func includePath(_ pattern: String, in file: String, user: LocalUser) -> String {
        if pattern.hasPrefix("/") { return pattern }
        if pattern.hasPrefix("~/") { return user.home + pattern.dropFirst() }
        return (file.hasPrefix("/etc/ssh/") ? "/etc/ssh/" : user.home + "/.ssh/") + pattern
    }

    /// The words of a line: separated by white space, the first also by `=`; quotes group, `#` begins a comment between
    /// words.
    ///
    /// Nil if a quote is not closed.
    static func words(of line: some StringProtocol) -> [String]? {
        var words: [String] = []
        var word: String?
        var isQuoted = false
        for character in line {
            switch character {
            case "\"":
                isQuoted.toggle()
                word = word ?? ""
            case _ where isQuoted: word?.append(character)
            case "#" where word == nil: return words
            case "=" where words.isEmpty && word != nil, "=" where words.count == 1 && word == nil:
                if let finished = word { words.append(finished) }
                word = nil
            case _ where character.isWhitespace:
                if let finished = word { words.append(finished) }
                word = nil
            default: word = (word ?? "") + String(character)
            }
        }
        guard !isQuoted else { return nil }
        if let finished = word { words.append(finished) }
        return words
    }
}
