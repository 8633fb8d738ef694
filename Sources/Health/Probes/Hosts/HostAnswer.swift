internal import Planning

/// An answer in lines `KEY=VALUE`, which is the form of most questions to hosts.
///
/// `missing=PROGRAM` says that the host lacks a program which the question needs.
struct HostAnswer {
    private let pairs: [(key: Substring, value: Substring)]
    /// All lines, also those of other forms.
    let lines: [Substring]

    /// - Throws: `Unmeasured` if the host lacks a program.
    init(_ text: String) throws {
        lines = text.split(separator: "\n")
        pairs = lines.compactMap { line in
            guard let equals = line.firstIndex(of: "=") else { return nil }
            return (line[..<equals], line[line.index(after: equals)...])
        }
        if let program = self["missing"] { throw Unmeasured("the host has no \(program)") }
    }

    /// The first value of a key.
    subscript(key: String) -> String? {
        pairs.first { $0.key == key }.map { String($0.value) }
    }

    /// The values of a key in their order.
    func all(_ key: String) -> [String] {
        pairs.filter { $0.key == key }.map { String($0.value) }
    }

    /// - Throws: `Unmeasured` if the answer has no such line.
    func text(_ key: String) throws -> String {
        guard let value = self[key] else { throw Unmeasured("the host's answer has no \(key)") }
        return value
    }

    /// - Throws: `Unmeasured` if the answer has no such line or its value is no number.
    func number(_ key: String) throws -> Double {
        let value = try text(key)
        guard let number = Double(value), number.isFinite else {
            throw Unmeasured("the host's answer has \(key)=\(value.prefix(40)), which is no number")
        }
        return number
    }
}

extension HealthHost {
    /// The answer in lines `KEY=VALUE`; throws also if there is none.
    func keyedAnswer(_ question: Probe) throws -> HostAnswer {
        guard let text = try answer(question) else { throw Unmeasured("the host has nothing to answer") }
        return try HostAnswer(text)
    }
}

/// Shell that several questions share.
enum HostShell {
    /// Ends the question with `missing=PROGRAM` on a host that lacks it.
    static func requiring(_ program: String) -> String {
        "command -v \(program) >/dev/null 2>&1 || { echo 'missing=\(program)'; exit 0; }"
    }

    /// Sets `$container`: its kind as systemd names it, `none` on a machine.
    ///
    /// systemd notes the kind at its start (`/run/systemd/container`), so that no process is needed in a container.
    static let container = """
        container=
        if [ -s /run/systemd/container ]; then read -r container </run/systemd/container
        elif command -v systemd-detect-virt >/dev/null 2>&1; then container=$(timeout 2 systemd-detect-virt -c 2>/dev/null)
        fi
        [ -n "$container" ] || container=none
        """
}

/// Whether a host is a container on somebody's computer, which owns its kernel, clock and swap.
enum HostContainer {
    static let question = Probe.script("health.container", "\(HostShell.container)\necho \"container=$container\"")

    /// False also where nothing is known: then the host is judged as a machine.
    static func holds(_ host: HealthHost) -> Bool {
        guard let kind = try? host.keyedAnswer(question)["container"] else { return false }
        return kind != "none"
    }
}
