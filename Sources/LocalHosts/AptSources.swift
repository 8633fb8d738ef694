import Diagnostics

/// The package archives that this machine itself uses, read from apt's configuration in both of its formats.
struct AptSources {
    struct Entry: Hashable {
        var uri: String
        var suites: [String]
        var components: [String]
        /// Path of a keyring; nil if apt's own keyrings decide.
        var keyring: String?
    }

    var entries: [Entry]

    /// Reads /etc/apt/sources.list and sources.list.d.
    static func ofThisMachine() -> AptSources {
        let folder = "/etc/apt/sources.list.d"
        let files = ["/etc/apt/sources.list"] + Files.names(in: folder).map { "\(folder)/\($0)" }
        var entries: [Entry] = []
        for file in files {
            guard let text = Files.read(file) else { continue }
            if file.hasSuffix(".sources") { entries += parse(deb822: text) }
            if file.hasSuffix(".list") { entries += parse(oneLine: text) }
        }
        return AptSources(entries: entries)
    }

    /// `deb [signed-by=/path arch=amd64] URI SUITE COMPONENT...` lines.
    static func parse(oneLine text: String) -> [Entry] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            let bare = line.prefix { $0 != "#" }
            var words = bare.split(whereSeparator: \.isWhitespace).map(String.init)[...]
            guard words.popFirst() == "deb" else { return nil }
            var options: [String] = []
            if words.first?.hasPrefix("[") == true {
                while let word = words.popFirst() {
                    options.append(word.filter { $0 != "[" && $0 != "]" })
                    if word.hasSuffix("]") { break }
                }
            }
            guard let uri = words.popFirst(), let suite = words.popFirst() else { return nil }
            let keyring = options.first { $0.lowercased().hasPrefix("signed-by=") }.map { String($0.dropFirst(10)) }
            return Entry(uri: uri, suites: [suite], components: Array(words), keyring: path(keyring))
        }
    }

    /// Stanzas of `Field: value`; a comment line does not end one, a line that starts with a space continues a field.
    static func parse(deb822 text: String) -> [Entry] {
        var entries: [Entry] = []
        var fields: [String: String] = [:]
        var last: String?
        func finish() {
            defer {
                fields = [:]
                last = nil
            }
            func words(_ name: String) -> [String] {
                (fields[name] ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
            }
            guard words("types").contains("deb"), fields["enabled"]?.lowercased() != "no" else { return }
            for uri in words("uris") {
                entries.append(
                    Entry(
                        uri: uri, suites: words("suites"), components: words("components"),
                        keyring: path(words("signed-by").first)))
            }
        }
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            if line.hasPrefix("#") { continue }
            if line.allSatisfy(\.isWhitespace) {
                finish()
            } else if line.first?.isWhitespace == true {
                if let last { fields[last, default: ""] += " " + line }
            } else if let colon = line.firstIndex(of: ":") {
                let name = line[..<colon].lowercased()
                let value = line[line.index(after: colon)...]
                fields[name] = String(value.drop(while: \.isWhitespace))
                last = name
            }
        }
        finish()
        return entries
    }

    private static func path(_ keyring: String?) -> String? {
        guard let keyring, keyring.hasPrefix("/") else { return nil }
        return keyring
    }

    /// The archive to build a suite from: one that names the suite, else the one of this machine's own release, which
    /// is the same archive on a Debian of another version.
    func archive(for suite: String, machineSuite: String?) throws -> Entry {
        for wanted in [suite, machineSuite].compactMap({ $0 }) {
            let found = entries.first {
                $0.suites.contains(wanted) && $0.components.contains("main")
                    && ($0.uri.hasPrefix("http") || $0.uri.hasPrefix("file:"))
            }
            if let found { return found }
        }
        throw Diagnostic(
            code: "hosts.mirror-unknown", "apt's configuration on this machine names no Debian archive with \(suite)",
            detail: "read: /etc/apt/sources.list and /etc/apt/sources.list.d; hosts are built from the same archive",
            hint: "add a line `deb URI \(suite) main` and run this again", exitCode: .lacking)
    }
}
