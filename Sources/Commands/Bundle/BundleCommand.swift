internal import ArgumentParser

/// The command `martlet bundle`.
struct BundleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bundle",
        abstract: "Look into offline bundles and verify them.",
        discussion: """
            A bundle carries one version of Kubernetes to hosts that cannot reach the internet: a folder, or an \
            uncompressed tar of it, with a manifest bundle.json at its top.

            Example:
              martlet bundle inspect kubernetes-1.31.4-amd64.tar
              martlet bundle verify kubernetes-1.31.4-amd64.tar
            """,
        subcommands: [BundleInspectCommand.self, BundleVerifyCommand.self, BundleAddFrameworkCommand.self])
}

/// How a command of `martlet bundle` writes to standard output.
enum BundleFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
}
