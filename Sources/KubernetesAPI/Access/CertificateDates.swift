internal import Foundation

/// Finds out until when a certificate is valid, and nothing else of it.
enum CertificateDates {
    /// The end of validity of the first certificate in PEM; nil if it cannot be read.
    static func expiry(pem: [UInt8]) -> Date? {
        let lines = String(decoding: pem, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard let first = lines.firstIndex(where: { $0.hasPrefix("-----BEGIN CERTIFICATE-----") }),
            let last = lines[first...].firstIndex(where: { $0.hasPrefix("-----END CERTIFICATE-----") }),
            let data = Data(base64Encoded: lines[(first + 1)..<last].joined())
        else { return nil }
        return expiry(der: [UInt8](data))
    }

    /// RFC 5280, 4.1: Certificate { TBSCertificate { [0] version, serial, algorithm, issuer, Validity { from, to }, ...
    static func expiry(der: [UInt8]) -> Date? {
        var certificate = Elements(der[...])
        guard var outer = certificate.next()?.children, var inner = outer.next()?.children,
            var field = inner.next()
        else { return nil }
        if field.tag == 0xA0 {
            guard let serial = inner.next() else { return nil }
            field = serial
        }
        guard inner.next() != nil, inner.next() != nil, var validity = inner.next()?.children, validity.next() != nil,
            let end = validity.next()
        else { return nil }
        return time(end)
    }

    /// UTCTime `YYMMDDhhmmssZ`, in which years count from 1950, or GeneralizedTime `YYYYMMDDhhmmssZ`.
    private static func time(_ element: Element) -> Date? {
        var digits = element.content.dropLast().map { Int($0) - 0x30 }
        guard digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
        if element.tag == 0x17, let first = digits.first { digits = (first >= 5 ? [1, 9] : [2, 0]) + digits }
        guard digits.count == 14 else { return nil }
        func number(_ range: Range<Int>) -> Int { digits[range].reduce(0) { $0 * 10 + $1 } }
        return CalendarTime.date(
            number(0..<4), number(4..<6), number(6..<8), number(8..<10), number(10..<12), number(12..<14))
    }

    private struct Element {
        var tag: UInt8
        var content: ArraySlice<UInt8>

        /// Nil if the element is no sequence.
        var children: Elements? { tag == 0x30 ? Elements(content) : nil }
    }

    /// The elements of a sequence in DER, one after the other.
    private struct Elements {
        private var rest: ArraySlice<UInt8>

        init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

        mutating func next() -> Element? {
            guard let tag = rest.popFirst(), let first = rest.popFirst() else { return nil }
            var length = Int(first)
            if first & 0x80 != 0 {
                guard first & 0x7F <= 4 else { return nil }
                length = 0
                for _ in 0..<(first & 0x7F) {
                    guard let byte = rest.popFirst() else { return nil }
                    length = length << 8 | Int(byte)
                }
            }
            guard length <= rest.count else { return nil }
            defer { rest = rest.dropFirst(length) }
            return Element(tag: tag, content: rest.prefix(length))
        }
    }
}
