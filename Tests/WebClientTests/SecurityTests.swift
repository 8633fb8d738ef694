import Diagnostics
import Foundation
import TestSupport
import Testing
import WebClient

@Suite("TLS", .enabled(if: Certificates.areAvailable)) struct SecurityTests {
    let certificates: Certificates

    init() throws { certificates = try Certificates() }

    func server(_ name: String = "server", clients: Bool = false) throws -> LoopbackServer {
        try LoopbackServer(
            certificate: [certificates.certificate(name), certificates.key(name)]
                + (clients ? [certificates.authority] : []))
    }

    func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

    func status(_ server: LoopbackServer, _ settings: WebSettings) async throws -> Int {
        try await WebClient(settings).send(WebRequest(.get, server.base + "/echo")).status
    }

    @Test func authorityAsFileAndAsBytes() async throws {
        let server = try server()
        #expect(try await status(server, WebSettings(trust: .file(certificates.authority), proxy: .none)) == 200)
        let pem = try bytes(certificates.authority)
        #expect(try await status(server, WebSettings(trust: .pem(pem), proxy: .none)) == 200)
    }

    @Test func othersAreNotTrusted() async throws {
        let server = try server()
        let other = try bytes(certificates.otherAuthority)
        for trust in [WebSettings.Trust.system, .file(certificates.otherAuthority), .pem(other)] {
            let error = await #expect(throws: WebError.self) {
                try await status(server, WebSettings(trust: trust, proxy: .none))
            }
            #expect(error?.diagnostic.code == "web.untrusted" && error?.diagnostic.exitCode == .unreachable)
        }
    }

    @Test func namesMatterAndCanBeGiven() async throws {
        let server = try server("named")
        let trust = WebSettings.Trust.file(certificates.authority)
        let error = await #expect(throws: WebError.self) {
            try await status(server, WebSettings(trust: trust, proxy: .none))
        }
        #expect(error?.diagnostic.code == "web.untrusted")
        let named = WebSettings(trust: trust, serverName: "kubernetes.test", proxy: .none)
        let response = try await WebClient(named).send(WebRequest(.get, server.base + "/echo"))
        #expect(response.status == 200 && response.text.contains("\"host\": \"127.0.0.1:\(server.port)\""))
        let wrong = await #expect(throws: WebError.self) {
            try await status(server, WebSettings(trust: trust, serverName: "other.test", proxy: .none))
        }
        #expect(wrong?.diagnostic.code == "web.untrusted")
    }

    @Test func clientCertificates() async throws {
        let server = try server(clients: true)
        let trust = WebSettings.Trust.file(certificates.authority)
        await #expect(throws: WebError.self) { try await status(server, WebSettings(trust: trust, proxy: .none)) }
        let files = WebSettings.Identity.files(
            certificate: certificates.certificate("client"), key: certificates.key("client"))
        #expect(try await status(server, WebSettings(trust: trust, identity: files, proxy: .none)) == 200)
        let pem = WebSettings.Identity.pem(
            certificate: try bytes(certificates.certificate("client")),
            key: Secret(try bytes(certificates.key("client"))))
        #expect(try await status(server, WebSettings(trust: trust, identity: pem, proxy: .none)) == 200)
        let missing = WebSettings.Identity.files(certificate: certificates.folder.path + "/no", key: "/no")
        let error = await #expect(throws: WebError.self) {
            try await status(server, WebSettings(trust: trust, identity: missing, proxy: .none))
        }
        #expect(error?.diagnostic.code == "web.identity")
    }

    @Test func redirectsDoNotLeaveTLS() async throws {
        let server = try server()
        let plain = try LoopbackServer()
        let error = await #expect(throws: WebError.self) {
            try await WebClient(WebSettings(trust: .file(certificates.authority), proxy: .none)).send(
                WebRequest(.get, "\(server.base)/to/\(plain.base)/echo"))
        }
        #expect(error?.diagnostic.code == "web.redirect")
    }

    @Test func noTLSOnTheOtherSide() async throws {
        let plain = try LoopbackServer()
        let error = await #expect(throws: WebError.self) {
            try await WebClient(WebSettings(proxy: .none)).send(
                WebRequest(.get, "https://127.0.0.1:\(plain.port)/echo"))
        }
        #expect(error?.diagnostic.code == "web.tls")
    }
}
