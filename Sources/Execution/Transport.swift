package import ClusterModel
internal import Diagnostics

/// One POSIX sh script for a host, run as root in a subshell.
package struct RemoteCommand: Sendable {
    package var script: String
    /// Standard input of the script; secrets travel here, never in the script's arguments.
    package var input: String
    /// Script and input hold no secret and may show in the host's process list.
    ///
    /// A first batch of nothing else saves a round trip.
    package var mayBeSeen: Bool

    package init(_ script: String, input: String = "", mayBeSeen: Bool = false) {
        self.script = script
        self.input = input
        self.mayBeSeen = mayBeSeen
    }
}

/// How a script ended.
///
/// A status other than zero is a result, not an error.
package struct RemoteResult: Sendable {
    package var status: Int32
    package var output: String
    package var errorOutput: String

    package init(status: Int32, output: String, errorOutput: String) {
        self.status = status
        self.output = output
        self.errorOutput = errorOutput
    }
}

/// A connection to one host.
///
/// Errors are `Diagnostic` values with an `ssh.` code.
package protocol HostConnection: Sendable {
    /// The connection has ended, as far as is known here; nothing can be run over it any more.
    var isLost: Bool { get async }
    /// Runs the scripts one after another; the whole batch costs one round trip.
    func run(_ commands: [RemoteCommand], timeout: Duration) async throws -> [RemoteResult]
    /// Copies a part of a local file: temporary name, checksum, sync, rename. Nothing is sent if the content is there already.
    ///
    /// - Parameter ticket: asked for another host from which the content may come, if the host lacks it; nil: from here.
    func put(_ source: BlobSource, to path: String, mode: Int, ticket: BlobTicket?) async throws -> BlobDelivery
    /// Gives a file of the host to other hosts from now on, also after it was removed, until the connection ends.
    func offer(_ path: String) async throws -> BlobOffer
    /// Gives a file no more.
    func withdraw(_ offer: BlobOffer) async
    /// Gives nothing any more, and listens no longer.
    func stopGiving() async
    /// A proxy on this machine whose connections begin at the host, as a URL that libcurl understands; it ends with the
    /// connection.
    func forwardingProxy() async throws -> String
    /// A port of 127.0.0.1 whose connections end at one that the host reaches; it ends with the connection.
    func forwardedPort(toHost host: String, port: UInt16) async throws -> UInt16
    func close() async
}

extension HostConnection {
    /// Copies from here.
    package func put(_ source: BlobSource, to path: String, mode: Int) async throws {
        _ = try await put(source, to: path, mode: mode, ticket: nil)
    }

    package func offer(_ path: String) async throws -> BlobOffer {
        throw Diagnostic(code: "host.no-giving", "this host is reached in a way by which it gives nothing to others")
    }

    package func withdraw(_ offer: BlobOffer) async {}

    package func stopGiving() async {}

    package func forwardedPort(toHost host: String, port: UInt16) async throws -> UInt16 {
        throw Diagnostic(
            code: "host.no-forwarding", "this host is reached without SSH, so that no port can be forwarded through it",
            exitCode: .usage)
    }
}

/// Where a blob's bytes lie on this machine.
package struct BlobSource: Sendable, Hashable {
    package var path: String
    package var offset: UInt64
    package var size: Int
    package var sha256: String
    /// The content is harmless if it becomes known, so that hosts may pass it on to each other: it travels unencrypted then, between
    /// addresses of the cluster.
    ///
    /// True for what a release or a bundle consists of; never for secrets, kubeconfigs or keys.
    package var mayBePassed: Bool

    package init(path: String, offset: UInt64, size: Int, sha256: String, mayBePassed: Bool = false) {
        self.path = path
        self.offset = offset
        self.size = size
        self.sha256 = sha256
        self.mayBePassed = mayBePassed
    }
}

/// Opens connections; the engine knows nothing of what is below.
package protocol Transport: Sendable {
    /// - Parameter lock: the holder's description if the host is to be locked; nil to read only.
    /// - Throws: `Diagnostic`; `lock.held` (exit 75) if somebody else holds the lock.
    func connect(to host: HostSpec, lock: String?) async throws -> any HostConnection
}
