import TestSupport
import Testing

extension SmallFleets {
    /// One control plane and one worker, for all that needs a cluster and no more of it.
    ///
    /// Its suites run in the order of their files' names.
    @Suite("One control plane and one worker", .serialized, .hosts("test-two", controlPlanes: 1, workers: 1))
    enum ClusterOfTwo {
        static func fleet() throws -> TestFleet { try FleetScope.fleet("test-two") }
    }
}

extension SmallFleets.ClusterOfTwo {
    @Suite("Before there is a cluster") struct BeforeItIsThereTests {
        @Test func aClusterThatIsNotThereIsNoFailureOfTheLearner() async throws {
            let fleet = try SmallFleets.ClusterOfTwo.fleet()
            let outcome = try await fleet.martlet("lab", "check", "E10", "-f", fleet.spec.path, "--format", "json")
            #expect(outcome.status == 69, "\(outcome.said)")
            #expect(outcome.errors.contains("lab.no-cluster"), "\(outcome.said)")
        }
    }
}
