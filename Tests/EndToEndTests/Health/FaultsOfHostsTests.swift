import TestSupport
import Testing

extension SmallFleets.ClusterOfTwo {
    /// Faults that need no more than a worker; the others are in HealthTests.swift.
    @Suite("Health of hosts and of what runs on them", .serialized) struct FaultsOfHostsTests {
        @Test func everyFaultIsSeenByItsProbeAndOnlyByThoseThatMust() async throws {
            let fleet = try SmallFleets.ClusterOfTwo.fleet()
            try await fleet.restore(fleet.spec)
            try await FaultTrial(fleet).prove(on: .ofTwo)
        }
    }
}
