internal import ConfigTree
package import Diagnostics
internal import YAMLDocument

/// Who is graded, and where each of them worked.
package struct LabRoster: Sendable, Hashable {
    package struct Learner: Sendable, Hashable {
        package var name: String
        /// A kubeconfig of their own; nil is the one that the command was given.
        package var kubeconfig: String?
        package var context: String?
        /// Of the lab in a cluster that many share; nil looks for the lab's labels.
        package var namespace: String?
    }

    package var learners: [Learner]

    private static let name = Field("name", LabCodecs.text, required: true, "Of the learner, for the table")
    private static let kubeconfig = Field(
        "kubeconfig", LabCodecs.text, "A kubeconfig; relative paths begin at the roster's folder")
    private static let context = Field("context", LabCodecs.text, "A context of it")
    private static let namespace = Field("namespace", LabCodecs.id, "The namespace of the lab")
    private static let learner = Codec<Learner>.record(
        "the learner", plural: "learners", [name, kubeconfig, context, namespace]
    ) { record in
        guard let name = record.required(name) else { return nil }
        return Learner(
            name: name, kubeconfig: record.optional(kubeconfig), context: record.optional(context),
            namespace: record.optional(namespace))
    }
    private static let learners = Field(
        "learners", Codec<[Learner]>.list(learner, minimum: 1), required: true, "Everybody who is graded")
    private static let root = Codec<LabRoster>.record("the roster", [learners]) { record in
        record.required(learners).map { LabRoster(learners: $0) }
    }

    /// Reads `learners: [{name, kubeconfig, context, namespace}]`; throws everything that is wrong.
    package static func decode(_ bytes: [UInt8], file: String) throws(Diagnostics) -> LabRoster {
        let document = try YAMLReader.document(bytes, file: file)
        let decoder = ConfigDecoder(family: "roster")
        let roster = root.read(document.root, decoder)
        if let roster {
            var seen = Set<String>()
            for (learner, node) in zip(roster.learners, document.root["learners"].map { Array($0.items) } ?? [])
            where !seen.insert(learner.name).inserted {
                decoder.report("duplicate", at: node["name"] ?? node, "the learner `\(learner.name)` is there already")
            }
        }
        guard let roster, !decoder.hasErrors else { throw Diagnostics(decoder.diagnostics) }
        return roster
    }

    /// The roster in a file.
    package static func load(_ path: String) throws(Diagnostics) -> LabRoster {
        let bytes: [UInt8]
        do throws(Diagnostic) { bytes = try YAMLFile.bytes(at: path, limit: 4 << 20) } catch {
            throw Diagnostics([error])
        }
        var roster = try decode(bytes, file: path)
        for index in roster.learners.indices {
            guard let file = roster.learners[index].kubeconfig, !file.hasPrefix("/") else { continue }
            roster.learners[index].kubeconfig = PathName.beside(path, file)
        }
        return roster
    }
}

/// One learner's grade.
package struct LabGrade: Sendable, Hashable, Codable {
    package var name: String
    package var result: CheckResult
    /// Of the tier `goal`.
    package var goals: CheckResult
    package var passed: Int
    package var total: Int
    package var seconds: Double
    /// Why nothing could be looked at; nil if it could.
    package var problem: String?
    package var checks: [CheckOutcome]

    package init(_ name: String, _ checks: [CheckOutcome], seconds: Double, problem: String? = nil) {
        self.name = name
        self.checks = checks
        self.seconds = seconds
        self.problem = problem
        result = problem == nil ? CheckResult.worst(of: checks.map(\.result)) : .error
        goals = problem == nil ? CheckResult.worst(of: checks.filter { $0.tier == .goal }.map(\.result)) : .error
        passed = checks.count { $0.result == .pass }
        total = checks.count
    }
}
