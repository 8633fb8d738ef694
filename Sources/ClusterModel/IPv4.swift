/// An IPv4 address in dotted decimal form; leading zeros are refused, because some programs read them as octal.
package struct IPv4Address: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var value: UInt32

    package init(value: UInt32) { self.value = value }

    package init?(_ text: some StringProtocol) {
        var value: UInt32 = 0
        var part: UInt32 = 0
        var digits = 0
        var parts = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                guard digits < 3, digits == 0 || part > 0 else { return nil }
                part = part * 10 + UInt32(byte - UInt8(ascii: "0"))
                digits += 1
            case UInt8(ascii: "."):
                guard digits > 0, part < 256, parts < 3 else { return nil }
                value = value << 8 | part
                (part, digits, parts) = (0, 0, parts + 1)
            default: return nil
            }
        }
        guard digits > 0, part < 256, parts == 3 else { return nil }
        self.value = value << 8 | part
    }

    package var description: String {
        "\(value >> 24).\(value >> 16 & 255).\(value >> 8 & 255).\(value & 255)"
    }

    package static func < (left: IPv4Address, right: IPv4Address) -> Bool { left.value < right.value }
}

/// An IPv4 network in CIDR notation.
package struct IPv4Network: Sendable, Hashable, CustomStringConvertible {
    package var base: IPv4Address
    /// 0 to 32.
    package var prefix: Int

    /// nil for other text and when host bits are set (`10.0.0.1/24`).
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let base = IPv4Address(parts[0]), let prefix = IPv4Network.prefix(parts[1]) else {
            return nil
        }
        self.base = base
        self.prefix = prefix
        guard base.value & ~mask == 0 else { return nil }
    }

    /// The network of an address; `prefix` is 0 to 32.
    package init(around address: IPv4Address, prefix: Int) {
        self.prefix = prefix
        base = IPv4Address(value: 0)
        base = IPv4Address(value: address.value & mask)
    }

    private static func prefix(_ text: some StringProtocol) -> Int? {
        guard (1...2).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        guard let prefix = Int(text), prefix <= 32, !(text.hasPrefix("0") && text.utf8.count > 1) else { return nil }
        return prefix
    }

    package var mask: UInt32 { prefix == 0 ? 0 : UInt32.max << UInt32(32 - prefix) }

    package func contains(_ address: IPv4Address) -> Bool { address.value & mask == base.value }

    package func overlaps(_ other: IPv4Network) -> Bool {
        prefix <= other.prefix ? contains(other.base) : other.contains(base)
    }

    /// How many networks of this prefix fit; 0 when it is wider than the network.
    package func count(ofPrefix smaller: Int) -> Int { smaller < prefix ? 0 : 1 << (smaller - prefix) }

    package var description: String { "\(base)/\(prefix)" }
}
