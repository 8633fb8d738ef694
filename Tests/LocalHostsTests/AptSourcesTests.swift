import Diagnostics
import Testing

@testable import LocalHosts

@Suite struct AptSourcesTests {
    private let stanzas = """
        # a comment in front
        Types: deb
        # a comment inside
        URIs: http://archive.example/debian
        Suites: bookworm bookworm-updates
        Components: main
          contrib
        Signed-By: /usr/share/keyrings/archive.gpg

        Types: deb-src
        URIs: http://sources.example/debian
        Suites: bookworm
        Components: main

        Enabled: no
        Types: deb
        URIs: http://off.example/debian
        Suites: bookworm
        Components: main

        Types: deb deb-src
        URIs: http://a.example/x http://b.example/x
        Suites: trixie
        Components: main
        Signed-By:
         -----BEGIN PGP PUBLIC KEY BLOCK-----
         .
        """

    @Test func readsStanzas() {
        let entries = AptSources.parse(deb822: stanzas)
        #expect(
            entries == [
                .init(
                    uri: "http://archive.example/debian", suites: ["bookworm", "bookworm-updates"],
                    components: ["main", "contrib"], keyring: "/usr/share/keyrings/archive.gpg"),
                .init(uri: "http://a.example/x", suites: ["trixie"], components: ["main"], keyring: nil),
                .init(uri: "http://b.example/x", suites: ["trixie"], components: ["main"], keyring: nil),
            ])
    }

    @Test func readsLines() {
        let entries = AptSources.parse(
            oneLine: """
                # deb http://off.example/debian bookworm main
                deb http://one.example/debian bookworm main contrib # remark
                deb-src http://one.example/debian bookworm main
                deb [ arch=amd64 signed-by=/etc/apt/keyrings/two.gpg ] https://two.example stable main
                deb [signed-by=ABCD] https://three.example stable main
                deb https://incomplete.example
                """)
        #expect(
            entries == [
                .init(
                    uri: "http://one.example/debian", suites: ["bookworm"], components: ["main", "contrib"],
                    keyring: nil),
                .init(
                    uri: "https://two.example", suites: ["stable"], components: ["main"],
                    keyring: "/etc/apt/keyrings/two.gpg"),
                .init(uri: "https://three.example", suites: ["stable"], components: ["main"], keyring: nil),
            ])
    }

    @Test func prefersTheArchiveOfTheSuite() throws {
        let sources = AptSources(entries: AptSources.parse(deb822: stanzas))
        #expect(try sources.archive(for: "bookworm", machineSuite: "trixie").uri == "http://archive.example/debian")
        #expect(try sources.archive(for: "forky", machineSuite: "trixie").uri == "http://a.example/x")
    }

    @Test func saysWhenThereIsNone() {
        let problem = #expect(throws: Diagnostic.self) {
            try AptSources(entries: []).archive(for: "bookworm", machineSuite: nil)
        }
        #expect(problem?.code == "hosts.mirror-unknown")
        #expect(problem?.exitCode == .lacking)
    }
}
