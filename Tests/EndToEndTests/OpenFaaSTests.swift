import Foundation
import TestSupport
import Testing

/// OpenFaaS by its real manifests on a real cluster, with doubles of its programs (scripts/framework-doubles) run by real kubelets.
///
/// On the hosts of the labs: others for this alone would take a minute to become a cluster.
extension SmallFleets.ClusterOfTwo.LabTests {
    struct FrameworkPlanAnswer: Decodable {
        struct Phase: Decodable {
            struct Change: Decodable {
                struct Object: Decodable {
                    var kind: String
                    var name: String
                }
                var object: Object
                var verb: String
            }
            var changes: [Change]
        }
        var phases: [Phase]

        var pending: [Phase.Change] { phases.flatMap(\.changes).filter { $0.verb != "unchanged" } }
    }

    struct FrameworkStatusAnswer: Decodable {
        struct Framework: Decodable {
            struct Check: Decodable {
                var check: String
                var holds: Bool
            }
            struct Change: Decodable {
                struct Difference: Decodable {
                    var path: String
                    var found: String?
                    var wanted: String?
                }
                var differences: [Difference]
            }
            var verdict: String
            var checks: [Check]
            var changes: [Change]
        }
        var frameworks: [Framework]
    }

    struct FunctionAnswer: Decodable {
        var name: String
        var state: String
        var replicas: Int?
        var available: Int?
        var invocations: Int?
    }

    struct AssessAnswer: Decodable {
        struct Rule: Decodable {
            struct Check: Decodable {
                var id: String
                var result: String
                var observed: String
                var measured: [String: Double]
            }
            var rule: Int
            var result: String
            var checks: [Check]
        }
        var rules: [Rule]

        func check(_ id: String) -> Rule.Check? { rules.flatMap(\.checks).first { $0.id == id } }
    }

    struct FunctionListAnswer: Decodable { var functions: [FunctionAnswer] }

    @Test func aFrameworkIsInstalledUsedAndRemoved() async throws {
        let doubles = try await fleet.withFrameworkDoubles(spec)
        try await fleet.restore(doubles)
        let before = try await fleet.allObjects()
        let user = FrameworkUser(fleet: fleet, spec: doubles.path, kubeconfig: kubeconfig)

        try await isShownAndInstalled(user, before)
        try await driftIsShownAndPutRight(user)
        try await functionsWork(user)
        try await isAssessed(user)
        try await isOpenedAndRemoved(user, before)
    }

    /// A preview that changes nothing, an installation that becomes ready, a second one that finds nothing to do.
    private func isShownAndInstalled(_ user: FrameworkUser, _ before: Set<String>) async throws {
        let preview = try await user.run(
            ["framework", "install"] + user.choice + ["--dry-run", "--detailed-exit-code", "--format", "json"],
            expecting: 2)
        let plan = try JSONDecoder().decode(FrameworkPlanAnswer.self, from: Data(preview.output.utf8))
        #expect(plan.pending.count == 20 && plan.pending.allSatisfy { $0.verb == "create" }, "\(plan)")
        #expect(try await fleet.allObjects().subtracting(before).isEmpty)

        let install = try await user.run(["framework", "install"] + user.choice + ["--yes", "--smoke"], seconds: 180)
        #expect(install.output.contains("openfaas 0.16.6 is installed"), "\(install.said)")
        #expect(install.errors.contains("smoke test passed"), "\(install.said)")
        print("OpenFaaS was installed and asked in \(Int(install.seconds)) s")
        // Run by the kubelet of the worker, from the images of the bundle.
        let pods = try await fleet.kubectl("-n", "openfaas", "get", "pods", "-o", "wide", "--no-headers")
        #expect(
            pods.split(separator: "\n").count == 5
                && pods.split(separator: "\n").allSatisfy { $0.contains("worker-1") }, "\(pods)")

