internal import Crypto

/// A public key as it travels: its type's name and the whole blob.
struct HostKey: Sendable, Equatable {
    /// The name inside the blob, for example `ssh-ed25519`.
    var type: String
    var blob: [UInt8]

    /// Nil if the blob does not begin with a name.
    init?(blob: [UInt8]) {
        var reader = WireReader(blob)
        guard let name = reader.string(), !name.isEmpty else { return nil }
        type = String(decoding: name, as: UTF8.self)
        self.blob = blob
    }

    /// As `ssh-keygen -l` shows it: `SHA256:` and the hash in unpadded base64.
    var fingerprint: String { Self.fingerprint(of: blob) }

    static func fingerprint(of blob: [UInt8]) -> String {
        "SHA256:" + Base64.encode(Array(SHA256.hash(data: blob)), padded: false)
    }

    /// The signature algorithms to offer for a key of this type, the best first.
    ///
    /// An exclusive list: what is not in it cannot be agreed on.
    static func algorithms(for type: String, modernRSA: Bool) -> [String] {
        switch type {
        case "ssh-rsa": (modernRSA ? ["rsa-sha2-512", "rsa-sha2-256"] : []) + ["ssh-rsa"]
        default: [type]
        }
    }

    /// What the library is asked for when nothing is known of the host; the same order as OpenSSH's client.
    static let preferredTypes = [
        "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa",
    ]
}

/// Reads SSH's wire types (RFC 4251, section 5).
struct WireReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func byte() -> UInt8? { rest.popFirst() }

    mutating func uint32() -> UInt32? {
        guard rest.count >= 4 else { return nil }
        defer { rest = rest.dropFirst(4) }
        return rest.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    mutating func string() -> [UInt8]? {
        let before = rest
        guard let length = uint32(), rest.count >= Int(length) else {
            rest = before
            return nil
        }
        defer { rest = rest.dropFirst(Int(length)) }
        return Array(rest.prefix(Int(length)))
    }

    mutating func skip(_ count: Int) -> Bool {
        guard rest.count >= count else { return false }
        rest = rest.dropFirst(count)
        return true
    }
}

/// Writes SSH's wire types.
struct WireWriter {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ byte: UInt8) { bytes.append(byte) }

    mutating func append(_ value: UInt32) {
        for shift in stride(from: UInt32(24), through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    mutating func append(string: [UInt8]) {
        append(UInt32(string.count))
        bytes += string
    }
}
