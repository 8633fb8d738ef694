import Planning
import Testing

@testable import Catalogue
@testable import SecureShell

@Suite("The first batch of a host")
struct FirstBatchTests {
    /// What the lock takes beside the questions, and the names in it, with quotes within quotes.
    private static let lockBytes = 3_000

    /// Otherwise a no-op apply costs three round trips instead of two: OpenSSH takes no input before the request is accepted.
    @Test("Fits the request that starts its shell", arguments: Scenario.all)
    func size(_ scenario: Scenario) {
        let context = scenario.fresh.blankContext
        for (host, script) in ClusterCatalogue.probes(for: context) {
            var batch: [UInt8] = []
            ShellEncoding.append(ShellCommand(script.text), mark: .random(channel: 1), to: &batch)
            let command = ShellEncoding.quotedForLogin(String(decoding: batch, as: UTF8.self))
            #expect(command.utf8.count + Self.lockBytes <= SSHSession.longestCommand, "\(host)")
        }
    }
}
