internal import Catalogue
internal import ClusterModel
internal import Diagnostics
internal import Execution
internal import Planning
internal import Reporting
internal import Transports

/// Joins spares, or drains them and gives them back: an apply with that change.
enum PoolRun {
    /// - Parameter approve: asked with the plan before anything is changed; false ends it.
    /// - Returns: false if it was not approved.
    /// - Throws: what an apply throws.
    static func change(
        _ options: ClusterOptions, _ change: PoolChange, approve: (Plan) -> Bool = { _ in true }
    ) async throws -> Bool {
        guard try await apply(options, change, approve: approve) else { return false }
        // The others still have a route to who has left.
        if !change.leaving.isEmpty { _ = try await apply(options, .none) { _ in true } }
        return true
    }

    private static func apply(
        _ options: ClusterOptions, _ change: PoolChange, approve: (Plan) -> Bool
    ) async throws -> Bool {
        let session = try await ClusterSession.open(options, lock: LockHolder.current(), pools: change)
        do {
            try ClusterRun.refuseBlocked(session.plan)
            guard session.plan.changes.isEmpty || approve(session.plan) else {
                await session.fleet.close()
                return false
            }
            if !session.plan.changes.isEmpty { try ClusterRun.requireDone(await ClusterRun.run(session)) }
        } catch {
            await session.fleet.close()
            throw error
        }
        await session.fleet.close()
        return true
    }

    /// - Throws: `nodes.unknown-pool`.
    static func pool(_ name: String, in spec: ClusterSpec) throws -> PoolSpec {
        if let pool = spec.pool(name) { return pool }
        let near = Suggestion.nearest(to: name, in: spec.pools.map(\.name)).map { "did you mean \($0)?" }
        throw Diagnostic(
            code: "nodes.unknown-pool", "the spec has no pool \(name)",
            hint: near ?? "add `pools: [{ name: \(name) }]`, and `pool: \(name)` at the hosts that are its spares",
            exitCode: .usage)
    }
}
