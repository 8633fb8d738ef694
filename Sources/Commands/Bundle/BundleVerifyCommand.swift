internal import ArgumentParser
internal import Bundles
internal import Diagnostics

/// The command `martlet bundle verify`.
struct BundleVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read every byte of a bundle and compare it with the manifest.",
        discussion: """
            Compares sizes and SHA-256 digests, the names inside of images and the architecture of programs. \
            Files that the manifest does not list are warnings.

            Example:
              martlet bundle verify kubernetes-1.31.4-amd64.tar && echo good
            """)

    @Argument(help: "A bundle's folder or uncompressed tar.", completion: .file())
    var path: String

    @Option(help: "text or json.")
    var format: BundleFormat = .text

    func run() async throws {
        let bundle = try OfflineBundle.open(path)
        let started = ContinuousClock.now
        let line = BundleProgressLine()
        defer { line.clear() }
        let verification = try await bundle.verify(cache: DigestCache(isRenewing: true)) { line.show($0) }
        let verdict = BundleVerdict(bundle, verification, elapsed: ContinuousClock.now - started)
        line.clear()
        if format == .json { print(try verdict.json(), terminator: "") }
        try verification.orThrow()
        for warning in verification.problems { BundleProgressLine.write("warning: \(warning.summary)\n") }
        if format == .text { print(verdict.text(), terminator: "") }
    }
}
