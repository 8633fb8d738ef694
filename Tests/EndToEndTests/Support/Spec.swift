import Foundation

/// A cluster spec as text: tests change single lines of what `hosts create` wrote.
struct Spec: Sendable {
    var text: String
    let path: String

    init(path: String) throws {
        self.path = path
        text = try String(contentsOfFile: path, encoding: .utf8)
    }

    private init(text: String, path: String) {
        self.text = text
        self.path = path
    }

    /// A changed copy in a file beside it.
    func copy(_ name: String, _ change: (inout [String]) -> Void) throws -> Spec {
        var lines = text.components(separatedBy: "\n")
        change(&lines)
        let path = (self.path as NSString).deletingLastPathComponent + "/\(name).yaml"
        let copy = Spec(text: lines.joined(separator: "\n"), path: path)
        try copy.text.write(toFile: path, atomically: true, encoding: .utf8)
        return copy
    }

    /// The value of the first line with this key, at any depth.
    func value(_ key: String) -> String? {
        text.split(separator: "\n").lazy.map { $0.trimmingCharacters(in: .whitespaces) }
            .first { $0.hasPrefix(key + ":") }
            .map { $0.dropFirst(key.count + 1).trimmingCharacters(in: .whitespaces) }
    }

    func address(of host: String) -> String? {
        let lines = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        guard let index = lines.firstIndex(of: "- name: \(host)"), index + 1 < lines.count else { return nil }
        return lines[index + 1].hasPrefix("address: ") ? String(lines[index + 1].dropFirst(9)) : nil
    }
}

extension [String] {
    /// Sets the first line with this key, at its own indentation.
    mutating func set(_ key: String, _ value: String) {
        guard let index = firstIndex(where: { $0.trimmingCharacters(in: .whitespaces).hasPrefix(key + ":") }) else {
            return
        }
        self[index] = self[index].prefix { $0 == " " } + "\(key): \(value)"
    }

    /// Takes a host out of the list of hosts.
    mutating func remove(host: String) {
        guard let begin = firstIndex(of: "  - name: \(host)") else { return }
        let end = self[(begin + 1)...].firstIndex { !$0.hasPrefix("    ") } ?? endIndex
        removeSubrange(begin..<end)
    }

    /// Adds lines to a host, indented by the caller.
    mutating func add(toHost host: String, _ lines: [String]) {
        guard let begin = firstIndex(of: "  - name: \(host)") else { return }
        insert(contentsOf: lines, at: begin + 2)
    }
}
