import Diagnostics
import KubernetesAPI
import Testing

@testable import Frameworks

@Suite("Plans of frameworks") struct FrameworkPlannerTests {
    /// As a server holds what was applied: with managed fields for all of it.
    static func live(_ object: DesiredObject) -> JSONValue {
        func fields(_ value: JSONValue) -> JSONValue {
            switch value {
            case .object(let members):
                var result: [String: JSONValue] = [:]
                for (key, member) in members { result["f:\(key)"] = fields(member) }
                return .object(result)
            case .array(let items):
                var result: [String: JSONValue] = [:]
                for item in items {
                    guard let name = item["name"]?.string else { return [:] }
                    result["k:{\"name\":\"\(name)\"}"] = fields(item)
                }
                return .object(result)
            default: return [:]
            }
        }
        var live = object.body
        live["metadata"]?["managedFields"] = [
            ["manager": .string(object.manager), "operation": "Apply", "fieldsV1": fields(object.body)]
        ]
        return live
    }

    static func observed(_ rendered: RenderedRelease) -> ObservedCluster {
        var observed = ObservedCluster(
            record: InstalledFramework(rendered.release, state: .installed, inventory: rendered.inventory))
        for object in rendered.namespaces + rendered.objects.filter({ !$0.isPatch }) {
            observed.objects[object.id.key] = live(object)
        }
        for object in rendered.objects where object.isPatch {
            let whole = observed.objects[object.id.key] ?? [:]
            observed.objects[object.id.key] = whole.merged(with: ["data": object.body["data"] ?? [:]])
        }
        for secret in rendered.secrets {
            let id = ObjectID(apiVersion: "v1", kind: "Secret", namespace: secret.namespace, name: secret.name)
            observed.objects[id.key] = SecretMaker.object(
                secret, namespace: secret.namespace, data: SecretMaker.data(secret).reveal(),
                framework: rendered.release.framework.name)
        }
        return observed
    }

    @Test func anEmptyClusterGetsEverything() throws {
        let rendered = try Toadstool.rendered(try Toadstool.release())
        let plan = FrameworkPlanner(rendered, ObservedCluster()).plan()
        #expect(plan.purpose == .install)
        #expect(plan.phases.map(\.id) == ["namespaces", "definitions", "core", "settings", "guard"])
        #expect(plan.counts == [.create: 12, .update: 1])
        #expect(plan.refusals.isEmpty)
        let secret = try #require(plan.changes.first { $0.object.kind == "Secret" })
        #expect(secret.reason == "password, id, token generated, never shown")
        #expect(plan.phases[2].waits == ["Deployment toadstool/cap is rolled out"])
    }

    @Test func anInstalledOneHasNothingToDo() throws {
        let rendered = try Toadstool.rendered(try Toadstool.release())
        let plan = FrameworkPlanner(rendered, Self.observed(rendered)).plan()
        #expect(!plan.hasChanges, "\(plan.changes.filter { $0.verb != .unchanged })")
    }

    @Test func aFieldThatSomebodyChangedIsDrift() throws {
        let rendered = try Toadstool.rendered(try Toadstool.release())
        var observed = Self.observed(rendered)
        let deployment = try #require(rendered.object("Deployment", "cap"))
        var live = Self.live(deployment)
        live["spec"]?["replicas"] = 5
        // As the server does: the field has another owner now.
        var fields = try #require(live["metadata"]?["managedFields"]?[0]?["fieldsV1"])
        fields["f:spec"]?["f:replicas"] = nil
        live["metadata"]?["managedFields"] = [
            ["manager": "martlet", "operation": "Apply", "fieldsV1": fields],
            ["manager": "kubectl", "operation": "Update", "fieldsV1": ["f:spec": ["f:replicas": [:]]]],
        ]
        observed.objects[deployment.id.key] = live
        let plan = FrameworkPlanner(rendered, observed).plan()
        let changes = plan.changes.filter { $0.verb != .unchanged }
        #expect(changes.map(\.object) == [deployment.id])
        #expect(changes.first?.reason == "drift")
        #expect(changes.first?.differences == [FieldDifference("spec.replicas", found: "5", wanted: "1")])
    }

    /// `kubectl scale` on Kubernetes 1.20: the field has another value, and by `managedFields` it is still ours.
    @Test func aNumberThatChangedUnnoticedIsDrift() throws {
        let rendered = try Toadstool.rendered(try Toadstool.release())
        var observed = Self.observed(rendered)
        let deployment = try #require(rendered.object("Deployment", "cap"))
        var live = Self.live(deployment)
        live["spec"]?["replicas"] = 0
        observed.objects[deployment.id.key] = live
        let changes = FrameworkPlanner(rendered, observed).plan().changes.filter { $0.verb != .unchanged }
        #expect(changes.flatMap(\.differences) == [FieldDifference("spec.replicas", found: "0", wanted: "1")])
    }

