/// The goals that need something to be done, by host: what a requirement may wait for.
///
/// Two short look-ups for each requirement: a set of all steps' ids would cost a large plan an eighth of its time.
struct PendingGoals {
    private var goals: [String: [String]] = [:]

    mutating func add(_ ids: [String], on host: String) { goals[host] = ids }

    /// - Parameter requirement: a step's id, `worker-join@node-7`.
    func contains(_ requirement: String) -> Bool {
        guard let at = requirement.utf8.lastIndex(of: Self.separator) else { return false }
        let goal = requirement[..<at]
        let host = String(requirement[requirement.utf8.index(after: at)...])
        return goals[host]?.contains { $0 == goal } ?? false
    }

    /// Whether a requirement names the host; otherwise it is on the goal's own.
    ///
    /// Bytes, because comparing characters costs more than the rest of a step.
    static func isQualified(_ requirement: String) -> Bool { requirement.utf8.contains(separator) }

    private static let separator = UInt8(ascii: "@")
}
