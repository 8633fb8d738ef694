internal import ConfigTree
internal import Diagnostics
internal import Foundation
internal import YAMLDocument

/// One kubeconfig as it is written.
struct KubeconfigFile {
    let path: String
    let root: ConfigNode

    /// Throws when it is no YAML or JSON, or no kubeconfig at all.
    init(_ bytes: [UInt8], path: String) throws(Diagnostics) {
        self.path = path
        root = try YAMLReader.document(bytes, file: path).root
        guard root.kind == .mapping else {
            throw KubeconfigFile.fault(root, "not-kubeconfig", "`\(path)` is not a kubeconfig", "it is no mapping")
        }
        if let kind = root["kind"], !kind.hasText("Config") {
            throw KubeconfigFile.fault(
                kind, "not-kubeconfig", "`\(path)` is not a kubeconfig",
                "its kind is `\(ConfigDecoder.shortened(kind.text))`")
        }
        if let version = root["apiVersion"], !version.hasText("v1") {
            throw KubeconfigFile.fault(
                version, "not-kubeconfig", "`\(path)` is a kubeconfig of a version that is not known here",
                "its apiVersion is `\(ConfigDecoder.shortened(version.text))`, and v1 is known")
        }
    }

    /// The folder at which relative paths in the file begin.
    var folder: String { PathName.folder(of: path) }

    /// The `name`s of a list such as `contexts`, in the order of the text.
    func names(_ list: String) -> [String] {
        guard let list = root[list] else { return [] }
        return list.items.compactMap { $0["name"]?.text }
    }

    /// The entry of a list such as `contexts` with this name: `key` is where its content stands.
    func entry(_ list: String, _ key: String, named name: String) throws(Diagnostics) -> ConfigNode? {
        guard let list = root[list], !list.isNull else { return nil }
        guard list.kind == .sequence else {
            throw KubeconfigFile.fault(list, "type", "`\(list.path)` must be a list", "it is none")
        }
        for item in list.items where item["name"]?.hasText(name) == true {
            guard let content = item[key], content.kind == .mapping else {
                throw KubeconfigFile.fault(
                    item["name"] ?? item, "type", "`\(name)` in `\(list.path)` has no mapping `\(key)`", nil)
            }
            return content
        }
        return nil
    }

    static func fault(
        _ node: ConfigNode, _ code: String, _ summary: String, _ detail: String?, hint: String? = nil,
        hidesText: Bool = false
    ) -> Diagnostics {
        var location = node.location
        if hidesText { location.text = nil }
        return Diagnostics([
            Diagnostic(
                code: "kubeconfig.\(code)", summary, detail: detail, hint: hint, location: location, exitCode: .invalid)
        ])
    }

    /// A warning if anybody on this machine can read the file.
    static func readableByOthers(_ path: String) -> Diagnostic? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o004 != 0 else {
            return nil
        }
        return Diagnostic(
            .warning, code: "kubeconfig.readable-by-all", "Everybody on this machine can read `\(path)`",
            detail: "a kubeconfig holds what its owner identifies himself with", hint: "chmod 600 \(path)",
            location: SourceLocation(file: path, line: 1, column: 1))
    }
}
