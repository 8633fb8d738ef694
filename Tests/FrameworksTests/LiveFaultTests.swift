import APIServerRig
import ClusterModel
import Diagnostics
import Foundation
import KubernetesAPI
import Synchronization
import TestSupport
import Testing

@testable import Frameworks

/// What stands in the way of an installation: what is said, and that the same command goes on when the cause is gone.
///
/// On the real kube-apiserver and kube-controller-manager of the bundle that MARTLET_TEST_BUNDLE names; pods are played.
@Suite(
    "Faults of an installation", .enabled(if: ControlPlane.bundle != nil), .serialized, .timeLimit(.minutes(5)))
struct LiveFaultTests {
    let server: ControlPlane
    let client: KubernetesClient
    let name = uniqueName("morel")
    /// Plays the gate.
    let gate: EchoServer

    init() async throws {
        server = try await ControlPlane.shared()
        try await server.startControllers()
        client = server.client()
        gate = try EchoServer()
    }

    /// - Parameter failing: the phase that has only the seconds of the file. All others have plenty: this machine may be busy.
    func prepare(
        _ parameters: [String: ParameterValue] = [:], failing: String? = nil
    ) async throws -> (rendered: RenderedRelease, plan: FrameworkPlan, observed: ObservedCluster) {
        var framework = try FrameworkCatalogue(folders: ["\(Toadstool.fixtures)/faults"]).framework(named: "morel")
        framework.name = name
        for index in framework.phases.indices where framework.phases[index].id != failing {
            framework.phases[index].timeout = .seconds(90)
        }
        let release = try FrameworkRelease(
            framework, channel: framework.channels[0],
            parameters: ["namespace": .text(name), "port": .integer(gate.port)].merging(parameters) { $1 },
            cluster: ClusterFacts(
                version: KubernetesVersion(1, 20, 2), nodes: [ClusterFacts.Node(name: "played", address: "127.0.0.1")]))
        let rendered = try Toadstool.rendered(release)
        var observer = ClusterObserver(client)
        let record = try await observer.records().first { $0.name == name }
        let observed = try await observer.observe(rendered, record: record)
        return (rendered, FrameworkPlanner(rendered, observed, adopts: false).plan(), observed)
    }

    /// - Parameter other: instead of the direct client, for the installation only.
    func install(
        _ parameters: [String: ParameterValue] = [:], by other: KubernetesClient? = nil,
        failing: String? = nil, report: @escaping @Sendable (FrameworkEvent) -> Void = { _ in }
    ) async throws {
        let (rendered, plan, observed) = try await prepare(parameters, failing: failing)
        let client = other ?? client
        let installer = FrameworkInstaller(
            rendered, plan, observed, client: client,
            reach: EndpointReach(client: client, facts: rendered.release.cluster), report: report)
        try await PlayedKubelet(self.client, namespaces: [name]).during { try await installer.run() }
    }

    /// The first of what is said.
    func failure(_ parameters: [String: ParameterValue] = [:], of phase: String) async throws -> Diagnostic {
        let error = await #expect(throws: (any Error).self) { try await install(parameters, failing: phase) }
        return try #require((error as? Diagnostic) ?? (error as? Diagnostics)?.list.first)
    }

    func record() async throws -> InstalledFramework? { try await InstalledFramework.find(name, client) }

    /// Nothing is half installed without saying so; the same command then goes on, and there is nothing left to do.
    func goesOn() async throws {
        #expect(try await record()?.state == .installing)
        try await install()
        #expect(try await record()?.state == .installed)
        #expect(try await !prepare().plan.hasChanges)
    }

    func clean() async throws {
        gate.stop()
        guard let record = try await record() else { return }
        let remover = FrameworkRemover(
            record, release: nil, client: client,
            reach: EndpointReach(client: client, facts: try await ClusterFacts.ask(client)))
        let consent = RemovalConsent(definitions: true, claims: true, finalizers: true)
        let plan = RemovalPlanner.plan(record, try await remover.inventory(), consent: consent, kubernetes: "")
        try await PlayedKubelet(client, namespaces: [name]).during { try await remover.run(plan, consent: consent) }
    }

    func find(_ path: String) async throws -> JSONValue? {
        do throws(KubernetesError) { return try await client.value(path) } catch {
            guard error.isNotFound else { throw error }
            return nil
        }
    }

