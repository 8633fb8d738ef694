import APIServerRig
import ClusterModel
import Diagnostics
import Foundation
import KubernetesAPI
import Synchronization
import Testing

@testable import Frameworks

/// The invented framework on the kube-apiserver and kube-controller-manager of the bundle that MARTLET_TEST_BUNDLE names; pods are
/// played (`PlayedKubelet`), as there are no hosts.
///
/// Each test installs another framework, by its name: they wait for the same server at the same time.
@Suite("Frameworks on a real API server", .enabled(if: ControlPlane.bundle != nil), .timeLimit(.minutes(5)))
struct LiveFrameworkTests {
    let client: KubernetesClient
    let namespace = uniqueName("toad")

    init() async throws {
        let server = try await ControlPlane.shared()
        try await server.startControllers()
        client = server.client()
    }

    // MARK: what a command does

    struct Prepared: Sendable {
        var rendered: RenderedRelease
        var plan: FrameworkPlan
        var observed: ObservedCluster
    }

    func release(_ channel: String, _ parameters: [String: ParameterValue] = [:]) async throws -> FrameworkRelease {
        // Each test has names of its own: it is another framework with the same files.
        var framework = try Toadstool.framework()
        framework.name = namespace
        return try FrameworkRelease(
            framework, channel: try #require(framework.channel(channel)),
            parameters: ["namespace": .text(namespace)].merging(parameters) { $1 },
            cluster: try await ClusterFacts.ask(client))
    }

    func prepare(_ release: FrameworkRelease, adopts: Bool = false) async throws -> Prepared {
        let rendered = try Toadstool.rendered(release)
        var observer = ClusterObserver(client)
        let record = try await observer.records().first { $0.name == namespace }
        let observed = try await observer.observe(rendered, record: record)
        return Prepared(
            rendered: rendered, plan: FrameworkPlanner(rendered, observed, adopts: adopts).plan(), observed: observed)
    }

    func reach() async throws -> EndpointReach {
        EndpointReach(client: client, facts: try await ClusterFacts.ask(client))
    }

    func install(
        _ channel: String, _ parameters: [String: ParameterValue] = [:], adopts: Bool = false,
        report: @escaping @Sendable (FrameworkEvent) -> Void = { _ in }
    ) async throws {
        let prepared = try await prepare(try await release(channel, parameters), adopts: adopts)
        let installer = FrameworkInstaller(
            prepared.rendered, prepared.plan, prepared.observed, client: client, reach: try await reach(),
            adopts: adopts, report: report)
        try await PlayedKubelet(client, namespaces: [namespace]).during { try await installer.run() }
    }

    func remove(_ consent: RemovalConsent, patience: Duration = .seconds(40)) async throws {
        let record = try #require(try await InstalledFramework.find(namespace, client))
        let remover = FrameworkRemover(
            record, release: try await release(record.channel), client: client, reach: try await reach(),
            patience: patience)
        let plan = RemovalPlanner.plan(
            record, try await remover.inventory(), consent: consent, kubernetes: "")
        try await PlayedKubelet(client, namespaces: [namespace]).during {
            try await remover.run(plan, consent: consent)
        }
    }

    /// Whatever a test leaves.
    func clean() async throws {
        guard try await InstalledFramework.find(namespace, client) != nil else { return }
        try await remove(RemovalConsent(definitions: true, claims: true, finalizers: true))
    }

    func find(_ path: String) async throws -> JSONValue? {
        do throws(KubernetesError) { return try await client.value(path) } catch {
            guard error.isNotFound else { throw error }
            return nil
        }
    }

    // MARK: tests

    @Test func installedTwiceIsInstalledOnce() async throws {
        let events = Mutex<[FrameworkEvent]>([])
        try await install("steady") { event in events.withLock { $0.append(event) } }
        let begun = events.withLock { $0 }.compactMap { if case .phaseBegan(let id, _) = $0 { id } else { nil } }
        #expect(begun == ["namespaces", "definitions", "core", "settings", "guard"])
        let record = try #require(try await InstalledFramework.find(namespace, client))
        #expect(record.state == .installed)
        #expect(record.version == "1.0.0")

        let before = client.traffic.calls
        let again = try await prepare(try await release("steady"))
        let calls = client.traffic.calls - before
        #expect(!again.plan.hasChanges, "\(again.plan.changes.filter { $0.verb != .unchanged })")
        // /version, nodes, the group versions once, and one list for each kind.
        let ids = again.rendered.allIDs
        let kinds = Set(ids.map { "\($0.group) \($0.kind)" } + [" ConfigMap"]).count
        let versions = Set(ids.map(\.apiVersion)).count
        #expect(calls <= 2 + kinds + versions, "\(calls) calls for \(kinds) kinds in \(versions) versions")

        let secret = try #require(try await find("/api/v1/namespaces/\(namespace)/secrets/spores"))
        try await install("steady")
        let after = try #require(try await find("/api/v1/namespaces/\(namespace)/secrets/spores"))
        #expect(secret["data"] == after["data"])
        #expect(secret["metadata"]?["resourceVersion"] == after["metadata"]?["resourceVersion"])

        let runner = CheckRunner(try await release("steady"), client, try await reach())
        #expect(await runner.status().map(\.holds) == [true, true])
        try await clean()
    }

