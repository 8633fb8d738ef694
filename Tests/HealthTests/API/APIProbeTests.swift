import Foundation
import Testing

@testable import Health

/// Every probe of the API on a healthy cluster and on each fault, as pure functions of what the API says.
@Suite struct APIProbeTests {
    /// The second of January 2026, noon.
    static let now = Date(timeIntervalSince1970: 1_767_355_200)

    /// What the API says, as JSON of its lists; a healthy cluster of three control planes and a worker by default.
    struct World {
        var nodes = World.healthyNodes
        var leases = World.healthyLeases
        var pods: [String] = World.healthyPods
        var endpoints = [
            #"{"metadata":{"name":"kube-dns","namespace":"kube-system"},"subsets":[{"addresses":[{"ip":"10.244.0.2"}]}]}"#
        ]
        var classes: [String] = []
        var claims: [String] = []
        var volumes: [String] = []
        var requests: [String] = []
        var tokens: [String] = []
        var webhooks: [String] = []
        var services: [String] = []
        var version = "v1.33.1"
        var deprecated: [DeprecatedRequest] = []
        var servers = [
            APIServerState(address: "10.0.0.1:6443"), World.endpoint(),
        ]

        static func endpoint(failures: Int = 0, slowest: Double = 0.004) -> APIServerState {
            var state = APIServerState(address: "10.0.0.9:6443", isEndpoint: true, latencies: [0.003, slowest])
            state.answers = 21 - failures
            state.failures = failures
            return state
        }