        let again = try await user.run(["framework", "install"] + user.choice + ["--yes"])
        #expect(again.output.contains("nothing to do"), "\(again.said)")
        let status = try await user.status(expecting: 0)
        #expect(status.verdict == "ready" && status.checks.count > 5 && status.checks.allSatisfy(\.holds), "\(status)")
    }

    private func driftIsShownAndPutRight(_ user: FrameworkUser) async throws {
        try await fleet.kubectl("-n", "openfaas", "scale", "deployment/alertmanager", "--replicas=0")
        let drifted = try await user.status(expecting: 2)
        let difference = drifted.changes.first?.differences.first
        #expect(drifted.verdict == "drift" && difference?.path == "spec.replicas", "\(drifted)")
        #expect(difference?.found == "0" && difference?.wanted == "1", "\(drifted)")
        try await user.run(["framework", "install"] + user.choice + ["--yes"])
        #expect(try await user.status(expecting: 0).verdict == "ready")
    }

    /// The gateway has no port outside of the cluster: with the spec the way leads over SSH, with the kubeconfig to its pod.
    private func functionsWork(_ user: FrameworkUser) async throws {
        let source = fleet.folder + "/hello.sh"
        try "read -r name; echo \"Hello, $name\"\n".write(toFile: source, atomically: true, encoding: .utf8)
        try await user.run(["function", "deploy", "hello", "--source", source, "--env", "LANG=de"] + user.bySpec)
        for way in [user.bySpec, user.byKubeconfig] {
            #expect(
                try await user.run(["function", "invoke", "hello", "--data", "Eva"] + way).output == "Hello, Eva\n")
        }
        try await user.run(["function", "scale", "hello", "2"] + user.byKubeconfig)
        try await eventually("two instances") {
            try await user.function("hello")?.available == 2 ? true : nil
        }
        // As if its node had lost power: the other one answers, and soon there are two again.
        let pods = try await fleet.kubectl(
            "-n", "openfaas-fn", "get", "pods", "-l", "faas_function=hello", "-o", "name")
        let victim = String(try #require(pods.split(separator: "\n").first).dropFirst("pod/".count))
        try await fleet.kubectl("-n", "openfaas-fn", "delete", "pod", victim, "--force", "--grace-period=0")
        #expect(
            try await user.run(["function", "invoke", "hello", "--data", "Ada"] + user.bySpec).output == "Hello, Ada\n")
        try await eventually("two instances again") {
            let left = try await fleet.kubectl(
                "-n", "openfaas-fn", "get", "pods", "-l", "faas_function=hello", "-o", "name")
            return try await user.function("hello")?.available == 2 && !left.contains(victim) ? true : nil
        }
        // One whose answer nobody waits for is counted when the worker has taken it out of the queue.
        let counted = try #require(try await user.function("hello")).invocations ?? 0
        let call = try await user.run(["function", "invoke", "hello", "--async", "--data", "Bob"] + user.byKubeconfig)
        #expect(call.output.count == 37, "\(call.said)")
        try await eventually("the asynchronous call is counted") {
            try await user.function("hello")?.invocations ?? 0 > counted ? true : nil
        }
    }

    /// In about a minute: few requests at a time for a short while.
    ///
    /// The doubles scale neither by load nor to zero.
    private func isAssessed(_ user: FrameworkUser) async throws {
        let outcome = try await user.run(
            ["framework", "assess", "openfaas", "--workers", "4", "--load", "6", "--work", "100", "--idle", "5"]
                + ["--format", "json"] + user.bySpec, expecting: 1, seconds: 300)
        print("OpenFaaS was assessed in \(Int(outcome.seconds)) s")
        let report = try JSONDecoder().decode(AssessAnswer.self, from: Data(outcome.output.utf8))
        #expect(report.rules.map(\.rule) == Array(1...8))
        func check(_ id: String) throws -> AssessAnswer.Rule.Check { try #require(report.check(id), "\(id)") }
        let passing = [
            "unit.deploy", "unit.scale", "servers.hidden", "storage.gone", "fault.recovery", "instrument.logs",
            "instrument.metrics",
        ]
        for id in passing {
            let found = try check(id)
            #expect(found.result == "pass", "\(found)")
        }
        #expect(try check("servers.hidden").measured["suppliedParts"] == 1)
        #expect(try check("storage.gone").measured["freshReads"] ?? 0 > 0)
        let lost = try check("fault.requests-lost")
        let sent = lost.measured["requestsSent"] ?? 0
        #expect(sent > 10 && lost.measured["requestsLost"].map { (0...sent).contains($0) } == true, "\(lost)")
        #expect(try check("fault.recovery").measured["recoverySeconds"] ?? 0 > 0)
        #expect(try check("instrument.metrics").measured["requestsCounted"] ?? 0 >= 10)
        // One instance stayed one, whether that was enough or not.
        let follows = try check("scale.follows")
        #expect(follows.result != "pass" && follows.observed.contains("1 instance"), "\(follows)")
        #expect(try check("scale.returns").result == "unknown")
        let idle = try check("idle.zero")
        #expect(idle.result == "fail" && idle.measured["idleInstances"] == 1, "\(idle)")
        #expect(idle.observed.contains("does not scale to zero"), "\(idle)")
        let cold = try check("idle.cold-start")
        #expect(cold.result == "unknown" && cold.observed.contains("does not scale to zero"), "\(cold)")
        #expect(try check("code.image").observed.contains("no image was named"))
        // Nothing of it is left, and the function of before has its instances.
        let names = try await user.functions().map(\.name)
        #expect(names == ["hello"], "\(names)")
        #expect(try await user.function("hello")?.available == 2)
    }

    /// One parameter changes one thing; removal takes along what is still deployed, and leaves nothing of any kind.
    private func isOpenedAndRemoved(_ user: FrameworkUser, _ before: Set<String>) async throws {
        let opened = try await user.run(["framework", "install"] + user.open + ["--yes", "--format", "json"])
        #expect(opened.errors.contains("1 to create") && opened.errors.contains("gateway-external"), "\(opened.said)")
        let node = try #require(fleet.spec.address(of: "worker-1"))
        // kube-proxy hears of the port a moment later.
        let outside = try await eventually("the gateway answers at the node's port") {
            try? await user.run(
                ["function", "invoke", "hello", "--data", "Ida", "--framework", "openfaas"]
                    + ["--gateway", "http://\(node):31112"] + user.byKubeconfig)
        }
        #expect(outside.output == "Hello, Ida\n")

        let removed = try await user.run(["framework", "remove", "openfaas", "--yes"] + user.bySpec, seconds: 180)
        #expect(removed.output.contains("nothing is left"), "\(removed.said)")
        let after = try await fleet.allObjects()
        #expect(after.subtracting(before).sorted() == [] && before.subtracting(after).sorted() == [])
        let none = try await user.run(["framework", "status", "--format", "json"] + user.bySpec)
        #expect(try JSONDecoder().decode(FrameworkStatusAnswer.self, from: Data(none.output.utf8)).frameworks.isEmpty)
    }
}

