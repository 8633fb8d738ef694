internal import ConfigTree
internal import KubernetesAPI
internal import Planning
internal import YAMLDocument

/// A file of the learner's work folder, or of hosts.
package struct FileCheck: LabPrimitive {
    package static let word = "file"

    package enum Place: Sendable, Hashable {
        /// Below the work folder.
        case work
        case hosts(HostRole)
    }

    package enum Subject: Sendable, Hashable {
        case path(String)
        /// Files of the work folder whose names fit, `*.go`.
        case pattern(String, count: CountRange, anyIsEnough: Bool)
    }

    package enum Form: String, Sendable, Hashable, CaseIterable {
        case json
        case yaml
    }

    package var place: Place
    package var subject: Subject
    package var exists: Bool
    package var mode: Int?
    /// Nobody but its owner may read it.
    package var isPrivate: Bool
    package var test: TextTest
    package var form: Form?
    package var fields: [FieldExpectation]
    package var mostSize: Int?

    package var patience: Duration { .seconds(5) }

    private var subjectWords: String {
        let name =
            switch subject {
            case .path(let path): "the file \(path)"
            case .pattern(let pattern, let count, let anyIsEnough):
                "\(count.words) files \(pattern)\(anyIsEnough ? ", of which one" : "")"
            }
        if case .hosts(let role) = place { return "\(name) on \(role.everyWords)" }
        return "\(name) in your work folder"
    }

    package var expected: String {
        guard exists else { return "\(subjectWords) is not there" }
        var wishes: [String] = []
        if let mode { wishes.append("has the mode \(String(mode, radix: 8))") }
        if isPrivate { wishes.append("may be read by its owner only") }
        if test != TextTest() { wishes.append(test.words) }
        if let form {
            wishes.append(
                "is \(form.rawValue.uppercased())"
                    + (fields.isEmpty ? "" : " in which \(fields.map(\.words).joined(separator: ", "))"))
        }
        if let mostSize { wishes.append("has at most \(ImageCheck.megabytes(mostSize))") }
        return "\(subjectWords)" + (wishes.isEmpty ? " is there" : ": " + wishes.joined(separator: ", "))
    }

    package var question: String { "Reads \(subjectWords)." }
    package var next: String { "the file itself" }

    /// What there is to say of one file.
    struct Facts: Sendable, Hashable {
        var mode: Int
        var size: Int
        var text: String
    }

    package func observe(_ context: CheckContext) async throws -> Observation {
        switch place {
        case .work: try await inWorkFolder(context)
        case .hosts(let role): try await onHosts(role, context)
        }
    }

    // MARK: the work folder

    private func inWorkFolder(_ context: CheckContext) async throws -> Observation {
        guard !context.work.isEmpty else { throw CannotJudge("there is no work folder: name one with --work") }
        switch subject {
        case .path(let path):
            let name = context.fill(path)
            guard let facts = try WorkFolder(context).facts(name) else {
                return exists ? .fail("there is no \(name) in \(context.work)") : .pass("it is not there")
            }
            guard exists else { return .fail("\(name) is there") }
            return problem(facts, context.fill).map { .fail("\(name): \($0)") } ?? .pass("\(name) is as expected")
        case .pattern(let pattern, let count, let anyIsEnough):
            let folder = WorkFolder(context)
            let names = try folder.names(matching: context.fill(pattern))
            guard count.contains(names.count) else {
                return .fail("\(counted(names.count, "file")): \(names.prefix(6).joined(separator: ", "))")
            }
            let problems = try names.compactMap { name -> String? in
                guard let facts = try folder.facts(name) else { return "\(name): it is not there any more" }
                return problem(facts, context.fill).map { "\(name): \($0)" }
            }
            let isGood = anyIsEnough ? problems.count < names.count : problems.isEmpty
            return isGood ? .pass(counted(names.count, "file")) : .fail(problems.prefix(4).joined(separator: "; "))
        }
    }

    // MARK: hosts

    private func onHosts(_ role: HostRole, _ context: CheckContext) async throws -> Observation {
        guard case .path(let path) = subject else { throw CannotJudge("files of hosts are named by their paths") }
        let name = context.fill(path)
        let probe = Probe.script(
            "lab.file",
            """
            file=\(Shell.quote(name))
            if [ -e "$file" ]; then
              stat -L -c 'found %a %s' -- "$file"
              [ ! -f "$file" ] || head -c 1048576 -- "$file"
            else
              echo absent
            fi
            """)
        let exists = exists
        return try await HostQuestion.ask(role, context, probe) { value in
            let text = value.text ?? ""
            let head = text.prefix { $0 != "\n" }
            let words = head.split(separator: " ")
            guard words.count == 3, words[0] == "found", let mode = Int(words[1], radix: 8), let size = Int(words[2])
            else {
                return exists ? "there is no \(name)" : nil
            }
            guard exists else { return "\(name) is there" }
            return problem(Facts(mode: mode, size: size, text: String(text.dropFirst(head.count + 1))), context.fill)
        }
    }

    /// Pure.
    func problem(_ facts: Facts, _ fill: (String) -> String) -> String? {
        if let mode, facts.mode & 0o777 != mode { return "its mode is \(String(facts.mode & 0o777, radix: 8))" }
        if isPrivate, facts.mode & 0o077 != 0 {
            return "others may read it: its mode is \(String(facts.mode & 0o777, radix: 8))"
        }
        if let mostSize, facts.size > mostSize { return "it has \(ImageCheck.megabytes(facts.size))" }
        if let problem = test.problem(in: facts.text, fill) { return problem }
        guard let form else { return nil }
        guard let value = Self.parse(facts.text, form) else { return "it is no \(form.rawValue.uppercased())" }
        for field in fields {
            if let problem = field.problem(in: value, fill) { return problem }
        }
        return nil
    }

    static func parse(_ text: String, _ form: Form) -> JSONValue? {
        switch form {
        case .json: JSONValue.parse(Array(text.utf8))
        case .yaml: (try? YAMLReader.document(Array(text.utf8), file: "file")).map { NodeValue.json($0.root) }
        }
    }
}

/// Where a learner's files lie; nothing beyond it is looked at.
struct WorkFolder {
    let context: CheckContext

    init(_ context: CheckContext) { self.context = context }

    private static let mostBytes = 1 << 20
    private static let mostFiles = 2000

    /// nil if it is not there.
    ///
    /// - Throws: `CannotJudge` for one that leads out of the folder.
    func facts(_ name: String) throws -> FileCheck.Facts? {
        guard let path = try context.ground.inside(context.work, name) else { return nil }
        guard let facts = context.ground.facts(of: path) else { return nil }
        let text = facts.isFile ? try context.ground.readText(path) : ""
        return FileCheck.Facts(mode: facts.mode, size: facts.size, text: String(text.prefix(Self.mostBytes)))
    }

    /// Names of all files below the folder, with their folders in front.
    func names() throws -> [String] { try context.ground.files(below: context.work, most: Self.mostFiles).sorted() }

    /// Those that fit: `*` is anything but a slash.
    func names(matching pattern: String) throws -> [String] { try names().filter { Self.fits($0, pattern) } }

    static func fits(_ name: String, _ pattern: String) -> Bool {
        var source = "^"
        for scalar in pattern.unicodeScalars {
            switch scalar {
            case "*": source += "[^/]*"
            case "?": source += "[^/]"
            default:
                source +=
                    scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) ? String(scalar) : "\\\(scalar)"
            }
        }
        return (try? LinearPattern(source + "$"))?.matches(name) ?? false
    }
}
