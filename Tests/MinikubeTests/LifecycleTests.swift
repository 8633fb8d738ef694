import ClusterModel
import Diagnostics
import Digests
import Execution
import Foundation
import Planning
import Testing

@testable import Minikube

/// Against the double that plays minikube (`Double/minikube`), in two versions.
@Suite("A profile's life on a double of minikube")
struct LifecycleTests {
    @Test("Made, nothing left to do, stopped, started again, paused, resumed, deleted", arguments: Scenario.versions)
    func life(_ version: String) async throws {
        let scenario = try Scenario(version)
        let spec = try scenario.spec("cpus: 2\nmemory: 2200\naddons: [ingress, metrics-server]")
        let fresh = try await scenario.ask(spec)
        #expect(fresh.plan.changes.map(\.id).contains("minikube-cluster@this-computer"))
        #expect(fresh.context.state.standing == .absent)

        let made = await scenario.run(fresh.plan, fresh.context)
        #expect(made.report.exitCode == .done, "\(made.report.entries.compactMap(\.outcome.diagnostic))")
        let again = try await scenario.ask(spec)
        #expect(again.plan.changes.isEmpty, "\(again.plan.changes.map(\.reason))")
        #expect(again.context.state.standing == .running)

        #expect(try await scenario.perform(.stop, spec).report?.exitCode == .done)
        let stopped = try await scenario.ask(spec)
        #expect(stopped.context.state.standing == .stopped)
        #expect(stopped.plan.changes.map(\.id) == ["minikube-cluster@this-computer"])
        #expect(stopped.plan.steps.first { $0.id.hasPrefix("minikube-cluster") }?.actions.count == 2)
        #expect(try await scenario.apply(spec).report.exitCode == .done)
        #expect(scenario.exists(".local/share/martlet/minikube/demo-etcd.tar"))

        #expect(try await scenario.perform(.pause, spec).report?.exitCode == .done)
        let paused = try await scenario.ask(spec)
        #expect(paused.context.state.standing == .paused)
        #expect(try await scenario.apply(spec).report.exitCode == .done)
        #expect(scenario.commands.last == "unpause -p demo")
        #expect(try await scenario.ask(spec).plan.changes.isEmpty)

        #expect(try await scenario.perform(.delete, spec).report?.exitCode == .done)
        #expect(try await scenario.ask(spec).context.state.standing == .absent)
        #expect(!scenario.exists(".minikube/profiles/demo"))
    }

    @Test("Several machines: made with the profile, added to it, started again", arguments: Scenario.versions)
    func machines(_ version: String) async throws {
        let scenario = try Scenario(version)
        #expect(try await scenario.apply(try scenario.spec("nodes: 2")).report.exitCode == .done)
        #expect(try await scenario.ask(try scenario.spec("nodes: 2")).plan.changes.isEmpty)
        let three = try await scenario.ask(try scenario.spec("nodes: 3"))
        #expect(three.plan.changes.map(\.id) == ["minikube-nodes@this-computer"])
        #expect(try await scenario.apply(try scenario.spec("nodes: 3")).report.exitCode == .done)
        #expect(scenario.commands.last == "node add -p demo")
        try scenario.setMachine("demo-m02", ["host": "Stopped"])
        #expect(try await scenario.apply(try scenario.spec("nodes: 3")).report.exitCode == .done)
        #expect(scenario.commands.last == "node start m02 -p demo")
        #expect(try await scenario.perform(.stop, try scenario.spec("nodes: 3")).report?.exitCode == .done)
        #expect(try await scenario.apply(try scenario.spec("nodes: 3")).report.exitCode == .done)
        #expect(try await scenario.ask(try scenario.spec("nodes: 3")).plan.changes.isEmpty)
        let fewer = try await scenario.ask(try scenario.spec("nodes: 2"))
        #expect(fewer.plan.isBlocked)
    }

