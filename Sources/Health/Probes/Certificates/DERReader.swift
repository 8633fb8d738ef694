/// Reads values of ASN.1 in DER (X.690), one after another; as much of it as certificates need.
struct DERReader {
    struct Value {
        var tag: UInt8
        var content: ArraySlice<UInt8>
        /// With tag and length.
        var whole: ArraySlice<UInt8>

        /// The values inside.
        var inside: DERReader { DERReader(content) }
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }

    /// The next value; nil at the end, and for what is cut short or no DER.
    mutating func next() -> Value? {
        guard rest.count >= 2 else { return nil }
        let start = rest.startIndex
        let tag = rest[start]
        // Tags of several bytes do not occur in certificates.
        guard tag & 0x1f != 0x1f else { return nil }
        var index = start + 2
        var length = Int(rest[start + 1])
        if length & 0x80 != 0 {
            let count = length & 0x7f
            guard (1...4).contains(count), rest.endIndex - index >= count else { return nil }
            length = rest[index..<index + count].reduce(0) { $0 << 8 | Int($1) }
            index += count
        }
        guard length <= rest.endIndex - index else { return nil }
        let end = index + length
        defer { rest = rest[end...] }
        return Value(tag: tag, content: rest[index..<end], whole: rest[start..<end])
    }

    /// The next value if it has this tag.
    mutating func next(_ tag: UInt8) -> Value? {
        guard let value = next(), value.tag == tag else { return nil }
        return value
    }
}
