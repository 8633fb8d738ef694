import Bundles
import Foundation
import Synchronization

/// Makes small bundles in temporary folders; the files are right unless a test breaks them.
final class BundleMaker {
    let folder: String
    var files: [[String: Any]] = []
    var manifest: [String: Any] = [
        "apiVersion": "martlet/v1", "kind": "Bundle", "name": "small", "kubernetesVersion": "v1.31.4",
        "architecture": "amd64",
    ]

    static let version = "v1.31.4"
    static let longName = String(repeating: "long", count: 30)

    /// A bundle with everything that is required and one of each kind.
    init(dns: String = "coredns/coredns:v1.11.1") throws {
        folder = FileManager.default.temporaryDirectory.path + "/martlet-bundle-\(UUID().uuidString)"
        for name in ["kubeadm", "kubelet", "kubectl"] {
            try add("bin/\(name)", Self.elf(name), kind: "binary", ["name": name, "version": Self.version])
        }
        for name in ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"] {
            try addImage("registry.example/\(name):\(Self.version)")
        }
        for reference in ["etcd:3.5.15-0", "pause:3.10", dns] { try addImage("registry.example/" + reference) }
        try add("cni/bridge", Self.elf("bridge"), kind: "cni-plugin", ["name": "bridge", "version": "v1.5.1"])
        try add(
            "packages/debian-12/\(Self.longName).deb", Array("a package".utf8), kind: "package",
            ["name": "containerd", "version": "1.6.20~ds1-1+deb12u1", "distribution": "debian-12"])
        try add("manifests/cni.yaml", Array("kind: List\n".utf8), kind: "manifest", ["name": "flannel"])
        try save()
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
        for tar in tars { try? FileManager.default.removeItem(atPath: tar) }
    }

    private var tars: [String] = []

    func add(_ path: String, _ bytes: [UInt8], kind: String, _ more: [String: Any]) throws {
        try write(path, bytes)
        files.append(
            ["path": path, "kind": kind, "size": bytes.count, "sha256": Digest.sha256(bytes)].merging(more) { $1 })
    }

    func addImage(_ reference: String, names: [String]? = nil) throws {
        let name = reference.split(separator: "/").last?.split(separator: ":").first.map(String.init) ?? "image"
        try add(
            "images/\(name).tar", try Self.image(names ?? [reference]), kind: "image", ["references": [reference]])
    }

    func write(_ path: String, _ bytes: [UInt8]) throws {
        let url = URL(fileURLWithPath: folder + "/" + path)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    /// Writes bundle.json.
    func save() throws {
        manifest["files"] = files
        let data = try JSONSerialization.data(
            withJSONObject: manifest, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        try write("bundle.json", [UInt8](data))
    }

    /// Changes keys of the entry with a path; nil removes one.
    func change(_ path: String, _ keys: [String: Any?]) throws {
        for index in files.indices where files[index]["path"] as? String == path {
            for (key, value) in keys { files[index][key] = value }
        }
        try save()
    }

    func remove(_ path: String) throws {
        files.removeAll { $0["path"] as? String == path }
        try save()
    }

    /// Packs the folder with the system's tar.
    func tar(_ arguments: [String] = ["--format=gnu"], top: String = ".") throws -> String {
        let path = folder + "-\(tars.count).tar"
        tars.append(path)
        let parent = top == "." ? folder : URL(fileURLWithPath: folder).deletingLastPathComponent().path
        let name = top == "." ? "." : URL(fileURLWithPath: folder).lastPathComponent
        try Self.run(["tar"] + arguments + ["-cf", path, "-C", parent, name])
        return path
    }

    static func run(_ arguments: [String]) throws {
        struct Failed: Error { var arguments: [String] }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed(arguments: arguments) }
    }

    /// The head of an ELF program and some text.
    static func elf(_ text: String, machine: UInt8 = 62) -> [UInt8] {
        [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, machine, 0] + Array(text.utf8)
    }

    /// A docker-archive with nothing but names.
    static func image(_ names: [String]) throws -> [UInt8] {
        if let known = images.withLock({ $0[names] }) { return known }
        let json = try JSONSerialization.data(
            withJSONObject: [["Config": "c.json", "RepoTags": names, "Layers": [String]()]])
        let image = try archive(["manifest.json": [UInt8](json)])
        images.withLock { $0[names] = image }
        return image
    }

    /// Starting tar for each of them again would take most of the tests' time.
    private static let images = Mutex<[[String]: [UInt8]]>([:])

    /// An uncompressed tar of files, made by the system's tar.
    static func archive(_ files: [String: [UInt8]], _ arguments: [String] = []) throws -> [UInt8] {
        let folder = FileManager.default.temporaryDirectory.path + "/martlet-archive-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, bytes) in files {
            let url = URL(fileURLWithPath: folder + "/in/" + name)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: url)
        }
        try run(["tar"] + arguments + ["-cf", folder + "/out", "-C", folder + "/in", "."])
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/out")))
    }
}
