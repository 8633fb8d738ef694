/// An IPv4 network in CIDR notation.
package struct IPv4Network: Hashable, Sendable, CustomStringConvertible {
    package var address: UInt32
    package var prefix: Int

    /// Parses `10.66.1.0/24`; an address without a prefix length is one host.
    ///
    /// Host bits are cleared.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2 else { return nil }
        let octets = first.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard octets.count == 4 else { return nil }
        var value: UInt32 = 0
        for octet in octets {
            guard let octet else { return nil }
            value = value << 8 | UInt32(octet)
        }
        var length = 32
        if parts.count == 2 {
            guard let given = Int(parts[1]), (0...32).contains(given) else { return nil }
            length = given
        }
        self.init(address: value, prefix: length)
    }

    init(address: UInt32, prefix: Int) {
        self.prefix = prefix
        self.address = address & Self.mask(prefix)
    }

    private static func mask(_ prefix: Int) -> UInt32 { prefix == 0 ? 0 : ~0 << UInt32(32 - prefix) }

    func overlaps(_ other: IPv4Network) -> Bool {
        let shorter = Self.mask(min(prefix, other.prefix))
        return address & shorter == other.address & shorter
    }

    /// The address with the given number within the network, dotted.
    func member(_ number: Int) -> String { Self.dotted(address + UInt32(number)) }

    var octets: [Int] { (0..<4).map { Int(address >> (24 - 8 * UInt32($0)) & 255) } }

    package var description: String { "\(Self.dotted(address))/\(prefix)" }

    private static func dotted(_ value: UInt32) -> String {
        [24, 16, 8, 0].map { String(value >> UInt32($0) & 255) }.joined(separator: ".")
    }
}
