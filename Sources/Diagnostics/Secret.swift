/// A value that must never reach argv, a log, a plan, a journal or a report.
///
/// Deliberately not `Codable`; printing it, also through reflection, shows a mask.
package struct Secret<Value: Sendable>: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    private let value: Value

    package init(_ value: Value) { self.value = value }

    /// The value itself; the call site is where a reviewer looks.
    package func reveal() -> Value { value }

    package var description: String { "(secret)" }
    package var debugDescription: String { "(secret)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
