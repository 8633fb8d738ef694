internal import KubernetesAPI

/// An image of a container engine of this machine, asked by the engine's own client; nothing of the image is run.
struct EngineImage {
    /// In the order in which they are asked.
    ///
    /// All of them take these words of Docker's command line, and answer `image inspect` with a list of objects that have Id, Os,
    /// Architecture, Size and Config.
    static let clients = ["podman", "docker", "nerdctl"]

    /// `linux/amd64`.
    static var platformHere: String {
        #if arch(arm64)
            return "linux/arm64"
        #else
            return "linux/amd64"
        #endif
    }

    let client: String
    let identity: String
    let facts: ImageFacts

    /// The image of the first engine that has it.
    ///
    /// - Throws: `ImageMissing` if an engine says that there is none, `CannotJudge` if none can be asked.
    static func find(_ reference: String, _ context: CheckContext) async throws -> EngineImage {
        var isMissing = false
        var obstacle: String?
        for client in clients where context.ground.find(client) != nil {
            let answer = try await run([client, "image", "inspect", reference], context)
            if answer.status == 0 {
                guard let object = JSONValue.parse(Array(answer.output.utf8))?.array?.first else {
                    throw CannotJudge("\(client) answers with something that is no JSON")
                }
                return EngineImage(client: client, identity: object["Id"]?.string ?? reference, facts: facts(object))
            }
            let reason = lastLine(answer.errors)
            let lower = reason.lowercased()
            if lower.contains("not known") || lower.contains("no such") || lower.contains("not found") {
                isMissing = true
            } else {
                obstacle = obstacle ?? "\(client) says: \(reason.shortened(200))"
            }
        }
        if isMissing { throw ImageMissing(text: "there is no image \(reference)") }
        throw CannotJudge(
            obstacle ?? "no container engine is on this machine: install podman (Debian: `apt-get install podman runc`)"
        )
    }

    static func facts(_ object: JSONValue) -> ImageFacts {
        // The same as an image's own configuration, but for the case of two keys.
        var configuration: [String: JSONValue] = ["config": object["Config"] ?? .null]
        configuration["os"] = object["Os"]
        configuration["architecture"] = object["Architecture"]
        return ImageFacts(configuration: .object(configuration), size: object["Size"]?.int)
    }

    /// The commands by which it was made.
    func history(_ context: CheckContext) async throws -> [String] {
        let answer = try await ask(["history", "--no-trunc", "--format", "{{.CreatedBy}}", identity], context)
        return answer.split(separator: "\n").map(String.init)
    }

    /// How many containers of it run.
    func containers(_ context: CheckContext) async throws -> Int {
        try await ask(["ps", "--quiet", "--filter", "ancestor=\(identity)"], context).split(separator: "\n").count
    }

    /// Whether a container runs whose image had this name before another one got it.
    func runsOfOlder(_ reference: String, _ context: CheckContext) async throws -> Bool {
        let answer = try await ask(["ps", "--format", "{{.Image}}"], context)
        // podman puts `localhost/` in front of names without a registry.
        return answer.split(separator: "\n").contains { $0 == reference || $0 == "localhost/\(reference)" }
    }

    /// Paths of all files, without a slash in front.
    ///
    /// A container is made for that, never started, and taken away again.
    func files(_ context: CheckContext) async throws -> Set<String> {
        let made = try await ask(["create", identity, "/nothing"], context)
        let container = Self.lastLine(made)
        // The names only: the files themselves may be some hundred megabytes.
        let answer: LabProgramAnswer
        do {
            answer = try await Self.run(
                ["sh", "-c", "\"$0\" export \"$1\" | tar --list --quoting-style=literal", client, container], context)
        } catch {
            _ = try? await Self.run([client, "rm", container], context)
            throw error
        }
        _ = try await Self.run([client, "rm", container], context)
        guard answer.status == 0 else {
            throw CannotJudge("\(client) cannot export the image: \(Self.lastLine(answer.errors).shortened(200))")
        }
        return Set(
            answer.output.split(separator: "\n").map { line in
                var path = line.hasPrefix("./") ? line.dropFirst(2) : line
                while path.hasSuffix("/") { path = path.dropLast() }
                return String(path)
            })
    }

    /// Texts of all layers.
    func search(_ context: CheckContext, _ find: @escaping TextSearch) async throws -> [ImageFinding] {
        try await context.ground.search(
            .saved(by: [client, "save", identity]), most: ImageCheck.mostTextBytes, find)
    }

    private func ask(_ words: [String], _ context: CheckContext) async throws -> String {
        let answer = try await Self.run([client] + words, context)
        guard answer.status == 0 else {
            throw CannotJudge(
                "\(client) \(words[0]) says: \(Self.lastLine(answer.errors).shortened(200))", isPassing: true)
        }
        return answer.output
    }

    private static func run(_ argv: [String], _ context: CheckContext) async throws -> LabProgramAnswer {
        try await context.ground.program(argv, environment: [:], folder: "", timeout: .seconds(30))
    }

    private static func lastLine(_ text: String) -> String {
        text.split(separator: "\n").last.map(String.init) ?? ""
    }
}
