internal import Crypto
internal import Diagnostics
internal import FoundationEssentials

/// Self-signed certificates for services inside a cluster (X.509 v3, RFC 5280; ECDSA with P-256, RFC 5480 and 5758).
enum CertificateMaker {
    struct Pair: Sendable {
        /// PEM.
        var certificate: String
        /// PEM, PKCS #8.
        var key: Secret<String>
    }

    static let days = 3650

    /// - Parameter names: DNS names; the first is the subject, too.
    static func make(names: [String], now: Date = Date()) -> Pair? {
        let key = P256.Signing.PrivateKey()
        let algorithm = DER.sequence(DER.object([1, 2, 840, 10045, 4, 3, 2]))
        let subject = DER.sequence(
            DER.set(DER.sequence(DER.object([2, 5, 4, 3]), DER.text(String((names.first ?? "martlet").prefix(64))))))
        var serial = (0..<16).map { _ in UInt8.random(in: 0...255) }
        serial[0] = serial[0] & 0x3F | 0x40
        // Clocks in the cluster may be behind this one.
        let validity = DER.sequence(
            DER.time(now.addingTimeInterval(-3600)), DER.time(now.addingTimeInterval(Double(days) * 86_400)))
        let alternatives = DER.sequence(names.map { DER.tagged(0x82, Array($0.utf8)) })
        let extensions = DER.sequence(
            DER.sequence(DER.object([2, 5, 29, 17]), DER.tagged(0x04, alternatives)),
            DER.sequence(
                DER.object([2, 5, 29, 19]), DER.tagged(0x01, [0xFF]),
                DER.tagged(0x04, DER.sequence(DER.tagged(0x01, [0xFF])))))
        let body = DER.sequence(
            DER.tagged(0xA0, DER.tagged(0x02, [2])), DER.tagged(0x02, serial), algorithm, subject, validity, subject,
            [UInt8](key.publicKey.derRepresentation), DER.tagged(0xA3, extensions))
        guard let signature = try? key.signature(for: Data(body)) else { return nil }
        let bits = DER.tagged(0x03, [0] + [UInt8](signature.derRepresentation))
        return Pair(
            certificate: pem("CERTIFICATE", DER.sequence(body, algorithm, bits)),
            key: Secret(key.pemRepresentation + "\n"))
    }

    private static func pem(_ label: String, _ bytes: [UInt8]) -> String {
        let text = Array(Data(bytes).base64EncodedString())
        let lines = stride(from: 0, to: text.count, by: 64).map { String(text[$0..<min($0 + 64, text.count)]) }
        return "-----BEGIN \(label)-----\n\(lines.joined(separator: "\n"))\n-----END \(label)-----\n"
    }
}

/// Distinguished encoding (X.690), as much as a certificate takes.
private enum DER {
    static func tagged(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        var length: [UInt8] = []
        if content.count < 128 {
            length = [UInt8(content.count)]
        } else {
            var rest = content.count
            while rest > 0 {
                length.insert(UInt8(rest & 0xFF), at: 0)
                rest >>= 8
            }
            length.insert(0x80 | UInt8(length.count), at: 0)
        }
        return [tag] + length + content
    }

    static func sequence(_ parts: [UInt8]...) -> [UInt8] { sequence(parts) }
    static func sequence(_ parts: [[UInt8]]) -> [UInt8] { tagged(0x30, parts.flatMap { $0 }) }
    static func set(_ parts: [UInt8]...) -> [UInt8] { tagged(0x31, parts.flatMap { $0 }) }
    static func text(_ text: String) -> [UInt8] { tagged(0x0C, Array(text.utf8)) }

    static func object(_ numbers: [Int]) -> [UInt8] {
        var content = [UInt8(numbers[0] * 40 + numbers[1])]
        for number in numbers.dropFirst(2) {
            var part = [UInt8(number & 0x7F)]
            var rest = number >> 7
            while rest > 0 {
                part.insert(UInt8(rest & 0x7F) | 0x80, at: 0)
                rest >>= 7
            }
            content += part
        }
        return tagged(0x06, content)
    }

    /// UTCTime up to 2049, GeneralizedTime from then on (RFC 5280, 4.1.2.5).
    static func time(_ date: Date) -> [UInt8] {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(secondsFromGMT: 0) ?? .gmt
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
        func two(_ number: Int?) -> String {
            let text = String(number ?? 0)
            return text.count == 1 ? "0" + text : text
        }
        let year = parts.year ?? 2000
        let rest = [parts.month, parts.day, parts.hour, parts.minute, parts.second].map(two).joined() + "Z"
        return year < 2050
            ? tagged(0x17, Array((two(year % 100) + rest).utf8)) : tagged(0x18, Array((String(year) + rest).utf8))
    }
}
