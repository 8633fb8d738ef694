import Foundation
import TestSupport
import Testing

/// The program with a double of minikube in its home (Tests/MinikubeTests/Double).
@Suite("The built program and minikube", .timeLimit(.minutes(5)))
struct MinikubeProgramTests {
    private let program: BuiltProgram
    private let spec: String

    init() throws {
        program = try BuiltProgram()
        for name in ["minikube", "docker"] {
            try program.home.write(
                ".local/share/martlet/bin/\(name)",
                String(contentsOfFile: Checkout.path("Tests/MinikubeTests/Double/\(name)"), encoding: .utf8),
                mode: 0o755)
        }
        try program.home.write(
            ".minikube-double.json", #"{"version": "v1.38.1", "cpus": 4, "memory": 8000}"#)
        spec = try program.home.write("cluster.yaml", Self.text())
    }

    private static func text(name: String = "demo", memory: Int = 2200) -> String {
        """
        apiVersion: martlet/v1
        kind: Cluster
        name: \(name)
        kubernetes:
          driver: minikube
          version: v1.35.1
          minikube: {version: v1.38.1, profile: demo, driver: docker, memory: \(memory), allowRoot: true}
        """
    }

    /// A profile that a person made.
    private func makeProfile() throws {
        try Running.succeed(
            program.home.file(".local/share/martlet/bin/minikube"),
            [
                "start", "-p", "demo", "--driver=docker", "--memory=2200mb", "--kubernetes-version=v1.35.1",
                "--force=true",
            ],
            environment: [
                "HOME": program.home.path, "PATH": program.home.file(".local/share/martlet/bin") + ":/usr/bin:/bin",
            ], isAlone: true)
    }

    private func run(_ arguments: String...) throws -> Outcome {
        try program.run(arguments + ["-f", spec])
    }

    @Test("validate and plan of a fresh profile, as text and as a graph")
    func plan() throws {
        #expect(try run("validate").output.contains("is valid: demo, Kubernetes v1.35.1"))
        let plan = try run("plan")
        #expect(plan.status == 0, "\(plan.errors)")
        try expectGolden(plan.output, "minikube/plan.txt")
        #expect(try run("graph").output.contains("minikube-cluster@this-computer"))
        #expect(try run("plan", "--detailed-exit-code").status == 2)
        let status = try run("status")
        #expect(status.status == 1)
        try expectGolden(status.output, "minikube/status-absent.txt")
    }

    @Test("A stranger's profile: blocked, then adopted, then stopped, deleted by its name only")
    func life() throws {
        try makeProfile()
        let refused = try run("plan")
        #expect(refused.status == 1)
        #expect(refused.output.contains("--adopt demo"))
        #expect(try run("minikube", "stop").errors.contains("minikube.blocked"))
        let other = try run("plan", "--adopt", "another")
        #expect(other.status == 64 && other.errors.contains("minikube.other-profile"))

        #expect(try run("minikube", "pause", "--adopt", "demo").status == 0)
        let paused = try run("status")
        try expectGolden(paused.output, "minikube/status-paused.txt")
        #expect(try run("minikube", "unpause", "--adopt", "demo").status == 0)
        #expect(try run("minikube", "stop", "--adopt", "demo").status == 0)
        let again = try run("minikube", "stop", "--adopt", "demo")
        #expect(again.status == 0 && again.output.hasPrefix("Nothing to do"))

        let unconfirmed = try run("reset", "--adopt", "demo")
        #expect(unconfirmed.status == 64 && unconfirmed.errors.contains("minikube.no-terminal"))
        let wrong = try run("minikube", "delete", "--adopt", "demo", "--confirm", "other")
        #expect(wrong.status == 64 && wrong.errors.contains("minikube.not-confirmed"))
        let deleted = try run("reset", "--adopt", "demo", "--confirm", "demo")
        #expect(deleted.status == 0, "\(deleted.errors)")
        #expect(try run("minikube", "delete", "--confirm", "demo").output.hasPrefix("Nothing to do"))
    }

    @Test("The kubeconfig is fetched and named after the spec")
    func kubeconfig() throws {
        try makeProfile()
        try program.home.write("cluster.yaml", Self.text(name: "mine"))
        let result = try run("kubeconfig")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("current-context: mine") && !result.output.contains("demo"))
    }

    @Test("What cannot be changed is shown with the way out")
    func replacement() throws {
        try makeProfile()
        try program.home.write("cluster.yaml", Self.text(memory: 4096))
        let plan = try run("plan", "--adopt", "demo")
        #expect(plan.status == 1)
        try expectGolden(plan.output, "minikube/plan-blocked.txt")
        let replaced = try run("plan", "--adopt", "demo", "--replace", "demo")
        #expect(replaced.status == 0)
        try expectGolden(replaced.output, "minikube/plan-replace.txt")
    }

    @Test("Two runs at once: the second is told, with 75")
    func lock() async throws {
        try program.home.write(".cache/martlet/lock", "")
        let holder = try Running(
            "flock", ["--no-fork", program.home.file(".cache/martlet/lock"), "sh", "-c", "echo held; exec sleep 300"])
        // Its word is there when the lock is.
        try await eventually("the lock is held") { holder.output == "held\n" ? true : nil }
        let result = try run("minikube", "stop")
        holder.end()
        #expect(result.status == 75, "\(result.errors)")
        #expect(result.errors.contains("lock.held"))
    }

    @Test("Options and verbs of minikube mean nothing for kubeadm")
    func otherDriver() throws {
        let file = program.home.path + "/kubeadm.yaml"
        let made = try program.run(["init", "--output", file, "--control-plane", "root@10.1.2.3"])
        #expect(made.status == 0, "\(made.errors)")
        for arguments in [["plan", "--replace", "demo"], ["minikube", "stop"], ["reset", "--adopt", "demo"]] {
            let result = try program.run(arguments + ["-f", file])
            #expect(result.status == 64, "\(arguments)")
            #expect(result.errors.contains("minikube.other-driver"), "\(arguments)")
        }
    }
}
