import ClusterModel
import Diagnostics
import Digests
import Execution
import Foundation
import Planning
import SSHServerRig
import TestSupport
import Testing

@testable import Minikube

/// The driver ssh against a real SSH server: what martlet asks it, what it passes to minikube, and what minikube makes of it.
@Suite("A machine that minikube reaches over SSH", .serialized)
struct TargetTests {
    private static func more(_ server: TestServer, port: UInt16? = nil, user: String? = nil, key: String? = nil)
        -> String
    {
        """
        target: {address: \(server.address), user: \(user ?? server.user), port: \(port ?? server.port), \
        identityFile: \(key ?? server.folder + "/id")}
        """
    }

    @Test(
        "Applied, nothing left to do, stopped while the machine goes on, copied, started again, deleted",
        arguments: Scenario.versions)
    func life(_ version: String) async throws {
        try await withServer(listen: "127.0.0.2") { server in
            let scenario = try Scenario(version)
            let spec = try scenario.spec(Self.more(server), driver: "ssh")
            let fresh = try await scenario.ask(spec)
            #expect(fresh.plan.diagnostics.isEmpty, "\(fresh.plan.diagnostics)")
            let made = try await scenario.apply(spec)
            #expect(made.report.exitCode == .done, "\(made.report.entries.compactMap(\.outcome.diagnostic))")
            let start = try #require(scenario.starts.first)
            for option in [
                "--ssh-ip-address=127.0.0.2", "--ssh-user=\(server.user)", "--ssh-port=\(server.port)",
                "--ssh-key=\(server.folder)/id",
            ] {
                #expect(start.contains(option), "\(option)")
            }
            #expect(try await scenario.ask(spec).plan.changes.isEmpty)

            #expect(try await scenario.perform(.stop, spec).report?.exitCode == .done)
            let stopped = try await scenario.ask(spec)
            #expect(stopped.context.state.machines.first?.host == "Running")
            #expect(stopped.context.state.standing == .stopped)
            let again = try await scenario.apply(spec)
            #expect(again.report.exitCode == .done, "\(again.report.entries.compactMap(\.outcome.diagnostic))")
            #expect(scenario.exists(".local/share/martlet/minikube/demo-etcd.tar"))
            #expect(try await scenario.ask(spec).plan.changes.isEmpty)
            #expect(try await scenario.perform(.delete, spec).report?.exitCode == .done)
            #expect(try await scenario.ask(spec).context.state.standing == .absent)
        }
    }

    @Test("What is wrong with the target is said before anything is made")
    func trouble() async throws {
        try await withServer(listen: "127.0.0.2") { server in
            try Running.succeed(
                "ssh-keygen", ["-q", "-t", "ed25519", "-N", "secret", "-f", server.folder + "/locked"])
            try Running.succeed("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", server.folder + "/other"])
            for (more, code) in [
                (Self.more(server, key: "/nowhere/id"), "minikube.key"),
                (Self.more(server, key: server.folder + "/locked"), "minikube.key"),
                (Self.more(server, key: server.folder + "/other"), "minikube.target-login"),
                (Self.more(server, user: "nobody-here"), "minikube.target-login"),
                (Self.more(server, port: 9), "minikube.target-unreachable"),
            ] {
                let scenario = try Scenario()
                let plan = try await scenario.ask(try scenario.spec(more, driver: "ssh")).plan
                #expect(plan.diagnostics.map(\.code) == [code], "\(more): \(plan.diagnostics)")
                #expect(plan.isBlocked)
                #expect(scenario.commands.isEmpty)
            }
        }
    }

    @Test("Another user, port or address needs a replacement; a target that is silent is no broken cluster")
    func changed() async throws {
        try await withServer(listen: "127.0.0.2") { server in
            let scenario = try Scenario()
            try await scenario.apply(try scenario.spec(Self.more(server), driver: "ssh"))
            let other = try await scenario.ask(try scenario.spec(Self.more(server, user: "eva"), driver: "ssh"))
            let reason = other.plan.steps.filter { $0.change == .blocked }.map(\.reason).joined()
            #expect(reason.contains("target.user is \(server.user), the spec says eva"), "\(reason)")
            #expect(reason.contains("--replace demo"))
            server.stop()
            let silent = try await scenario.ask(try scenario.spec(Self.more(server), driver: "ssh"))
            #expect(
                silent.context.state.standing == .unknown("the target 127.0.0.2 does not answer at its SSH port"))
            #expect(silent.plan.isBlocked)
        }
    }
}

/// minikube on a remote host, over the SSH session of martlet: the host gets minikube, and its kubeconfig comes back.
@Suite("minikube on a remote host", .serialized)
struct RemoteTests {
    @Test(
        "minikube is brought and verified, the cluster is made, mended and deleted there", arguments: Scenario.versions)
    func life(_ version: String) async throws {
        try await withServer { server in
            let scenario = try Scenario(version, isInstalled: false, remote: server)
            let source = Scenario.double("minikube")
            let bytes = try Data(contentsOf: URL(fileURLWithPath: source))
            let digest = bytes.withUnsafeBytes { Digest.sha256($0) }
            let blobs = [digest: BlobSource(path: source, offset: 0, size: bytes.count, sha256: digest)]
            let spec = try scenario.spec("binary: {file: \(source), sha256: '\(digest)'}\nnodes: 2")
            let fresh = try await scenario.ask(spec)
            #expect(fresh.plan.changes.map(\.id).first == "minikube-program-minikube@lab")
            let made = try await scenario.apply(spec, blobs: blobs)
            #expect(made.report.exitCode == .done, "\(made.report.entries.compactMap(\.outcome.diagnostic))")
            #expect(scenario.exists(".local/share/martlet/bin/minikube"))
            let again = try await scenario.ask(spec)
            #expect(again.plan.changes.isEmpty, "\(again.plan.changes.map(\.reason))")
            let stopped = try await scenario.perform(.stop, spec).report
            #expect(stopped?.exitCode == .done, "\(stopped?.entries.compactMap(\.outcome.diagnostic) ?? [])")
            let mended = try await scenario.apply(spec, blobs: blobs).report
            #expect(mended.exitCode == .done, "\(mended.entries.compactMap(\.outcome.diagnostic))")
            #expect(scenario.exists(".local/share/martlet/minikube/demo-etcd.tar"))
            #expect(try await scenario.ask(spec).plan.changes.isEmpty)
            #expect(try await scenario.perform(.delete, spec).report?.exitCode == .done)
            #expect(try await scenario.ask(spec).context.state.standing == .absent)
        }
    }

    @Test("Every driver on the remote host", arguments: ["podman", "kvm2", "none"])
    func drivers(_ driver: String) async throws {
        try await withServer { server in
            let scenario = try DriverTests.scenario(driver, "v1.18.1", remote: server)
            let spec = try scenario.spec(DriverTests.more(driver), driver: driver)
            let made = try await scenario.apply(spec).report
            #expect(made.exitCode == .done, "\(made.entries.compactMap(\.outcome.diagnostic))")
            let again = try await scenario.ask(spec)
            #expect(again.plan.changes.isEmpty, "\(again.plan.changes.map(\.reason))")
            #expect(again.context.state.standing == .running)
            #expect(again.context.host.name == "lab")
            #expect(try await scenario.perform(.delete, spec).report?.exitCode == .done)
            #expect(try await scenario.ask(spec).context.state.standing == .absent)
        }
    }
}
