internal import Foundation
internal import Glibc
package import SecureShell
internal import TestSupport

/// A private sshd on a loopback address, with keys of its own, in a temporary folder; `stop` ends it by its id.
package final class TestServer: Sendable {
    package let port: UInt16
    package let address: String
    private let scratch: Scratch
    private let running: Running

    package var folder: String { scratch.path }

    /// Lines added to the server's configuration.
    package init(listen: String = "127.0.0.1", _ configuration: [String] = [], user: String? = nil) async throws {
        scratch = try Scratch("ssh")
        address = listen
        port = try Self.freePort(on: listen)
        try scratch.makeFolder("home")
        let folder = scratch.path
        if getuid() == 0 {
            try FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
        }
        try Running.succeed("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "host", "-f", folder + "/host_key"])
        try Running.succeed("ssh-keygen", ["-q", "-t", "ecdsa", "-N", "", "-C", "host", "-f", folder + "/host_ecdsa"])
        try Running.succeed("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "client", "-f", folder + "/id"])
        try FileManager.default.copyItem(atPath: folder + "/id.pub", toPath: folder + "/authorized_keys")
        let text = """
            Port \(port)
            ListenAddress \(listen)
            HostKey \(folder)/host_key
            HostKey \(folder)/host_ecdsa
            PidFile none
            AuthorizedKeysFile \(folder)/authorized_keys
            StrictModes no
            PermitRootLogin yes
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            UsePAM no
            UseDNS no
            PrintMotd no
            PrintLastLog no
            MaxSessions 100
            LogLevel VERBOSE
            SetEnv HOME=\(folder)/home

            """
        // The first value of an option wins.
        try (configuration.joined(separator: "\n") + "\n" + text).write(
            toFile: folder + "/sshd_config", atomically: true, encoding: .utf8)
        running = try Running("sshd", ["-D", "-e", "-f", folder + "/sshd_config"])
        try writeKnownHosts()
        try await waitUntilListening()
    }

    private func waitUntilListening() async throws {
        for _ in 0..<1000 {
            if log.contains("Server listening") { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw Failure("sshd did not start: \(log)")
    }

    /// What the server has said so far.
    package var log: String { running.errors }
    package var knownHosts: String { folder + "/known_hosts" }
    package var user: String { NSUserName() }

    package func hostKeyLine(_ name: String = "host_key") throws -> String {
        try String(contentsOfFile: "\(folder)/\(name).pub", encoding: .utf8).split(separator: " ").prefix(2)
            .joined(separator: " ")
    }

    private func writeKnownHosts() throws {
        try "[\(address)]:\(port) \(hostKeyLine())\n".write(toFile: knownHosts, atomically: true, encoding: .utf8)
    }

    /// A target that just works.
    package func target() -> SSHTarget {
        SSHTarget(
            host: address, port: port, user: user, identities: [folder + "/id"],
            hostKeyPolicy: .knownHosts(files: [knownHosts]), connectTimeout: .seconds(20))
    }

    /// The server's processes for its connections, without the listener and without what they run.
    package func sessionProcesses() -> [Int32] {
        ProcessTree.descendants(of: running.pid).filter { ProcessTree.name(of: $0) == "sshd" }
    }

    /// Waits until a command was started, so that what is cut is cut in its middle.
    package func waitForCommand() async throws {
        for _ in 0..<1000 where !log.contains("Starting session") { try await Task.sleep(for: .milliseconds(10)) }
        try await Task.sleep(for: .milliseconds(100))
    }

    package func stop() {
        for child in ProcessTree.descendants(of: running.pid) { kill(child, SIGKILL) }
        running.end()
    }

    private static func freePort(on address: String) throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        inet_pton(AF_INET, address, &name.sin_addr)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
            }
        }
        guard status == 0 else { throw Failure("no free port") }
        return UInt16(bigEndian: name.sin_port)
    }
}

/// Starts a server, runs the body, ends the server.
package func withServer<Value>(
    listen: String = "127.0.0.1", _ configuration: [String] = [],
    _ body: (TestServer) async throws -> Value
) async throws -> Value {
    let server = try await TestServer(listen: listen, configuration)
    do {
        let value = try await body(server)
        server.stop()
        return value
    } catch {
        server.stop()
        throw error
    }
}
