import Foundation
import TestSupport
import Testing

/// Three control planes and a worker on real hosts, made once by real kubeadm: a cold apply is the dearest part of all that is
/// tested on them.
///
/// Its suites run in the order of their files' names. Each brings the cluster to what the spec says before it begins, so that
/// one can be run alone.
@Suite("Three control planes and a worker", .serialized, .hosts("test-ha", controlPlanes: 3, workers: 1))
enum HighlyAvailableFleet {
    static func fleet() throws -> TestFleet { try FleetScope.fleet("test-ha") }
}

extension HighlyAvailableFleet {
    @Suite("A cold apply") struct ColdApplyTests {
        private let fleet: TestFleet
        private var spec: Spec { fleet.spec }

        init() throws { fleet = try HighlyAvailableFleet.fleet() }

        /// The first test on these hosts: they are not looked at for that once they are a cluster.
        @Test func anEndpointThatAnotherMachineHasIsRefused() async throws {
            let address = try #require(spec.value("address"))
            try await fleet.console("worker-1", "ip addr add \(address)/24 dev host0")
            let refused = try await fleet.martlet("plan", "-f", spec.path)
            try await fleet.console("worker-1", "ip addr del \(address)/24 dev host0")
            #expect(refused.status == 1, "\(refused.said)")
            #expect(refused.errors.contains("preflight.endpoint-taken"), "\(refused.said)")
            #expect(refused.errors.contains("\(address) belongs to another machine"), "\(refused.said)")
            // What a host knew of the stranger is forgotten.
            let free = try await fleet.martlet("plan", "-f", spec.path)
            #expect(free.status == 0, "\(free.said)")
        }

        @Test func aColdApplyMakesTheClusterAndTheSecondOneFindsNothingToDo() async throws {
            let first = try await fleet.apply(spec, seconds: 900)
            #expect(first.status == 0, "\(first.said)")
            #expect(first.said.contains("healthy:"), "\(first.said)")
            let second = try await fleet.apply(spec)
            #expect(second.status == 0, "\(second.said)")
            #expect(second.output.contains("Nothing to do"))
            try await fleet.expectComplete(spec, nodes: 4)
            let nodes = try await fleet.status(spec).nodes
            let roles = Dictionary(uniqueKeysWithValues: nodes.map { ($0.name, $0.roles) })
            #expect(roles["cp-1"] == ["control-plane"])
            #expect(roles["worker-1"] == ["worker"])
        }
    }
}
