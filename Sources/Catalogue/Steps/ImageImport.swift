internal import Bundles
internal import ClusterModel
internal import Planning

/// Container images from the bundle; without a bundle the runtime pulls them.
let imageImport = StepDefinition(
    "images", .kubernetes, "Bring the container images of the bundle onto the host",
    explanation: """
        Every image that the host's role needs is imported into containerd before kubeadm runs, so that nothing is pulled in \
        the middle. The checksum of the archive is kept as a label of the image: another build under the same name is noticed. \
        With `source: upstream` kubeadm pulls the images ahead of time instead.
        """
) { context in
    let images = context.cluster.images
    guard !images.all.isEmpty else { return context.host.isControlPlane ? [pull(context)] : [] }
    return context.host.isControlPlane ? images.all : images.onWorkers
}

/// The goals of a release's images.
///
/// They are the same on every host of a role, and are made once.
struct ImageGoals: Sendable {
    let all: [Goal]
    /// Without archives of nothing but components of the control plane, which are of no use there.
    let onWorkers: [Goal]

    init(_ release: Release) {
        all = release.images.map(goal)
        onWorkers = zip(release.images, all).filter { image, _ in !Self.isOnlyForControlPlanes(image) }.map(\.1)
    }

    private static func isOnlyForControlPlanes(_ image: ImageArtefact) -> Bool {
        image.references.allSatisfy { reference in
            ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"].contains {
                reference.contains("/\($0):")
            }
        }
    }
}

/// `image-kube-proxy` for `images/kube-proxy.tar`.
private func identifier(_ image: ImageArtefact) -> String {
    let name = image.artefact.name
    return "image-" + (name.hasSuffix(".tar") ? String(name.dropLast(4)) : name)
}

private func goal(_ image: ImageArtefact) -> Goal {
    let blob = image.artefact.blob
    let archive = "/var/lib/martlet/images/\(blob.sha256.prefix(16)).tar"
    // The names under which the runtime knows them: the kubelet asks for `docker.io/library/pause:1`, not for `pause:1`.
    let names = image.references.map { ImageReference($0)?.normalised ?? $0 }
    let references = names.map(Shell.quote).joined(separator: " ")
    return Goal(
        identifier(image), .kubernetes, "image \(image.references.joined(separator: ", "))",
        because: "nothing is pulled while kubeadm runs",
        ensure: [
            Check(
                BaseProbes.images, .containsLines(names.map { "\($0) \(blob.sha256)" }), title: "the image")
        ],
        by: [
            .putBlob(path: archive, mode: 0o600, blob: blob),
            .run(
                "import it into containerd",
                """
                \(baseName(names, archive))
                ctr -n k8s.io images import $base \(archive) >/dev/null
                for reference in \(references); do
                  ctr -n k8s.io images label "$reference" martlet.archive=\(blob.sha256) >/dev/null
                done
                rm -f \(archive) \(BlobRecord.path(for: archive))
                """, timeoutSeconds: 300),
        ], requires: ["containerd"], pool: .copy, diagnose: .journal(["containerd"]))
}

/// Sets `base` where the archive is an OCI layout that holds the tag alone; the rest of the name then comes from the bundle.
///
/// Before the import: containerd would call the image `import-DATE:TAG`, and its CRI plug-in would go on asking for that
/// name, which the runtime does not have in this spelling.
private func baseName(_ names: [String], _ archive: String) -> String {
    guard names.count == 1, let reference = names.first.flatMap(ImageReference.init) else { return "base=" }
    let repository = reference.repository + "/" + reference.name
    return """
        base=
        index=$({ tar -xOf \(archive) index.json || tar -xOf \(archive) ./index.json; } 2>/dev/null | tr -d ' \\t\\r\\n')
        case $index in
        *io.containerd.image.name*) ;;
        *'"org.opencontainers.image.ref.name":"\(reference.tag)"'*) base='--base-name \(repository)' ;;
        esac
        """
}

private func pull(_ context: HostContext) -> Goal {
    let cluster = context.cluster
    let repository = cluster.kubeadm.imageRepository.map { " --image-repository \(Shell.quote($0))" } ?? ""
    let version = context.spec.kubernetes.version
    let socket = cluster.kubernetes.criSocket(KubeadmContext.containerdSocket)
    let expected = "\(cluster.kubeadm.imageRepository ?? "")kube-apiserver:\(version)"
    return Goal(
        "images", .kubernetes, "images of the control plane", because: "nothing is pulled while kubeadm runs",
        ensure: [
            Check(
                .script(
                    "apiserver-image",
                    "command -v ctr >/dev/null || exit 1; ctr -n k8s.io images ls -q | grep -q '/kube-apiserver:\(version)$'"
                ),
                .present, title: "image \(expected)")
        ],
        by: [
            .run(
                "pull them with kubeadm",
                """
                kubeadm config images pull --kubernetes-version \(version) --cri-socket \(socket)\(repository) \
                >/run/martlet-pull.log 2>&1 || { tail -n 5 /run/martlet-pull.log >&2; exit 1; }
                """, timeoutSeconds: 1200)
        ], requires: ["containerd", "kubernetes-binaries"], diagnose: .journal(["containerd"]))
}
