package import Planning

/// One kind of step of the driver minikube: what `martlet explain` tells, and a pure function to goals.
package struct MinikubeStep: Sendable {
    package let id: String
    package let phase: Phase
    package let summary: String
    package let explanation: String
    let goals: @Sendable (MinikubeContext) -> [Goal]

    init(
        _ id: String, _ phase: Phase, _ summary: String, explanation: String,
        goals: @escaping @Sendable (MinikubeContext) -> [Goal]
    ) {
        self.id = id
        self.phase = phase
        self.summary = summary
        self.explanation = explanation
        self.goals = goals
    }
}
