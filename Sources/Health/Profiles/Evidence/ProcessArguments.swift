internal import Planning

/// A program of the control plane or the node, as the kernel names its process.
enum ClusterProgram: String, Sendable, CaseIterable {
    case apiServer = "kube-apiserver"
    case controllerManager = "kube-controller-manager"
    case scheduler = "kube-scheduler"
    case etcd
    case kubelet
}

/// Arguments of running programs, out of `/proc/PID/cmdline`: what is in force, whatever a manifest says by now.
struct ProcessArguments: Sendable {
    /// Values in their order, by the name without dashes.
    private let values: [String: [String]]

    /// Prints `process=NAME` and then `argument=…` for each argument, for each process of the cluster's programs; of etcd
    /// its `ETCD_…` variables as well, which count where there is no flag.
    ///
    /// The kernel cuts names after 15 characters.
    static let question = Probe.script(
        "health.process-arguments",
        """
        \(HostShell.requiring("tr"))
        for folder in /proc/[0-9]*; do
          name=
          { read -r name <"$folder/comm"; } 2>/dev/null
          case "$name" in
            kube-apiserver | kube-controller | kube-scheduler | etcd | kubelet) ;;
            *) continue ;;
          esac
          [ "$name" != kube-controller ] || name=kube-controller-manager
          lines=$(tr '\\n\\000' ' \\n' <"$folder/cmdline" 2>/dev/null)
          [ -n "$lines" ] || continue
          echo "process=$name"
          printf '%s\\n' "$lines" | { read -r first; while IFS= read -r word; do printf 'argument=%s\\n' "$word"; done; }
          [ "$name" = etcd ] || continue
          tr '\\n\\000' ' \\n' <"$folder/environ" 2>/dev/null | while IFS= read -r word; do
            case "$word" in ETCD_*) printf 'variable=%s\\n' "$word" ;; esac
          done
        done
        true
        """)

    /// - Throws: `Unmeasured` if the program does not run on the host or reads its settings elsewhere.
    init(of program: ClusterProgram, on host: HealthHost) throws {
        self = try Self(try host.keyedAnswer(Self.question).lines, of: program)
    }

    /// - Parameter lines: what the question prints.
    init(_ lines: [Substring], of program: ClusterProgram) throws {
        let found = Self.processes(lines).filter { $0.name == program.rawValue }
        // Another program may bear the same name, an application's etcd for instance: kubeadm's has its files below
        // /etc/kubernetes.
        let process = found.max { first, second in Self.weight(first.words) < Self.weight(second.words) }
        guard let process else { throw Unmeasured("\(program.rawValue) does not run on this host") }
        values = Self.flags(process.words)
            .merging(program == .etcd ? Self.flags(process.variables) : [:]) { flag, _ in flag }
        if program == .etcd, let file = values["config-file"]?.last {
            throw Unmeasured("etcd reads its settings from \(file), and not from its arguments")
        }
    }

    /// Why there is no etcd to judge on a control plane; nil if there should be one.
    ///
    /// kubeadm's own etcd is reached at 127.0.0.1.
    static func reasonForNoEtcd(on host: HealthHost) -> String? {
        guard let lines = try? host.keyedAnswer(question).lines, !lines.contains("process=etcd"),
            let servers = try? ProcessArguments(lines, of: .apiServer).list("etcd-servers"), !servers.isEmpty
        else { return nil }
        let own = ["127.0.0.1", "localhost", "[::1]", "//\(host.address):", "//\(host.name):"]
        return servers.contains { server in own.contains { server.contains($0) } }
            ? nil : "etcd does not run here: the API server uses \(servers[0])"
    }

    /// The last one counts; a flag alone is `true`.
    subscript(_ name: String) -> String? { values[name]?.last }

    /// Of a flag that takes a list and may be repeated.
    func list(_ name: String) -> [String] {
        (values[name] ?? []).flatMap { $0.split(separator: ",").map { $0.trimmingSpaces } }
    }

    private static func processes(_ lines: [Substring]) -> [(name: String, words: [String], variables: [String])] {
        var result: [(name: String, words: [String], variables: [String])] = []
        for line in lines {
            if line.hasPrefix("process=") {
                result.append((String(line.dropFirst(8)), [], []))
            } else if line.hasPrefix("argument="), !result.isEmpty {
                result[result.count - 1].words.append(String(line.dropFirst(9)))
            } else if line.hasPrefix("variable=ETCD_"), !result.isEmpty {
                // ETCD_PEER_CERT_FILE is --peer-cert-file.
                let text = line.dropFirst("variable=ETCD_".count)
                let name = text.prefix { $0 != "=" }.lowercased()
                result[result.count - 1].variables.append("--" + name + text.dropFirst(name.count))
            }
        }
        return result
    }

    private static func weight(_ words: [String]) -> Int { words.count { $0.contains("/etc/kubernetes/") } }

    /// `--name=value`, `--name value` and `--name`, with one dash or two; `_` is the same as `-`.
    private static func flags(_ words: [String]) -> [String: [String]] {
        var result: [String: [String]] = [:]
        var rest = words[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("-") else { continue }
            let text = word.drop { $0 == "-" }
            let name = text.prefix { $0 != "=" }
            let value: String
            if name.count < text.count {
                value = String(text.dropFirst(name.count + 1))
            } else if let next = rest.first, !next.hasPrefix("-") {
                value = next
                rest.removeFirst()
            } else {
                value = "true"
            }
            result[name.split(separator: "_", omittingEmptySubsequences: false).joined(separator: "-"), default: []]
                .append(value)
        }
        return result
    }
}

extension Substring {
    var trimmingSpaces: String {
        var text = self.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
