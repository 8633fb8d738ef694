internal import Planning

/// Asks hosts, all at once, and judges each by itself.
enum HostQuestion {
    /// - Parameter judge: nil if a host is as it should be, else what is wrong.
    static func ask(
        _ role: HostRole, _ context: CheckContext, _ probe: Probe,
        judge: @Sendable @escaping (FactValue) throws -> String?
    ) async throws -> Observation {
        let hosts = try context.hosts(role)
        let script = ProbeScript([probe])
        var problems: [(host: String, text: String)] = []
        for (host, problem) in try await withThrowingTaskGroup(
            of: (String, String?).self, returning: [(String, String?)].self,
            body: { group in
                for host in hosts {
                    group.addTask {
                        let answer = try await context.ground.run(script.text, on: host.name, timeout: .seconds(20))
                        let value = script.answers(in: answer.output)[probe] ?? .unknown("it was not answered")
                        if case .unknown(let reason) = value {
                            throw CannotJudge("\(host.name): \(reason)", isPassing: true)
                        }
                        return (host.name, try judge(value))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            })
        {
            if let problem { problems.append((host, problem)) }
        }
        problems.sort { $0.host < $1.host }
        let isGood = role == .any ? problems.count < hosts.count : problems.isEmpty
        guard isGood else { return .fail(problems.map { "\($0.host): \($0.text)" }.joined(separator: "; ")) }
        return .pass("as expected on \(hosts.map(\.name).sorted().joined(separator: ", "))")
    }
}

extension HostRole {
    /// After "on".
    var everyWords: String {
        switch self {
        case .controlPlane: "every control plane"
        case .worker: "every worker"
        case .any: "one host at least"
        case .all: "every host"
        }
    }
}

/// Processes of hosts, seen from the hosts.
package struct ProcessCheck: LabPrimitive {
    package static let word = "process"

    package var role: HostRole
    package var names: [String]
    /// Of each.
    package var count: CountRange

    package var patience: Duration { .seconds(10) }
    package var expected: String { "\(count.words) of \(names.joined(separator: ", ")) on \(role.everyWords)" }

    package var question: String {
        "Reads the list of processes on \(role.everyWords) over SSH; containers' processes are in it, too."
    }

    package var next: String { "`ps -ef` on the host; for what runs in containers `crictl ps -a`" }

    package func observe(_ context: CheckContext) async throws -> Observation {
        let (names, count) = (names.map(context.fill), count)
        return try await HostQuestion.ask(role, context, Self.probe) { value in
            let found = Self.parse(value.text ?? "")
            let wrong = names.filter { name in !count.contains(Self.number(of: name, in: found)) }
            guard !wrong.isEmpty else { return nil }
            return wrong.map { "\($0): \(Self.number(of: $0, in: found)) running" }
                .joined(separator: ", ")
        }
    }

    /// Two names for each process: the kernel's, cut after 15 characters, and that of the program's file.
    static let probe = Probe.script(
        "lab.processes",
        """
        for folder in /proc/[0-9]*; do
          read -r name <"$folder/comm" || continue
          program=$(tr '\\0' '\\n' <"$folder/cmdline" | head -n 1)
          printf '%s\\t%s\\n' "$name" "${program##*/}"
        done 2>/dev/null
        true
        """)

    static func parse(_ text: String) -> [(name: Substring, program: Substring)] {
        text.split(separator: "\n").map { line in
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
            return (parts[0], parts.count > 1 ? parts[1] : "")
        }
    }

    static func number(of wanted: String, in found: [(name: Substring, program: Substring)]) -> Int {
        let cut = wanted.prefix(15)
        return found.count { $0.program == wanted || $0.name == cut || $0.program.hasPrefix(wanted + ":") }
    }
}

/// Whether something listens on a TCP port of a host.
package struct PortCheck: LabPrimitive {
    package static let word = "port"

    package var role: HostRole
    package var port: Int
    package var listens: Bool

    package var patience: Duration { .seconds(10) }

    package var expected: String {
        "\(listens ? "something listens" : "nothing listens") on TCP port \(port) of \(role.everyWords)"
    }

    package var question: String { "Reads the listening sockets of \(role.everyWords) over SSH." }
    package var next: String { "`ss -ltnp sport = :\(port)` on the host" }

    static let probe = Probe.script("lab.sockets", "cat /proc/net/tcp /proc/net/tcp6 2>/dev/null; true")

    package func observe(_ context: CheckContext) async throws -> Observation {
        let (port, listens) = (port, listens)
        return try await HostQuestion.ask(role, context, Self.probe) { value in
            let isOpen = Self.listening(value.text ?? "").contains(port)
            if isOpen == listens { return nil }
            return isOpen ? "something listens on \(port)" : "nothing listens on \(port)"
        }
    }

    /// Ports in the state LISTEN (0A) of the kernel's table.
    package static func listening(_ text: String) -> Set<Int> {
        var ports = Set<Int>()
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            guard fields.count > 3, fields[3] == "0A", let colon = fields[1].lastIndex(of: ":"),
                let port = Int(fields[1][fields[1].index(after: colon)...], radix: 16)
            else { continue }
            ports.insert(port)
        }
        return ports
    }
}

/// A service of systemd on hosts.
package struct ServiceCheck: LabPrimitive {
    package static let word = "service"

    package var role: HostRole
    package var name: String
    package var active: Bool?
    package var enabled: Bool?

    package var patience: Duration { .seconds(10) }

    package var expected: String {
        var wishes: [String] = []
        if let active { wishes.append(active ? "runs" : "does not run") }
        if let enabled { wishes.append(enabled ? "starts at boot" : "does not start at boot") }
        return "the service \(name) \(wishes.joined(separator: " and ")) on \(role.everyWords)"
    }

    package var question: String { "Asks systemd on \(role.everyWords) over SSH for the state of \(name)." }
    package var next: String { "`systemctl status \(name)` and `journalctl -u \(name) -n 50` on the host" }

    package func observe(_ context: CheckContext) async throws -> Observation {
        let (active, enabled) = (active, enabled)
        return try await HostQuestion.ask(role, context, .service(context.fill(name))) { value in
            guard let words = value.text?.split(separator: " "), words.count >= 2 else {
                return active == false && enabled != true ? nil : "there is no such service"
            }
            let isActive = words[1] == "active"
            let isEnabled = words.count > 2 && (words[2] == "enabled" || words[2] == "static")
            var problems: [String] = []
            if let active, active != isActive { problems.append("it is \(words[1])") }
            if let enabled, enabled != isEnabled {
                problems.append("it is \(words.count > 2 ? String(words[2]) : "without a setting") at boot")
            }
            return problems.isEmpty ? nil : problems.joined(separator: ", ")
        }
    }
}
