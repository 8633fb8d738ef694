import Diagnostics
import Foundation
import KubernetesAPI
import Testing

@testable import Frameworks

@Suite("Generated credentials") struct SecretMakerTests {
    static func secret(_ keys: [(String, FrameworkSecret.Value)]) -> FrameworkSecret {
        FrameworkSecret(
            name: "s", namespace: "n", copies: [], type: "Opaque", keys: keys.map { (name: $0.0, value: $0.1) },
            applies: Applicability())
    }

    func decoded(_ data: [String: String]) -> [String: String] {
        data.mapValues { String(decoding: Data(base64Encoded: $0) ?? Data(), as: UTF8.self) }
    }

    @Test func everyKindIsMade() {
        let secret = Self.secret([
            ("user", .fixed("admin")), ("password", .generated(.alphanumeric(length: 40))),
            ("hex", .generated(.hexadecimal(length: 64))), ("id", .generated(.uuid)),
            ("token", .joined(["id", "password"], separator: ":")),
        ])
        let first = decoded(SecretMaker.data(secret).reveal())
        let second = decoded(SecretMaker.data(secret).reveal())
        #expect(first["user"] == "admin")
        #expect(first["password"]?.count == 40)
        #expect(first["password"]?.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) } ?? false)
        #expect(first["hex"]?.count == 64)
        #expect(first["token"] == "\(first["id"] ?? ""):\(first["password"] ?? "")")
        #expect(first["password"] != second["password"])
    }

    @Test func whatIsThereIsKept() {
        let secret = Self.secret([
            ("password", .generated(.alphanumeric(length: 40))), ("token", .joined(["password"], separator: "")),
        ])
        let data = decoded(SecretMaker.data(secret, present: ["password": "b2xk", "other": "eA=="]).reveal())
        #expect(data == ["password": "old", "token": "old", "other": "x"])
    }

    /// OpenSSL reads the certificate, and its key belongs to it.
    @Test func aCertificateIsOne() throws {
        let pair = try #require(CertificateMaker.make(names: ["gateway.example", "localhost"]))
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(pair.certificate.utf8).write(to: folder.appendingPathComponent("c.pem"))
        try Data(pair.key.reveal().utf8).write(to: folder.appendingPathComponent("k.pem"))
        func openssl(_ arguments: String...) throws -> String {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["openssl"] + arguments
            process.currentDirectoryURL = folder
            let output = Pipe()
            process.standardOutput = output
            process.standardError = output
            try process.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationStatus == 0, "\(text)")
            return text
        }
        let text = try openssl("x509", "-in", "c.pem", "-noout", "-text")
        #expect(text.contains("DNS:gateway.example, DNS:localhost"))
        #expect(text.contains("CN = gateway.example"))
        #expect(try openssl("verify", "-CAfile", "c.pem", "c.pem").contains("OK"))
        let fromCertificate = try openssl("x509", "-in", "c.pem", "-noout", "-pubkey")
        #expect(try openssl("pkey", "-in", "k.pem", "-pubout") == fromCertificate)
    }
}
