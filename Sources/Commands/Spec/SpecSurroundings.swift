internal import ClusterModel
internal import ConfigTree
internal import Diagnostics
internal import Foundation

/// Checks what a spec names on this machine: the bundle, keys, a manifest.
///
/// The spec alone cannot know.
enum SpecSurroundings {
    static func problems(of spec: ClusterSpec, source: SourceMap) -> [Diagnostic] {
        bundleProblems(spec, source) + minikubeProblems(spec, source) + manifestProblems(spec, source)
            + keyProblems(spec, source)
    }

    private static func bundleProblems(_ spec: ClusterSpec, _ source: SourceMap) -> [Diagnostic] {
        guard case .bundle(let path) = spec.kubernetes.source else { return [] }
        let location = source.location(of: "kubernetes.source.bundle")
        switch LocalBundle.look(at: path) {
        case .archive: return []
        case .missing:
            return [
                Diagnostic(
                    code: "spec.bundle-missing", "there is no bundle at \(path)",
                    hint: "relative paths begin at the spec's folder", location: location, exitCode: .invalid)
            ]
        case .faulty(let reason):
            return [
                Diagnostic(
                    code: "spec.bundle-faulty", "\(path) is not a bundle", detail: reason,
                    hint: "look at it with `martlet bundle inspect`", location: location, exitCode: .invalid)
            ]
        case .version(let text):
            guard KubernetesVersion(text) != spec.kubernetes.version else { return [] }
            return [
                Diagnostic(
                    code: "spec.bundle-version",
                    "the bundle holds Kubernetes \(text), and the spec wants \(spec.kubernetes.version)",
                    hint: "change `kubernetes.version` or the bundle",
                    location: source.location(of: "kubernetes.version"),
                    exitCode: .invalid)
            ]
        }
    }

    /// Checksums are compared when the files are about to be used.
    private static func minikubeProblems(_ spec: ClusterSpec, _ source: SourceMap) -> [Diagnostic] {
        guard let minikube = spec.kubernetes.minikube else { return [] }
        let files = [("binary", minikube.binary), ("kubectl", minikube.kubectl), ("cache", minikube.cache)]
        return files.compactMap { field, file in
            guard case .file(let path) = file?.location, access(path, R_OK) != 0 else { return nil }
            return Diagnostic(
                code: "spec.file-missing", "\(path) cannot be read: \(String(cString: strerror(errno)))",
                hint: "relative paths begin at the spec's folder",
                location: source.location(of: "kubernetes.minikube.\(field).file"), exitCode: .invalid)
        }
    }

    private static func manifestProblems(_ spec: ClusterSpec, _ source: SourceMap) -> [Diagnostic] {
        guard case .manifest(let path, _) = spec.network.plugin, !path.hasPrefix("https://") else { return [] }
        guard access(path, R_OK) != 0 else { return [] }
        return [
            Diagnostic(
                code: "spec.manifest-missing",
                "the manifest \(path) cannot be read: \(String(cString: strerror(errno)))",
                location: source.location(of: "network.plugin.manifest"), exitCode: .invalid)
        ]
    }

    /// One report for each file, however many hosts use it.
    private static func keyProblems(_ spec: ClusterSpec, _ source: SourceMap) -> [Diagnostic] {
        var seen: Set<String> = []
        var problems: [Diagnostic] = []
        for (index, host) in spec.hosts.enumerated() {
            var files: [(path: String, field: String, isSecret: Bool)] = []
            if let path = host.ssh.identityFile { files.append((path, "identityFile", true)) }
            if let path = host.ssh.knownHostsFile { files.append((path, "knownHostsFile", false)) }
            if case .file(let path) = host.ssh.sudoPassword { files.append((path, "sudoPassword", true)) }
            for file in files where seen.insert(file.field + file.path).inserted {
                let own = "hosts[\(index)].ssh.\(file.field)"
                let location = source.location(of: source.node(at: own) == nil ? "ssh.\(file.field)" : own)
                if let problem = fileProblem(file.path, file.field, file.isSecret, location) {
                    problems.append(problem)
                }
            }
        }
        return problems
    }

    private static func fileProblem(
        _ path: String, _ field: String, _ isSecret: Bool, _ location: SourceLocation
    ) -> Diagnostic? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            let reason = String(cString: strerror(errno))
            // A missing file of known hosts is made when a key is accepted.
            guard isSecret else {
                return Diagnostic(
                    .warning, code: "spec.file-missing", "\(path) cannot be read: \(reason)",
                    detail: "no host's key is known then", location: location, exitCode: .invalid)
            }
            return Diagnostic(
                code: "spec.file-missing", "\(path) cannot be read: \(reason)",
                hint: "relative paths begin at the spec's folder", location: location, exitCode: .invalid)
        }
        guard isSecret, status.st_mode & 0o077 != 0 else { return nil }
        return Diagnostic(
            .warning, code: "spec.file-open", "\(path) can be read by other users",
            detail: "\(field) holds a secret", hint: "chmod 600 \(path)", location: location, exitCode: .invalid)
    }
}
