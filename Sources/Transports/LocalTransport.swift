package import ClusterModel
internal import Diagnostics
package import Execution
internal import Foundation
internal import Glibc
internal import LocalHosts
internal import Planning

/// This computer as a host: the same scripts, run by the user of this program, without SSH.
package struct LocalTransport: Transport {
    private let environment: [String: String]

    /// - Parameter environment: over that of this process.
    package init(environment: [String: String] = [:]) { self.environment = environment }

    package func connect(to host: HostSpec, lock: String?) async throws -> any HostConnection {
        // What the shell takes for the home folder, whatever the list of users says.
        let home = environment["HOME"] ?? ProcessInfo.processInfo.environment["HOME"] ?? NSHomeDirectory()
        return LocalConnection(
            host: host.name, environment: environment,
            lock: lock == nil ? nil : try LocalLock.take(host: host.name, home: home))
    }
}

/// The lock that one user's runs share, in the same file as over SSH; it goes with the process.
enum LocalLock {
    static func take(host: String, home: String) throws -> FileLock {
        let folder = home + "/.cache/martlet"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        guard let lock = try FileLock.attempt(folder + "/lock") else {
            throw Diagnostic(
                code: "lock.held", "another martlet is changing this host",
                hint: "wait until it has finished; the lock goes away with its process", host: host, exitCode: .locked)
        }
        return lock
    }
}

actor LocalConnection: HostConnection {
    private let host: String
    private let environment: [String: String]
    private var lock: FileLock?

    init(host: String, environment: [String: String], lock: FileLock?) {
        self.host = host
        self.environment = environment
        self.lock = lock
    }

    let isLost = false

    func run(_ commands: [RemoteCommand], timeout: Duration) async throws -> [RemoteResult] {
        var results: [RemoteResult] = []
        let deadline = ContinuousClock.now + timeout
        for command in commands {
            results.append(try await run(command, within: deadline - .now))
        }
        return results
    }

    /// The script and its input travel in files that only the user can read: arguments show in the process list.
    private func run(_ command: RemoteCommand, within limit: Duration) async throws -> RemoteResult {
        let folder = NSTemporaryDirectory() + "martlet-\(UUID().uuidString)"
        // One call: the folder is the user's alone from its first moment, or somebody else's name stands in the way.
        guard mkdir(folder, 0o700) == 0 else {
            throw Diagnostic(
                code: "local.no-folder", "no folder can be made in \(NSTemporaryDirectory())",
                detail: String(cString: strerror(errno)), host: host, exitCode: .lacking)
        }
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Self.write(command.script, to: folder + "/script")
        try Self.write(command.input, to: folder + "/input")
        let output = try await LocalProgram.attempt(
            "sh", ["-c", "exec sh \"$1/script\" <\"$1/input\"", "sh", folder], environment: environment, deadline: limit
        )
        guard limit > .zero, output.status != 128 + SIGKILL else {
            throw Diagnostic(
                code: "local.timeout", "a command did not end within its time", host: host, exitCode: .unreachable)
        }
        return RemoteResult(status: output.status, output: output.text, errorOutput: output.errorText)
    }

    private static func write(_ text: String, to path: String) throws {
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else {
            throw Diagnostic(code: "file.unwritable", "\(path) cannot be written", exitCode: .lacking)
        }
    }

    func put(_ source: BlobSource, to path: String, mode: Int, ticket: BlobTicket?) async throws -> BlobDelivery {
        let temporary = path + ".martlet-new"
        let script = """
            set -eu
            mkdir -p \(Shell.quote(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])))
            tail -c +\(source.offset + 1) -- \(Shell.quote(source.path)) | head -c \(source.size) >\(Shell.quote(temporary))
            echo '\(source.sha256)  \(temporary)' | sha256sum -c - >/dev/null
            chmod \(String(mode, radix: 8)) \(Shell.quote(temporary))
            sync \(Shell.quote(temporary))
            mv -f \(Shell.quote(temporary)) \(Shell.quote(path))
            """
        let result = try await run([RemoteCommand(script)], timeout: .seconds(600)).first
        guard result?.status == 0 else {
            throw Diagnostic(
                code: "local.copy-failed", "\(source.path) could not be copied to \(path)",
                hint: "check the free space, and that the file is the one whose checksum was given", host: host,
                evidence: (result?.errorOutput ?? "").split(separator: "\n").suffix(3).map(String.init))
        }
        return .sent(source.size)
    }

    /// Connections begin here anyway.
    func forwardingProxy() async throws -> String {
        throw Diagnostic(code: "local.no-proxy", "this computer needs no way through itself", host: host)
    }

    func close() async { lock = nil }
}
