internal import ConfigTree
internal import Planning
internal import YAMLDocument

/// The policy by which the API server keeps its audit log, and the age of the log.
struct AuditPolicy: Sendable {
    struct Rule: Sendable {
        var level: String
        /// Whether it is only for some users, verbs, namespaces or paths.
        var isNarrow: Bool
        /// Whether it speaks of Secrets of the core group.
        var matchesSecrets: Bool
    }

    let rules: [Rule]

    static let question = Probe.script(
        "health.audit-policy",
        """
        \(HostShell.requiring("tr"))
        \(HostShell.requiring("sed"))
        \(HostShell.requiring("cat"))
        for folder in /proc/[0-9]*; do
          name=
          { read -r name <"$folder/comm"; } 2>/dev/null
          [ "$name" = kube-apiserver ] || continue
          file=$(tr '\\000' '\\n' <"$folder/cmdline" 2>/dev/null | sed -n 's/^--audit-policy-file=//p')
          [ -n "$file" ] || exit 1
          [ -r "$file" ] || file="$folder/root$file"
          [ -r "$file" ] || { echo "unreadable=$file"; exit 0; }
          cat "$file"
          exit 0
        done
        exit 1
        """)

    /// The size of the log and the seconds since its last line.
    static let logQuestion = Probe.script(
        "health.audit-log",
        """
        \(HostShell.requiring("tr"))
        \(HostShell.requiring("sed"))
        \(HostShell.requiring("stat"))
        \(HostShell.requiring("date"))
        for folder in /proc/[0-9]*; do
          name=
          { read -r name <"$folder/comm"; } 2>/dev/null
          [ "$name" = kube-apiserver ] || continue
          file=$(tr '\\000' '\\n' <"$folder/cmdline" 2>/dev/null | sed -n 's/^--audit-log-path=//p')
          [ -n "$file" ] || exit 1
          echo "file=$file"
          [ "$file" = - ] && exit 0
          [ -e "$file" ] || file="$folder/root$file"
          [ -e "$file" ] || exit 0
          set -- $(stat -L -c '%s %Y' -- "$file" 2>/dev/null)
          [ $# -eq 2 ] || exit 0
          echo "size=$1"
          echo "age=$(($(date +%s) - $2))"
          exit 0
        done
        exit 1
        """)

    init(_ text: String) throws {
        if let file = try HostAnswer(text)["unreadable"] { throw Unmeasured("\(file) cannot be read") }
        guard let document = try? YAMLReader.document(Array(text.utf8), file: "audit policy"),
            document.root["kind"]?.text == "Policy", let list = document.root["rules"], list.count > 0
        else { throw Unmeasured("the audit policy is not understood") }
        rules = list.items.map(Self.rule)
    }

    private static func rule(_ node: ConfigNode) -> Rule {
        func isGiven(_ key: String) -> Bool { (node[key]?.count ?? 0) > 0 }
        let resources = node["resources"].map { $0.items.map { $0 } } ?? []
        let matches =
            resources.isEmpty
            ? !isGiven("nonResourceURLs")
            : resources.contains { resource in
                let group = resource["group"]?.text ?? ""
                let names = resource["resources"].map { $0.items.map(\.text) } ?? []
                return group.isEmpty && (names.isEmpty || names.contains("secrets") || names.contains("*"))
                    && (resource["resourceNames"]?.count ?? 0) == 0
            }
        return Rule(
            level: node["level"]?.text ?? "",
            isNarrow: ["users", "userGroups", "verbs", "namespaces"].contains(where: isGiven),
            matchesSecrets: matches)
    }

    /// The first rule that would write the content of a Secret, counted from 1; rules are asked in their order and the
    /// first that matches decides.
    var ruleWithSecretBodies: Int? {
        for (index, rule) in rules.enumerated() where rule.matchesSecrets {
            if rule.level == "Request" || rule.level == "RequestResponse" { return index + 1 }
            if !rule.isNarrow { return nil }
        }
        return nil
    }

    /// Nothing is kept at all.
    var isSilent: Bool { rules.allSatisfy { $0.level == "None" } }
}
