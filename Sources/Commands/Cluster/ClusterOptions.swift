internal import ArgumentParser

/// Options that every command about a cluster has.
struct ClusterOptions: ParsableArguments {
    @Option(
        name: [.customShort("f"), .customLong("file")], help: "The cluster's spec.",
        completion: .file(extensions: ["yaml", "yml"]))
    var file = "cluster.yaml"

    @Flag(help: "Take out nodes that the spec does not name (drained, out of etcd, never below quorum).")
    var prune = false

    @Option(help: "minikube only: take over this profile, which martlet did not make.")
    var adopt: String?

    @Option(help: "minikube only: delete this profile with all that is in it, where it cannot be changed in place.")
    var replace: String?

    @Option(help: "minikube only: start this profile even though a restart that fails would lose what is in it.")
    var acceptReset: String?
}

enum PlanFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
}
