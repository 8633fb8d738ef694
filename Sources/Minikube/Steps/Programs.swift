internal import ClusterModel
internal import Planning

/// minikube and kubectl, where the spec brings them, and an archive of minikube's cache.
let minikubePrograms = MinikubeStep(
    "minikube-programs", .system, "Install minikube and kubectl below the user's home",
    explanation: """
        Only files that the spec names, each with its SHA-256: a file of this machine is copied, a URL is downloaded by the host. They \
        go to ~/.local/share/martlet/bin, before all others in the PATH of martlet's own commands, so that nothing of the host is \
        replaced. Without them the host's own minikube is used, if its version is the one of the spec.
        """
) { context in
    var goals: [Goal] = []
    for (name, file) in [("minikube", context.minikube.binary), ("kubectl", context.minikube.kubectl)] {
        guard let file else { continue }
        goals.append(
            Goal(
                "minikube-program-\(name)", .system,
                name == "minikube" ? "minikube \(context.minikube.version)" : "kubectl of the spec",
                because: "the spec says which file it is",
                ensure: [
                    Check(MinikubeProbes.program(name), .equals(file.sha256), title: "SHA-256 of \(name)")
                ], by: install(file, as: name, context), pool: .copy))
    }
    if let cache = context.minikube.cache {
        let mark = "$state/cache/.martlet-\(cache.sha256)"
        goals.append(
            Goal(
                "minikube-program-cache", .system, "the cache of minikube has what the spec brings",
                because: "a host without the internet can download nothing",
                ensure: [
                    Check(
                        .script("minikube-cache", "\(context.shell.prelude)\n[ -e \"\(mark)\" ] || exit 1\necho there"),
                        .present,
                        title: "the archive of the cache")
                ],
                by: fetch(cache, named: "cache.tar", context) + [
                    .script(
                        .init(
                            "unpack the cache",
                            """
                            \(context.shell.prelude)
                            mkdir -p "$state/cache"
                            tar -x -C "$state/cache" --strip-components=1 -f "\(staging(context))/cache.tar"
                            rm -f "\(staging(context))/cache.tar"
                            : >"\(mark)"
                            """, timeoutSeconds: 600))
                ], pool: .copy))
    }
    return goals
}

private func install(_ file: MinikubeSpec.File, as name: String, _ context: MinikubeContext) -> [Action] {
    fetch(file, named: name, context) + [
        .script(
            .init(
                "install \(name)",
                """
                folder="\(MinikubeShell.programs)"
                mkdir -p "$folder"
                chmod 755 "\(staging(context))/\(name)"
                mv -f "\(staging(context))/\(name)" "$folder/\(name)"
                """))
    ]
}

/// A folder of the user's own for what is on its way; a copy needs a path without variables.
private func staging(_ context: MinikubeContext) -> String { "/tmp/martlet-\(context.state.host["uid"] ?? "0")" }

/// Brings the file into the staging folder, its checksum verified.
private func fetch(_ file: MinikubeSpec.File, named name: String, _ context: MinikubeContext) -> [Action] {
    let folder = staging(context)
    // Nobody else may have made the folder.
    let prepare = Action.script(
        .init(
            "make a folder for what is on its way",
            """
            umask 077
            mkdir -p \(folder)
            [ -O \(folder) ] && [ ! -L \(folder) ] || { echo '\(folder) belongs to somebody else' >&2; exit 1; }
            chmod 700 \(folder)
            """))
    let path = "\(folder)/\(name)"
    switch file.location {
    case .file(let source):
        let blob = Blob(
            name: String(source[(source.lastIndex(of: "/").map(source.index(after:)) ?? source.startIndex)...]),
            sha256: file.sha256, size: context.fileSizes[file.sha256] ?? 0)
        return [prepare, .putBlob(path: path, mode: 0o600, blob: blob)]
    case .url(let url):
        return [
            prepare,
            .script(
                .init(
                    "download \(url)",
                    """
                    if command -v curl >/dev/null; then curl -fsSL --retry 3 -o \(path).new -- \(Shell.quote(url))
                    else wget -q -O \(path).new -- \(Shell.quote(url)); fi
                    echo '\(file.sha256)  \(path).new' | sha256sum -c - >/dev/null 2>&1 || {
                      echo "the checksum of \(name) is $(sha256sum <\(path).new | cut -d' ' -f1), the spec says \(file.sha256)" >&2
                      rm -f \(path).new
                      exit 1
                    }
                    mv \(path).new \(path)
                    """, timeoutSeconds: 1200)),
        ]
    }
}
