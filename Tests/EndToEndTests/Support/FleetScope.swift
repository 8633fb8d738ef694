import Synchronization
import TestSupport
import Testing

/// Gives a suite its hosts: booted before its first scenario, destroyed after the last one, also when one has failed.
struct FleetScope: SuiteTrait, TestScoping {
    let name: String
    let controlPlanes: Int
    let workers: Int
    let user: String

    private static let fleets = Mutex<[String: TestFleet]>([:])

    @concurrent func provideScope(
        for test: Test, testCase: Test.Case?, performing scenarios: @Sendable @concurrent () async throws -> Void
    ) async throws {
        let fleet = try await TestFleet.create(name, controlPlanes: controlPlanes, workers: workers, user: user)
        Self.fleets.withLock { $0[name] = fleet }
        do {
            try await scenarios()
        } catch {
            try? await fleet.destroy()
            throw error
        }
        try await fleet.destroy()
    }

    static func fleet(_ name: String) throws -> TestFleet {
        guard let fleet = fleets.withLock({ $0[name] }) else { throw Failure("the hosts of \(name) were not booted") }
        return fleet
    }
}

extension Trait where Self == FleetScope {
    static func hosts(_ name: String, controlPlanes: Int, workers: Int, user: String = "root") -> Self {
        FleetScope(name: name, controlPlanes: controlPlanes, workers: workers, user: user)
    }
}