    @Test func anotherSpellingOfTheSameValueIsNone() throws {
        let rendered = try Toadstool.rendered(try Toadstool.release())
        var observed = Self.observed(rendered)
        let deployment = try #require(rendered.object("Deployment", "cap"))
        var live = Self.live(deployment)
        var container = try #require(live["spec"]?["template"]?["spec"]?["containers"]?[0])
        container["resources"] = ["requests": ["cpu": "1", "memory": "64Mi"]]
        container["imagePullPolicy"] = "IfNotPresent"
        live["spec"]?["template"]?["spec"]?["containers"] = [container]
        observed.objects[deployment.id.key] = live
        #expect(!FrameworkPlanner(rendered, observed).plan().hasChanges)
    }

    /// The programs behind a webhook write rules and authority themselves: seen with Knative.
    @Test func whatAWebhookKeepsItselfIsNoDrift() throws {
        let rendered = try Toadstool.rendered(try Toadstool.release())
        var observed = Self.observed(rendered)
        let guardian = try #require(rendered.object("ValidatingWebhookConfiguration", "toadstool-toadstool"))
        var live = Self.live(guardian)
        var hook = try #require(live["webhooks"]?[0])
        hook["rules"] = [["apiGroups": ["other"], "operations": ["CREATE"]]]
        hook["clientConfig"]?["caBundle"] = "eA=="
        live["webhooks"] = [hook]
        observed.objects[guardian.id.key] = live
        #expect(!FrameworkPlanner(rendered, observed).plan().hasChanges)
        hook["failurePolicy"] = "Ignore"
        live["webhooks"] = [hook]
        live["metadata"]?["managedFields"] = nil
        observed.objects[guardian.id.key] = live
        let changes = FrameworkPlanner(rendered, observed).plan().changes.filter { $0.verb != .unchanged }
        #expect(changes.flatMap(\.differences).map(\.path).allSatisfy { $0.hasSuffix("failurePolicy") })
        #expect(changes.count == 1)
    }

    @Test func whatOthersMadeIsRefusedAndTakenOverOnlyWhenAsked() throws {
        let rendered = try Toadstool.rendered(try Toadstool.release())
        var observed = ObservedCluster()
        let role = ObjectID(
            apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", name: "toadstool-toadstool")
        observed.objects[role.key] = [
            "kind": "ClusterRole",
            "metadata": [
                "name": "toadstool-toadstool", "managedFields": [["manager": "helm", "operation": "Update"]],
            ],
        ]
        let plan = FrameworkPlanner(rendered, observed).plan()
        #expect(
            plan.refusals.map(\.summary) == [
                "ClusterRole toadstool-toadstool: it is there already and was not made by martlet (by helm)"
            ])
        let adopting = FrameworkPlanner(rendered, observed, adopts: true).plan()
        #expect(adopting.refusals.isEmpty)
        #expect(adopting.changes.first { $0.object == role }?.reason == "taken over")
    }

    @Test func aNamespaceThatIsBeingDeletedIsNamed() throws {
        let rendered = try Toadstool.rendered(try Toadstool.release())
        let plan = FrameworkPlanner(rendered, ObservedCluster(terminating: ["toadstool"])).plan()
        // All that is in it has the same cause, and is told at once.
        #expect(plan.refusals.map(\.summary) == ["9 objects: the namespace toadstool is being deleted"])
        #expect(plan.refusals.first?.detail?.hasPrefix("Namespace toadstool, ") == true)
        #expect(plan.refusals.first?.detail?.hasSuffix(" and 4 more") == true)
    }

    @Test func anUpgradePrunesWhatIsNoLongerDescribed() throws {
        let old = try Toadstool.rendered(try Toadstool.release("steady"))
        let new = try Toadstool.rendered(try Toadstool.release("fresh"))
        let plan = FrameworkPlanner(new, Self.observed(old)).plan()
        #expect(plan.purpose == .upgrade)
        #expect(plan.installedVersion == "1.0.0")
        #expect(plan.prune.map(\.object.description) == ["ConfigMap toadstool/only-steady"])
        #expect(plan.changes.filter { $0.verb == .update }.map(\.object.name) == ["soil"])
        #expect(plan.notices == ["The cap is larger."])
    }

    @Test func whatCannotChangeIsReplaced() throws {
        let rendered = try Toadstool.rendered(try Toadstool.release())
        var observed = Self.observed(rendered)
        let deployment = try #require(rendered.object("Deployment", "cap"))
        var live = Self.live(deployment)
        // Applied by an older release.
        live["spec"]?["selector"] = ["matchLabels": ["app": "other"]]
        live["metadata"]?["annotations"]?[FrameworkMarks.digest] = "older"
        observed.objects[deployment.id.key] = live
        let change = FrameworkPlanner(rendered, observed).plan().changes.first { $0.object == deployment.id }
        #expect(change?.verb == .replace)
        #expect(change?.reason == "spec.selector cannot change")
    }

