internal import KubernetesAPI

extension JSONValue {
    /// JSON merge patch: objects are merged, `null` removes, everything else replaces (RFC 7396).
    func merged(with patch: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var members = object ?? [:]
        for (key, value) in changes {
            if value.isNull { members[key] = nil } else { members[key] = (members[key] ?? .null).merged(with: value) }
        }
        return .object(members)
    }
}
