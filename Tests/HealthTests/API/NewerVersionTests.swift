import Foundation
import Testing

@testable import Health

/// What newer versions of Kubernetes say that 1.20 does not, as their API says it.
@Suite("Newer versions of Kubernetes")
struct NewerVersionTests {
    static func read<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }

    // MARK: Requests of pods

    @Test(
        "A pod asks for what the scheduler counts",
        arguments: [
            // Containers together, or the largest init container.
            (#""containers":[{"resources":{"requests":{"cpu":"1"}}},{"resources":{"requests":{"cpu":"2"}}}]"#, 3.0),
            (
                #""initContainers":[{"resources":{"requests":{"cpu":"5"}}}],"containers":[{"resources":{"requests":{"cpu":"1"}}}]"#,
                5
            ),
            // A sidecar runs beside the containers, and beside what starts after it, but not before it.
            (
                """
                "initContainers":[{"restartPolicy":"Always","resources":{"requests":{"cpu":"1"}}}],
                "containers":[{"resources":{"requests":{"cpu":"2"}}}]
                """, 3
            ),
            (
                """
                "initContainers":[{"restartPolicy":"Always","resources":{"requests":{"cpu":"1"}}},
                {"resources":{"requests":{"cpu":"4"}}}],"containers":[{"resources":{"requests":{"cpu":"2"}}}]
                """, 5
            ),
            (
                """
                "initContainers":[{"resources":{"requests":{"cpu":"4"}}},
                {"restartPolicy":"Always","resources":{"requests":{"cpu":"1"}}}],"containers":[{"resources":{"requests":{"cpu":"2"}}}]
                """, 4
            ),
            // What is asked for the pod as a whole wins, for that resource only.
            (
                #""resources":{"requests":{"cpu":"7"}},"containers":[{"resources":{"requests":{"cpu":"1"}}}],"overhead":{"cpu":"1"}"#,
                8
            ),
            (
                #""resources":{"requests":{"memory":"1Gi"}},"containers":[{"resources":{"requests":{"cpu":"1"}}}]"#,
                1
            ),
        ])
    func requests(_ spec: String, _ wanted: Double) throws {
        #expect(try Self.read(Pod.self, "{\"spec\":{\(spec)}}").requests("cpu") == wanted)
    }

    // MARK: Pods that wait or crash

    private static func waiting(_ reason: String) -> APIProbeTests.World {
        var world = APIProbeTests.World()
        world.pods.append(
            APIProbeTests.World.pod(
                "waits", namespace: "shop", node: "", ready: false, phase: "Pending",
                conditions:
                    #",{"type":"PodScheduled","status":"False","reason":"\#(reason)","message":"held","lastTransitionTime":"2026-01-02T11:00:00Z"}"#,
                owner: "DaemonSet"))
        return world
    }

    @Test("A pod behind a scheduling gate waits on purpose, one without a place does not")
    func gates() throws {
        for (reason, status) in [("SchedulingGated", HealthStatus.pass), ("Unschedulable", .warn)] {
            let findings = HealthEvaluation.findings([PendingPods.probe], try Self.waiting(reason).evidence)
            #expect(findings.map(\.status) == [status], "\(reason)")
        }
    }

    @Test(
        "An init container that crashes is seen, and so is a sidecar of a running pod",
        arguments: ["Pending", "Running"])
    func initContainers(_ phase: String) throws {
        var world = APIProbeTests.World()
        let statuses =
            #""initContainerStatuses":[{"name":"mesh","restartCount":9,"state":{"waiting":{"reason":"CrashLoopBackOff"}}}],"#
        world.pods.append(
            APIProbeTests.World.pod(
                "a", namespace: "shop", node: "cp-1", ready: false,
                containers: #"{"name":"c","restartCount":0,"state":{"waiting":{"reason":"PodInitializing"}}}"#,
                phase: phase, owner: "DaemonSet"
            ).replacingOccurrences(of: #""containerStatuses""#, with: statuses + #""containerStatuses""#))
        let red = HealthEvaluation.findings(APIProbes.all, try world.evidence)
            .filter { $0.status != .pass && $0.status != .skipped }
        #expect(red.map(\.id) == ["workload.crashing"])
        #expect(red.map(\.measured) == ["mesh: CrashLoopBackOff, 9 restarts"])
    }

    // MARK: Storage

    @Test(
        "Two default classes refuse claims up to 1.25, and are only unclear since; unknown is the worse",
        arguments: [
            ("v1.20.2" as String?, HealthStatus.fail), ("v1.25.9", .fail), ("v1.26.0", .warn), ("v1.36.4", .warn),
            (nil, .fail),
        ])
    func defaultClasses(_ version: String?, _ status: HealthStatus) throws {
        var world = APIProbeTests.World()
        world.classes = ["a", "b"].map {
            #"{"metadata":{"name":"\#($0)","annotations":{"storageclass.kubernetes.io/is-default-class":"true"}}}"#
        }
        var evidence = try world.evidence
        evidence.api.version = version.map { .value($0) } ?? .unknown("no answer")
        #expect(HealthEvaluation.findings([DefaultClass.probe], evidence).map(\.status) == [status])
    }

    // MARK: Services

    private static func slice(_ service: String, _ family: String, _ endpoints: String) -> String {
        """
        {"metadata":{"name":"\(service)-x","namespace":"shop","labels":{"kubernetes.io/service-name":"\(service)"}},
         "addressType":"\(family)","endpoints":[\(endpoints)]}
        """
    }

    @Test("Slices of a service become one object, with one family of addresses")
    func slices() throws {
        let list = try [
            Self.slice("a", "IPv4", #"{"addresses":["10.1.0.1"],"conditions":{"ready":true},"nodeName":"w"}"#),
            Self.slice(
                "a", "IPv4", #"{"addresses":["10.1.0.2"]},{"addresses":["10.1.0.3"],"conditions":{"ready":false}}"#),
            Self.slice("a", "IPv6", #"{"addresses":["fd00::1"]}"#), Self.slice("b", "IPv4", ""),
            #"{"metadata":{"name":"stray","namespace":"shop"},"endpoints":[{"addresses":["10.9.9.9"]}]}"#,
        ].map { try Self.read(EndpointSlice.self, $0) }
        let gathered = Endpoints.gathered(from: list)
        #expect(gathered.map { "\($0.namespace)/\($0.name)" } == ["shop/a", "shop/b"])
        #expect(gathered.map(\.readyAddresses) == [["10.1.0.1", "10.1.0.2"], []])
        #expect(gathered[0].subsets?.first?.notReadyAddresses?.map(\.ip) == ["10.1.0.3"])
        #expect(gathered[0].subsets?.first?.addresses?.first?.nodeName == "w")
    }

    @Test("A webhook whose backends stand in slices only is not said to have none; without any it is")
    func webhookBehindSlices() throws {
        var world = APIProbeTests.World()
        world.webhooks = [
            #"{"metadata":{"name":"p"},"webhooks":[{"name":"w","clientConfig":{"service":{"namespace":"shop","name":"a"}}}]}"#
        ]
        for (endpoints, status) in [
            (#"{"addresses":["10.1.0.1"]},{"addresses":["10.1.0.2"]}"#, HealthStatus.pass),
            (#"{"addresses":["10.1.0.1"]}"#, .warn), ("", .fail),
        ] {
            var evidence = try world.evidence
            evidence.api.endpoints = .value(
                Endpoints.gathered(from: [
                    try Self.read(EndpointSlice.self, Self.slice("a", "IPv4", endpoints)),
                    try Self.read(
                        EndpointSlice.self,
                        Self.slice("a", "IPv6", endpoints.replacingOccurrences(of: "10.1.0.", with: "fd00::"))
                    ),
                ]))
            #expect(HealthEvaluation.findings([Webhooks.probe], evidence).map(\.status) == [status])
        }
    }

    @Test("Slices are asked for from 1.21 on, and where the version is not known")
    func whereSlicesAre() {
        for (version, isAsked) in [
            ("v1.20.2", false), ("v1.21.0", true), ("v1.36.4", true), ("v2.0.0", true), ("odd", true),
        ] {
            #expect(APICollector.mayHaveSlices(.value(version)) == isAsked, "\(version)")
        }
        #expect(APICollector.mayHaveSlices(.unknown("no answer")))
    }

    // MARK: Deprecated APIs

    @Test("Endpoints are deprecated since 1.33 without an end: no alarm about what the cluster itself asks for")
    func endpointsWithoutAnEnd() throws {
        var world = APIProbeTests.World()
        world.version = "v1.36.4"
        world.deprecated = [
            DeprecatedRequest(name: "v1 endpoints", removedRelease: ""),
            DeprecatedRequest(name: "v1 componentstatuses", removedRelease: ""),
        ]
        #expect(HealthEvaluation.findings([DeprecatedAPIs.probe], try world.evidence).map(\.status) == [.pass])
    }
}