        static let healthyNodes = ["cp-1", "cp-2", "cp-3", "worker-1"].map { node($0) }
        static let healthyLeases = ["cp-1", "cp-2", "cp-3", "worker-1"].map { lease($0, "2026-01-02T11:59:55.123456Z") }
        static let healthyPods = [
            pod("dns-a", node: "cp-1", labels: #""k8s-app":"kube-dns""#),
            pod("dns-b", node: "worker-1", labels: #""k8s-app":"kube-dns""#),
            pod("etcd-cp-1", node: "cp-1", labels: #""tier":"control-plane""#),
        ]

        static func node(
            _ name: String, ready: String = "True", spec: String = "{}", conditions: String = "",
            version: String = "v1.33.1", annotations: String = "", pods: Int = 110
        ) -> String {
            let role = name.hasPrefix("cp") ? #""node-role.kubernetes.io/control-plane":"""# : ""
            return """
                {"metadata":{"name":"\(name)","labels":{\(role)},"annotations":{\(annotations)},
                 "creationTimestamp":"2026-01-01T00:00:00Z"},"spec":\(spec),
                 "status":{"conditions":[{"type":"Ready","status":"\(ready)","message":"kubelet says",
                 "lastTransitionTime":"2026-01-02T11:50:00Z"}\(conditions)],
                 "allocatable":{"cpu":"2","memory":"4Gi","pods":"\(pods)"},"nodeInfo":{"kubeletVersion":"\(version)"}}}
                """
        }

        static func lease(_ name: String, _ time: String) -> String {
            #"{"metadata":{"name":"\#(name)","namespace":"kube-node-lease"},"spec":{"renewTime":"\#(time)"}}"#
        }

        static func pod(
            _ name: String, namespace: String = "kube-system", node: String, labels: String = "", ready: Bool = true,
            containers: String = "", requests: String = "", phase: String = "Running", conditions: String = "",
            owner: String = "ReplicaSet"
        ) -> String {
            """
            {"metadata":{"name":"\(name)","namespace":"\(namespace)","labels":{\(labels)},
             "ownerReferences":[{"kind":"\(owner)","name":"x"}]},
             "spec":{"nodeName":"\(node)","containers":[{"name":"c","resources":{"requests":{\(requests)}}}]},
             "status":{"phase":"\(phase)","conditions":[{"type":"Ready","status":"\(ready ? "True" : "False")",
             "lastTransitionTime":"2026-01-02T11:00:00Z","message":"not yet"}\(conditions)],
             "containerStatuses":[\(containers)]}}
            """
        }

        var evidence: HealthEvidence {
            get throws {
                func read<Value: Decodable & Sendable>(_ list: [String]) throws -> Answer<[Value]> {
                    .value(try list.map { try JSONDecoder().decode(Value.self, from: Data($0.utf8)) })
                }
                var api = APIEvidence.unreachable("not asked")
                api.nodes = try read(nodes)
                api.leases = try read(leases)
                api.pods = try read(pods)
                api.endpoints = try read(endpoints)
                api.storageClasses = try read(classes)
                api.claims = try read(claims)
                api.volumes = try read(volumes)
                api.signingRequests = try read(requests)
                api.bootstrapTokens = try read(tokens)
                api.validatingWebhooks = try read(webhooks)
                api.mutatingWebhooks = .value([])
                api.apiServices = try read(services)
                api.version = .value(version)
                api.deprecated = .value(deprecated)
                api.apiServers = .value(servers)
                return HealthEvidence(now: APIProbeTests.now, api: api)
            }
        }
    }

    /// A fault, the one probe that must see it, and what it must say.
    struct Fault: Sendable, CustomTestStringConvertible {
        var probe: String
        var status: HealthStatus
        var subject: String
        var says: String
        var make: @Sendable (inout World) -> Void
        var testDescription: String { "\(probe) \(status.rawValue) \(says)" }
    }

    @Test func aHealthyClusterRaisesNothing() throws {
        let findings = HealthEvaluation.findings(APIProbes.all, try World().evidence)
        #expect(Set(findings.map(\.id)) == Set(APIProbes.all.map(\.id)), "every probe says something")
        for finding in findings {
            #expect(finding.status == .pass || finding.id == "storage.default-class", "\(finding)")
            #expect(finding.remedy.isEmpty)
        }
    }

    @Test(arguments: faults) func eachFaultIsSeenByItsProbe(_ fault: Fault) throws {
        var world = World()
        fault.make(&world)
        let findings = HealthEvaluation.findings(APIProbes.all, try world.evidence)
        let red = findings.filter { $0.status == .fail || $0.status == .warn || $0.status == .unknown }
        #expect(Set(red.map(\.id)) == [fault.probe], "\(red)")
        let finding = try #require(red.first)
        #expect(finding.status == fault.status)
        #expect(finding.subject == fault.subject)
        #expect((finding.measured + finding.evidence.joined()).contains(fault.says), "\(finding)")
        #expect(!finding.remedy.isEmpty)
        #expect(!finding.threshold.isEmpty || finding.status == .unknown)
    }

    /// It has one cause and is one finding, with the advice that goes with it.
    @Test func aPodThatCrashesIsNotNamedAsUnreadyToo() throws {
        var world = World()
        world.pods.append(
            World.pod(
                "a", namespace: "shop", node: "cp-1", ready: false,
                containers: #"{"name":"c","restartCount":9,"state":{"waiting":{"reason":"CrashLoopBackOff"}}}"#,
                owner: "DaemonSet"))
        let findings = HealthEvaluation.findings(APIProbes.all, try world.evidence)
        let red = findings.filter { $0.status != .pass && $0.status != .skipped }
        #expect(red.map(\.id) == ["workload.crashing"])
        #expect(red.map(\.measured) == ["c: CrashLoopBackOff, 9 restarts"])
    }

    @Test func everyProbeHasAFaultHere() {
        #expect(Set(Self.faults.map(\.probe)) == Set(APIProbes.all.map(\.id)))
    }

    static let faults: [Fault] = [
        Fault(probe: "node.ready", status: .fail, subject: "node/worker-1", says: "not ready for 10 min") {
            $0.nodes[3] = World.node("worker-1", ready: "False")
        },
        Fault(probe: "node.ready", status: .fail, subject: "node/worker-1", says: "no word from its kubelet") {
            $0.nodes[3] = World.node("worker-1", ready: "Unknown")
        },
        Fault(probe: "node.lease", status: .warn, subject: "node/cp-2", says: "20 s ago") {
            $0.leases[1] = World.lease("cp-2", "2026-01-02T11:59:40.000000Z")
        },
        Fault(probe: "node.lease", status: .fail, subject: "node/cp-2", says: "60 s ago") {
            $0.leases[1] = World.lease("cp-2", "2026-01-02T11:59:00.000000Z")
        },
        Fault(probe: "node.lease", status: .fail, subject: "node/cp-2", says: "never") { $0.leases.remove(at: 1) },
        Fault(probe: "node.pressure", status: .fail, subject: "node/cp-1", says: "DiskPressure") {
            $0.nodes[0] = World.node("cp-1", conditions: #",{"type":"DiskPressure","status":"True"}"#)
        },
        Fault(probe: "node.cordoned", status: .warn, subject: "node/worker-1", says: "cordoned") {
            $0.nodes[3] = World.node("worker-1", spec: #"{"unschedulable":true}"#)
        },
        Fault(probe: "node.cordoned", status: .fail, subject: "node/cp-3", says: "cordoned") {
            $0.nodes[2] = World.node("cp-3", spec: #"{"unschedulable":true}"#)
        },
        Fault(
            probe: "control-plane.api-servers", status: .fail, subject: "apiserver/10.0.0.1:6443", says: "etcd failed"
        ) {
            $0.servers[0] = APIServerState(
                address: "10.0.0.1:6443", problem: "not ready", failedChecks: ["etcd failed: reason withheld"])
        },
        Fault(probe: "control-plane.endpoint", status: .warn, subject: "endpoint/10.0.0.9:6443", says: "20 of 21") {
            $0.servers[1] = World.endpoint(failures: 1)
        },
        Fault(probe: "control-plane.latency", status: .fail, subject: "endpoint/10.0.0.9:6443", says: "1500 ms") {
            $0.servers[1] = World.endpoint(slowest: 1.5)
        },
        Fault(
            probe: "control-plane.restarts", status: .fail, subject: "pod/kube-system/etcd-cp-1",
            says: "CrashLoopBackOff"
        ) {
            $0.pods[2] = World.pod(
                "etcd-cp-1", node: "cp-1", labels: #""tier":"control-plane""#, ready: false,
                containers: #"{"state":{"waiting":{"reason":"CrashLoopBackOff"}}}"#)
        },
        Fault(probe: "control-plane.restarts", status: .warn, subject: "pod/kube-system/etcd-cp-1", says: "2 restarts")
        {
            $0.pods[2] = World.pod(
                "etcd-cp-1", node: "cp-1", labels: #""tier":"control-plane""#,
                containers:
                    #"{"restartCount":2,"state":{},"lastState":{"terminated":{"finishedAt":"2026-01-02T10:00:00Z"}}}"#
            )
        },
        Fault(probe: "control-plane.count", status: .fail, subject: "cluster", says: "2") {
            $0.nodes.remove(at: 2)
        },
        Fault(
            probe: "control-plane.webhooks", status: .fail, subject: "webhook/policy/check.example.org", says: "0 ready"
        ) {
            $0.webhooks = [
                #"{"metadata":{"name":"policy"},"webhooks":[{"name":"check.example.org","clientConfig":{"service":{"namespace":"x","name":"y"}}}]}"#
            ]
        },
        Fault(
            probe: "control-plane.aggregated-apis", status: .fail, subject: "apiservice/v1.metrics",
            says: "MissingEndpoints"
        ) {
            $0.services = [
                #"{"metadata":{"name":"v1.metrics"},"status":{"conditions":[{"type":"Available","status":"False","reason":"MissingEndpoints"}]}}"#
            ]
        },
        Fault(probe: "dns.replicas", status: .fail, subject: "cluster", says: "0 of 0") { $0.pods.removeFirst(2) },
        Fault(probe: "dns.replicas", status: .fail, subject: "cluster", says: "none behind the service") {
            $0.endpoints = []
        },
        Fault(probe: "dns.replicas", status: .warn, subject: "cluster", says: "2 of 2 pods ready on 1 node") {
            $0.pods[1] = World.pod("dns-b", node: "cp-1", labels: #""k8s-app":"kube-dns""#)
        },
        Fault(probe: "storage.default-class", status: .warn, subject: "cluster", says: "a, b") {
            $0.classes = ["a", "b"].map {
                #"{"metadata":{"name":"\#($0)","annotations":{"storageclass.kubernetes.io/is-default-class":"true"}}}"#
            }
        },
        Fault(probe: "storage.default-class", status: .warn, subject: "cluster", says: "none of 1") {
            $0.classes = [#"{"metadata":{"name":"a"}}"#]
        },
        Fault(probe: "storage.claims", status: .fail, subject: "claim/shop/data", says: "waits for 30 min") {
            $0.classes = [
                #"{"metadata":{"name":"a","annotations":{"storageclass.kubernetes.io/is-default-class":"true"}}}"#
            ]
            $0.claims = [
                #"{"metadata":{"name":"data","namespace":"shop","creationTimestamp":"2026-01-02T11:30:00Z"},"status":{"phase":"Pending"}}"#
            ]
        },
        Fault(probe: "storage.claims", status: .warn, subject: "volume/v", says: "released") {
            $0.volumes = [#"{"metadata":{"name":"v"},"status":{"phase":"Released"}}"#]
        },
        Fault(probe: "certificates.requests", status: .fail, subject: "csr/a", says: "system:node:cp-1 waits for 2 h") {
            $0.requests = [
                #"{"metadata":{"name":"a","creationTimestamp":"2026-01-02T10:00:00Z"},"spec":{"username":"system:node:cp-1"},"status":{}}"#
            ]
        },
        Fault(
            probe: "certificates.bootstrap-tokens", status: .fail, subject: "token/bootstrap-token-x",
            says: "never ends"
        ) {
            $0.tokens = [#"{"metadata":{"name":"bootstrap-token-x"},"data":{"token-secret":"aGlkZGVu"}}"#]
        },
        Fault(probe: "capacity.requests", status: .warn, subject: "resource/cpu", says: "85 %") {
            $0.pods.append(World.pod("big", node: "cp-1", requests: #""cpu":"6800m""#, owner: "Node"))
        },
        Fault(probe: "capacity.node-loss", status: .fail, subject: "resource/memory", says: "104 %") {
            $0.pods.append(World.pod("big", namespace: "shop", node: "cp-1", requests: #""memory":"12800Mi""#))
        },
        Fault(probe: "capacity.pods", status: .fail, subject: "node/cp-1", says: "2 of 2 pods") {
            $0.nodes[0] = World.node("cp-1", pods: 2)
        },
        Fault(probe: "capacity.pending", status: .warn, subject: "pod/shop/waits", says: "4 nodes are too small") {
            $0.pods.append(
                World.pod(
                    "waits", namespace: "shop", node: "", ready: false, phase: "Pending",
                    conditions:
                        #",{"type":"PodScheduled","status":"False","message":"4 nodes are too small","lastTransitionTime":"2026-01-02T11:50:00Z"}"#,
                    owner: "DaemonSet"))
        },
        Fault(probe: "versions.skew", status: .fail, subject: "node/worker-1", says: "kubelet v1.34.0") {
            $0.nodes[3] = World.node("worker-1", version: "v1.34.0")
        },
        Fault(probe: "versions.skew", status: .warn, subject: "node/worker-1", says: "kubelet v1.30.9") {
            $0.nodes[3] = World.node("worker-1", version: "v1.30.9")
        },
        Fault(probe: "versions.skew", status: .fail, subject: "node/worker-1", says: "kubelet v1.29.0") {
            $0.nodes[3] = World.node("worker-1", version: "v1.29.0")
        },
        Fault(probe: "versions.support", status: .warn, subject: "cluster", says: "last fixes on 2025-11-11") { world in
            world.version = "v1.31.4"
            world.nodes = world.nodes.map { $0.replacing("v1.33.1", with: "v1.31.4") }
        },
        Fault(probe: "versions.support", status: .unknown, subject: "cluster", says: "v1.99.0") { world in
            world.version = "v1.99.0"
            world.nodes = world.nodes.map { $0.replacing("v1.33.1", with: "v1.99.0") }
        },
        Fault(probe: "versions.deprecated-apis", status: .fail, subject: "api/policy/v1beta1 x", says: "1.34") {
            $0.deprecated = [DeprecatedRequest(name: "policy/v1beta1 x", removedRelease: "1.34")]
        },
        Fault(probe: "versions.deprecated-apis", status: .warn, subject: "api/policy/v1beta1 x", says: "1.36") {
            $0.deprecated = [DeprecatedRequest(name: "policy/v1beta1 x", removedRelease: "1.36")]
        },
        Fault(probe: "workload.crashing", status: .warn, subject: "pod/shop/a", says: "ImagePullBackOff") {
            $0.pods.append(
                World.pod(
                    "a", namespace: "shop", node: "cp-1",
                    containers: #"{"name":"c","state":{"waiting":{"reason":"ImagePullBackOff"}}}"#, owner: "DaemonSet"))
        },
        Fault(probe: "workload.unready", status: .warn, subject: "pod/shop/a", says: "not ready for 60 min") {
            $0.pods.append(World.pod("a", namespace: "shop", node: "cp-1", ready: false, owner: "DaemonSet"))
        },
    ]
}
