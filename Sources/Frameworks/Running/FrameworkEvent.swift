/// What an installation or removal tells while it runs.
package enum FrameworkEvent: Sendable, Hashable {
    case phaseBegan(id: String, title: String)
    case changed(FrameworkPlan.Change)
    case acted(String)
    case waiting([String])
    case phaseEnded(id: String, seconds: Double)
    case note(String)
}
