/// What every object of Kubernetes has, and pods beside it.
extension JSONValue {
    /// As a person would write it.
    package var text: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .number(let value): value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
        case .string(let value): value
        case .array(let items): "[" + items.map(\.text).joined(separator: ", ") + "]"
        case .object(let members):
            "{" + members.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.text)" }.joined(separator: ", ")
                + "}"
        }
    }

    package var objectName: String { self["metadata"]?["name"]?.string ?? "?" }
    package var labels: [String: JSONValue] { self["metadata"]?["labels"]?.object ?? [:] }
    package var isBeingDeleted: Bool { self["metadata"]?["deletionTimestamp"]?.string != nil }

    package func condition(_ type: String) -> JSONValue? {
        self["status"]?["conditions"]?.array?.first { $0["type"]?.string == type }
    }

    /// Of a pod.
    package var isReadyPod: Bool { condition("Ready")?["status"]?.string == "True" && !isBeingDeleted }

    /// Why a pod is not ready, in the words of its containers or conditions; nil if nothing says so.
    package var podProblem: String? { PodTrouble.of(self)?.text }
}
