package import Diagnostics
package import KubernetesAPI

extension PodTrouble {
    /// As somebody needs it who deploys or calls a function.
    package func diagnostic(function: String) -> Diagnostic {
        let place = node.isEmpty ? "" : " on node \(node)"
        let host = node.isEmpty ? nil : node
        let said = [reason, message].filter { !$0.isEmpty }.joined(separator: ": ")
        switch kind {
        case .image:
            return Diagnostic(
                code: "function.image", "the image \(image) of \(function) cannot be pulled\(place)", detail: said,
                hint:
                    "check its name, the registry, and its credentials; \(node.isEmpty ? "nodes" : node) must reach it",
                host: host)
        case .configuration:
            return Diagnostic(
                code: "function.configuration", "\(function) cannot be started\(place)", detail: said,
                hint: "check the names of its secrets, and its command", host: host)
        case .crash:
            let status = exitStatus.map { "it ended with status \($0)" } ?? message
            return Diagnostic(
                code: "function.crash", "\(function) starts and ends again and again\(place)",
                detail: [status, lastWords].filter { !$0.isEmpty }.joined(separator: "\n"),
                hint: "`martlet function logs \(function)` shows what it wrote", host: host)
        case .unschedulable:
            return Diagnostic(
                code: "function.unschedulable", "no node takes the pods of \(function)", detail: message,
                hint: "ask for less with --memory and --cpu, or make room")
        case .other:
            return Diagnostic(
                code: "function.not-ready", "\(function) is not ready\(place)", detail: text,
                hint: "`martlet function logs \(function)` shows what it wrote", host: host)
        }
    }
}
