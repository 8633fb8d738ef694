import Foundation
import TestSupport

/// A home folder in which a double plays minikube 1.18.1, in front of a real cluster: its two machines are the hosts of a fleet.
struct MinikubeDouble {
    let fleet: TestFleet
    let home: String
    let spec: String

    init(_ fleet: TestFleet, kubeconfig: String) throws {
        self.fleet = fleet
        home = fleet.folder + "/minikube-home"
        spec = home + "/cluster.yaml"
        let programs = home + "/.local/share/martlet/bin"
        try? FileManager.default.removeItem(atPath: home)
        try FileManager.default.createDirectory(atPath: programs, withIntermediateDirectories: true)
        for name in ["minikube", "docker"] {
            try ProgramFile.copy(Checkout.path("Tests/MinikubeTests/Double/\(name)"), to: programs + "/" + name)
        }
        var machines: [String: [String]] = [:]
        for (machine, host) in [("double", "cp-1"), ("double-m02", "worker-1")] {
            guard let address = fleet.spec.address(of: host), let key = fleet.spec.value("identityFile") else {
                throw Failure("the spec of \(fleet.name) names no address of \(host), or no key")
            }
            machines[machine] = [
                "ssh", "-q", "-i", key, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                "root@\(address)", "sh",
            ]
        }
        let settings: [String: Any] = [
            "version": "v1.18.1", "cpus": 4, "memory": 8000,
            "backing": ["kubeconfig": kubeconfig, "machines": machines] as [String: Any],
        ]
        try JSONSerialization.data(withJSONObject: settings)
            .write(to: URL(fileURLWithPath: home + "/.minikube-double.json"))
        try """
        apiVersion: martlet/v1
        kind: Cluster
        name: double
        kubernetes:
          driver: minikube
          version: v1.20.2
          minikube: {version: v1.18.1, driver: docker, nodes: 2, allowRoot: true}
        """.write(toFile: spec, atomically: true, encoding: .utf8)
    }

    func martlet(_ arguments: String..., seconds: Double = 300) async throws -> Outcome {
        try await start(arguments).wait(seconds: seconds)
    }

    func plan() async throws -> TestFleet.PlanAnswer {
        let outcome = try await martlet("plan", "--format", "json")
        guard let answer = try? JSONDecoder().decode(TestFleet.PlanAnswer.self, from: Data(outcome.output.utf8)) else {
            throw Failure("plan: \(outcome.said)")
        }
        return answer
    }

    private func start(_ arguments: [String]) throws -> Running {
        try fleet.start(
            arguments + ["-f", spec], home: home, environment: ["KUBECONFIG": "", "XDG_STATE_HOME": home + "/state"])
    }
}
