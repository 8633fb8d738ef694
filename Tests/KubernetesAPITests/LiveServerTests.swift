import APIServerRig
import Diagnostics
import Foundation
import TestSupport
import Testing
import WebClient

@testable import KubernetesAPI

/// Against a kube-apiserver of the bundle that MARTLET_TEST_BUNDLE names.
///
/// One after the other: a compaction in one test would make the pages of another start again.
@Suite("Live API server", .enabled(if: ControlPlane.bundle != nil), .serialized, .timeLimit(.minutes(3)))
struct LiveServerTests {
    let plane: ControlPlane
    let client: KubernetesClient
    static let configMaps = "/api/v1/namespaces/default/configmaps"

    init() async throws {
        plane = try await ControlPlane.shared()
        client = plane.client()
    }

    func configMap(_ name: String, _ data: [String: JSONValue] = [:]) -> JSONValue {
        ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name)], "data": .object(data)]
    }

    @Test func healthAndVersion() async throws {
        #expect(try await client.text("/livez") == "ok")
        #expect(try await client.text("/readyz", query: [("verbose", "true")]).contains("[+]etcd ok"))
        let version = try await client.get("/version", as: JSONValue.self)
        #expect(version["gitVersion"]?.string?.hasPrefix("v1.") == true)
        #expect(client.traffic.calls == 3 && client.traffic.bytes > 100)
    }

    @Test func createGetPatchDelete() async throws {
        let name = uniqueName("life")
        let made = try await client.create(Self.configMaps, configMap(name, ["a": "1"]))
        #expect(made["metadata"]?["uid"]?.string?.isEmpty == false)
        let path = "\(Self.configMaps)/\(name)"
        let again = await #expect(throws: KubernetesError.self) {
            try await client.create(Self.configMaps, configMap(name))
        }
        #expect(again?.code == 409 && again?.diagnostic.code == "kubernetes.conflict")
        _ = try await client.patch(path, ["data": ["b": "2"]])
        _ = try await client.patch(path, ["data": ["c": "3"]], type: .strategic)
        let patched = try await client.patch(
            path, [["op": "remove", "path": "/data/a"]], type: .operations)
        #expect(patched["data"] == ["b": "2", "c": "3"])
        #expect(try await client.get(path, as: NamedObject.self).data == ["b": "2", "c": "3"])
        try await client.delete(path)
        let gone = await #expect(throws: KubernetesError.self) { try await client.delete(path) }
        #expect(gone?.isNotFound == true && gone?.diagnostic.code == "kubernetes.not-found")
        let invalid = await #expect(throws: KubernetesError.self) {
            try await client.create(Self.configMaps, configMap("Not A Name"))
        }
        #expect(invalid?.diagnostic.code == "kubernetes.invalid" && invalid?.code == 422)
    }

    @Test func serverSideApplyReportsConflicts() async throws {
        let name = uniqueName("applied")
        let path = "\(Self.configMaps)/\(name)"
        _ = try await client.apply(path, configMap(name, ["a": "1"]), fieldManager: "first")
        let same = try await client.apply(path, configMap(name, ["a": "1"]), fieldManager: "first")
        #expect(same["data"] == ["a": "1"])
        let error = await #expect(throws: KubernetesError.self) {
            try await client.apply(path, configMap(name, ["a": "2"]), fieldManager: "second")
        }
        #expect(error == .conflicts([.init(manager: "first", field: ".data.a")], path: path))
        #expect(error?.diagnostic.code == "kubernetes.apply-conflict")
        #expect(error?.diagnostic.detail == ".data.a belongs to first")
        let taken = try await client.apply(path, configMap(name, ["a": "2"]), fieldManager: "second", force: true)
        #expect(taken["data"] == ["a": "2"])
        try await client.delete(path)
    }

    @Test func listsInPages() async throws {
        let mark = uniqueName("page")
        for index in 0..<7 {
            var object = configMap("\(mark)-\(index)")
            object["metadata"]?["labels"] = ["mark": .string(mark)]
            _ = try await client.create(Self.configMaps, object)
        }
        let before = client.traffic.calls
        let list = try await client.list(Self.configMaps, of: NamedObject.self, labels: "mark=\(mark)", pageSize: 3)
        #expect(list.items.map(\.name) == (0..<7).map { "\(mark)-\($0)" })
        #expect(client.traffic.calls - before == 3 && !list.resourceVersion.isEmpty)
        #expect(abs(try #require(list.serverTime).timeIntervalSinceNow) < 60)
        let one = try await client.list(
            Self.configMaps, of: NamedObject.self, fields: "metadata.name=\(mark)-4", pageSize: 3)
        #expect(one.items.map(\.name) == ["\(mark)-4"])
        try await client.delete(Self.configMaps, query: [("labelSelector", "mark=\(mark)")])
        #expect(try await client.list(Self.configMaps, of: NamedObject.self, labels: "mark=\(mark)").items.isEmpty)
    }

    /// The first answer comes before the compaction, the second after it.
    @Test func aForgottenPageStartsAgainOnce() async throws {
        let mark = uniqueName("compacted")
        for index in 0..<4 {
            var object = configMap("\(mark)-\(index)")
            object["metadata"]?["labels"] = ["mark": .string(mark)]
            _ = try await client.create(Self.configMaps, object)
        }
        let query = [("limit", "2"), ("labelSelector", "mark=\(mark)")]
        let page = try await client.get(Self.configMaps, query: query, as: JSONValue.self)
        let token = try #require(page["metadata"]?["continue"]?.string)
        _ = try await client.create(Self.configMaps, configMap(uniqueName("later")))
        try await plane.compact()
        let error = await #expect(throws: KubernetesError.self) {
            try await client.get(Self.configMaps, query: query + [("continue", token)], as: JSONValue.self)
        }
        #expect(error?.code == 410 && error?.diagnostic.code == "kubernetes.expired")
        #expect(try await client.list(Self.configMaps, of: NamedObject.self, labels: "mark=\(mark)").items.count == 4)
    }

    @Test func whoIsNobodyAndWhoMayNot() async throws {
        let wrong = await #expect(throws: KubernetesError.self) {
            try await plane.client(token: "wrong").get("/api/v1/nodes", as: JSONValue.self)
        }
        #expect(wrong?.code == 401 && wrong?.diagnostic.code == "kubernetes.unauthorized")
        let nobody = await #expect(throws: KubernetesError.self) {
            try await plane.client(token: "nobody-token").get("/api/v1/nodes", as: JSONValue.self)
        }
        #expect(nobody?.diagnostic.code == "kubernetes.forbidden" && nobody?.diagnostic.exitCode == .unreachable)
        #expect(nobody?.diagnostic.detail?.contains("\"nobody\"") == true)
    }

    @Test func trustAndClientCertificates() async throws {
        var access = plane.access(token: nil)
        access.identity = .files(certificate: "\(plane.folder)/admin.pem", key: "\(plane.folder)/admin.key")
        #expect(try await KubernetesClient(access).list("/api/v1/nodes", of: NamedObject.self).items.count == 1)
        access.serverName = "kubernetes.test"
        #expect(try await KubernetesClient(access).text("/livez") == "ok")
        access.serverName = "other.test"
        let name = await #expect(throws: KubernetesError.self) { try await KubernetesClient(access).text("/livez") }
        #expect(name?.diagnostic.code == "kubernetes.tls")
        access.serverName = nil
        access.trust = .system
        let unknown = await #expect(throws: KubernetesError.self) { try await KubernetesClient(access).text("/livez") }
        #expect(unknown?.diagnostic.code == "kubernetes.tls" && unknown?.diagnostic.hint?.contains("authority") == true)
        access.isInsecure = true
        #expect(try await KubernetesClient(access).text("/livez") == "ok")
    }

    @Test func connectionsAreUsedAgainWithHTTP2() async throws {
        let call = APICall(method: .get, path: "/livez", accept: "*/*", isRepeatable: true)
        let first = try await client.send(call)
        let second = try await client.send(call)
        #expect(first.isNewConnection && !second.isNewConnection && second.protocolVersion == "2")
    }

    @Test func watchesFromAListOn() async throws {
        let mark = uniqueName("watched")
        let list = try await client.list(Self.configMaps, of: NamedObject.self, labels: "mark=\(mark)")
        let stream = client.watch(Self.configMaps, resourceVersion: list.resourceVersion, labels: "mark=\(mark)")
        var object = configMap(mark, ["a": "1"])
        object["metadata"]?["labels"] = ["mark": .string(mark)]
        _ = try await client.create(Self.configMaps, object)
        _ = try await client.patch("\(Self.configMaps)/\(mark)", ["data": ["a": "2"]])
        try await client.delete("\(Self.configMaps)/\(mark)")
        var seen: [String] = []
        for try await event in stream {
            switch event {
            case .added(let object): seen.append("added \(object["data"]?["a"]?.string ?? "")")
            case .modified(let object): seen.append("modified \(object["data"]?["a"]?.string ?? "")")
            case .deleted: seen.append("deleted")
            case .bookmark, .restarted: continue
            }
            if seen.last == "deleted" { break }
        }
        #expect(seen == ["added 1", "modified 2", "deleted"])
    }

    /// Events have no watch cache in this server, so that etcd decides what is forgotten.
    @Test func aForgottenVersionRestartsTheWatch() async throws {
        let events = "/api/v1/namespaces/default/events"
        let name = uniqueName("event")
        let event: JSONValue = [
            "metadata": ["name": .string(name)], "involvedObject": ["namespace": "default"], "reason": "Test",
            "type": "Normal",
        ]
        let old = try await client.list(events, of: NamedObject.self).resourceVersion
        _ = try await client.create(events, event)
        // etcd still tells what happened in the very revision up to which it forgets.
        _ = try await client.create(Self.configMaps, configMap(uniqueName("later")))
        try await plane.compact()
        var seen: [String] = []
        for try await event in client.watch(events, resourceVersion: old) {
            switch event {
            case .restarted: seen.append("restarted")
            case .added(let object): seen.append(object["metadata"]?["name"]?.string ?? "")
            default: continue
            }
            if seen.contains(name) { break }
        }
        #expect(seen.first == "restarted" && seen.contains(name))
    }

    @Test func watchingWithoutRightsEnds() async throws {
        let error = await #expect(throws: KubernetesError.self) {
            for try await _ in plane.client(token: "nobody-token").watch(Self.configMaps) {}
        }
        #expect(error?.diagnostic.code == "kubernetes.forbidden")
    }

    @Test func discovers() async throws {
        let found = try await client.discovery()
        let deployment = try #require(found.resource(kind: "Deployment", group: "apps"))
        #expect(deployment.groupVersion == "apps/v1" && deployment.isNamespaced && deployment.verbs.contains("watch"))
        #expect(deployment.path(namespace: "x") == "/apis/apps/v1/namespaces/x/deployments")
        #expect(found.resource(kind: "Node")?.path() == "/api/v1/nodes")
        #expect(found.resource(kind: "Deploymint", group: "apps") == nil)
        #expect(found.failures.keys.allSatisfy { $0 == "broken.test/v1" })
    }

    /// An aggregated API whose service is not there fails alone.
    @Test func discoveryOutlivesABrokenAggregatedAPI() async throws {
        let services = "/apis/apiregistration.k8s.io/v1/apiservices"
        _ = try await client.create(
            services,
            [
                "metadata": ["name": "v1.broken.test"],
                "spec": [
                    "group": "broken.test", "version": "v1", "groupPriorityMinimum": 100, "versionPriority": 100,
                    "insecureSkipTLSVerify": true, "service": ["name": "none", "namespace": "default"],
                ],
            ])
        let quick = plane.client(timeouts: KubernetesTimeouts(attempts: 1))
        // Until the aggregator has looked, the group is not listed or has no path.
        try await waitUntil("the group fails alone", every: .milliseconds(200)) {
            let found = try await quick.discovery()
            #expect(found.resource(kind: "Pod") != nil)
            return found.failures["broken.test/v1"]?.code == 503
        }
        try await client.delete("\(services)/v1.broken.test")
    }

    @Test func readsMetricsOfTheServer() async throws {
        let samples = try await client.metrics(names: ["process_resident_memory_bytes", "apiserver_request_total"])
        #expect(samples.contains { $0.name == "apiserver_request_total" && $0.labels["verb"] != nil && $0.value > 0 })
        #expect(try #require(samples.first { $0.name == "process_resident_memory_bytes" }).value > 1e7)
    }

    @Test func logs() async throws {
        let text = try await client.logs(
            namespace: "default", pod: "played", container: "main", tail: 5, previous: true)
        #expect(text.hasPrefix("path /containerLogs/default/played/main?"))
        #expect(text.contains("tailLines=5") && text.contains("previous=true") && text.contains("limitBytes="))
        let error = await #expect(throws: KubernetesError.self) {
            try await client.logs(namespace: "default", pod: "no-such-pod")
        }
        #expect(error?.isNotFound == true)
    }
}
