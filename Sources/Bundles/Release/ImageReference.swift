/// `registry.k8s.io/coredns/coredns:v1.11.1`, taken apart.
package struct ImageReference: Sendable, Hashable, CustomStringConvertible {
    /// Everything before the last component, `registry.k8s.io/coredns`; empty if there is only one component.
    package var repository: String
    /// The last component, `coredns`.
    package var name: String
    package var tag: String

    /// Reads a reference with a tag; nil without one, with a digest, or with characters that no reference has.
    package init?(_ text: String) {
        let allowed = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"),
                UInt8(ascii: "/"), UInt8(ascii: ":"):
                true
            default: false
            }
        }
        guard allowed else { return nil }
        let components = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let last = components.last, components.allSatisfy({ !$0.isEmpty }) else { return nil }
        let parts = last.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, parts[1].utf8.count <= 128 else { return nil }
        repository = components.dropLast().joined(separator: "/")
        name = String(parts[0])
        tag = String(parts[1])
    }

    package var description: String { (repository.isEmpty ? "" : repository + "/") + name + ":" + tag }

    /// The same with the registry that container runtimes add: `pause:1` is `docker.io/library/pause:1`.
    package var normalised: String {
        guard !repository.isEmpty else { return "docker.io/library/\(self)" }
        let registry = repository.split(separator: "/").first.map(String.init) ?? repository
        let isHost = registry.contains(".") || registry.contains(":") || registry == "localhost"
        return isHost ? description : "docker.io/\(self)"
    }
}