    @Test func aKindThatIsNotServedIsNamed() throws {
        let rendered = try Toadstool.rendered(try Toadstool.release())
        let plan = FrameworkPlanner(rendered, ObservedCluster(unserved: ["apps/v1 Deployment"])).plan()
        #expect(
            plan.refusals.map(\.summary) == [
                "Deployment toadstool/cap: the cluster does not serve apps/v1 Deployment"
            ])
    }

    @Test func aPlanHoldsNoSecret() throws {
        let rendered = try Toadstool.rendered(try Toadstool.release())
        var observed = Self.observed(rendered)
        let id = ObjectID(apiVersion: "v1", kind: "Secret", namespace: "toadstool", name: "spores")
        observed.objects[id.key]?["data"] = ["user": "YWRtaW4=", "password": "c2VjcmV0LXZhbHVl"]
        let plan = FrameworkPlanner(rendered, observed).plan()
        #expect(plan.changes.first { $0.object == id }?.reason == "id, token missing, the others are kept")
        let desired: JSONValue = ["kind": "Secret", "data": ["a": "c2VjcmV0LXZhbHVl"]]
        let found = ObjectComparison.differences(desired: desired, live: ["kind": "Secret", "data": ["a": "eA=="]])
        #expect(found == [FieldDifference("data.a", found: "(secret)", wanted: "(secret)")])
        #expect(!"\(plan)\(found)".contains("c2VjcmV0LXZhbHVl"))
    }

    // MARK: removal

    @Test func removalGoesBackwardsAndAsksForWhatHoldsData() throws {
        let rendered = try Toadstool.rendered(try Toadstool.release())
        let record = InstalledFramework(rendered.release, state: .installed, inventory: rendered.inventory)
        let claim = ObjectID(apiVersion: "v1", kind: "PersistentVolumeClaim", namespace: "toadstool", name: "data")
        let inventory = RemovalInventory(objects: rendered.inventory, claims: [claim])
        let careful = RemovalPlanner.plan(record, inventory, consent: RemovalConsent(), kubernetes: "v1.20.2")
        #expect(careful.phases.map(\.id) == ["webhooks", "objects"])
        #expect(careful.notices.count == 2)
        #expect(careful.phases[1].changes.first?.object.kind == "Mushroom")
        let whole = RemovalPlanner.plan(
            record, inventory, consent: RemovalConsent(definitions: true, claims: true), kubernetes: "v1.20.2")
        #expect(whole.phases.map(\.id) == ["webhooks", "objects", "claims", "definitions", "namespaces"])
        #expect(whole.notices.isEmpty)
    }

    @Test("Definitions that stay keep what users made of them, and its namespace; what the framework made goes")
    func keptDefinitionsKeepTheirObjects() throws {
        let rendered = try Toadstool.rendered(try Toadstool.release())
        let record = InstalledFramework(rendered.release, state: .installed, inventory: rendered.inventory)
        let own = try #require(rendered.inventory.first { $0.kind == "Mushroom" })
        func mushroom(_ namespace: String) -> ObjectID {
            ObjectID(apiVersion: own.apiVersion, kind: "Mushroom", namespace: namespace, name: "somebodys")
        }
        let deployment = ObjectID(apiVersion: "apps/v1", kind: "Deployment", namespace: "far", name: "function")
        let inventory = RemovalInventory(
            userObjects: [own, mushroom("toadstool"), mushroom("far"), deployment],
            objects: rendered.inventory.filter { $0 != own }, definedKinds: [DefinedKind(of: own)])
        let careful = RemovalPlanner.plan(record, inventory, consent: RemovalConsent(), kubernetes: "v1.20.2")
        #expect(Set(careful.phases.first { $0.id == "functions" }?.changes.map(\.object) ?? []) == [own, deployment])
        #expect(!careful.phases.contains { $0.id == "namespaces" || $0.id == "definitions" })
        #expect(careful.notices.contains { $0.contains("and 2 objects that they define") })
        let whole = RemovalPlanner.plan(
            record, inventory, consent: RemovalConsent(definitions: true), kubernetes: "v1.20.2")
        #expect(whole.phases.first { $0.id == "functions" }?.changes.count == 4)
        #expect(whole.phases.contains { $0.id == "namespaces" })
    }

    @Test func whatOthersPutIntoItsNamespacesIsNamed() throws {
        let rendered = try Toadstool.rendered(try Toadstool.release())
        let record = InstalledFramework(rendered.release, state: .installed, inventory: rendered.inventory)
        let claim = ObjectID(apiVersion: "v1", kind: "PersistentVolumeClaim", namespace: "toadstool", name: "data")
        let mail = ObjectID(apiVersion: "v1", kind: "Secret", namespace: "toadstool", name: "mail")
        let inventory = RemovalInventory(objects: rendered.inventory, others: [mail])
        let plan = RemovalPlanner.plan(record, inventory, consent: RemovalConsent(), kubernetes: "v1.20.2")
        let notice = "made by others, and gone with the namespaces: Secret toadstool/mail"
        #expect(plan.notices.contains(notice))
        // A namespace that stays for its claims keeps what else is in it.
        let kept = RemovalInventory(objects: rendered.inventory, claims: [claim], others: [mail])
        let careful = RemovalPlanner.plan(record, kept, consent: RemovalConsent(), kubernetes: "v1.20.2")
        #expect(!careful.notices.contains(notice))
    }
}
