internal import ArgumentParser

/// Options that every command about a cluster has.
struct ClusterOptions: ParsableArguments {
    @Option(
        name: [.customShort("f"), .customLong("file")], help: "The cluster's spec.",
        completion: .file(extensions: ["yaml", "yml"]))
    var file = "cluster.yaml"

    @Flag(help: "Take out nodes that the spec does not name (drained, etcd member first, never below quorum).")
    var prune = false
}

enum PlanFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
}
