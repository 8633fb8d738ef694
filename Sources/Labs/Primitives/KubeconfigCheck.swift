/// The learner's own kubeconfig.
package struct KubeconfigCheck: LabPrimitive {
    package static let word = "kubeconfig"

    /// Its current context is this cluster.
    package var leadsHere: Bool
    /// Nobody else on this machine may read it.
    package var isPrivate: Bool

    package var expected: String {
        var wishes: [String] = []
        if leadsHere { wishes.append("its current context leads to this cluster") }
        if isPrivate { wishes.append("only its owner may read it") }
        return "your kubeconfig: \(wishes.joined(separator: ", "))"
    }

    package var question: String {
        "Reads your kubeconfig"
            + (leadsHere ? ", asks the cluster of its current context for its identity, and compares" : "")
            + (isPrivate ? ", and looks at the file's mode" : "") + "."
    }

    package var next: String {
        leadsHere ? "`kubectl config get-contexts` and `kubectl cluster-info`" : "`ls -l ${kubeconfig}`"
    }

    package func observe(_ context: CheckContext) async throws -> Observation {
        let path = context.run.kubeconfig
        guard !path.isEmpty else {
            return .fail("you have no kubeconfig: none is named, and ~/.kube/config is not there")
        }
        let facts = await context.ground.kubeconfig(at: path)
        guard let mode = facts.mode else { return .fail("\(path) cannot be read") }
        if isPrivate, mode & 0o077 != 0 {
            return .fail("\(path) has the mode \(String(mode, radix: 8)): others may read it")
        }
        if leadsHere {
            guard let identity = context.run.identity else {
                throw CannotJudge("the cluster does not tell who it is: kube-system cannot be read")
            }
            if let problem = facts.problem { return .fail(problem) }
            guard facts.identity == identity else {
                return .fail("the context \(facts.context ?? "?") leads to another cluster")
            }
        }
        return .pass(facts.context.map { "context \($0)" } ?? "mode \(String(mode, radix: 8))")
    }
}
