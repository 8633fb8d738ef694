internal import ClusterModel
internal import Diagnostics

/// Compares a manifest with what lies in the bundle and with what a cluster needs.
struct BundleValidation {
    static let requiredBinaries = ["kubeadm", "kubelet", "kubectl"]
    /// Their tags are the cluster's version, and they share one repository.
    static let versionedImages = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"]

    var manifest: BundleManifest
    var contents: BundleContents
    /// How bundle.json is called in messages.
    var file: String

    func problems() -> [Diagnostic] {
        paths() + names() + versions() + (manifest.lacksEntries ? [] : binaries() + images())
    }

    private func paths() -> [Diagnostic] {
        var problems: [Diagnostic] = []
        var seen: Set<String> = []
        for entry in manifest.files {
            guard seen.insert(entry.path).inserted else {
                problems.append(problem("bundle.duplicate-path", "\(entry.path) is listed twice", at: entry))
                continue
            }
            if let link = link(on: entry.path) {
                problems.append(
                    problem(
                        "bundle.link", "\(entry.path) is reached through a link", at: entry,
                        detail: "\(link) is a link, and a bundle has none", hint: "put the file itself there"))
                continue
            }
            guard let item = contents.items[entry.path] else {
                problems.append(
                    problem(
                        "bundle.missing-file", "\(entry.path) is listed but not in the bundle", at: entry,
                        hint: nearest(to: entry.path).map { "there is \($0)" }))
                continue
            }
            if item.kind != .file {
                problems.append(problem("bundle.missing-file", "\(entry.path) is not a regular file", at: entry))
            } else if item.size != entry.size {
                problems.append(
                    problem(
                        "bundle.size-mismatch", "\(entry.path) has the wrong size", at: entry,
                        detail: "expected \(entry.size) bytes, found \(item.size)",
                        hint: "the file was changed or cut off after the bundle was made"))
            }
        }
        for path in contents.duplicates where seen.contains(path) || path == BundleContents.manifestName {
            problems.append(problem("bundle.duplicate-path", "\(path) is in the tar more than once", at: nil))
        }
        return problems
    }

    private func names() -> [Diagnostic] {
        var owners: [String: String] = [:]
        var problems: [Diagnostic] = []
        for entry in manifest.files {
            let claims: [String] =
                switch entry.kind {
                case .image: entry.references.map { "the image \($0)" }
                case .package: ["the package \(entry.name) for \(entry.distribution)"]
                case .binary: ["the binary \(entry.name)"]
                case .cniPlugin: ["the CNI plug-in \(entry.name)"]
                case .manifest: ["the manifest \(entry.name)"]
                // A framework has several files for each channel.
                case .frameworkFile: []
                }
            for claim in claims {
                if let owner = owners.updateValue(entry.path, forKey: claim), owner != entry.path {
                    problems.append(
                        problem(
                            "bundle.duplicate-name", "\(owner) and \(entry.path) both claim to be \(claim)", at: entry))
                }
            }
        }
        return problems
    }

    private func versions() -> [Diagnostic] {
        let version = manifest.kubernetesVersion
        return manifest.files.compactMap { entry in
            guard entry.kind == .binary, Self.requiredBinaries.contains(entry.name),
                KubernetesVersion(entry.version) != version
            else { return nil }
            return problem(
                "bundle.version-mismatch",
                "\(entry.path) has \(entry.version.isEmpty ? "no version" : "version \(entry.version)")", at: entry,
                detail: "the bundle's kubernetesVersion is \(version)")
        }
    }

    private func binaries() -> [Diagnostic] {
        let present = Set(manifest.files.filter { $0.kind == .binary }.map(\.name))
        var problems = Self.requiredBinaries.filter { !present.contains($0) }.map {
            problem("bundle.missing-binary", "The bundle has no \($0)", at: nil)
        }
        // kubeadm talks to the runtime by itself from 1.31 on (cmd/kubeadm/app/util/runtime); before, not even
        // --ignore-preflight-errors helps.
        if !manifest.kubernetesVersion.isAtLeast(1, 31), !present.contains("crictl") {
            problems.append(
                problem(
                    "bundle.missing-binary", "The bundle has no crictl", at: nil,
                    detail: "kubeadm \(manifest.kubernetesVersion) does not work without it; 1.31 and newer do"))
        }
        if present.contains("containerd") {
            problems += ["containerd-shim-runc-v2", "ctr", "runc"].filter { !present.contains($0) }.map {
                problem(
                    "bundle.missing-binary", "The bundle brings containerd without \($0)", at: nil,
                    hint: "add \($0), or leave containerd to the package")
            }
        }
        return problems
    }

    private func images() -> [Diagnostic] {
        let references = manifest.files.flatMap { entry in
            entry.references.compactMap { text in ImageReference(text).map { (entry, $0) } }
        }
        let repository = references.first { $0.1.name == "kube-apiserver" }?.1.repository
        var problems: [Diagnostic] = []
        for name in Self.versionedImages {
            let found = references.filter { $0.1.name == name && $0.1.repository == (repository ?? $0.1.repository) }
            if let first = found.first {
                if !found.contains(where: { KubernetesVersion($0.1.tag) == manifest.kubernetesVersion }) {
                    problems.append(
                        problem(
                            "bundle.version-mismatch", "\(first.0.path) holds \(first.1)", at: first.0,
                            detail: "the bundle's kubernetesVersion is \(manifest.kubernetesVersion)"))
                }
            } else {
                problems.append(
                    problem(
                        "bundle.missing-image",
                        "The bundle has no image \(repository.map { "\($0)/" } ?? "")\(name):\(manifest.kubernetesVersion)",
                        at: nil))
            }
        }
        for name in ["etcd", "pause"] where !references.contains(where: { $0.1.name == name }) {
            problems.append(problem("bundle.missing-image", "The bundle has no image whose name is \(name)", at: nil))
        }
        if !references.contains(where: { $0.1.name == "coredns" || $0.1.name == "cluster-dns" }) {
            problems.append(
                problem(
                    "bundle.missing-image", "The bundle has no image for the cluster's DNS", at: nil,
                    detail: "its name is coredns, or cluster-dns for a deployment of martlet's"))
        }
        return problems
    }

    /// The first part of a path that is a link in the bundle.
    private func link(on path: String) -> String? {
        var part = ""
        for component in path.split(separator: "/") {
            part += (part.isEmpty ? "" : "/") + component
            if contents.items[part]?.kind == .link { return part }
        }
        return nil
    }

    private func nearest(to path: String) -> String? {
        contents.items.count < 2_000 ? Suggestion.nearest(to: path, in: contents.items.keys.sorted()) : nil
    }

    private func problem(
        _ code: String, _ summary: String, at entry: BundleEntry?, detail: String? = nil, hint: String? = nil
    ) -> Diagnostic {
        Diagnostic(
            code: code, summary, detail: detail, hint: hint,
            location: entry?.location ?? SourceLocation(file: file, line: 1, column: 1), exitCode: .invalid)
    }
}
