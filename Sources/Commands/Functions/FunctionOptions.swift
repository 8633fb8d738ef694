internal import ArgumentParser
internal import Diagnostics
internal import Foundation

/// Which cluster, and which framework in it.
struct FunctionOptions: ParsableArguments {
    @Option(
        name: [.customShort("f"), .customLong("file")],
        help: "The cluster's spec (default: cluster.yaml if there is one).",
        completion: .file(extensions: ["yaml", "yml"])
    )
    var file: String?

    @Option(help: "A kubeconfig instead (default: $KUBECONFIG, else ~/.kube/config).", completion: .file())
    var kubeconfig: String?

    @Option(help: "The kubeconfig's context (default: its current one).")
    var context: String?

    @Option(help: ArgumentHelp("The framework (default: the only one that is installed).", valueName: "name"))
    var framework: String?

    @Option(help: "The address of the framework's gateway, http or https (default: it is looked for).")
    var gateway: String?

    @Flag(help: "Do not check the certificate of the gateway.")
    var insecure = false

    init() {}

    /// For commands that name a framework in another way.
    init(
        file: String?, kubeconfig: String?, context: String?, framework: String?, gateway: String?, insecure: Bool
    ) {
        self.file = file
        self.kubeconfig = kubeconfig
        self.context = context
        self.framework = framework
        self.gateway = gateway
        self.insecure = insecure
    }

    func validate() throws {
        guard file == nil || kubeconfig == nil else {
            throw ValidationError("--file and --kubeconfig exclude each other")
        }
        guard context == nil || file == nil else { throw ValidationError("--context belongs to a kubeconfig") }
        if let gateway, !gateway.hasPrefix("http://"), !gateway.hasPrefix("https://") {
            throw ValidationError("--gateway takes a URL such as http://10.0.0.11:31112")
        }
        if let gateway, gateway.contains("@") {
            throw ValidationError("--gateway takes no credentials: they are read from the cluster or the environment")
        }
    }

    /// The spec that counts; nil for a kubeconfig.
    var specPath: String? {
        if let file { return file }
        let isDefault = kubeconfig == nil && context == nil
        return isDefault && FileManager.default.fileExists(atPath: "cluster.yaml") ? "cluster.yaml" : nil
    }

    /// What the cluster was named by, for remembering ways to it: paths as they are from everywhere.
    var identity: String {
        func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
        let environment = ProcessInfo.processInfo.environment
        let cluster =
            specPath.map { "spec " + absolute($0) }
            ?? "kubeconfig " + (kubeconfig.map(absolute) ?? environment["KUBECONFIG"] ?? "") + " " + (context ?? "")
        return [cluster, framework ?? "", gateway ?? "", insecure ? "insecure" : ""].joined(separator: "\n")
    }
}

enum FunctionFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
}
