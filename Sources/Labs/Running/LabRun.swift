internal import ConfigTree
package import Foundation

/// One run of a lab: what its variables are, and since when.
package struct LabRun: Sendable, Hashable {
    /// Letters and digits, new in every run.
    package var nonce: String
    package var started: Date
    package var cluster: String
    /// Path of the learner's kubeconfig; empty if there is none.
    package var kubeconfig: String
    /// The uid of the cluster's `kube-system`; nil if it is not known.
    package var identity: String?
    /// The kubeconfig is a copy that a proof may spoil.
    package var ownsKubeconfig = false
    /// A proof's: nobody goes on with it.
    package var isProof = false
    /// Who works, letters and digits; a run whose file was lost is found again by it.
    ///
    /// Empty if it is not known.
    package var learner = ""
    /// The programs that the file names may run.
    package var acceptsCommands: Bool
    /// Values of the lab's measured variables.
    package var measured: [String: String] = [:]

    package init(
        nonce: String, started: Date, cluster: String, kubeconfig: String = "", identity: String? = nil,
        acceptsCommands: Bool = false
    ) {
        self.nonce = nonce
        self.started = started
        self.cluster = cluster
        self.kubeconfig = kubeconfig
        self.identity = identity
        self.acceptsCommands = acceptsCommands
    }

    /// Letters that make no words, and digits that are not taken for letters.
    package static func makeNonce() -> String {
        let letters = Array("bcdfghjklmnpqrstvwxz2456789")
        // A name may not begin with a digit everywhere.
        return "x" + String((0..<5).map { _ in letters.randomElement() ?? "x" })
    }
}

extension Lab {
    /// All variables that are known before anything is observed; `vars` may use each other in the order of their names'
    /// dependencies, which the reader has checked for cycles.
    package func variables(for run: LabRun) -> [String: String] {
        var values = [
            "nonce": run.nonce, "lab": name, "id": id, "cluster": run.cluster, "kubeconfig": run.kubeconfig,
        ]
        // What could not be measured stays a variable that everybody sees.
        for name in shares.keys { values[name] = run.measured[name] ?? "${\(name)}" }
        let variables = variables.filter { shares[$0.key] == nil }
        for _ in 0...variables.count {
            for (name, template) in variables { values[name] = TextTemplate.fill(template, values) }
        }
        values["namespace"] = namespaceTemplate.map { TextTemplate.fill($0, values) } ?? ""
        for (name, template) in variables { values[name] = TextTemplate.fill(template, values) }
        return values
    }
}
