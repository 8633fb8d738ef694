internal import ArgumentParser
internal import Diagnostics
internal import Foundation

/// Which cluster, and which framework in it.
struct FunctionOptions: ParsableArguments {
    @OptionGroup var cluster: ClusterChoice

    @Option(help: ArgumentHelp("The framework (default: the only one that is installed).", valueName: "name"))
    var framework: String?

    @OptionGroup var place: FrameworkPlace
    @OptionGroup var gateway: GatewayOptions

    init() {}

    /// For commands that name a framework in another way.
    init(framework: String, _ place: FrameworkPlace, _ cluster: ClusterChoice, _ gateway: GatewayOptions) {
        self.cluster = cluster
        self.framework = framework
        self.place = place
        self.gateway = gateway
    }

    /// What the framework was named by, for remembering ways to it; nil if that cannot be told.
    var identity: String? {
        guard let cluster = cluster.identity else { return nil }
        return [
            cluster, framework ?? "", gateway.gateway ?? "", gateway.insecure ? "insecure" : "",
            place.frameworks.map { URL(fileURLWithPath: $0).standardizedFileURL.path } ?? "",
        ].joined(separator: "\n")
    }
}

/// Where the framework's own API is.
struct GatewayOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The address of the framework's gateway, http or https (default: it is looked for).", valueName: "url"))
    var gateway: String?

    @Flag(help: "Do not check the certificate of the gateway.")
    var insecure = false

    func validate() throws {
        guard let gateway else { return }
        guard gateway.hasPrefix("http://") || gateway.hasPrefix("https://") else {
            throw ValidationError("--gateway takes a URL such as http://10.0.0.11:31112")
        }
        guard !gateway.contains("@") else {
            throw ValidationError("--gateway takes no credentials: they are read from the cluster or the environment")
        }
    }
}

enum FunctionFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
}