    @Test("The steps of a start are shown as progress")
    func progress() async throws {
        let scenario = try Scenario()
        try scenario.set(["delay": 0.4])
        let notes = try await scenario.apply(try scenario.spec()).notes
        #expect(
            notes.contains { $0.contains("of 19: ") && !$0.contains("* ") }, "\(notes)")
        #expect(!notes.contains { $0.contains("\\") }, "\(notes)")
    }

    @Test("What the spec says becomes options of start", arguments: Scenario.versions)
    func options(_ version: String) async throws {
        let scenario = try Scenario(version)
        let spec = try scenario.spec(
            """
            containerRuntime: containerd
            cni: calico
            cpus: 3
            memory: 4096
            extraConfig: {kubelet.max-pods: "50"}
            """)
        #expect(try await scenario.apply(spec).report.exitCode == .done)
        let start = try #require(scenario.commands.first { $0.hasPrefix("start") })
        for option in [
            "--driver=docker", "--container-runtime=containerd", "--cni=calico", "--cpus=3", "--memory=4096mb",
            "--extra-config=kubelet.max-pods=50", "--output=json", "--interactive=false", "--delete-on-failure=false",
            "--kubernetes-version=\(scenario.kubernetes)",
        ] {
            #expect(start.contains(option), "\(option)")
        }
        #expect(try await scenario.ask(spec).plan.changes.isEmpty)
    }

    @Test("A binary by checksum is installed, and another file is not")
    func binary() async throws {
        let scenario = try Scenario(isInstalled: false)
        let source = Scenario.double("minikube")
        let bytes = try Data(contentsOf: URL(fileURLWithPath: source))
        let digest = bytes.withUnsafeBytes { Digest.sha256($0) }
        let spec = try scenario.spec("binary: {file: \(source), sha256: '\(digest)'}")
        let blobs = [digest: BlobSource(path: source, offset: 0, size: bytes.count, sha256: digest)]
        #expect(try await scenario.apply(spec, blobs: blobs).report.exitCode == .done)
        #expect(scenario.exists(".local/share/martlet/bin/minikube"))
        #expect(try await scenario.ask(spec).plan.changes.isEmpty)

        let other = try Scenario(isInstalled: false)
        let wrong = String(repeating: "0", count: 64)
        let refused = try await other.apply(
            try other.spec("binary: {file: \(source), sha256: '\(wrong)'}"),
            blobs: [wrong: BlobSource(path: source, offset: 0, size: bytes.count, sha256: wrong)])
        #expect(refused.report.exitCode != .done)
        #expect(!other.exists(".local/share/martlet/bin/minikube"))
    }

    @Test("The kubeconfig has this profile only, with its certificates in it", arguments: Scenario.versions)
    func kubeconfig(_ version: String) async throws {
        let scenario = try Scenario(version)
        try await scenario.apply(try scenario.spec())
        try await scenario.apply(try scenario.spec(name: "other"))
        let context = try #require(MinikubeContext(spec: try scenario.spec(), specPlace: ""))
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", context.kubeconfigScript]
        process.environment = ["HOME": scenario.home, "PATH": "/usr/bin:/bin"]
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(text.contains("server: https://192.168.49.2:8443\n"))
        #expect(text.contains("current-context: demo\n"))
        #expect(!text.contains("other"))
        #expect(text.contains("client-key-data: " + Data("no real client-key-data\n".utf8).base64EncodedString()))
    }

    @Test("Machines are entered, and their exit status comes back")
    func entering() async throws {
        let scenario = try Scenario()
        try await scenario.apply(try scenario.spec())
        let asked = try await scenario.ask(try scenario.spec())
        let machines = MinikubeMachines(asked.context)
        #expect(machines.machines == [.init(name: "demo", address: "192.168.49.2", isControlPlane: true)])
        let script = machines.entering("demo", "echo hello; exit 3") { Data($0.utf8).base64EncodedString() }
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", script]
        process.environment = ["HOME": scenario.home, "PATH": "/usr/bin:/bin"]
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(text == "hello\n\u{1e}3\n")
    }
}
