/// One piece of work and how it is judged.
package struct LabStep: Sendable {
    package var id: String
    package var title: String
    /// What to do, Markdown; may hold variables.
    package var task: String
    /// Revealed one by one.
    package var hints: [String]
    package var solution: [LabAction]
    package var checks: [LabCheck]
}
