import Bundles
import Digests
import Foundation
import Synchronization
import TestSupport

/// Makes small bundles in temporary folders; the files are right unless a test breaks them.
final class BundleMaker {
    private let scratch: Scratch
    var folder: String { scratch.path }
    var files: [[String: Any]] = []
    var manifest: [String: Any] = [
        "apiVersion": "martlet/v1", "kind": "Bundle", "name": "small", "kubernetesVersion": "v1.31.4",
        "architecture": "amd64",
    ]

    static let version = "v1.31.4"
    static let longName = String(repeating: "long", count: 30)

    /// A bundle with everything that is required and one of each kind.
    init(dns: String = "coredns/coredns:v1.11.1") throws {
        scratch = try Scratch("bundle")
        tars = try Scratch("tars")
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

    /// Holds what is packed.
    private let tars: Scratch

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

    func write(_ path: String, _ bytes: [UInt8]) throws { try scratch.write(path, bytes) }

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
        let path = tars.file("\(tars.names.count).tar")
        let parent = top == "." ? folder : URL(fileURLWithPath: folder).deletingLastPathComponent().path
        let name = top == "." ? "." : URL(fileURLWithPath: folder).lastPathComponent
        try Running.succeed("tar", arguments + ["-cf", path, "-C", parent, name])
        return path
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
        let folder = try Scratch("archive")
        try folder.makeFolder("in")
        for (name, bytes) in files { try folder.write("in/" + name, bytes) }
        try Running.succeed("tar", arguments + ["-cf", folder.file("out"), "-C", folder.file("in"), "."])
        return try folder.bytes("out")
    }
}
