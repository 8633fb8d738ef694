package import ConfigTree
internal import KubernetesAPI

/// What an image is made of.
package struct ImageCheck: LabPrimitive {
    package static let word = "image"

    package enum Subject: Sendable, Hashable {
        case reference(String)
        /// That of a container of a workload or pod; nil is its first.
        case workload(ObjectReference, container: String?)
    }

    package enum Place: Sendable, Hashable {
        case node(HostRole)
        case registry(ImageRegistry)
        /// A container engine of this machine.
        case engine
    }

    package enum Platform: Sendable, Hashable {
        case named(String)
        /// That of every node; in an engine, that of this machine.
        case ofNodes
    }

    package enum Entrypoint: Sendable, Hashable {
        /// It names some program.
        case any
        case exactly([String])
        /// All words, with spaces between them.
        case test(TextTest)
    }

    package var subject: Subject
    package var place: Place
    package var platform: Platform?
    /// In bytes.
    package var mostSize: Int?
    package var entrypoint: Entrypoint?
    package var user: TextTest?
    package var isNotRoot = false
    package var environment: [String: TextTest] = [:]
    package var port: Int?
    package var labels: [String: TextTest] = [:]
    package var absentPaths: [String] = []
    package var absentHistory: [LinearPattern] = []
    /// How many containers of it run, in an engine.
    package var containers: CountRange?

    package var patience: Duration { .seconds(15) }
    package var runsPrograms: Bool { place == .engine }

    package var foreignNamespaces: [String] {
        var names: [String] = []
        if case .workload(let reference, _) = subject, let namespace = reference.namespace { names.append(namespace) }
        if case .registry(.service(_, _, let namespace?)) = place { names.append(namespace) }
        return names
    }

    /// In words: the image hello:1 in the container engine of this machine.
    var wholeWords: String { "\(subjectWords) \(placeWords)" }

    private var subjectWords: String {
        switch subject {
        case .reference(let text): "the image \(text)"
        case .workload(let reference, let container):
            "the image of \(reference.text)" + (container.map { ", container \($0)" } ?? "")
        }
    }

    private var placeWords: String {
        switch place {
        case .node(let role): "on \(role.everyWords)"
        case .registry(let registry): "in \(registry.words)"
        case .engine: "in the container engine of this machine"
        }
    }

    package var expected: String {
        var wishes: [String] = []
        switch platform {
        case .named(let text): wishes.append("is for \(text)")
        case .ofNodes: wishes.append("is for the platform of \(place == .engine ? "this machine" : "the nodes")")
        case nil: break
        }
        if let mostSize { wishes.append("has at most \(Self.megabytes(mostSize))") }
        switch entrypoint {
        case .any: wishes.append("names its program")
        case .exactly(let words): wishes.append("runs `\(words.joined(separator: " "))`")
        case .test(let test): wishes.append("has an entrypoint that \(test.words)")
        case nil: break
        }
        if let user { wishes.append("has a user that \(user.words)") }
        if isNotRoot { wishes.append("does not run as root") }
        wishes += environment.sorted { $0.key < $1.key }.map { "has a variable \($0.key) that \($0.value.words)" }
        wishes += labels.sorted { $0.key < $1.key }.map { "has a label \($0.key) that \($0.value.words)" }
        if let port { wishes.append("says that it listens on \(port)") }
        if !absentPaths.isEmpty { wishes.append("does not contain \(absentPaths.joined(separator: ", "))") }
        if !absentHistory.isEmpty {
            wishes.append("was not made with \(absentHistory.map(\.source).joined(separator: ", "))")
        }
        if let containers {
            wishes.append(
                "runs in \(containers.words) container\(containers.least == 1 && containers.most == nil ? "" : "s")")
        }
        return "\(subjectWords) \(placeWords) \(wishes.isEmpty ? "is there" : wishes.joined(separator: ", "))"
    }

    package var question: String {
        switch place {
        case .node: "Asks the container runtime \(placeWords) over SSH about \(subjectWords)."
        case .registry:
            "Asks \(placeWords.dropFirst(3)), without a password, for manifest and configuration of \(subjectWords)"
                + (absentPaths.isEmpty ? "." : ", and looks into its layers.")
        case .engine:
            "Asks \(EngineImage.clients.joined(separator: ", ")), whichever has it, about \(subjectWords)"
                + (absentPaths.isEmpty
                    ? "." : ", and makes a container of it to look into, which is never started and taken away again.")
        }
    }

    package var next: String {
        switch place {
        case .node: "`crictl images` on the host"
        case .registry: "whether it was pushed under this name and tag, and how it was built"
        case .engine: "`podman images`, `podman image inspect NAME`, `podman ps`"
        }
    }

    package func observe(_ context: CheckContext) async throws -> Observation {
        do {
            let reference = try await reference(context)
            let platforms = try await platforms(context)
            switch place {
            case .node(let role): return try await onNodes(reference, role, platforms, context)
            case .registry(let registry): return try await inRegistry(reference, registry, platforms, context)
            case .engine: return try await inEngine(reference, platforms, context)
            }
        } catch let missing as ImageMissing {
            return .fail(missing.text)
        }
    }

    func reference(_ context: CheckContext) async throws -> String {
        switch subject {
        case .reference(let text): return context.fill(text)
        case .workload(let reference, let name):
            guard let object = try await context.find(reference) else {
                throw ImageMissing(text: "there is no \(context.fill(reference.text))")
            }
            // A cron job's template lies one deeper.
            let spec = object["spec"] ?? .null
            let pod = spec["jobTemplate"]?["spec"]?["template"]?["spec"] ?? spec["template"]?["spec"] ?? spec
            let containers = pod["containers"]?.array ?? []
            let wanted = name.map(context.fill)
            guard let found = containers.first(where: { wanted == nil || $0["name"]?.string == wanted }),
                let image = found["image"]?.string
            else {
                throw ImageMissing(text: "\(context.fill(reference.text)) has no container \(wanted ?? "")")
            }
            return image
        }
    }

    /// nil if the check does not ask.
    private func platforms(_ context: CheckContext) async throws -> [String]? {
        switch platform {
        case nil: return nil
        case .named(let text): return [context.fill(text)]
        case .ofNodes where place == .engine: return [EngineImage.platformHere]
        case .ofNodes:
            guard let kind = KnownKinds.find("node") else { return nil }
            let nodes = try await context.list(kind, namespace: nil, selector: nil).items
            let found = nodes.compactMap { node -> String? in
                let info = node["status"]?["nodeInfo"]
                guard let system = info?["operatingSystem"]?.string, let machine = info?["architecture"]?.string else {
                    return nil
                }
                return "\(system)/\(machine)"
            }
            return Set(found).sorted()
        }
    }

    private func inRegistry(
        _ reference: String, _ registry: ImageRegistry, _ platforms: [String]?, _ context: CheckContext
    ) async throws -> Observation {
        let image = RegistryImage(registry: registry, reference: ImageReference(reference), context: context)
        var told = ""
        for platform in (platforms ?? []).isEmpty ? [nil] : (platforms ?? []).map(Optional.some) {
            let (facts, layers) = try await image.read(platform)
            if let platform, facts.platform != platform { return .fail("\(reference) is for \(facts.platform)") }
            if let problem = problem(facts, context.fill) { return .fail("\(reference) \(problem)") }
            if !absentPaths.isEmpty {
                let files = try await image.files(layers)
                if let path = absentPaths.map(context.fill).first(where: { Self.contains(files, $0) }) {
                    return .fail("\(reference) contains \(path)")
                }
            }
            told = facts.size.map(Self.megabytes) ?? ""
        }
        return .pass("\(reference)\(told.isEmpty ? "" : ", \(told)")")
    }

    private func inEngine(
        _ reference: String, _ platforms: [String]?, _ context: CheckContext
    ) async throws -> Observation {
        try mayAskEngine(context)
        let image = try await EngineImage.find(reference, context)
        var facts = image.facts
        if let platforms, !platforms.contains(facts.platform) { return .fail("\(reference) is for \(facts.platform)") }
        if !absentHistory.isEmpty { facts.history = try await image.history(context) }
        if let problem = problem(facts, context.fill) { return .fail("\(reference) \(problem)") }
        if let containers {
            let running = try await image.containers(context)
            guard containers.contains(running) else {
                let isOlder = running == 0 ? try await image.runsOfOlder(reference, context) : false
                return .fail(
                    "\(counted(running, "container")) of \(reference) run\(running == 1 ? "s" : "")"
                        + (isOlder ? "; one that runs was made before the image was built again: start it anew" : ""))
            }
        }
        if !absentPaths.isEmpty {
            let files = try await image.files(context)
            if let path = absentPaths.map(context.fill).first(where: { Self.contains(files, $0) }) {
                return .fail("\(reference) contains \(path)")
            }
        }
        return .pass("\(reference)\(facts.size.map { ", " + Self.megabytes($0) } ?? "")")
    }

    func mayAskEngine(_ context: CheckContext) throws(CannotJudge) {
        guard !context.lab.origin.isOwn, !context.run.acceptsCommands else { return }
        throw CannotJudge(
            "this lab does not come with martlet, and it asks the container engine: accept that with --accept-commands")
    }

    private func onNodes(
        _ reference: String, _ role: HostRole, _ platforms: [String]?, _ context: CheckContext
    ) async throws -> Observation {
        var problems: [String] = []
        let hosts = try context.hosts(role).sorted { $0.name < $1.name }
        for host in hosts {
            do {
                let facts = try await NodeImage.read(reference, on: host, context)
                if let platforms, !platforms.contains(facts.platform) {
                    problems.append("\(host.name): it is for \(facts.platform)")
                } else if let problem = problem(facts, context.fill) {
                    problems.append("\(host.name): it \(problem)")
                } else if !absentPaths.isEmpty {
                    let found = try await NodeImage.found(
                        absentPaths.map(context.fill), in: reference, on: host, context)
                    if let path = found.first { problems.append("\(host.name): it contains \(path)") }
                }
            } catch let missing as ImageMissing {
                problems.append(missing.text)
            }
        }
        let isGood = role == .any ? problems.count < hosts.count : problems.isEmpty
        return isGood
            ? .pass("as expected on \(hosts.map(\.name).joined(separator: ", "))")
            : .fail(problems.joined(separator: "; "))
    }

    static func contains(_ files: Set<String>, _ path: String) -> Bool {
        let path = path.hasPrefix("/") ? String(path.dropFirst()) : path
        return files.contains(path) || files.contains { $0.hasPrefix(path + "/") }
    }

    /// Pure; nil if all holds.
    func problem(_ facts: ImageFacts, _ fill: (String) -> String) -> String? {
        if let mostSize, let size = facts.size, size > mostSize { return "has \(Self.megabytes(size))" }
        switch entrypoint {
        case .any where facts.entrypoint.isEmpty && facts.arguments.isEmpty: return "names no program"
        case .exactly(let words) where facts.entrypoint != words.map(fill):
            return "runs `\(facts.entrypoint.joined(separator: " "))`"
        case .test(let test):
            if let problem = test.problem(in: facts.entrypoint.joined(separator: " "), fill) {
                return "has an entrypoint: \(problem)"
            }
        default: break
        }
        if let problem = user?.problem(in: facts.user, fill) { return "has a user: \(problem)" }
        if isNotRoot, facts.isRoot {
            return facts.user.isEmpty ? "names no user, so it runs as root" : "runs as \(facts.user)"
        }
        for (name, test) in environment.sorted(by: { $0.key < $1.key }) {
            guard let value = facts.environment[name] else { return "has no variable \(name)" }
            if let problem = test.problem(in: value, fill) { return "has a variable \(name): \(problem)" }
        }
        for (name, test) in labels.sorted(by: { $0.key < $1.key }) {
            guard let value = facts.labels[name] else { return "has no label \(name)" }
            if let problem = test.problem(in: value, fill) { return "has a label \(name): \(problem)" }
        }
        if let port, !facts.ports.contains(where: { $0 == "\(port)" || $0 == "\(port)/tcp" }) {
            return facts.ports.isEmpty
                ? "says nothing of ports" : "says that it listens on \(facts.ports.joined(separator: ", "))"
        }
        for pattern in absentHistory {
            if let line = facts.history.first(where: { pattern.matches($0) }) {
                return "was made with `\(line.shortened(80))`"
            }
        }
        return nil
    }

    static func megabytes(_ bytes: Int) -> String {
        bytes < 1_000_000 ? "\(bytes / 1000) kB" : "\(FieldTest.words((Double(bytes) / 1e5).rounded() / 10)) MB"
    }
}