    /// A namespace that bears the framework's mark, as one that an interrupted run has made.
    func makeNamespace() async throws {
        _ = try await client.create(
            "/api/v1/namespaces",
            [
                "apiVersion": "v1", "kind": "Namespace",
                "metadata": ["name": .string(name), "labels": .object([FrameworkMarks.framework: .string(name)])],
            ])
    }

    // MARK: phases of type job and http

    @Test func aJobAndARequestAreDoneOnce() async throws {
        let events = Mutex<[String]>([])
        try await install { event in
            if case .acted(let words) = event { events.withLock { $0.append(words) } }
        }
        #expect(events.withLock { $0 } == ["Job \(name)/seed", "PUT gate /weather"])
        // The Job is taken away again; the request came with credentials and the secret's value.
        #expect(try await find("/apis/batch/v1/namespaces/\(name)/jobs/seed") == nil)
        let secret = try await SecretReader(client).values("spores", namespace: name)
        let password = try #require(secret["password"]).reveal()
        let asked = try #require(gate.requests.last { $0["path"] == "/weather" })
        #expect(asked["method"] == "PUT" && asked["body"]?.string == "{\"password\":\"\(password)\"}")
        let credentials = Data("admin:\(password)".utf8).base64EncodedString()
        #expect(asked["authorization"]?.string == "Basic \(credentials)")
        #expect(Set(try #require(try await record()).actions.keys) == ["seed", "weather"])

        let again = try await prepare()
        #expect(!again.plan.hasChanges && again.plan.phases.allSatisfy { !$0.runsActions })
        // Another seed is another Job; the weather is as it was.
        let other = try await prepare(["seed": .text("spore")])
        #expect(other.plan.phases.filter(\.runsActions).map(\.id) == ["seed"])
        try await clean()
    }

    @Test func aJobThatCannotRunIsNamed() async throws {
        let problem = try await failure(["seed": .text(PlayedKubelet.missingImage)], of: "seed")
        #expect(problem.code == "framework.not-ready" && problem.summary.contains("phase seed"), "\(problem)")
        #expect(problem.summary.contains("Job"), "\(problem)")
        // What it left is not taken for the next one's.
        #expect(try await find("/apis/batch/v1/namespaces/\(name)/jobs/seed") != nil)
        try await goesOn()
        #expect(try await find("/apis/batch/v1/namespaces/\(name)/jobs/seed") == nil)
        try await clean()
    }

    @Test func aRequestThatIsRefusedIsQuoted() async throws {
        let problem = try await failure(["path": .text("/status/503")], of: "weather")
        #expect(problem.code == "framework.request", "\(problem)")
        #expect(problem.summary == "phase weather: PUT gate /status/503 was answered with 503")
        #expect(problem.detail == "expected 200")
        #expect(problem.hint?.contains("goes on from here") == true)
        // The Job before it was done, and is not done again.
        #expect(Set(try #require(try await record()).actions.keys) == ["seed"])
        #expect(try await prepare().plan.phases.filter(\.runsActions).map(\.id) == ["weather"])
        try await goesOn()
        try await clean()
    }

    // MARK: the cluster

    @Test func aQuotaThatIsExceeded() async throws {
        try await makeNamespace()
        let path = "/api/v1/namespaces/\(name)/resourcequotas"
        let hard: JSONValue = ["count/deployments.apps": "0"]
        _ = try await client.create(
            path, ["apiVersion": "v1", "kind": "ResourceQuota", "metadata": ["name": "none"], "spec": ["hard": hard]])
        // Its controller does not run here.
        _ = try await client.patch("\(path)/none/status", ["status": ["hard": hard, "used": hard]])
        // Admission hears of it a moment later.
        try await waitUntil("the quota counts") { try await isRefused("exceeded quota") }
        let problem = try await failure(of: "core")
        #expect(problem.code == "framework.quota", "\(problem)")
        #expect(problem.summary.contains("Deployment \(name)/stem"), "\(problem)")
        #expect(problem.detail?.contains("exceeded quota: none") == true, "\(problem)")
        try await client.delete("\(path)/none")
        // Admission forgets it a moment later.
        try await waitUntil("the quota is forgotten", within: 20) { try await failureOfQuota() == nil }
        try await clean()
    }

    private func failureOfQuota() async throws -> String? {
        do {
            try await goesOn()
            return nil
        } catch let error as Diagnostic where error.code == "framework.quota" {
            return error.code
        }
    }

