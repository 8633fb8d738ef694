package import Diagnostics
internal import KubernetesAPI

/// One framework's API, behind what all of them can do; its adapters are the files beside this one.
///
/// All calls throw diagnostics of the family `function.`; a function that is not there is `function.not-found`.
package protocol FunctionPlatform: Sendable {
    var site: FunctionSite { get }

    /// Makes the function, or makes it what the order says; returns before it can answer.
    func deploy(_ order: FunctionOrder) async throws(Diagnostic) -> FunctionChange
    func list() async throws(Diagnostic) -> [FunctionRecord]
    /// Nil if there is none of that name.
    func find(_ name: String) async throws(Diagnostic) -> FunctionRecord?
    func invoke(_ name: String, _ invocation: Invocation) async throws(Diagnostic) -> InvocationAnswer
    func logs(_ name: String, tail: Int) async throws(Diagnostic) -> [FunctionLogLine]
    func scale(_ name: String, to replicas: Int) async throws(Diagnostic)
    /// With its triggers and whatever was made for it; waits for nothing.
    func delete(_ name: String) async throws(Diagnostic)
    /// The instances; nil where they are none of Kubernetes' pods that can be told apart.
    func pods(_ name: String) -> FunctionPods?
    /// Requests that the framework counted, and under which name; nil where it counts none.
    func counted(_ name: String) async throws(Diagnostic) -> (metric: String, value: Double)?
    /// What an invocation must not ask again: the host of its URL.
    func remembered(_ name: String) async throws(Diagnostic) -> String?
}

extension FunctionPlatform {
    package func remembered(_ name: String) async throws(Diagnostic) -> String? { nil }

    package func describe(_ name: String) async throws(Diagnostic) -> FunctionRecord {
        guard let record = try await find(name) else { throw try await missing(name) }
        return record
    }

    /// With the name that was probably meant.
    package func missing(_ name: String) async throws(Diagnostic) -> Diagnostic {
        let names = ((try? await list()) ?? []).map(\.name)
        return FunctionProblem.missing(name, framework: site.framework, known: names)
    }
}

/// Problems that several adapters have.
package enum FunctionProblem {
    package static func missing(_ name: String, framework: String, known: [String]) -> Diagnostic {
        let near = Suggestion.nearest(to: name, in: known).map { "did you mean `\($0)`? " } ?? ""
        return Diagnostic(
            code: "function.not-found", "\(framework) has no function \(name)",
            hint: near + "`martlet function list` shows all")
    }

    static func input(_ what: String, _ site: FunctionSite, _ instead: String) -> Diagnostic {
        Diagnostic(
            code: "function.input", "\(site.framework) does not take \(what)", hint: "give it \(instead)",
            exitCode: .usage)
    }

    static func secret(_ name: String, _ site: FunctionSite) -> Diagnostic {
        Diagnostic(
            code: "function.secret", "there is no Secret \(site.namespace)/\(name)",
            hint: "make it first: kubectl -n \(site.namespace) create secret generic \(name) --from-file=...",
            exitCode: .usage)
    }

    static func callback(_ site: FunctionSite) -> Diagnostic {
        Diagnostic(
            code: "function.option", "\(site.framework) sends results nowhere, so that --callback would be forgotten",
            hint: "leave it out; the name of the call is what can be asked for", exitCode: .usage)
    }

    static func replicas(_ wanted: Int, _ site: FunctionSite, _ maximum: Int) -> Diagnostic {
        Diagnostic(
            code: "function.scale", "\(site.framework) runs at most \(maximum) instances, and \(wanted) were asked for",
            exitCode: .usage)
    }

    static func notUnderstood(_ what: String, _ site: FunctionSite) -> Diagnostic {
        Diagnostic(
            code: "function.not-understood", "the answer of \(site.framework) to \(what) is not what it should be",
            hint: "check that the address is that of \(site.framework) and not of a proxy before it")
    }
}
