import Foundation
import SSHServerRig
import TestSupport
import Testing

/// The program against a host with a double of minikube, over a real SSH server.
@Suite("The built program and minikube on a remote host", .serialized, .timeLimit(.minutes(5)))
struct MinikubeRemoteTests {
    /// A spec for the server, and doubles in its home.
    private static func prepare(_ program: BuiltProgram, _ server: TestServer, user: String? = nil) throws -> String {
        let doubles = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("MinikubeTests/Double")
        let folder = server.folder + "/home/.local/share/martlet/bin"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for name in ["minikube", "docker"] where !FileManager.default.fileExists(atPath: folder + "/" + name) {
            try ProgramFile.copy(doubles.appendingPathComponent(name).path, to: folder + "/" + name)
        }
        try #"{"version": "v1.38.1", "cpus": 4, "memory": 8000}"#.write(
            toFile: server.folder + "/home/.minikube-double.json", atomically: true, encoding: .utf8)
        return try program.home.write(
            "cluster.yaml",
            """
            apiVersion: martlet/v1
            kind: Cluster
            name: far
            ssh: {identityFile: \(server.folder)/id, knownHostsFile: \(server.knownHosts)}
            hosts:
              - name: lab
                address: \(server.address)
                roles: [control-plane]
                ssh: {user: \(user ?? server.user), port: \(server.port)}
            kubernetes:
              driver: minikube
              version: v1.35.1
              minikube: {version: v1.38.1, driver: docker, allowRoot: true}
            """)
    }

    private static func run(_ program: BuiltProgram, _ spec: String, _ arguments: String...) throws
        -> Outcome
    {
        try program.run(arguments + ["-f", spec])
    }

    @Test("plan, status, stop, kubeconfig: each on the host, and the kubeconfig's address is told to be the host's")
    func life() async throws {
        try await withServer { server in
            let program = try BuiltProgram()
            let spec = try Self.prepare(program, server)
            let fresh = try Self.run(program, spec, "plan")
            #expect(fresh.status == 0 && fresh.output.contains("minikube-cluster@lab"), "\(fresh.errors)")
            try Running.succeed(
                server.folder + "/home/.local/share/martlet/bin/minikube",
                ["start", "-p", "far", "--driver=docker", "--kubernetes-version=v1.35.1", "--force=true"],
                environment: [
                    "HOME": server.folder + "/home",
                    "PATH": server.folder + "/home/.local/share/martlet/bin:/usr/bin:/bin",
                ], isAlone: true)
            let refused = try Self.run(program, spec, "plan")
            #expect(refused.status == 1 && refused.output.contains("--adopt far"), "\(refused.output)")
            let status = try Self.run(program, spec, "status", "--adopt", "far")
            #expect(status.output.contains("minikube: running"), "\(status.output) \(status.errors)")
            let kubeconfig = try Self.run(program, spec, "kubeconfig")
            #expect(kubeconfig.output.contains("server: https://192.168.49.2:8443"))
            #expect(kubeconfig.output.contains("current-context: far"))
            // Whatever answers at that address here is another cluster.
            #expect(kubeconfig.errors.contains("kubeconfig.not-reached"), "\(kubeconfig.errors)")
            #expect(try Self.run(program, spec, "minikube", "stop", "--adopt", "far").status == 0)
            let stopped = try Self.run(program, spec, "status", "--adopt", "far")
            #expect(stopped.status == 1 && stopped.output.contains("minikube: stopped"))
            #expect(try Self.run(program, spec, "reset", "--adopt", "far", "--confirm", "far").status == 0)
            #expect(!FileManager.default.fileExists(atPath: server.folder + "/home/.minikube/profiles/far"))
        }
    }

    @Test("A host that lets nobody in is no missing minikube")
    func login() async throws {
        try await withServer { server in
            let program = try BuiltProgram()
            let spec = try Self.prepare(program, server, user: "nobody-here")
            let result = try Self.run(program, spec, "plan")
            #expect(result.status == 69, "\(result.output) \(result.errors)")
            #expect(!result.errors.contains("minikube.missing"))
        }
    }
}
