import Diagnostics
import Testing

@testable import LocalHosts

@Suite struct FleetLayoutTests {
    private func text(
        names: [String] = [], count: Int? = nil, controlPlanes: Int? = nil, workers: Int? = nil
    ) throws -> String {
        try FleetRequest.layout(names: names, count: count, controlPlanes: controlPlanes, workers: workers)
            .map { "\($0.name):\($0.roles.joined(separator: "+"))" }.joined(separator: " ")
    }

    @Test func withoutNumbersItIsThreeAndOne() throws {
        #expect(try text() == "cp-1:control-plane cp-2:control-plane cp-3:control-plane worker-1:worker")
    }

    @Test func smallTotalsHaveOneControlPlane() throws {
        #expect(try text(count: 1) == "cp-1:control-plane+worker")
        #expect(try text(count: 3) == "cp-1:control-plane worker-1:worker worker-2:worker")
        #expect(try text(count: 4) == text())
    }

    @Test func numbersWin() throws {
        #expect(try text(controlPlanes: 1) == "cp-1:control-plane worker-1:worker")
        #expect(try text(controlPlanes: 1, workers: 0) == "cp-1:control-plane+worker")
        #expect(
            try text(count: 3, controlPlanes: 3)
                == "cp-1:control-plane+worker cp-2:control-plane+worker cp-3:control-plane+worker")
        #expect(try text(count: 3, workers: 1) == "cp-1:control-plane cp-2:control-plane worker-1:worker")
    }

    @Test func namesKeepTheirOrder() throws {
        #expect(try text(names: ["zeta", "alpha"]) == "zeta:control-plane alpha:worker")
    }

    @Test func refusesWhatDoesNotAddUp() {
        for (names, count, first, second) in [
            (["a", "b"], 3, nil, nil), ([], 2, 3, nil), ([], 4, 2, 1), ([], nil, 0, 1), ([], 65, nil, nil),
            (["a", "a"], nil, nil, nil), (["A"], nil, nil, nil), (["localhost"], nil, nil, nil), ([], nil, 1, -1),
        ] as [([String], Int?, Int?, Int?)] {
            let problem = #expect(throws: Diagnostic.self) {
                try text(names: names, count: count, controlPlanes: first, workers: second)
            }
            #expect(problem?.exitCode == .usage)
        }
    }
}
