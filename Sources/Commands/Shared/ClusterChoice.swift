internal import ArgumentParser
internal import Foundation
internal import KubernetesAPI

/// Which cluster: by its spec, or by a kubeconfig.
struct ClusterChoice: ParsableArguments {
    @Option(
        name: [.customShort("f"), .customLong("file")],
        help: "The cluster's spec (default: cluster.yaml if there is one).",
        completion: .file(extensions: ["yaml", "yml"]))
    var file: String?

    @Option(help: "A kubeconfig, instead of a spec (default: $KUBECONFIG, else ~/.kube/config).", completion: .file())
    var kubeconfig: String?

    @Option(help: "The kubeconfig's context (default: its current one).")
    var context: String?

    func validate() throws {
        guard file == nil || kubeconfig == nil else {
            throw ValidationError("--file and --kubeconfig exclude each other")
        }
        guard context == nil || file == nil else { throw ValidationError("--context belongs to a kubeconfig") }
    }

    /// nil where a kubeconfig is used.
    var specPath: String? {
        if let file { return file }
        let isOpen = kubeconfig == nil && context == nil
        return isOpen && FileManager.default.fileExists(atPath: "cluster.yaml") ? "cluster.yaml" : nil
    }

    /// - Parameter code: the beginning of the error's code where nobody gives a kubeconfig.
    func target(code: String) -> OpenedCluster.Target {
        OpenedCluster.Target(spec: specPath, kubeconfig: kubeconfig, context: context, code: code)
    }

    /// What the cluster was named by, for remembering things of it; nil if that cannot be told.
    ///
    /// The files that count and what is in them: `kubectl config use-context` and a changed spec lead to another cluster.
    var identity: String? {
        if let specPath { return FileMark.of(specPath).map { "spec \($0)" } }
        var words = ["kubeconfig", context ?? ""]
        for path in kubeconfig.map({ [$0] }) ?? Kubeconfig.standardPaths {
            guard let mark = FileMark.of(path) else { return nil }
            words.append(mark)
        }
        return words.joined(separator: " ")
    }
}
