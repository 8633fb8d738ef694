internal import Foundation

/// What health needs of an X.509 certificate (RFC 5280), decoded here, so that hosts need no program for it.
struct CertificateDocument: Hashable {
    /// The certificate as it is, for comparing.
    let bytes: [UInt8]
    /// Seconds since 1970.
    let notBefore: Double
    let notAfter: Double
    /// SubjectPublicKeyInfo in DER, as `openssl pkey -pubout` writes that of a key.
    let publicKey: [UInt8]
    /// Of the subject alternative name.
    let dnsNames: Set<String>
    /// IPv4 only, dotted.
    let addresses: Set<String>

    /// nil for what is no certificate.
    init?(der: [UInt8]) {
        var file = DERReader(der[...])
        guard var certificate = file.next(0x30)?.inside, var body = certificate.next(0x30)?.inside else { return nil }
        var value = body.next()
        // The version has the tag [0] and may be left out.
        if value?.tag == 0xa0 { value = body.next() }
        guard value?.tag == 0x02, body.next(0x30) != nil, body.next(0x30) != nil,
            var validity = body.next(0x30)?.inside,
            let start = validity.next().flatMap(Self.time), let end = validity.next().flatMap(Self.time),
            body.next(0x30) != nil, let key = body.next(0x30)
        else { return nil }
        var dnsNames: Set<String> = []
        var addresses: Set<String> = []
        while let part = body.next() {
            guard part.tag == 0xa3 else { continue }
            var wrapper = part.inside
            guard var extensions = wrapper.next(0x30)?.inside else { return nil }
            while var fields = extensions.next(0x30)?.inside {
                guard let id = fields.next(0x06), Array(id.content) == Self.subjectAlternativeName else { continue }
                var content = fields.next()
                if content?.tag == 0x01 { content = fields.next() }
                guard content?.tag == 0x04, var octets = content?.inside, var names = octets.next(0x30)?.inside else {
                    continue
                }
                while let name = names.next() {
                    if name.tag == 0x82 {
                        dnsNames.insert(String(decoding: name.content, as: UTF8.self))
                    } else if name.tag == 0x87, name.content.count == 4 {
                        addresses.insert(name.content.map { String($0) }.joined(separator: "."))
                    }
                }
            }
        }
        bytes = der
        notBefore = start
        notAfter = end
        publicKey = Array(key.whole)
        self.dnsNames = dnsNames
        self.addresses = addresses
    }

    /// In seconds.
    var lifetime: Double { notAfter - notBefore }

    /// Whether a name or address of a host is in the subject alternative name.
    func covers(_ name: String) -> Bool { dnsNames.contains(name) || addresses.contains(name) }

    /// The certificates in text of PEM (RFC 7468); what is none is passed over.
    static func all(pem: [Substring]) -> [CertificateDocument] {
        blocks(pem, label: "CERTIFICATE").compactMap { CertificateDocument(der: $0) }
    }

    /// The content of all blocks of one label.
    static func blocks(_ lines: [Substring], label: String) -> [[UInt8]] {
        var result: [[UInt8]] = []
        var text: String?
        for line in lines {
            if line == "-----BEGIN \(label)-----" {
                text = ""
            } else if line == "-----END \(label)-----" {
                if let text, let data = Data(base64Encoded: text) { result.append([UInt8](data)) }
                text = nil
            } else {
                text?.append(contentsOf: line)
            }
        }
        return result
    }

    /// The object identifier 2.5.29.17.
    private static let subjectAlternativeName: [UInt8] = [0x55, 0x1d, 0x11]

    /// UTCTime (years 1950 to 2049) or GeneralizedTime, always in UTC (RFC 5280, 4.1.2.5).
    private static func time(_ value: DERReader.Value) -> Double? {
        let text = value.content
        guard text.last == UInt8(ascii: "Z") else { return nil }
        let digits = text.dropLast().map { Int($0) - Int(UInt8(ascii: "0")) }
        guard digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
        let pairs = stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] * 10 + digits[$0 + 1] }
        let parts: [Int]
        switch (value.tag, pairs.count) {
        case (0x17, 6): parts = [(pairs[0] < 50 ? 2000 : 1900) + pairs[0]] + pairs[1...]
        case (0x18, 7): parts = [pairs[0] * 100 + pairs[1]] + pairs[2...]
        default: return nil
        }
        // Days since 1970 in the Gregorian calendar, with years that begin in March.
        let year = parts[1] <= 2 ? parts[0] - 1 : parts[0]
        let month = (parts[1] + 9) % 12
        let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + parts[2] - 1 - 719_468
        return Double(days * 86_400 + parts[3] * 3600 + parts[4] * 60 + parts[5])
    }
}
