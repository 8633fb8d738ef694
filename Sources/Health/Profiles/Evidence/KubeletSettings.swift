internal import ConfigTree
internal import Planning
internal import YAMLDocument

/// What a kubelet runs with: its file of settings, and the flags that win over it.
struct KubeletSettings: Sendable {
    /// The kubelet's own flags.
    let arguments: ProcessArguments
    /// Scalars by path, `authentication.anonymous.enabled`; a list is joined with commas.
    private let fields: [String: String]

    static let defaultPath = "/var/lib/kubelet/config.yaml"

    /// The file that the running kubelet names, with its path in the first line.
    static let question = Probe.script(
        "health.kubelet-settings",
        """
        \(HostShell.requiring("tr"))
        \(HostShell.requiring("sed"))
        \(HostShell.requiring("cat"))
        file=
        for folder in /proc/[0-9]*; do
          name=
          { read -r name <"$folder/comm"; } 2>/dev/null
          [ "$name" = kubelet ] || continue
          file=$(tr '\\000' '\\n' <"$folder/cmdline" 2>/dev/null | sed -n 's/^--config=//p')
          [ -z "$file" ] || break
        done
        [ -n "$file" ] || file=\(defaultPath)
        [ -r "$file" ] || exit 1
        echo "file=$file"
        cat "$file"
        """)

    static let questions = [ProcessArguments.question, question]

    init(on host: HealthHost) throws {
        let arguments = try ProcessArguments(of: .kubelet, on: host)
        guard let text = try host.answer(Self.question) else {
            throw Unmeasured("the kubelet's file of settings is not there")
        }
        if let program = try? HostAnswer(text)["missing"] { throw Unmeasured("the host has no \(program)") }
        try self.init(text, arguments)
    }

    /// - Parameter text: what the question prints.
    init(_ text: String, _ arguments: ProcessArguments) throws {
        if let folder = arguments["config-dir"] {
            throw Unmeasured("the kubelet also reads files in \(folder), which this check does not")
        }
        // Without a file the kubelet has other defaults than with one.
        guard arguments["config"] != nil else { throw Unmeasured("the kubelet runs without a file of settings") }
        let lines = text.split(separator: "\n", maxSplits: 1)
        guard lines.first?.hasPrefix("file=") == true, lines.count == 2,
            let document = try? YAMLReader.document(Array(lines[1].utf8), file: "kubelet"),
            document.root["kind"]?.text == "KubeletConfiguration"
        else { throw Unmeasured("the kubelet's file of settings is not understood") }
        self.arguments = arguments
        var fields: [String: String] = [:]
        Self.collect(document.root, "", &fields)
        self.fields = fields
    }

    private static func collect(_ node: ConfigNode, _ path: String, _ fields: inout [String: String]) {
        switch node.kind {
        case .mapping:
            for entry in node.entries {
                collect(entry.value, path.isEmpty ? entry.key.text : "\(path).\(entry.key.text)", &fields)
            }
        case .sequence: fields[path] = node.items.map(\.text).joined(separator: ",")
        case .scalar where !node.isNull: fields[path] = node.text
        default: break
        }
    }

    /// The flag, if there is one and it is given; else the file's field.
    func value(_ path: String, flag: String? = nil) -> String? {
        if path.hasPrefix("featureGates.") {
            let gate = path.dropFirst("featureGates.".count) + "="
            if let given = arguments.list("feature-gates").last(where: { $0.hasPrefix(gate) }) {
                return String(given.dropFirst(gate.count))
            }
        }
        return flag.flatMap { arguments[$0] } ?? fields[path]
    }

    /// Whether anything is set at or below a path.
    func has(_ path: String) -> Bool {
        fields.keys.contains { $0 == path || $0.hasPrefix(path + ".") }
    }

