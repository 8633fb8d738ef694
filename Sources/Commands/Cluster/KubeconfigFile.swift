internal import Catalogue
internal import ConfigTree
internal import Diagnostics
internal import Execution
internal import Foundation
internal import YAMLDocument

/// The administrator's kubeconfig, fetched from a control plane and renamed after the cluster.
enum KubeconfigFile {
    static func defaultPath(spec: String, cluster: String) -> String {
        PathName.beside(spec, "\(cluster).kubeconfig")
    }

    /// For a control plane.
    static let question = RemoteCommand("cat /etc/kubernetes/admin.conf", mayBeSeen: true)

    /// Written 0600, whole or not at all; left alone if it is the same already.
    static func write(_ text: String, to path: String) throws {
        let data = Data(text.utf8)
        guard FileManager.default.contents(atPath: path) != data else { return }
        try LocalWrite.replace(path, with: data, mode: 0o600)
    }

    /// As the hosts had it when the session was opened, for a session that asked for it and has changed nothing since.
    /// - Throws: `Diagnostic` if the host that counts has none.
    static func asked(_ session: ClusterSession) throws -> String {
        let holder = session.driver.kubeconfigHolder
        guard let text = session.kubeconfigs[holder]?.reveal() else { throw missing(on: holder) }
        return session.driver.kubeconfig(text)
    }

    /// As the host that counts has it now.
    /// - Throws: `Diagnostic` if it has none.
    static func fetch(_ session: ClusterSession) async throws -> String {
        let holder = session.driver.kubeconfigHolder
        guard let question = session.driver.kubeconfigQuestions[holder] else { throw missing(on: holder) }
        let results = try await session.fleet.read([question], on: holder, timeout: .seconds(30))
        guard let result = results.first, result.status == 0 else { throw missing(on: holder) }
        return session.driver.kubeconfig(result.output)
    }

    private static func missing(on host: String) -> Diagnostic {
        Diagnostic(
            code: "kubeconfig.missing", "there is no kubeconfig of the cluster's administrator",
            hint: "run `martlet apply` first", host: host)
    }

    /// Puts a kubeconfig into a file that may hold others; the old file stays as `FILE.before-martlet`.
    /// - Throws: `Diagnostics` if the file is no valid YAML; it is then left alone.
    static func merge(_ text: String, into path: String) throws {
        let addition = try YAMLReader.document(Array(text.utf8), file: "kubeconfig of the cluster").root
        let old = FileManager.default.contents(atPath: path)
        let existing = try old.flatMap { $0.isEmpty ? nil : try YAMLReader.document(Array($0), file: path).root }
        let merged = Data(KubeconfigMerge.text(existing: existing, addition: addition).utf8)
        guard merged != old else { return }
        if let old { try LocalWrite.replace(path + ".before-martlet", with: old, mode: 0o600) }
        try FileManager.default.createDirectory(
            atPath: PathName.folder(of: path), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700]
        )
        try LocalWrite.replace(path, with: merged, mode: 0o600)
    }

    /// kubeadm calls every cluster `kubernetes` and every user `kubernetes-admin`; names after the cluster can be merged.
    static func renamed(_ text: String, cluster: String, server: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
            let trimmed = line.drop { $0 == " " || $0 == "-" }
            guard let colon = trimmed.firstIndex(of: ":") else { return String(line) }
            let indent = line[..<trimmed.startIndex]
            let value = trimmed[trimmed.index(after: colon)...].drop { $0 == " " }
            let key = String(trimmed[..<colon])
            switch key {
            case "server": return "\(indent)server: \(server)"
            case "current-context": return "\(indent)current-context: \(cluster)"
            case "name", "cluster", "user":
                // The context is `kubernetes-admin@CLUSTER`, the user `kubernetes-admin`, the cluster as kubeadm was told.
                if value.contains("@") { return "\(indent)\(key): \(cluster)" }
                if value == "kubernetes-admin" { return "\(indent)\(key): \(cluster)-admin" }
                return value.isEmpty ? String(line) : "\(indent)\(key): \(cluster)"
            default: return String(line)
            }
        }.joined(separator: "\n")
    }
}
