internal import ClusterModel
internal import Diagnostics
internal import Foundation

/// Which hosts a command is meant for.
struct HostChoice {
    var file: String?
    var targets: [String]
    var patterns: [String]
    var role: HostSpec.Role?

    /// - Throws: `Diagnostics` of the spec, or a usage diagnostic if nothing is chosen.
    func hosts() throws -> [HostSpec] {
        var all = try targets.flatMap(Self.expand).map(Self.host)
        if targets.isEmpty || file != nil { all += try SpecLoading.load(file ?? "cluster.yaml").spec.hosts }
        let chosen = all.filter { host in
            (patterns.isEmpty || patterns.contains { Self.matches(host.name, $0) })
                && (role.map { host.roles.contains($0) } ?? true)
        }
        guard !chosen.isEmpty else {
            throw Diagnostic(
                code: "exec.no-host", "no host is chosen",
                detail: "known: \(all.prefix(8).map(\.name).joined(separator: ", "))\(all.count > 8 ? ", …" : "")",
                exitCode: .usage)
        }
        return chosen
    }

    private static func expand(_ target: String) throws -> [String] {
        guard target.hasPrefix("@") else { return [target] }
        let path = String(target.dropFirst())
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Diagnostic(code: "exec.targets", "the list of targets \(path) cannot be read", exitCode: .usage)
        }
        return text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty && !$0.hasPrefix("#") }
    }

    /// `[USER@]ADDRESS[:PORT]`; an IPv6 address with a port stands in brackets.
    private static func host(_ target: String) throws -> HostSpec {
        var rest = Substring(target)
        var settings = SSHSettings()
        if let at = rest.lastIndex(of: "@") {
            settings.user = String(rest[..<at])
            rest = rest[rest.index(after: at)...]
        }
        var port: Substring?
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            let tail = rest[rest.index(after: end)...]
            if !tail.isEmpty { port = tail.hasPrefix(":") ? tail.dropFirst() : tail }
            rest = rest[rest.index(after: rest.startIndex)..<end]
        } else if rest.count(where: { $0 == ":" }) == 1, let colon = rest.firstIndex(of: ":") {
            port = rest[rest.index(after: colon)...]
            rest = rest[..<colon]
        }
        if let port {
            guard let number = Int(port), (1...65535).contains(number) else {
                throw Diagnostic(
                    code: "exec.target", "the port of \(target) is no number from 1 to 65535", exitCode: .usage)
            }
            settings.port = number
        }
        let address = String(rest)
        guard !address.isEmpty else {
            throw Diagnostic(
                code: "exec.target", "\(target) names no host", hint: "write USER@ADDRESS", exitCode: .usage)
        }
        return HostSpec(name: target, address: address, internalAddress: address, roles: [], ssh: settings)
    }

    /// `*` stands for any characters.
    static func matches(_ name: String, _ pattern: String) -> Bool {
        let pieces = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard pieces.count > 1, let first = pieces.first, let last = pieces.last else { return name == pattern }
        guard name.hasPrefix(first), name.count >= first.count + last.count, name.hasSuffix(last) else { return false }
        var rest = name.dropFirst(first.count).dropLast(last.count)
        for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
            guard let range = rest.firstRange(of: piece) else { return false }
            rest = rest[range.upperBound...]
        }
        return true
    }
}
