internal import ArgumentParser
internal import ClusterModel
internal import Diagnostics
internal import Foundation
internal import Reporting

/// The command `martlet validate`.
struct ValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check a spec without asking any host: everything that is wrong, with line and column.",
        discussion: """
            Also looks at what the spec names on this machine: the bundle, keys, manifests. Warnings do not change the exit \
            status.

            Example:
              martlet validate
              martlet validate -f cluster.yaml --format json | jq '.diagnostics[].summary'
            """)

    @Option(
        name: [.customShort("f"), .customLong("file")], help: "The cluster's spec; - is standard input.",
        completion: .file(extensions: ["yaml", "yml"]))
    var file = "cluster.yaml"

    @Option(help: "text or json.")
    var format: SpecFormat = .text

    func run() async throws {
        let verdict = try SpecVerdict.of(file, home: ProcessInfo.processInfo.environment["HOME"])
        switch format {
        case .json:
            print(JSONOutput.text(verdict), terminator: "\n")
            if !verdict.valid { throw ProgramExit(code: .invalid) }
        case .text:
            guard verdict.valid else { throw Diagnostics(verdict.diagnostics) }
            Conversation.show(verdict.diagnostics)
            print(verdict.sentence)
        }
    }
}

/// What validation says, also as JSON.
struct SpecVerdict: Encodable {
    var formatVersion = 1
    var file: String
    var valid: Bool
    /// Only of a valid spec.
    var cluster: Cluster?
    var diagnostics: [Diagnostic]

    struct Cluster: Encodable {
        var name: String
        var kubernetesVersion: KubernetesVersion
        var controlPlanes: Int
        var workers: Int
    }

    /// Reads the spec and looks at what it names on this machine.
    static func of(_ path: String, home: String?) throws -> SpecVerdict {
        try SpecLoading.requireFile(path)
        let reading = try ClusterSpecReader.read(path: path, home: home)
        let name = path == "-" ? "standard input" : path
        var diagnostics = reading.diagnostics
        if let spec = reading.spec, let source = reading.source {
            diagnostics += SpecSurroundings.problems(of: spec, source: source)
        }
        let isValid = !diagnostics.contains { $0.severity == .error }
        let cluster = reading.spec.map { spec in
            let nodes = spec.kubernetes.minikube?.nodes
            return Cluster(
                name: spec.name, kubernetesVersion: spec.kubernetes.version,
                controlPlanes: nodes == nil ? spec.controlPlanes.count : 1,
                workers: nodes.map { $0 - 1 } ?? spec.workers.count)
        }
        return SpecVerdict(file: name, valid: isValid, cluster: isValid ? cluster : nil, diagnostics: diagnostics)
    }

    var sentence: String {
        guard let cluster else { return "\(file) is not valid" }
        func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
        return "\(file) is valid: \(cluster.name), Kubernetes \(cluster.kubernetesVersion), "
            + "\(counted(cluster.controlPlanes, "control plane")), \(counted(cluster.workers, "worker"))"
    }
}
