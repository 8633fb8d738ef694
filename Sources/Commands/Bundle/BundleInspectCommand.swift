internal import ArgumentParser
internal import Bundles

/// The command `martlet bundle inspect`.
struct BundleInspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what is in a bundle and what martlet derives from it.",
        discussion: """
            Reads the manifest and compares names and sizes; `martlet bundle verify` also reads the content.

            Example:
              martlet bundle inspect kubernetes-1.31.4-amd64.tar --format json
            """)

    @Argument(help: "A bundle's folder or uncompressed tar.", completion: .file())
    var path: String

    @Option(help: "text or json.")
    var format: BundleFormat = .text

    func run() async throws {
        let inspection = BundleInspection(try OfflineBundle.open(path))
        print(format == .json ? try inspection.json() : inspection.text(), terminator: "")
    }
}
