/// Chooses an image that needs no download.
enum ActiveImage {
    static let fallback = "docker.io/library/busybox:1.36"

    /// A node with the images that its kubelet reports.
    struct Holder: KubernetesObject {
        struct Status: Sendable, Decodable {
            struct Image: Sendable, Decodable { var names: [String]? }
            var images: [Image]?
        }
        var metadata: Metadata?
        var status: Status?
    }

    /// The BusyBox that most nodes have; of equals the first by name.
    ///
    /// Kubelets report only the largest fifty images
    /// (`nodeStatusMaxImages`), so one may be there and not be seen.
    static func choose(_ nodes: [Holder]) -> String {
        var count: [String: Int] = [:]
        for node in nodes {
            let names = Set((node.status?.images ?? []).flatMap { $0.names ?? [] }.filter(isBusyBox))
            for name in names { count[name, default: 0] += 1 }
        }
        return count.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key ?? fallback
    }

    /// With a tag: a digest alone is not found again after an import.
    private static func isBusyBox(_ name: String) -> Bool {
        guard !name.contains("@"), let last = name.split(separator: "/").last else { return false }
        return last.hasPrefix("busybox:")
    }
}
