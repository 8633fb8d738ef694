internal import ConfigTree
package import Diagnostics
internal import Foundation
internal import YAMLDocument

/// From kubeconfig files to the access that one of their contexts describes (client.config v1 of kubectl).
package enum Kubeconfig {
    /// The files that count where none is named; some of them may be missing.
    package static var standardPaths: [String] {
        // The same folder as a URL takes half a millisecond.
        standardPaths(ProcessInfo.processInfo.environment["KUBECONFIG"] ?? "", home: NSHomeDirectory())
    }

    private static func standardPaths(_ variable: String, home: String) -> [String] {
        let listed = variable.split(separator: ":").map(String.init)
        return listed.isEmpty ? ["\(home)/.kube/config"] : listed
    }

    /// Reads kubeconfig files and merges them: of everything with the same name the first counts.
    ///
    /// Without `paths` the list in KUBECONFIG, of which files may be missing, or else `~/.kube/config`. Relative paths
    /// inside a file begin at its folder. Without `context` the first `current-context` counts.
    package static func load(
        paths: [String]? = nil, context: String? = nil
    ) throws(Diagnostics) -> (access: KubernetesAccess, warnings: [Diagnostic]) {
        let variable = ProcessInfo.processInfo.environment["KUBECONFIG"] ?? ""
        return try load(
            paths: paths, context: context, variable: variable,
            home: FileManager.default.homeDirectoryForCurrentUser.path)
    }

    /// `variable` is what KUBECONFIG holds, `home` the user's folder.
    static func load(
        paths: [String]?, context: String?, variable: String, home: String
    ) throws(Diagnostics) -> (access: KubernetesAccess, warnings: [Diagnostic]) {
        let wanted = paths ?? standardPaths(variable, home: home)
        var files: [KubeconfigFile] = []
        var warnings: [Diagnostic] = []
        for path in wanted where !files.contains(where: { $0.path == path }) {
            let bytes: [UInt8]
            do throws(Diagnostic) {
                bytes = try YAMLFile.bytes(at: path, limit: 16 << 20)
            } catch {
                if paths == nil, error.code == "file.missing" { continue }
                throw Diagnostics([error])
            }
            if let warning = KubeconfigFile.readableByOthers(path) { warnings.append(warning) }
            files.append(try KubeconfigFile(bytes, path: path))
        }
        guard !files.isEmpty else {
            throw Diagnostics([
                Diagnostic(
                    code: "kubeconfig.missing", "There is no kubeconfig",
                    detail: "looked for " + wanted.joined(separator: ", "),
                    hint: "name one with --kubeconfig or KUBECONFIG", exitCode: .lacking)
            ])
        }
        var reader = KubeconfigReader(files: files, home: home)
        let access = try reader.access(context: context)
        return (access, warnings + reader.warnings)
    }

    /// Reads the text of one kubeconfig; relative paths inside it begin at the folder of `name`.
    package static func parse(
        _ text: String, name: String, context: String? = nil
    ) throws(Diagnostics) -> (access: KubernetesAccess, warnings: [Diagnostic]) {
        let home = FileManager.default.homeDirectoryForCurrentUser.path
        var reader = KubeconfigReader(files: [try KubeconfigFile(Array(text.utf8), path: name)], home: home)
        let access = try reader.access(context: context)
        return (access, reader.warnings)
    }
}
