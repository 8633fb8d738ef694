internal import Diagnostics

/// The word that was probably meant.
enum Suggestions {
    static func nearest(_ word: String, _ words: [String]) -> String? { Suggestion.nearest(to: word, in: words) }
}
