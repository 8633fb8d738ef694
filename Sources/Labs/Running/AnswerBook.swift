internal import Synchronization

/// Answers of quizzes, by check; the learner's, or those of a proof.
package final class AnswerBook: Sendable {
    private let answers: Mutex<[String: String]>

    package init(_ answers: [String: String] = [:]) { self.answers = Mutex(answers) }

    package subscript(_ check: String) -> String? {
        get { answers.withLock { $0[check] } }
        set { answers.withLock { $0[check] = newValue } }
    }

    package var all: [String: String] { answers.withLock { $0 } }
}
