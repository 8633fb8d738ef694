internal import Bundles
internal import ClusterModel
internal import FoundationEssentials

/// What `martlet bundle inspect` says; a value, so that it can be compared in tests.
struct BundleInspection: Encodable {
    struct File: Encodable {
        var path: String
        var kind: String
        var name: String
        var version: String?
        var distribution: String?
        var references: [String]?
        var size: UInt64
        var sha256: String
    }

    struct ClusterDNS: Encodable {
        var kind: String
        var image: String?
    }

    struct Runtime: Encodable {
        /// `bundle`, `package` or `distribution`.
        var source: String
        var version: String?
    }

    var formatVersion = 1
    var path: String
    var name: String
    var container: String
    var kubernetesVersion: String
    var architecture: String
    var imageRepository: String?
    var pauseImage: String?
    var etcdTag: String?
    var clusterDNS: ClusterDNS
    var runtime: Runtime
    var files: [File]
    /// Files that bundle.json does not list.
    var unlisted: [String]
    var totalSize: UInt64

    init(_ bundle: OfflineBundle) {
        let release = bundle.release
        path = bundle.path
        name = bundle.name
        container = bundle.container.rawValue
        kubernetesVersion = release.kubernetesVersion.description
        architecture = release.architecture.rawValue
        imageRepository = release.imageRepository
        pauseImage = release.pauseImage
        etcdTag = release.etcdTag
        switch release.clusterDNS {
        case .coreDNS: clusterDNS = ClusterDNS(kind: "coredns")
        case .martlet(let image): clusterDNS = ClusterDNS(kind: "martlet", image: image)
        }
        if let own = release.binary("containerd") {
            runtime = Runtime(source: "bundle", version: own.version)
        } else if let package = release.packages.first(where: { $0.name == "containerd" }) {
            runtime = Runtime(source: "package", version: package.version)
        } else {
            runtime = Runtime(source: "distribution")
        }
        files = bundle.entries.map { entry in
            File(
                path: entry.path, kind: entry.kind.rawValue, name: entry.name,
                version: entry.version.isEmpty ? nil : entry.version,
                distribution: entry.distribution.isEmpty ? nil : entry.distribution,
                references: entry.references.isEmpty ? nil : entry.references, size: entry.size, sha256: entry.sha256)
        }
        unlisted = bundle.unlisted
        totalSize = bundle.entries.reduce(0) { $0 + $1.size }
    }

    func json() throws -> String { try BundleText.json(self) }

    func text() -> String {
        let dns = clusterDNS.image.map { "martlet's own, \($0)" } ?? "CoreDNS of kubeadm"
        let containerd =
            switch runtime.source {
            case "bundle": "containerd \(runtime.version ?? "") of the bundle"
            case "package": "package containerd \(runtime.version ?? "")"
            default: "package containerd of the distribution"
            }
        let facts: [(String, String)] = [
            ("Bundle", "\(name) (\(container))"), ("Kubernetes", kubernetesVersion), ("Architecture", architecture),
            ("Images from", imageRepository ?? "-"), ("Pause image", pauseImage ?? "-"), ("etcd", etcdTag ?? "-"),
            ("Cluster DNS", dns), ("Runtime", containerd),
        ]
        let width = facts.map(\.0.count).max() ?? 0
        var lines = facts.map { BundleText.padded($0.0, width) + "  " + $0.1 }
        for kind in BundleEntry.Kind.allCases {
            let files = files.filter { $0.kind == kind.rawValue }
            guard !files.isEmpty else { continue }
            let size = BundleText.size(files.reduce(0) { $0 + $1.size })
            lines += ["", "\(Self.headings[kind] ?? kind.rawValue): \(files.count), \(size)"]
            lines += BundleText.table(
                files.map { file in
                    [
                        file.references?.joined(separator: ", ") ?? file.name,
                        [file.version, file.distribution].compactMap { $0 }.joined(separator: " "),
                        BundleText.size(file.size),
                    ]
                })
        }
        lines += ["", "Total: \(files.count) files, \(BundleText.size(totalSize))"]
        if !unlisted.isEmpty {
            lines += ["", "Not in bundle.json, not used: \(unlisted.count)"] + unlisted.map { "  " + $0 }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let headings: [BundleEntry.Kind: String] = [
        .binary: "Binaries", .image: "Images", .cniPlugin: "CNI plug-ins", .package: "Packages",
        .manifest: "Manifests", .frameworkFile: "Files of frameworks",
    ]
}

/// Pieces of text that both commands need.
enum BundleText {
    /// Sorted keys, with a line break at the end.
    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }

    /// Decimal units with three digits or so: `36.5 MB`.
    static func size(_ bytes: UInt64) -> String {
        guard bytes >= 1000 else { return "\(bytes) B" }
        var value = Double(bytes)
        var unit = 0
        while value >= 999.95, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }

    private static let units = ["B", "kB", "MB", "GB", "TB"]

    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// Rows of equal length, indented; the last column to the right.
    static func table(_ rows: [[String]]) -> [String] {
        guard let columns = rows.first?.count else { return [] }
        let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.enumerated().map { column, text in
                column == columns - 1
                    ? String(repeating: " ", count: widths[column] - text.count) + text
                    : padded(text, widths[column])
            }
            return "  " + cells.joined(separator: "  ")
        }
    }
}
