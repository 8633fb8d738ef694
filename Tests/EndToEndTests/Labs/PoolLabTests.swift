import Foundation
import TestSupport
import Testing

extension SmallFleets {
    /// The labs in which hosts become nodes and spares again, each with the pools that it needs; they take more than half an hour.
    @Suite("Labs about pools of hosts", .serialized, .hosts("test-lab-pools", controlPlanes: 1, workers: 3))
    struct PoolLabTests {
        private let fleet: TestFleet

        init() throws { fleet = try FleetScope.fleet("test-lab-pools") }

        /// By the lab's id: hosts and their pools, and the section of the spec.
        static let pools: [String: (hosts: [String: String], section: [String])] = [
            "E14": (
                ["worker-2": "spare", "worker-3": "spare"], ["pools:", "  - {name: spare, labels: {pool: spare}}"]
            ),
            "E15": (
                ["worker-2": "standard", "worker-3": "high-memory"],
                [
                    "pools:", "  - {name: standard, labels: {pool: standard}}",
                    "  - {name: high-memory, labels: {pool: high-memory}}",
                ]
            ),
            "A5": (
                ["worker-2": "preemptible", "worker-3": "preemptible"],
                [
                    "pools:", "  - name: preemptible", "    labels: {pool: preemptible}",
                    "    taints: [{key: preemptible, value: \"true\", effect: NoSchedule}]",
                ]
            ),
        ]

        @Test(
            arguments: LabProof.named.map { named in pools.keys.sorted().filter(named.contains) }
                ?? (Ground.isWhole ? pools.keys.sorted() : []))
        func isProven(_ id: String) async throws {
            let pools = try #require(Self.pools[id])
            let images = try await fleet.withLabImages(fleet.spec)
            let spec = try images.copy("pools-\(id)") { lines in
                for (host, pool) in pools.hosts { lines.add(toHost: host, ["    pool: \(pool)"]) }
                let begin = lines.firstIndex(of: "hosts:") ?? lines.endIndex
                lines.insert(contentsOf: pools.section, at: begin)
            }
            // From the beginning: what a lab before left as a node would be none of this one's pools.
            _ = try await fleet.martlet("reset", "-f", spec.path, "--confirm", fleet.name, seconds: 600)
            try await fleet.restore(spec)
            let proof = try await fleet.prove(id, spec)
            #expect(proof.proven, "\(proof.faults)")
        }
    }
}
