internal import Planning

/// How the API server writes Secrets to etcd: the names of the providers only, never their keys.
struct EncryptionProviders: Sendable {
    /// The providers of each entry, in their order; the first one writes.
    let lists: [[String]]
    let namesSecrets: Bool

    static let known: Set = ["aescbc", "aesgcm", "secretbox", "kms", "identity"]
    /// What the benchmark takes for appropriate.
    static let appropriate: Set = ["aescbc", "kms", "secretbox"]

    /// Words out of the file that the running API server names, one a line; no other word of it leaves the host.
    static let question = Probe.script(
        "health.encryption-providers",
        """
        \(HostShell.requiring("tr"))
        \(HostShell.requiring("sed"))
        \(HostShell.requiring("grep"))
        for folder in /proc/[0-9]*; do
          name=
          { read -r name <"$folder/comm"; } 2>/dev/null
          [ "$name" = kube-apiserver ] || continue
          file=$(tr '\\000' '\\n' <"$folder/cmdline" 2>/dev/null | sed -n 's/^--encryption-provider-config=//p')
          [ -n "$file" ] || exit 1
          echo "file=$file"
          [ -r "$file" ] || file="$folder/root$file"
          [ -r "$file" ] || { echo unreadable=1; exit 0; }
          sed 's/#.*//' "$file" 2>/dev/null |
            grep -oE '"?(providers|aescbc|aesgcm|secretbox|kms|identity)"?[[:space:]]*:|(^|[^A-Za-z])secrets([^A-Za-z]|$)|\\*\\.\\*?' |
            sed 's/[^a-z*.]//g; s/^/word=/'
          exit 0
        done
        exit 1
        """)

    /// nil if the running API server names no such file.
    static func read(on host: HealthHost) throws -> EncryptionProviders? {
        guard try host.answer(question) != nil else { return nil }
        return try EncryptionProviders(try host.keyedAnswer(question))
    }

    init(_ answer: HostAnswer) throws {
        let file = try answer.text("file")
        if answer["unreadable"] != nil { throw Unmeasured("\(file) cannot be read") }
        var lists: [[String]] = []
        var namesSecrets = false
        for word in answer.all("word") {
            switch word {
            case "providers": lists.append([])
            case "secrets", "*.", "*.*": namesSecrets = true
            default: if !lists.isEmpty, Self.known.contains(word) { lists[lists.count - 1].append(word) }
            }
        }
        guard !lists.isEmpty, lists.allSatisfy({ !$0.isEmpty }) else {
            throw Unmeasured("\(file) is not understood")
        }
        self.lists = lists
        self.namesSecrets = namesSecrets
    }

    /// Who writes: the first of each entry.
    var writers: [String] { lists.compactMap(\.first) }

    var isAppropriate: Bool { namesSecrets && writers.allSatisfy(Self.appropriate.contains) }

    var words: String {
        (namesSecrets ? "" : "Secrets are not named; ")
            + lists.map { $0.joined(separator: ", ") }.joined(separator: "; ")
    }
}