    /// Values below a mapping, by key.
    func map(_ path: String) -> [String: String] {
        Dictionary(
            fields.compactMap { key, value in
                key.hasPrefix(path + ".") ? (String(key.dropFirst(path.count + 1)), value) : nil
            }, uniquingKeysWith: { first, _ in first })
    }
}

/// What one field of the kubelet's settings must say.
struct KubeletRule: Sendable {
    enum Expectation: Sendable {
        case equals(String)
        case isSet
        /// Given neither as a flag nor as a field.
        case isUnset
        /// `true`, or all of these are given in its place.
        case isTrueOrAllSet([(path: String, flag: String)])
        case isNot([String])
        /// Of a field whose zero means the default: only a flag can say one of these.
        case isNotAsFlag([String])
        case isWithin([String])
        case atLeast(Int)
        case isIn(ClosedRange<Int>)
    }

    var path: String
    /// nil if there is only the field.
    var flag: String?
    var expectation: Expectation
    /// What `SetDefaults_KubeletConfiguration` puts in its place; nil if nothing.
    var fallback: String?

    init(_ path: String, flag: String? = nil, _ expectation: Expectation, default fallback: String? = nil) {
        self.path = path
        self.flag = flag
        self.expectation = expectation
        self.fallback = fallback
    }

    func isMet(_ settings: KubeletSettings) -> Bool {
        let value = settings.value(path, flag: flag) ?? fallback
        switch expectation {
        case .equals(let wanted): return value == wanted
        case .isSet: return value?.isEmpty == false
        case .isUnset: return value == nil
        case .isTrueOrAllSet(let others):
            return value == "true" || others.allSatisfy { settings.value($0.path, flag: $0.flag) != nil }
        case .isNot(let unwanted): return value.map { !unwanted.contains($0) } ?? true
        case .isNotAsFlag(let unwanted):
            return !unwanted.contains(flag.flatMap { settings.arguments[$0] } ?? "")
        case .isWithin(let words):
            let list = value?.split(separator: ",").map { $0.trimmingSpaces } ?? []
            return !list.isEmpty && list.allSatisfy(words.contains)
        case .atLeast(let number): return value.flatMap { Int($0) }.map { $0 >= number } ?? false
        case .isIn(let range): return value.flatMap { Int($0) }.map(range.contains) ?? false
        }
    }

    func measured(_ settings: KubeletSettings) -> String {
        if case .isNotAsFlag(let zeros) = expectation, flag.flatMap({ settings.arguments[$0] }) == nil,
            let value = settings.value(path), zeros.contains(value)
        {
            return "\(path) is \(value)" + (fallback.map { ", which means \($0)" } ?? "")
        }
        if let value = settings.value(path, flag: flag) { return "\(path) is \(value.prefix(120))" }
        return "\(path) is not set" + (fallback.map { ", which means \($0)" } ?? "")
    }

    var threshold: String {
        switch expectation {
        case .equals(let wanted): "\(path): \(wanted)"
        case .isSet: "\(path) is set"
        case .isUnset: "\(path) is not set"
        case .isTrueOrAllSet(let paths): "\(path): true, or \(paths.map(\.path).joined(separator: " and "))"
        case .isNot(let unwanted), .isNotAsFlag(let unwanted): "\(path) other than \(unwanted[0])"
        case .isWithin: "\(path) with strong suites only"
        case .atLeast(let number): "\(path) of \(number) or more"
        case .isIn(let range): "\(path) from \(range.lowerBound) to \(range.upperBound)"
        }
    }

    static func judge(
        _ rules: [KubeletRule], _ settings: KubeletSettings, _ subject: String, otherwise: HealthStatus
    ) -> Judgement {
        let broken = rules.filter { !$0.isMet(settings) }
        return Judgement(
            broken.isEmpty ? .pass : otherwise, subject,
            (broken.isEmpty ? rules : broken).map { $0.measured(settings) }.joined(separator: ", "),
            threshold: rules.map(\.threshold).joined(separator: ", "))
    }
}
