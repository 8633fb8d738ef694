internal import KubernetesAPI
internal import Planning

/// An image on hosts, asked over SSH by the tools of its runtime.
enum NodeImage {
    /// What `crictl inspecti` says: with `info.imageSpec` the image's own configuration (containerd's CRI plug-in, `ImageStatus`
    /// with `verbose`).
    static func read(_ reference: String, on host: LabHost, _ context: CheckContext) async throws -> ImageFacts {
        let answer = try await run("crictl inspecti -o json \(Shell.quote(reference))", on: host, context)
        guard answer.status == 0 else {
            let reason = answer.errors.split(separator: "\n").last.map(String.init) ?? ""
            guard reason.contains("no such image") || reason.contains("not found") || reason.contains("not exist")
            else {
                throw CannotJudge("\(host.name): crictl says: \(reason.shortened(200))", isPassing: true)
            }
            throw ImageMissing(text: "\(host.name) does not have it")
        }
        guard let value = JSONValue.parse(Array(answer.output.utf8)) else {
            throw CannotJudge("\(host.name): crictl answers with something that is no JSON")
        }
        let size = value["status"]?["size"].flatMap { $0.int ?? $0.string.flatMap { Int($0) } }
        return ImageFacts(configuration: value["info"]?["imageSpec"] ?? .null, size: size)
    }

    /// Which of these paths the image has; it is mounted for that, read-only, and taken away again.
    static func found(
        _ paths: [String], in reference: String, on host: LabHost, _ context: CheckContext
    ) async throws -> [String] {
        let tests = paths.map { path in
            "[ -e \"$folder\"/\(Shell.quote(path)) ] || [ -L \"$folder\"/\(Shell.quote(path)) ] && printf '%s\\n' \(Shell.quote(path))"
        }.joined(separator: "\n")
        let script = """
            reference=\(Shell.quote(reference))
            name=$(ctr -n k8s.io images ls -q | grep -Fx -e "$reference" -e "docker.io/$reference" -e "docker.io/library/$reference" | head -n 1)
            [ -n "$name" ] || { echo "containerd has no image of that name" >&2; exit 1; }
            folder=$(mktemp -d)
            trap 'ctr -n k8s.io images unmount --rm "$folder" >/dev/null 2>&1; rmdir "$folder" 2>/dev/null' EXIT
            ctr -n k8s.io images mount "$name" "$folder" >/dev/null || exit 1
            \(tests)
            :
            """
        let answer = try await run(script, on: host, context)
        guard answer.status == 0 else {
            throw CannotJudge("\(host.name): the image cannot be looked into: \(answer.errors.shortened(200))")
        }
        return answer.output.split(separator: "\n").map(String.init)
    }

    private static func run(_ script: String, on host: LabHost, _ context: CheckContext) async throws
        -> LabProgramAnswer
    {
        try await context.ground.run(script, on: host.name, timeout: .seconds(30))
    }
}