    @Test func aWebhookThatBlocks() async throws {
        let path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
        _ = try await client.create(
            path,
            [
                "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
                "metadata": ["name": .string(name)],
                "webhooks": [
                    [
                        "name": "gone.example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None",
                        "failurePolicy": "Fail", "timeoutSeconds": 1,
                        // Nobody listens there.
                        "clientConfig": ["url": "https://127.0.0.1:1/guard"],
                        "namespaceSelector": ["matchLabels": .object([FrameworkMarks.framework: .string(name)])],
                        "rules": [
                            [
                                "apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE"],
                                "resources": ["deployments"],
                            ]
                        ],
                    ]
                ],
            ])
        let start = ContinuousClock.now
        // The API server hears of it a moment later; until then the installation would get through.
        try await waitUntil("the webhook blocks", within: 20) { try await isRefused(Self.webhookWords) }
        let problem = try await failure(of: "core")
        #expect(problem.code == "framework.webhook", "\(problem)")
        #expect(problem.detail?.contains("gone.example.com") == true, "\(problem)")
        #expect(problem.hint?.contains("delete its webhook configuration") == true)
        // It may just be starting, so it is asked again until the phase's time is up.
        #expect(ContinuousClock.now - start > .seconds(2))
        try await client.delete("\(path)/\(name)")
        try await waitUntil("the webhook is forgotten", within: 20) { try await !isRefused(Self.webhookWords) }
        try await goesOn()
        try await clean()
    }

    private static let webhookWords = "failed calling webhook"

    /// Whether a Deployment in the framework's namespace is refused in these words, tried without making one.
    private func isRefused(_ words: String) async throws -> Bool {
        if try await find("/api/v1/namespaces/\(name)") == nil { try await makeNamespace() }
        let labels: JSONValue = ["app": "x"]
        let body: JSONValue = [
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "probe"],
            "spec": [
                "selector": ["matchLabels": labels],
                "template": ["metadata": ["labels": labels], "spec": ["containers": [["name": "c", "image": "i"]]]],
            ],
        ]
        do throws(KubernetesError) {
            _ = try await client.create("/apis/apps/v1/namespaces/\(name)/deployments?dryRun=All", body)
            return false
        } catch {
            return error.diagnostic.detail?.contains(words) ?? false
        }
    }

    @Test func aNamespaceThatIsBeingDeleted() async throws {
        try await makeNamespace()
        let held = "/api/v1/namespaces/\(name)/configmaps/held"
        _ = try await client.create(
            "/api/v1/namespaces/\(name)/configmaps",
            [
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": ["name": "held", "finalizers": ["example.com/hold"]],
            ])
        try await client.delete("/api/v1/namespaces/\(name)")
        let problem = try await failure(of: "core")
        #expect(problem.code == "framework.terminating", "\(problem)")
        #expect(problem.hint == "wait until it is gone, then run this again")
        // Seen in time: nothing was begun.
        #expect(try await record() == nil)
        _ = try await client.patch(held, ["metadata": ["finalizers": .null]])
        try await waitUntil("the namespace is gone") { try await find("/api/v1/namespaces/\(name)") == nil }
        try await install()
        try await clean()
    }

    /// At whichever phase: what was done is known, and the same command goes on.
    @Test(arguments: ["core", "seed"])
    func anAPIThatGoesAwayInTheMiddle(_ phase: String) async throws {
        let port = try #require(server.server.split(separator: ":").last.flatMap { Int($0) })
        let relay = try Relay(to: port)
        var access = server.access()
        access.server = "https://127.0.0.1:\(relay.port)"
        // Whoever is cut off is refused at once: short times would only end calls before the cut.
        let cut = KubernetesClient(access, timeouts: KubernetesTimeouts(attempts: 2))
        let error = await #expect(throws: (any Error).self) {
            try await install(by: cut, failing: phase) { event in if case .phaseBegan(phase, _) = event { relay.cut() }
            }
        }
        let problem = try #require(
            (error as? Diagnostic) ?? (error as? Diagnostics)?.list.first ?? (error as? KubernetesError)?.diagnostic)
        #expect(problem.code.hasPrefix("kubernetes.") || problem.code == "framework.not-ready", "\(problem)")
        #expect(problem.exitCode != .done)
        try await goesOn()
        try await clean()
    }
}