    @Test func driftIsShownAndPutRight() async throws {
        try await install("steady")
        _ = try await client.patch(
            "/apis/apps/v1/namespaces/\(namespace)/deployments/cap", ["spec": ["replicas": 0]])
        try await client.delete("/api/v1/namespaces/\(namespace)/serviceaccounts/cap")
        let prepared = try await prepare(try await release("steady"))
        let changes = prepared.plan.changes.filter { $0.verb != .unchanged }
        #expect(changes.map(\.object.kind) == ["ServiceAccount", "Deployment"])
        #expect(changes.map(\.verb) == [.create, .update])
        #expect(changes[1].differences == [FieldDifference("spec.replicas", found: "0", wanted: "1")])
        let record = try #require(prepared.observed.record)
        let status = FrameworkStatus(record, plan: prepared.plan, checks: [], available: nil)
        #expect(status.verdict == .drift)
        try await install("steady")
        #expect(try await !prepare(try await release("steady")).plan.hasChanges)
        try await clean()
    }

    @Test func anUpgradeKeepsSecretsAndPrunes() async throws {
        try await install("steady", ["replicas": .integer(2)])
        let secret = try await find("/api/v1/namespaces/\(namespace)/secrets/spores")
        let record = try #require(try await InstalledFramework.find(namespace, client))
        let framework = try Toadstool.framework()
        let fresh = try #require(framework.channel("fresh"))
        let kept = record.known(framework, fresh)
        #expect(kept["replicas"] == .integer(2))
        try await install("fresh", kept)
        let upgraded = try #require(try await InstalledFramework.find(namespace, client))
        #expect(upgraded.version == "1.1.0")
        #expect(try await find("/api/v1/namespaces/\(namespace)/configmaps/only-steady") == nil)
        let soil = try await find("/api/v1/namespaces/\(namespace)/configmaps/soil")
        #expect(soil?["data"] == ["version": "1.1.0", "literal": "${not a variable}", "acid": "yes"])
        #expect(try await find("/api/v1/namespaces/\(namespace)/secrets/spores")?["data"] == secret?["data"])
        try await clean()
    }

