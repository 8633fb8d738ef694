internal import Crypto

/// The entries of known_hosts files, and the judgement over a key that a host shows.
///
/// Names are matched as OpenSSH does: without regard to case, `[host]:port` for a port other than 22 (a line for the bare
/// name is good enough to accept a key, never to refuse one), wildcards, negation, comma lists, hashed names, and the
/// marks `@revoked` and `@cert-authority`.
struct KnownHosts: Sendable {
    enum Mark: Sendable, Equatable {
        case none
        case revoked
        case certificateAuthority
    }

    struct Entry: Sendable {
        var mark: Mark
        var names: Names
        var key: HostKey
        var file: String
        var line: Int

        var place: String { "\(file):\(line)" }
    }

    enum Names: Sendable {
        case patterns([Pattern])
        /// HMAC-SHA-1 of the name with the salt as key.
        case hashed(salt: [UInt8], hash: [UInt8])

        func matches(_ name: String) -> Bool {
            switch self {
            case .patterns(let patterns): Pattern.listMatches(patterns, name)
            case .hashed(let salt, let hash):
                // The format's own hash: it hides names from who reads the file, and proves nothing.
                Array(HMAC<Insecure.SHA1>.authenticationCode(for: Array(name.utf8), using: SymmetricKey(data: salt)))
                    == hash
            }
        }
    }

    enum Verdict: Sendable {
        case matches(Entry)
        /// There are entries for the host, none of them with this key.
        case differs([Entry])
        case revoked(Entry)
        /// No entry speaks for the host; certificate authorities are listed, since they do not count for plain keys.
        case unknown(authorities: [Entry])
    }

    /// A line that was skipped.
    struct Problem: Sendable, Equatable {
        var file: String
        var line: Int
        var reason: String
    }

    private(set) var entries: [Entry] = []
    private(set) var problems: [Problem] = []
    /// Entries by exact name; whatever has a wildcard, a negation or a hash is looked at one by one.
    private var index: [String: [Int]] = [:]
    private var unindexed: [Int] = []

    init() {}

    init(_ text: some Sequence<UInt8>, file: String) { add(text, file: file) }

    /// Adds the lines of one more file.
    mutating func add(_ text: some Sequence<UInt8>, file: String) {
        var number = 0
        for line in Array(text).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            let fields = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
            guard let first = fields.first, first.first != UInt8(ascii: "#") else { continue }
            switch Self.parse(fields[...], file: file, line: number) {
            case .success(let entry): append(entry)
            case .failure(let reason): problems.append(Problem(file: file, line: number, reason: reason.text))
            }
        }
    }

    private struct Reason: Error {
        var text: String
        init(_ text: String) { self.text = text }
    }

    private static func parse(
        _ all: ArraySlice<ArraySlice<UInt8>>, file: String, line: Int
    ) -> Result<Entry, Reason> {
        var fields = all
        var mark = Mark.none
        if let first = fields.first, first.first == UInt8(ascii: "@") {
            switch String(decoding: first, as: UTF8.self) {
            case "@revoked": mark = .revoked
            case "@cert-authority": mark = .certificateAuthority
            default: return .failure(Reason("unknown mark \(String(decoding: first, as: UTF8.self))"))
            }
            fields = fields.dropFirst()
        }
        guard fields.count >= 3 else { return .failure(Reason("a name, a key type and a key are needed")) }
        let name = fields[fields.startIndex]
        let type = String(decoding: fields[fields.startIndex + 1], as: UTF8.self)
        guard let blob = Base64.decode(fields[fields.startIndex + 2]), let key = HostKey(blob: blob) else {
            return .failure(Reason("the key is not base64 of a public key"))
        }
        guard key.type == type else { return .failure(Reason("the line says \(type), the key is \(key.type)")) }
        guard let names = parse(names: name) else { return .failure(Reason("the hashed name cannot be read")) }
        return .success(Entry(mark: mark, names: names, key: key, file: file, line: line))
    }

    private static func parse(names: ArraySlice<UInt8>) -> Names? {
        guard names.first == UInt8(ascii: "|") else {
            return .patterns(Pattern.list(String(decoding: names, as: UTF8.self).lowercased(), separator: ","))
        }
        let parts = names.split(separator: UInt8(ascii: "|"), omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0].isEmpty, parts[1].elementsEqual("1".utf8),
            let salt = Base64.decode(parts[2]), let hash = Base64.decode(parts[3]), hash.count == 20
        else { return nil }
        return .hashed(salt: salt, hash: hash)
    }

    private mutating func append(_ entry: Entry) {
        entries.append(entry)
        let number = entries.count - 1
        if case .patterns(let patterns) = entry.names, patterns.allSatisfy({ $0.isLiteral && !$0.isNegated }) {
            for name in Set(patterns.map(\.text)) { index[name, default: []].append(number) }
        } else {
            unindexed.append(number)
        }
    }

    // MARK: Questions

    /// How OpenSSH writes a host's name: with its port unless that is 22.
    static func entryName(host: String, port: UInt16) -> String {
        let host = host.lowercased()
        return port == 22 ? host : "[\(host)]:\(port)"
    }

    /// The entries whose names match, in the order of the files.
    func entries(named name: String) -> [Entry] {
        let others = unindexed.filter { entries[$0].names.matches(name) }
        return ((index[name] ?? []) + others).sorted().map { entries[$0] }
    }

    /// The entries that speak for a host: those with its port, or else those for the bare name.
    private func speakers(host: String, port: UInt16) -> (exact: [Entry], bare: [Entry]) {
        let exact = entries(named: Self.entryName(host: host, port: port))
        let bare = port == 22 ? [] : entries(named: host.lowercased())
        return (exact, bare)
    }

    func check(host: String, port: UInt16, key: HostKey) -> Verdict {
        let (exact, bare) = speakers(host: host, port: port)
        if let revoked = (exact + bare).first(where: { $0.mark == .revoked && $0.key == key }) {
            return .revoked(revoked)
        }
        if let match = (exact + bare).first(where: { $0.mark == .none && $0.key == key }) { return .matches(match) }
        let others = exact.filter { $0.mark == .none }
        guard others.isEmpty else { return .differs(others) }
        return .unknown(authorities: (exact + bare).filter { $0.mark == .certificateAuthority })
    }

    /// The types of the keys that are recorded for a host, in the order in which they should be asked for.
    func keyTypes(host: String, port: UInt16) -> [String] {
        let (exact, bare) = speakers(host: host, port: port)
        let counted = exact.filter { $0.mark == .none }
        let types = Set((counted.isEmpty ? bare.filter { $0.mark == .none } : counted).map(\.key.type))
        let preferred = HostKey.preferredTypes.filter(types.contains)
        return preferred + types.subtracting(preferred).sorted()
    }
}
