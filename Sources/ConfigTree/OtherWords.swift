/// Words of other programs for what has another name here: nobody finds `sshPort` in `ssh.port` by the distance of letters.
///
/// Case, dashes and underscores do not count.
package struct OtherWords: Sendable, ExpressibleByDictionaryLiteral {
    private let meanings: [String: String]

    package init(dictionaryLiteral elements: (String, String)...) {
        meanings = Dictionary(elements.map { (Self.bare($0.0), $0.1) }, uniquingKeysWith: { first, _ in first })
    }

    /// How a word is written here: a key, a path of keys, or a value; nil when nobody is known to use it.
    package func meaning(of word: String) -> String? { meanings[Self.bare(word)] }

    private static func bare(_ word: String) -> String { word.lowercased().filter { $0 != "-" && $0 != "_" } }
}
