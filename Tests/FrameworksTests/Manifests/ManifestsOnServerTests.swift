import APIServerRig
import Diagnostics
import Foundation
import TestSupport
import Testing
import WebClient

@testable import Frameworks
@testable import KubernetesAPI

/// Our own manifests against the kube-apiserver of the bundle that MARTLET_TEST_BUNDLE names.
///
/// Every object of every channel that claims this version is accepted, in every variation, and its roles suffice. Files
/// that others publish are not in the checkout, and not here.
@Suite(
    "Manifests on a real API server", .enabled(if: ControlPlane.bundle != nil), .serialized, .timeLimit(.minutes(5)))
struct ManifestsOnServerTests {
    let client: KubernetesClient
    let version: String

    init() async throws {
        client = try await ControlPlane.shared().client()
        version = try #require(try await client.value("/version")["gitVersion"]?.string)
    }

    static var mark: String { UUID().uuidString.prefix(8).lowercased() }

    /// Names of namespaces that no other test uses.
    func own(_ framework: Framework, _ channel: FrameworkChannel, _ mark: String) -> [String: ParameterValue] {
        var parameters: [String: ParameterValue] = [:]
        for name in ["namespace", "functionNamespace"] {
            let isThere = framework.parameters.contains { $0.name == name && $0.applies(to: channel.name) }
            if isThere { parameters[name] = .text("\(framework.name)-\(name == "namespace" ? "core" : "fn")-\(mark)") }
        }
        return parameters
    }

    func makeNamespaces(_ release: RenderedRelease) async throws {
        for namespace in release.namespaces { _ = try await client.create("/api/v1/namespaces", namespace.body) }
    }

    func path(_ object: DesiredObject, _ table: ResourceTable) throws -> String {
        let entry = try #require(table.entry(object.id.apiVersion, object.id.kind), "\(object.id) is not served")
        let base = object.id.apiVersion.contains("/") ? "/apis/\(object.id.apiVersion)" : "/api/\(object.id.apiVersion)"
        let scope = entry.isNamespaced ? "/namespaces/\(object.id.namespace)" : ""
        return "\(base)\(scope)/\(entry.plural)/\(object.id.name)"
    }

    /// What the server says of an apply that is not carried out.
    func refusal(_ object: DesiredObject, _ table: ResourceTable) async throws -> String? {
        let path = try path(object, table)
        do throws(KubernetesError) {
            _ = try await client.send(
                APICall(
                    method: .patch, path: path,
                    query: [("fieldManager", "martlet"), ("dryRun", "All")], body: object.body.jsonBytes,
                    contentType: "application/apply-patch+yaml", isRepeatable: true))
            return nil
        } catch {
            return "\(object.id): \(error.diagnostic.summary) \(error.diagnostic.detail ?? "")"
        }
    }

    func table(_ release: RenderedRelease) async throws -> ResourceTable {
        var table = ResourceTable()
        try await table.learn(Set(release.objects.map(\.id.apiVersion)), client)
        return table
    }

    @Test(arguments: ShippedFrameworks.own) func everyObjectIsAccepted(_ name: String) async throws {
        let framework = try ShippedFrameworks.framework(name)
        let facts = try ShippedFrameworks.facts(version)
        var count = 0
        for channel in framework.channels where channel.fits(minor: facts.minor) {
            let mark = Self.mark
            let namespaces = own(framework, channel, mark)
            try await makeNamespaces(
                try ShippedFrameworks.rendered(framework, channel, namespaces, version: version))
            for variation in ShippedFrameworks.variations(framework, channel) {
                let release = try ShippedFrameworks.rendered(
                    framework, channel, namespaces.merging(variation) { $1 }, version: version)
                let table = try await table(release)
                for object in release.objects {
                    #expect(try await refusal(object, table) == nil, "\(channel.name) \(variation)")
                    count += 1
                }
            }
        }
        #expect(count > 10)
    }