    @Test func whatSomebodyElseMadeIsLeftAlone() async throws {
        let path = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
        _ = try await client.create(
            path,
            [
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
                "metadata": ["name": .string("toadstool-\(namespace)")], "rules": [],
            ])
        await #expect {
            try await install("steady")
        } throws: { error in
            let list = (error as? Diagnostics)?.list ?? []
            return list.map(\.code) == ["framework.refused"] && list[0].summary.contains("was not made by martlet")
        }
        // Nothing at all was begun.
        #expect(try await find("/api/v1/namespaces/\(namespace)") == nil)
        #expect(try await InstalledFramework.find(namespace, client) == nil)
        try await install("steady", adopts: true)
        #expect(try await find("\(path)/toadstool-\(namespace)")?["rules"]?.array?.count == 1)
        try await clean()
        #expect(try await find("\(path)/toadstool-\(namespace)") == nil)
    }

    /// A run that ended anywhere is seen as such, and gone on with.
    @Test(arguments: ["definitions", "core"]) func aBrokenRunIsGoneOnWith(_ phase: String) async throws {
        let prepared = try await prepare(try await release("steady"))
        let work = Task {
            let running = Mutex<Task<Void, any Error>?>(nil)
            let installer = FrameworkInstaller(
                prepared.rendered, prepared.plan, prepared.observed, client: client, reach: try await reach()
            ) { event in
                if case .phaseBegan(phase, _) = event { running.withLock { $0?.cancel() } }
            }
            let task = Task { try await installer.run() }
            running.withLock { $0 = task }
            try await task.value
        }
        await #expect(throws: (any Error).self) { try await work.value }
        #expect(try await InstalledFramework.find(namespace, client)?.state == .installing)
        let status = FrameworkStatus(
            try #require(try await InstalledFramework.find(namespace, client)), plan: prepared.plan, checks: [],
            available: nil)
        #expect(status.verdict == .incomplete)
        try await install("steady")
        #expect(try await InstalledFramework.find(namespace, client)?.state == .installed)
        #expect(try await !prepare(try await release("steady")).plan.hasChanges)
        try await clean()
    }

    @Test func anImageThatCannotBePulledIsNamedWithNodeAndError() async throws {
        await #expect {
            try await install("steady", ["tag": .text("not-there")])
        } throws: { error in
            let diagnostic = (error as? Diagnostics)?.list.first
            let line = diagnostic?.evidence.first ?? ""
            return diagnostic?.code == "framework.not-ready" && diagnostic?.hint == "Plant another tag."
                && line.contains("on played") && line.contains("ImagePullBackOff: manifest unknown")
                && line.contains("registry.invalid/toadstool/cap:not-there")
        }
        try await install("steady")
        #expect(try await InstalledFramework.find(namespace, client)?.state == .installed)
        try await clean()
    }

    @Test func removalLeavesNothing() async throws {
        try await install("steady", ["exposure": .text("nodeport")])
        let before = try #require(try await InstalledFramework.find(namespace, client))
        // What a function consists of, an instance of the definition with a finalizer, and what the catalogue calls a leftover.
        _ = try await client.create(
            "/api/v1/namespaces/default/configmaps",
            [
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": [
                    "name": .string("fn-\(namespace)"),
                    "labels": .object([FrameworkRemover.functionMark: .string(namespace)]),
                ],
            ])
        _ = try await client.create(
            "/api/v1/namespaces/kube-system/configmaps",
            [
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string("toadstool-\(namespace)")],
            ])
        // What somebody put beside it is told before it goes with the namespace.
        _ = try await client.create(
            "/api/v1/namespaces/\(namespace)/secrets",
            ["apiVersion": "v1", "kind": "Secret", "metadata": ["name": "mail"]])
        let found = try await FrameworkRemover(
            before, release: try await release("steady"), client: client, reach: try await reach()
        ).inventory()
        #expect(found.others.map(\.description) == ["Secret \(namespace)/mail"])
        _ = try await client.patch(
            "/apis/\(namespace).example/v1/namespaces/\(namespace)/mushrooms/first",
            ["metadata": ["finalizers": ["toadstool/rot"]]])
        await #expect {
            // Without consent the finalizer stays, and is named.
            let record = try #require(try await InstalledFramework.find(namespace, client))
            let remover = FrameworkRemover(
                record, release: try await release("steady"), client: client, reach: try await reach())
            let writer = ObjectWriter(client: client, framework: namespace, adopts: true)
            let id = try #require(try await remover.inventory().userObjects.first { $0.kind == "Mushroom" })
            try await writer.delete(
                "/apis/\(namespace).example/v1/namespaces/\(namespace)/mushrooms/first", id: id, within: .seconds(1))
        } throws: { error in
            (error as? Diagnostic)?.code == "framework.stuck"
                && (error as? Diagnostic)?.evidence.first?.contains("toadstool/rot") ?? false
        }
        try await remove(
            RemovalConsent(definitions: true, claims: true, finalizers: true), patience: .seconds(5))
        #expect(try await InstalledFramework.find(namespace, client) == nil)
        var observer = ClusterObserver(client)
        try await observer.learn(Set(before.inventory.map(\.apiVersion)))
        #expect(try await observer.values(before.inventory).map(\.0.description) == [])
        for path in [
            "/api/v1/namespaces/default/configmaps/fn-\(namespace)",
            "/api/v1/namespaces/kube-system/configmaps/toadstool-\(namespace)",
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/mushrooms.\(namespace).example",
        ] {
            #expect(try await find(path) == nil, "\(path) is left")
        }
        let remover = FrameworkRemover(before, release: nil, client: client, reach: try await reach())
        #expect(try await remover.marked().map(\.objectName) == [])
    }

    @Test func whatIsKeptStaysKnown() async throws {
        try await install("steady")
        _ = try await client.create(
            "/api/v1/namespaces/\(namespace)/persistentvolumeclaims",
            [
                "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": ["name": "data"],
                "spec": ["accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Gi"]]],
            ])
        try await remove(RemovalConsent())
        #expect(try await find("/api/v1/namespaces/\(namespace)/persistentvolumeclaims/data") != nil)
        #expect(try await find("/apis/apps/v1/namespaces/\(namespace)/deployments/cap") == nil)
        let record = try #require(try await InstalledFramework.find(namespace, client))
        #expect(record.state == .removed)
        #expect(
            record.inventory.map(\.kind).sorted() == ["CustomResourceDefinition", "Namespace", "PersistentVolumeClaim"])
        try await clean()
        #expect(try await find("/api/v1/namespaces/\(namespace)") == nil)
    }

    @Test func aQuotaAndAWebhookAreNamed() {
        let id = ObjectID(apiVersion: "v1", kind: "Pod", namespace: "n", name: "p")
        func failure(_ code: Int, _ reason: String, _ message: String) -> ObjectWriter.Failure {
            ObjectWriter.failure(.status(code: code, reason: reason, message: message, path: "/"), id)
        }
        let quota = failure(403, "Forbidden", "pods \"p\" is forbidden: exceeded quota: small, requested: cpu=1")
        #expect(quota.diagnostic.code == "framework.quota")
        #expect(!quota.isPassing)
        let webhook = failure(
            500, "InternalError", "Internal error occurred: failed calling webhook \"w\": no endpoints")
        #expect(webhook.diagnostic.code == "framework.webhook")
        #expect(webhook.isPassing)
        #expect(failure(403, "Forbidden", "because it is being terminated").diagnostic.code == "framework.terminating")
        let unread = failure(500, "", "failed to create typed patch object: .spec.ports: element 0")
        #expect(unread.diagnostic.code == "framework.rejected")
        #expect(!unread.isPassing)
        #expect(failure(422, "Invalid", "spec.x: Invalid value").diagnostic.code == "framework.rejected")
    }
}
