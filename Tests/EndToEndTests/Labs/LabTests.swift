import Foundation
import TestSupport
import Testing

extension SmallFleets.ClusterOfTwo {
    /// Every lab that ships is proven on a real cluster: red before the work, green after it, red again when it is broken.
    @Suite("Labs", .serialized) struct LabTests {
        let fleet: TestFleet
        var spec: Spec { fleet.spec }

        init() throws { fleet = try SmallFleets.ClusterOfTwo.fleet() }

        struct ListAnswer: Decodable {
            struct Lab: Decodable {
                var id: String
                var chapter: Int
                var title: String
                var honesty: String
                var state: String
                var proven: Bool
            }
            var labs: [Lab]
        }

        struct CheckAnswer: Decodable {
            struct Check: Decodable {
                var id: String
                var tier: String
                var result: String
                var expected: String
                var observed: String
                var why: String
            }
            var result: String
            var checks: [Check]
        }

        private func lab<Answer: Decodable>(_ type: Answer.Type, _ arguments: String..., seconds: Double = 60)
            async throws
            -> Answer
        {
            // kubectl of the bundle, as a learner would have it installed.
            let path = fleet.ground.bundle + "/bin:" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
            let outcome = try await fleet.start(
                ["lab"] + arguments + ["--format", "json"], environment: ["PATH": path]
            ).wait(seconds: seconds)
            guard let answer = try? JSONDecoder().decode(type, from: Data(outcome.output.utf8)) else {
                throw Failure("lab \(arguments): \(outcome.said)")
            }
            return answer
        }

        var kubeconfig: String { fleet.folder + "/kubeconfig" }

        /// All of them take an hour and a half: in a usual run only those that take seconds, and those that changed since they were
        /// proven.
        @Test func labsAreProven() async throws {
            let list = try await lab(ListAnswer.self, "list")
            #expect(
                Set(list.labs.map(\.id)).isSuperset(of: ["A1", "A4", "E01", "E02", "E03", "E10", "E11", "E12"]),
                "\(list)")
            let quick: Set = ["E01", "E03", "E11"]
            let ids = list.labs.filter { lab in
                SmallFleets.PoolLabTests.pools[lab.id] == nil
                    && (LabProof.named?.contains(lab.id) ?? (Ground.isWhole || quick.contains(lab.id) || !lab.proven))
            }.map(\.id)
            let proving = quick.isSuperset(of: ids) ? spec : try await withImages()
            try await fleet.restore(proving)
            for id in ids {
                let proof = try await fleet.prove(id, proving)
                #expect(proof.proven, "\(proof.faults)")
            }
        }

        /// The cluster with the images of labs on its hosts, and with storage.
        private func withImages() async throws -> Spec {
            let extended = try await fleet.withLabImages(spec)
            try await fleet.restore(extended)
            try await fleet.kubectl("apply", "-f", Checkout.folder + "/manifests/lab-storage/lab-storage.yaml")
            let bundle = fleet.folder + "/lab-bundle"
            // What learners build their images with has to be in the engine of this machine.
            try await engine("load", "--quiet", "--input", bundle + "/images/lab-go.tar")
            try await anImageOfALearnerRuns(bundle)
            return extended
        }

        /// The registry for labs takes an image from this machine and gives it to the nodes.
        private func anImageOfALearnerRuns(_ bundle: String) async throws {
            try await fleet.kubectl("apply", "-f", Checkout.folder + "/manifests/lab-registry/lab-registry.yaml")
            try await eventually("the registry is ready") {
                let ready = try await fleet.kubectl(
                    "-n", "lab-registry", "get", "deployment", "registry", "-o", "jsonpath={.status.readyReplicas}")
                return ready == "1" ? true : nil
            }
            let node = try #require(spec.address(of: "worker-1"))
            let name = "\(node):30500/learner/stubs:1"
            try await engine("load", "--quiet", "--input", bundle + "/images/lab-fixtures.tar")
            try await engine("tag", "lab/fixtures:1", name)
            try await engine("push", "--quiet", "--tls-verify=false", name)
            try await engine("rmi", name, "lab/fixtures:1")
            try await fleet.kubectl("run", "learner", "--image=localhost:30500/learner/stubs:1")
            try await eventually("a pod of the learner's image runs") {
                try await fleet.kubectl("get", "pod", "learner", "-o", "jsonpath={.status.phase}") == "Running"
                    ? true : nil
            }
            try await fleet.kubectl("delete", "pod", "learner", "--wait=false")
            try await fleet.kubectl("delete", "namespace", "lab-registry")
        }

        private func engine(_ arguments: String...) async throws {
            let outcome = try await Running("podman", arguments).wait(seconds: 120)
            guard outcome.status == 0 else { throw Failure("podman \(arguments): \(outcome.said)") }
        }

        @Test func aLearnerSeesWhatIsWrongAndThatItWasRepaired() async throws {
            try await fleet.restore(spec)
            try await fleet.console("worker-1", "systemctl disable kubelet")
            let red = try await lab(CheckAnswer.self, "check", "E10", "-f", spec.path, "--now")
            #expect(red.result == "fail")
            let check = try #require(red.checks.first { $0.id == "kubelet-at-boot" })
            #expect(check.result == "fail" && check.observed.contains("worker-1") && !check.why.isEmpty, "\(check)")
            try await fleet.console("worker-1", "systemctl enable kubelet")
            let green = try await lab(CheckAnswer.self, "check", "E10", "-f", spec.path, seconds: 120)
            #expect(green.result == "pass", "\(green.checks.filter { $0.result != "pass" })")
        }

        /// The driver minikube with everything but minikube: a double plays it (Tests/MinikubeTests/Double) and enters the real hosts of this
        /// cluster where it would enter machines of its own.
        @Test func theLocalClusterIsProvenOnADoubleOfMinikube() async throws {
            try await fleet.restore(spec)
            let double = try MinikubeDouble(fleet, kubeconfig: kubeconfig)
            let plan = try await double.plan()
            #expect(
                plan.pending == ["minikube-cluster@this-computer", "minikube-nodes@this-computer"], "\(plan.pending)")
            let applied = try await double.martlet("apply", "--yes", "--kubeconfig-out", double.home + "/out")
            #expect(applied.status == 0, "\(applied.said)")
            #expect(applied.errors.contains("healthy:"), "\(applied.said)")
            #expect(try await double.plan().changes == 0)
            let status = try await double.martlet("status")
            #expect(status.status == 0 && status.output.contains("minikube: running"), "\(status.said)")
            let health = try await double.martlet("health", "--only", "node.ready,dns")
            #expect(health.status == 0, "\(health.said)")

            let green = try await double.martlet("lab", "check", "E10", "--format", "json")
            let answer = try JSONDecoder().decode(CheckAnswer.self, from: Data(green.output.utf8))
            #expect(answer.result == "pass", "\(answer.checks.filter { $0.result != "pass" }) \(green.errors)")
            guard Ground.isWhole else { return }
            let proven = try await double.martlet("lab", "prove", "E10", "--format", "json", seconds: 1800)
            let proof = try JSONDecoder().decode(LabProof.self, from: Data(proven.output.utf8))
            #expect(proof.proven, "on the double: \(proof.faults)")
        }
    }
}