/// Somebody who uses `martlet framework` and `martlet function`.
private struct FrameworkUser {
    let fleet: TestFleet
    var bySpec: [String]
    var byKubeconfig: [String]

    init(fleet: TestFleet, spec: String, kubeconfig: String) {
        self.fleet = fleet
        bySpec = ["-f", spec]
        byKubeconfig = ["--kubeconfig", kubeconfig]
    }

    /// The gateway without a port outside of the cluster.
    var choice: [String] { ["openfaas", "--registry", "double.invalid", "--set", "exposure=clusterip"] + bySpec }
    var open: [String] { ["openfaas", "--set", "exposure=nodeport"] + bySpec }

    @discardableResult
    func run(_ arguments: [String], expecting status: Int32 = 0, seconds: Double = 90) async throws -> Outcome {
        // Ways that an earlier run remembered lead to hosts that are gone.
        let outcome = try await fleet.start(arguments, environment: ["XDG_CACHE_HOME": fleet.folder + "/cache"])
            .wait(seconds: seconds)
        guard outcome.status == status else { throw Failure("\(arguments): \(outcome.said)") }
        return outcome
    }

    func status(expecting: Int32) async throws -> SmallFleets.ClusterOfTwo.LabTests.FrameworkStatusAnswer.Framework {
        let outcome = try await run(
            ["framework", "status", "openfaas", "--detailed-exit-code", "--format", "json"] + bySpec,
            expecting: expecting)
        let answer = try JSONDecoder().decode(
            SmallFleets.ClusterOfTwo.LabTests.FrameworkStatusAnswer.self, from: Data(outcome.output.utf8))
        guard let framework = answer.frameworks.first else { throw Failure("no status: \(outcome.said)") }
        return framework
    }

    func function(_ name: String) async throws -> SmallFleets.ClusterOfTwo.LabTests.FunctionAnswer? {
        try await functions().first { $0.name == name }
    }

    func functions() async throws -> [SmallFleets.ClusterOfTwo.LabTests.FunctionAnswer] {
        let outcome = try await run(["function", "list", "--format", "json"] + byKubeconfig)
        return try JSONDecoder().decode(
            SmallFleets.ClusterOfTwo.LabTests.FunctionListAnswer.self, from: Data(outcome.output.utf8)
        )
        .functions
    }
}

extension TestFleet {
    /// A spec whose bundle has doubles of OpenFaaS's programs, too.
    fileprivate func withFrameworkDoubles(_ spec: Spec) async throws -> Spec {
        let bundle = folder + "/doubles-bundle"
        let make = try await Running(
            Checkout.folder + "/scripts/make-framework-doubles", ["--bundle", ground.bundle, "--output", bundle]
        ).wait(seconds: 300)
        guard make.status == 0 else { throw Failure("make-framework-doubles: \(make.said)") }
        return try spec.copy("doubles") { $0.set("bundle", bundle) }
    }

    /// Every object of every kind that the API lists, but for what comes and goes by itself.
    func allObjects() async throws -> Set<String> {
        let kinds = try await kubectl("api-resources", "--verbs=list", "-o", "name").split(separator: "\n")
            .filter { !$0.hasPrefix("events") && $0 != "componentstatuses" }
        let listed = try await kubectl(
            "get", kinds.joined(separator: ","), "-A", "--no-headers", "-o",
            "custom-columns=A:.apiVersion,K:.kind,S:.metadata.namespace,N:.metadata.name")
        return Set(listed.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") })
    }
}
