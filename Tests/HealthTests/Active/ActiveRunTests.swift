import Foundation
import Testing

@testable import Health

/// The parts of a run that decide something.
@Suite struct ActiveRunTests {
    private static func decode<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }

    @Test func everyPairUpToTheBoundAndASampleAbove() {
        let few = (1...50).map { "n\($0)" }
        #expect(Set(PairPlan.peers(of: "n7", among: few)) == Set(few))
        let many = (1000..<1200).map { "n\($0)" }
        var tried: [String: Int] = [:]
        for node in many {
            let peers = PairPlan.peers(of: node, among: many.shuffled())
            #expect(peers == PairPlan.peers(of: node, among: many), "the same in every run")
            for peer in Set(peers) { tried[peer, default: 0] += 1 }
        }
        #expect(tried.count == 200 && Set(tried.values) == [9], "itself and 1, 2, ... 128 places on")
    }

    @Test func theImageThatMostNodesHave() throws {
        func node(_ names: String...) throws -> ActiveImage.Holder {
            let list = names.map { #"{"names":["\#($0)"]}"# }.joined(separator: ",")
            return try Self.decode(ActiveImage.Holder.self, #"{"status":{"images":[\#(list)]}}"#)
        }
        let nodes = [
            try node("example.org/a/busybox:1.35", "pause:3.2"), try node("example.org/a/busybox:1.35"),
            try node("docker.io/library/busybox:1.36"),
            try node("x/busybox@sha256:00", "x/notbusybox:1", "busybox/y:1"),
        ]
        #expect(ActiveImage.choose(nodes) == "example.org/a/busybox:1.35")
        #expect(ActiveImage.choose([nodes[3]]) == ActiveImage.fallback)
        #expect(ActiveImage.choose([]) == ActiveImage.fallback)
    }

    @Test func onlyNamespacesOfRunsAreTouched() throws {
        func namespace(
            _ name: String, owner: String = "health", expires: String = "100", more: String = ""
        ) throws -> ActiveNamespace.Object {
            let labels = #"{"martlet.dev/owner":"\#(owner)","martlet.dev/expires":"\#(expires)"}"#
            return try Self.decode(
                ActiveNamespace.Object.self, #"{"metadata":{"name":"\#(name)","labels":\#(labels)\#(more)}}"#)
        }
        let list = [
            try namespace("martlet-health-old"), try namespace("martlet-health-new", expires: "300"),
            try namespace("martlet-health-own", expires: "300"), try namespace("production"),
            try namespace("martlet-health-mine", owner: "somebody"),
            try namespace("martlet-health-odd", expires: "soon"),
            try namespace("martlet-health-gone", more: #","deletionTimestamp":"2026-01-01T00:00:00Z""#),
        ]
        #expect(
            ActiveNamespace.others(list, but: "martlet-health-own", now: 200)
                == .init(expired: ["martlet-health-old"], running: ["martlet-health-new"]))
    }

    @Test func aPodSaysWhyItDoesNotRun() throws {
        func pod(_ status: String) throws -> ActivePod {
            try Self.decode(ActivePod.self, #"{"metadata":{"name":"p"},"spec":{"nodeName":"n"},"status":\#(status)}"#)
        }
        let image = try pod(
            #"{"containerStatuses":[{"state":{"waiting":{"reason":"ErrImagePull","message":"no such host"}}}]}"#)
        #expect(image.cause == "ErrImagePull: no such host" && image.lacksImage)
        let creating = try pod(#"{"containerStatuses":[{"state":{"waiting":{"reason":"ContainerCreating"}}}]}"#)
        #expect(creating.cause == nil && !creating.lacksImage, "events say more")
        let pending = try pod(
            #"{"conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/3 nodes"}]}"#
        )
        #expect(pending.cause == "Unschedulable: 0/3 nodes")
        let ended = try pod(#"{"containerStatuses":[{"state":{"terminated":{"reason":"Error","exitCode":2}}}]}"#)
        #expect(ended.cause == "Error with status 2")
    }

    @Test func eventsAreQuotedOnce() throws {
        let events = try ["Warning|p|no network", "Warning|p|no network", "Normal|p|pulling", "Warning|q|other"].map {
            let parts = $0.split(separator: "|")
            return try Self.decode(
                ActiveEvent.self,
                #"{"type":"\#(parts[0])","reason":"Failed","message":"\#(parts[2])","involvedObject":{"name":"\#(parts[1])"}}"#
            )
        }
        #expect(ActiveEvent.warnings(events, about: "p") == ["Failed: no network"])
    }

    @Test func activeProbesAreChosenLikeOthers() throws {
        let all = HealthCatalogue.all()
        #expect(Set(all.map(\.id)).count == all.count, "ids are unique")
        #expect(HealthCatalogue.active.allSatisfy { $0.kind == .active })
        #expect(HealthCatalogue.passive().allSatisfy { $0.kind != .active })
        let chosen = try HealthCatalogue.choose(all, only: ["active"], skip: ["network", "storage.claim"])
        #expect(chosen.map(\.id) == [NameResolution.id, AbsentNames.id, Workload.id, ControlPlaneLoss.id])
    }
}
