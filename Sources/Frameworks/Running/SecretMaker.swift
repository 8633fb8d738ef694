internal import Crypto
internal import Diagnostics
internal import FoundationEssentials
internal import KubernetesAPI

/// Makes the values of a framework's Secrets, from the system's random numbers; what is there already is kept.
enum SecretMaker {
    /// The keys of the Secret in base64, complete.
    ///
    /// - Parameter present: `data` of the Secret that is there.
    static func data(_ secret: FrameworkSecret, present: [String: JSONValue] = [:]) -> Secret<[String: String]> {
        var values: [String: [UInt8]] = [:]
        for (name, text) in present {
            values[name] = text.string.flatMap { Data(base64Encoded: $0) }.map { [UInt8]($0) }
        }
        var pair: CertificateMaker.Pair?
        for (name, value) in secret.keys where values[name] == nil {
            switch value {
            case .fixed(let text): values[name] = Array(text.utf8)
            case .generated(let generator):
                if pair == nil { pair = certificate(secret) }
                values[name] = make(generator, pair)
            case .joined: break
            }
        }
        for (name, value) in secret.keys where values[name] == nil {
            guard case .joined(let parts, let separator) = value else { continue }
            values[name] = Array(parts.compactMap { values[$0] }.joined(separator: Array(separator.utf8)))
        }
        return Secret(values.mapValues { Data($0).base64EncodedString() })
    }

    private static func make(_ generator: SecretGenerator, _ pair: CertificateMaker.Pair?) -> [UInt8] {
        switch generator {
        case .alphanumeric(let length): random(length, of: letters)
        case .hexadecimal(let length): random(length, of: Array("0123456789abcdef".utf8))
        case .uuid: Array(UUID().uuidString.lowercased().utf8)
        case .certificate: pair.map { Array($0.certificate.utf8) } ?? []
        case .certificateKey: pair.map { Array($0.key.reveal().utf8) } ?? []
        }
    }

    /// A certificate and its key belong together, so they are made together.
    private static func certificate(_ secret: FrameworkSecret) -> CertificateMaker.Pair? {
        for (_, value) in secret.keys {
            if case .generated(.certificate(let names)) = value { return CertificateMaker.make(names: names) }
        }
        return nil
    }

    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)

    private static func random(_ length: Int, of alphabet: [UInt8]) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<length).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }
    }

    /// The Secret in one namespace, as it is applied.
    static func object(
        _ secret: FrameworkSecret, namespace: String, data: [String: String], framework: String
    ) -> JSONValue {
        [
            "apiVersion": "v1", "kind": "Secret", "type": .string(secret.type),
            "metadata": [
                "name": .string(secret.name), "namespace": .string(namespace),
                "labels": .object([FrameworkMarks.framework: .string(framework)]),
            ],
            "data": .object(data.mapValues { .string($0) }),
        ]
    }
}
