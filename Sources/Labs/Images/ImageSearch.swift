/// An archive that holds the files of an image.
package enum ImageArchive: Sendable, Hashable {
    /// One layer, a tar, compressed or not.
    case layer([UInt8])
    /// What a command of this machine prints: a tar with a tar for each layer, as `save` of the engines makes it.
    case saved(by: [String])
}

/// A file of an image in which something was found.
package struct ImageFinding: Sendable, Hashable {
    package var path: String
    package var what: String

    package init(path: String, what: String) {
        self.path = path
        self.what = what
    }
}

/// What is looked for in an image: the name of what a text has of it, nil if nothing.
package typealias TextSearch = @Sendable (_ text: String) -> String?

extension ImageCheck {
    /// Files above this size are programs and data, and no texts.
    static let mostTextBytes = 1 << 20

    /// How it is searched, where that is more than reading.
    var searchWords: String? {
        place == .engine
            ? "The engine saves the image for that into a folder that is taken away again; nothing of it is run." : nil
    }

    /// Where in an image something is found: in what it is told, in how it was made, in the texts of its layers.
    ///
    /// Of every layer: what a later one takes away is still there for whoever has the image.
    /// - Throws: `ImageMissing`, `CannotJudge`.
    func search(_ context: CheckContext, _ find: @escaping TextSearch) async throws -> [String] {
        let reference = try await reference(context)
        switch place {
        case .node:
            throw CannotJudge("the texts of an image on hosts are not looked into")
        case .registry(let registry):
            let image = RegistryImage(registry: registry, reference: ImageReference(reference), context: context)
            let (facts, layers) = try await image.read(nil)
            return Self.findings(in: facts, find) + (try await image.search(layers, find)).map(Self.words)
        case .engine:
            try mayAskEngine(context)
            let image = try await EngineImage.find(reference, context)
            var facts = image.facts
            facts.history = try await image.history(context)
            return Self.findings(in: facts, find) + (try await image.search(context, find)).map(Self.words)
        }
    }

    private static func words(_ finding: ImageFinding) -> String { "its file /\(finding.path) (\(finding.what))" }

    /// Pure.
    static func findings(in facts: ImageFacts, _ find: TextSearch) -> [String] {
        var found = facts.environment.sorted { $0.key < $1.key }.compactMap { name, value in
            find("\(name)=\(value)").map { "its variable \(name) (\($0))" }
        }
        found += facts.labels.sorted { $0.key < $1.key }.compactMap { name, value in
            find("\(name)=\(value)").map { "its label \(name) (\($0))" }
        }
        if let what = find((facts.entrypoint + facts.arguments).joined(separator: " ")) {
            found.append("the command line of its program (\(what))")
        }
        for line in facts.history {
            guard let what = find(line) else { continue }
            found.append("a command by which it was made (\(what))")
            break
        }
        return found
    }
}
