package import WebClient

/// What lies outside of the API: hosts over SSH, programs and files of this machine, the web.
package protocol LabGround: Sendable {
    /// Names of the pools of spare hosts that the cluster's spec has.
    var pools: [String] { get }
    /// nil: there is no access to hosts.
    var hosts: [LabHost]? { get }
    /// Runs a POSIX sh script as root on a host.
    ///
    /// - Throws: `Diagnostic` if there is no answer.
    func run(_ script: String, on host: String, timeout: Duration) async throws -> LabProgramAnswer
    /// Runs a program of this machine, without a shell.
    ///
    /// - Throws: `Diagnostic` if it cannot be started.
    func program(_ argv: [String], environment: [String: String], timeout: Duration) async throws -> LabProgramAnswer
    /// Where a program lies; nil if there is none of that name.
    func find(_ program: String) -> String?
    func web(_ request: WebRequest) async throws(WebError) -> WebResponse
    /// Runs a command of this program with the spec of the lab's cluster.
    func martlet(_ argv: [String], timeout: Duration) async throws -> LabProgramAnswer
    func kubeconfig(at path: String) async -> KubeconfigFacts
    func setMode(_ mode: Int, of path: String) throws
    func readText(_ path: String) throws -> String
    func writeText(_ text: String, to path: String, mode: Int) throws
}

extension LabGround {
    package var pools: [String] { [] }

    /// Where there is no spec nothing can be run.
    package func martlet(_ argv: [String], timeout: Duration) async throws -> LabProgramAnswer {
        throw CannotJudge("there is no spec of the cluster: name it with -f")
    }
}

package struct LabHost: Sendable, Hashable {
    package var name: String
    package var address: String
    package var isControlPlane: Bool

    package init(name: String, address: String, isControlPlane: Bool) {
        self.name = name
        self.address = address
        self.isControlPlane = isControlPlane
    }
}

/// How a program or script ended.
package struct LabProgramAnswer: Sendable, Hashable {
    package var status: Int
    package var output: String
    package var errors: String
    /// It was ended because its time was over.
    package var isLate: Bool

    package init(status: Int, output: String, errors: String = "", isLate: Bool = false) {
        self.status = status
        self.output = output
        self.errors = errors
        self.isLate = isLate
    }
}

/// What there is to say about a kubeconfig.
package struct KubeconfigFacts: Sendable, Hashable {
    /// nil if the file is not there.
    package var mode: Int?
    package var context: String?
    /// The identity of the cluster it leads to, the uid of `kube-system`.
    package var identity: String?
    /// Why it leads nowhere.
    package var problem: String?

    package init(mode: Int? = nil, context: String? = nil, identity: String? = nil, problem: String? = nil) {
        self.mode = mode
        self.context = context
        self.identity = identity
        self.problem = problem
    }
}
