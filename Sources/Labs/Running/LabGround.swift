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
    /// Runs a program of this machine, without a shell, in a folder; an empty one is where martlet itself is.
    ///
    /// - Throws: `Diagnostic` if it cannot be started.
    func program(
        _ argv: [String], environment: [String: String], folder: String, timeout: Duration
    ) async throws -> LabProgramAnswer
    /// Lets a program go on in the background under a key; nothing else may run under it.
    ///
    /// - Throws: `Diagnostic` if it cannot be started.
    func startBackground(_ key: String, _ run: BackgroundRun) throws
    /// What runs under a key; nil if nothing does.
    func background(_ key: String) -> BackgroundRun?
    /// The last lines that it printed.
    func backgroundLog(_ key: String) -> [String]
    /// Ends it and everything that it has started, and tells what it was; nil if nothing ran.
    func endBackground(_ key: String) async -> BackgroundRun?
    /// Ends all whose keys begin so.
    func endAllBackground(_ prefix: String) async
    /// Whether something on this machine listens on a TCP port.
    func listens(_ port: Int) async -> Bool
    /// Where a program lies; nil if there is none of that name.
    func find(_ program: String) -> String?
    func web(_ request: WebRequest) async throws(WebError) -> WebResponse
    /// Runs a command of this program with the spec of the lab's cluster.
    func martlet(_ argv: [String], timeout: Duration) async throws -> LabProgramAnswer
    func kubeconfig(at path: String) async -> KubeconfigFacts
    func setMode(_ mode: Int, of path: String) throws
    func readText(_ path: String) throws -> String
    /// Folders on the way are made.
    func writeText(_ text: String, to path: String, mode: Int) throws
    func remove(_ path: String) throws
    /// nil if nothing is there.
    func facts(of path: String) -> LocalFileFacts?
    /// The real path of a name below a folder; nil if nothing is there.
    ///
    /// - Throws: `CannotJudge` if it leads out of the folder.
    func inside(_ folder: String, _ name: String) throws -> String?
    /// Names of all files below a folder, with the folders between; hidden ones are left out.
    func files(below folder: String, most: Int) throws -> [String]
    /// Names in a tar, compressed or not.
    ///
    /// - Throws: `Diagnostic` if it is none.
    func archiveNames(_ bytes: [UInt8]) async throws -> [String]
    /// Files of an image in whose text something is found; those above `most` bytes, and those that are no text, are left out.
    ///
    /// - Throws: `Diagnostic` if the archive cannot be made or read.
    func search(_ archive: ImageArchive, most: Int, _ find: @escaping TextSearch) async throws -> [ImageFinding]
}

/// What this machine says of a file.
package struct LocalFileFacts: Sendable, Hashable {
    package var isFile: Bool
    package var mode: Int
    /// In bytes.
    package var size: Int

    package init(isFile: Bool, mode: Int, size: Int) {
        self.isFile = isFile
        self.mode = mode
        self.size = size
    }
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
