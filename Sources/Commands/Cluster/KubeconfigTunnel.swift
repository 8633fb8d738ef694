internal import ClusterModel
internal import Diagnostics
internal import Execution
internal import Foundation
internal import KubernetesAPI

/// A kubeconfig that is good as long as the command runs: it names a port of this machine, which ends at the API over SSH.
struct KubeconfigTunnel {
    let session: ClusterSession

    /// Writes the file, waits for an interruption, and takes the file away again.
    func serve(_ path: String) async throws {
        do {
            let text = try KubeconfigFile.asked(session)
            let (host, port) = try Self.server(of: text)
            let connection = try await session.fleet.connection(to: session.driver.kubeconfigHolder)
            let own = try await connection.forwardedPort(toHost: host, port: port)
            try LocalWrite.replace(path, with: Data(Self.through(own, text).utf8), mode: 0o600)
            Conversation.say("\(path) leads to \(host):\(port) until this command is interrupted")
            defer { try? FileManager.default.removeItem(atPath: path) }
            try await Interruption.guarding(hint: "the tunnel is closed, and \(path) is gone with it") {
                // Nothing but the signal ends it.
                while true { try await Task.sleep(for: .seconds(3600)) }
            }
        } catch {
            await session.fleet.close()
            throw error
        }
    }

    /// For a kubeconfig whose API listens on a remote host only: what leads there from here.
    static func hint(for text: String, _ session: ClusterSession) async -> Diagnostic? {
        guard session.spec.kubernetes.driver == .minikube, !session.spec.hosts.isEmpty,
            let (access, _) = try? Kubeconfig.parse(text, name: session.spec.name, context: nil),
            await !APIRoute.answers(access)
        else { return nil }
        return Diagnostic(
            .warning, code: "kubeconfig.not-reached",
            "the cluster is not reached from here: \(access.server) is an address of the host",
            hint:
                "`martlet kubeconfig --output FILE --tunnel` leads there over SSH; `health` and labs find the way by themselves",
            host: session.driver.kubeconfigHolder)
    }

    static func server(of text: String) throws -> (host: String, port: UInt16) {
        let line = text.split(separator: "\n").first { $0.drop { $0 == " " }.hasPrefix("server: https://") }
        guard let address = line?.split(separator: "/").last, let colon = address.lastIndex(of: ":"),
            let port = UInt16(address[address.index(after: colon)...])
        else {
            throw Diagnostic(
                code: "kubeconfig.no-server", "the kubeconfig names no https address with a port", exitCode: .failed)
        }
        return (String(address[..<colon].filter { $0 != "[" && $0 != "]" }), port)
    }

    /// `kubernetes` is a name in every certificate of an API server that kubeadm or minikube has made; 127.0.0.1 is one in minikube's only.
    static func through(_ port: UInt16, _ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let indent = line.prefix { $0 == " " }
            guard line.dropFirst(indent.count).hasPrefix("server: ") else { return String(line) }
            return "\(indent)server: https://127.0.0.1:\(port)\n\(indent)tls-server-name: kubernetes"
        }.joined(separator: "\n")
    }
}