    /// The check above is red for an object with a field that does not exist, a wrong type, or a port without protocol.
    @Test func aWrongObjectIsRefused() async throws {
        let framework = try ShippedFrameworks.framework("openfaas")
        let channel = try #require(framework.channel("mit-2023"))
        let release = try ShippedFrameworks.rendered(
            framework, channel, own(framework, channel, Self.mark), version: version)
        try await makeNamespaces(release)
        let table = try await table(release)
        var service = try #require(release.objects.first { $0.id.kind == "Service" && $0.id.name == "gateway" })
        #expect(try await refusal(service, table) == nil)
        service.body["spec"]?["ports"] = [["name": "http", "port": "many", "protocol": "TCP"]]
        #expect(try await refusal(service, table) != nil)
        var deployment = try #require(release.objects.first { $0.id.kind == "Deployment" && $0.id.name == "gateway" })
        deployment.body["spec"]?["replicas"] = .string("one")
        #expect(try await refusal(deployment, table) != nil)
        deployment.body["spec"]?["replicas"] = 1
        deployment.body["spec"]?["replicaz"] = 1
        #expect(try await refusal(deployment, table)?.contains("replicaz") == true)
    }

    // MARK: rights

    /// Applies accounts, roles and bindings for real; what belongs to no namespace gets a name of this test.
    func makeAccess(_ release: RenderedRelease, _ mark: String, without resource: String? = nil) async throws {
        try await makeNamespaces(release)
        let table = try await table(release)
        let kinds = ["ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"]
        for object in release.objects where kinds.contains(object.id.kind) {
            var object = object
            if object.id.kind.hasPrefix("Cluster") {
                object.id.name += "-\(mark)"
                object.body["metadata"]?["name"] = .string(object.id.name)
            }
            if object.body["roleRef"]?["kind"] == "ClusterRole", let role = object.body["roleRef"]?["name"]?.string {
                object.body["roleRef"]?["name"] = .string("\(role)-\(mark)")
            }
            if let resource, let rules = object.body["rules"]?.array {
                object.body["rules"] = .array(
                    rules.filter { $0["resources"]?.array?.contains(.string(resource)) != true })
            }
            _ = try await client.apply(try path(object, table), object.body, fieldManager: "martlet", force: true)
        }
    }

    /// Roles reach the authorizer a moment after they are written.
    func isAllowed(_ need: AccessNeeds.Need, _ account: AccessNeeds.Account) async throws -> Bool {
        do {
            try await waitUntil("\(need)", every: .milliseconds(50)) { try await client.allows(need, to: account) }
            return true
        } catch is Failure {
            return false
        }
    }

    @Test(arguments: ShippedFrameworks.own) func rolesSuffice(_ name: String) async throws {
        let framework = try ShippedFrameworks.framework(name)
        let facts = try ShippedFrameworks.facts(version)
        var count = 0
        for channel in framework.channels where channel.fits(minor: facts.minor) {
            let mark = Self.mark
            let release = try ShippedFrameworks.rendered(
                framework, channel, own(framework, channel, mark), version: version)
            guard let needs = try AccessNeeds.read(release.release) else { continue }
            try await makeAccess(release, mark)
            let accounts = Set(release.objects.filter { $0.id.kind == "ServiceAccount" }.map(\.id.name))
            for account in needs.accounts {
                #expect(accounts.contains(account.name))
                for need in account.needs {
                    #expect(try await isAllowed(need, account), "\(channel.name): \(account.name) may not \(need)")
                    count += 1
                }
                for need in account.refused {
                    #expect(try await !client.allows(need, to: account), "\(channel.name): \(account.name) may \(need)")
                }
            }
        }
        #expect(count > 5)
    }

    /// The check above is red when a rule is missing.
    @Test(arguments: [("openfaas", "pods/log"), ("openwhisk", "events"), ("kubeless", "horizontalpodautoscalers")])
    func aMissingRuleIsSeen(_ name: String, _ resource: String) async throws {
        let framework = try ShippedFrameworks.framework(name)
        let facts = try ShippedFrameworks.facts(version)
        var isSeen = false
        for channel in framework.channels where channel.fits(minor: facts.minor) {
            let mark = Self.mark
            let release = try ShippedFrameworks.rendered(
                framework, channel, own(framework, channel, mark), version: version)
            guard let needs = try AccessNeeds.read(release.release) else { continue }
            try await makeAccess(release, mark, without: resource)
            let account = try #require(needs.accounts.first)
            let first = try #require(account.needs.first)
            #expect(try await isAllowed(first, account))
            for need in account.needs
            where [need.resource, need.subresource].compactMap({ $0 }).joined(separator: "/") == resource {
                #expect(try await !client.allows(need, to: account))
                isSeen = true
            }
        }
        #expect(isSeen)
    }
}
