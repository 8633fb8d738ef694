/// A cause of failures that is known by its trace in a log.
package struct KnownCause: Sendable, Hashable {
    /// A piece of the line, compared without regard to case.
    package var trace: String
    package var meaning: String
    package var remedy: String

    package init(trace: String, meaning: String, remedy: String) {
        self.trace = trace
        self.meaning = meaning
        self.remedy = remedy
    }
}
