import Diagnostics
import Foundation
import KubernetesAPI
import Testing

@testable import Labs

@Suite("Proofs of labs")
struct ProofTests {
    private static let path = "/api/v1/namespaces/lab-xnonce/configmaps"

    /// A lab whose solution is a patch of what is there, so that no file is needed.
    private static func lab(
        _ checks: String, proof: String, solution: String = "{patch: {ref: configmap/a, merge: {data: {x: done}}}}"
    ) throws -> Lab {
        let text = Sample.text(checks: checks, needs: "{}").replacingOccurrences(
            of: "    checks:", with: "    solution: \(solution)\n    checks:")
        let reading = Sample.read(text + "prove: \(proof)\n")
        guard let lab = reading.lab else { throw Diagnostics(reading.diagnostics) }
        return lab
    }

    private static func api() -> RecordedAPI {
        RecordedAPI([
            "/api/v1/namespaces/lab-xnonce/serviceaccounts/default": .success([:]),
            "\(path)/a": .success(["metadata": ["name": "a"], "data": ["x": "new", "y": "1"]]),
        ])
    }

    private static let check =
        "- {id: it, why: w, timeout: 50ms, object: {ref: configmap/a, fields: [{path: data.x, value: done}]}}"

    private func prove(_ lab: Lab, _ api: RecordedAPI) async -> ProofReport {
        await LabProver(Sample.context(lab, api), factor: 0.01).run()
    }

    @Test("Red, green, red again: proven, and all is as it was")
    func proven() async throws {
        let api = Self.api()
        let lab = try Self.lab(
            Self.check,
            proof: "{sabotage: [{id: undone, do: {patch: {ref: configmap/a, merge: {data: {x: no}}}}, red: [it]}]}")
        let report = await prove(lab, api)
        #expect(report.proven, "\(report)")
        #expect(report.score == "1 of 1 sabotages caught")
        #expect(report.phases.map(\.kind) == [.pristine, .solved, .sabotage, .cleanup])
        // The sabotage was undone.
        #expect(try await api.get("\(Self.path)/a")["data"]?["x"] == "done")
        // The namespace, and only that, was removed.
        #expect(api.writes.contains("create /api/v1/namespaces"))
        #expect(api.writes.contains("delete /api/v1/namespaces/lab-xnonce"))
    }

    @Test("A record holds for the files that were proven, and for no others")
    func record() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/martlet-proof-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder + "/files", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try "one".write(toFile: folder + "/lab.yaml", atomically: true, encoding: .utf8)
        try "two".write(toFile: folder + "/files/a.yaml", atomically: true, encoding: .utf8)
        var lab = try Self.lab(
            Self.check,
            proof: "{sabotage: [{id: undone, do: {patch: {ref: configmap/a, merge: {data: {x: no}}}}, red: [it]}]}")
        lab.origin.folder = folder
        let api = Self.api()
        api.set("/version", ["gitVersion": "v1.20.2"])
        var report = await prove(lab, api)
        #expect(ProofRecord.warning(for: lab)?.summary == "no proof of X1 is recorded")

        let record = try ProofRecord(report, of: lab, on: Date(timeIntervalSince1970: 1_795_900_000))
        #expect(record.words == "proven on Kubernetes v1.20.2, 2026-11-28: 1 sabotage caught")
        try JSONEncoder().encode(record).write(to: URL(fileURLWithPath: "\(folder)/\(ProofRecord.fileName)"))
        #expect(ProofRecord.valid(for: lab) == record)
        #expect(ProofRecord.warning(for: lab) == nil)

        try "three".write(toFile: folder + "/files/a.yaml", atomically: true, encoding: .utf8)
        #expect(ProofRecord.valid(for: lab) == nil)
        #expect(ProofRecord.warning(for: lab)?.summary == "X1 has changed since it was proven")

        report.proven = false
        #expect(throws: Diagnostic.self) { try ProofRecord(report, of: lab, on: Date()) }
    }

    @Test("A check that is green although nothing was done is no proof")
    func greenBefore() async throws {
        let lab = try Self.lab(
            "- {id: it, why: w, object: {ref: configmap/a}}",
            proof: "{sabotage: [{id: s, do: {delete: configmap/a}, red: [it]}]}")
        let report = await prove(lab, Self.api())
        #expect(!report.proven)
        #expect(report.phases[0].problems.contains { $0.contains("green although nothing was done") })
    }

    @Test("A sabotage that nobody notices is no proof")
    func unnoticed() async throws {
        let lab = try Self.lab(
            Self.check,
            proof:
                "{sabotage: [{id: s, within: 1s, do: {patch: {ref: configmap/a, merge: {data: {y: \"2\"}}}}, red: [it]}]}"
        )
        let report = await prove(lab, Self.api())
        #expect(!report.proven && !report.sabotages[0].caught)
        #expect(report.sabotages[0].problems.contains { $0.contains("it stayed green") }, "\(report.sabotages)")
    }

    @Test("A sabotage that turns more red than it says is no proof")
    func tooMuch() async throws {
        let lab = try Self.lab(
            Self.check
                + "\n- {id: other, tier: robust, why: w, timeout: 50ms, object: {ref: configmap/a, fields: [{path: data.y, value: \"1\"}]}}",
            proof:
                "{sabotage: [{id: s, within: 1s, do: {delete: configmap/a}, red: [it]}, {id: t, within: 1s, do: {patch: {ref: configmap/a, merge: {data: {y: \"2\"}}}}, red: [other]}]}"
        )
        let report = await prove(lab, Self.api())
        #expect(!report.proven)
        #expect(report.sabotages.map(\.caught) == [false, true], "\(report.sabotages)")
        #expect(report.sabotages[0].problems.contains { $0.contains("other turned red, too") })
        #expect(report.sabotages.allSatisfy { $0.undone })
    }

    @Test("A solution that does not solve is no proof, and nothing is broken then")
    func noSolution() async throws {
        let lab = try Self.lab(
            Self.check, proof: "{sabotage: [{id: s, do: {delete: configmap/a}, red: [it]}]}",
            solution: "{patch: {ref: configmap/a, merge: {data: {y: done}}}}")
        let report = await prove(lab, Self.api())
        #expect(!report.proven && report.sabotages.isEmpty)
        #expect(report.phases[1].problems.contains { $0.contains("it is fail: ConfigMap a: data.x is new") })
    }

    @Test("A pristine run that cannot judge is no proof")
    func errorBefore() async throws {
        let api = Self.api()
        let lab = try Self.lab(
            "- {id: it, why: w, timeout: 50ms, all: [{object: {ref: configmap/a, fields: [{path: data.x, value: done}]}}, {object: {ref: pod/b}}]}",
            proof: "{sabotage: [{id: s, do: {delete: configmap/a}, red: [it]}]}")
        let report = await LabProver(
            Sample.context(
                lab,
                RecordedAPI([
                    "\(Self.path)/a": forbidden, "/api/v1/namespaces/lab-xnonce/serviceaccounts/default": .success([:]),
                ]))
        ).run()
        #expect(!report.proven)
        #expect(report.phases[0].error == ["it"])
        _ = api
    }

    @Test("A namespace that the lab did not make is left alone")
    func foreignNamespace() async throws {
        let lab = try Sample.lab("object: {ref: configmap/a}")
        let api = RecordedAPI([
            "/api/v1/namespaces/lab-xnonce": .success(["metadata": ["name": "lab-xnonce", "labels": [:]]])
        ])
        await #expect(throws: CannotJudge.self) { try await LabNamespace(api, "lab-xnonce").delete(of: lab) }
        #expect(api.writes.isEmpty)
        await #expect(throws: CannotJudge.self) {
            try await ActionRunner(Sample.context(lab, api)).run(.deleteNamespace("default"))
        }
        #expect(api.writes.isEmpty)
    }

    @Test(
        "What a sabotage promises and what happened",
        arguments: [
            (["a"], CheckResult.fail, true), (["a"], .pass, false), (["a"], .error, false), (["a"], .blocked, false),
            ([], .pass, true), ([], .fail, false), ([], .blocked, true), ([], .error, false),
        ])
    func compare(_ red: [String], _ result: CheckResult, _ isRight: Bool) {
        let sabotage = Sabotage(
            id: "s", after: nil, actions: [], red: red, error: [], within: .zero,
            location: SourceLocation(file: "", line: 1, column: 1))
        let outcome = CheckOutcome(
            id: "a", step: "", tier: .goal, title: "", result: result, expected: "", observed: "", why: "", next: "",
            evidence: [],
            attempts: 1, seconds: 0, time: "", captured: [:])
        #expect(LabProver.compare([outcome], sabotage).isEmpty == isRight)
    }

    @Test("Undoing makes what was deleted again, and deletes what was made")
    func undo() async throws {
        let lab = try Sample.lab("object: {ref: configmap/a}")
        let api = RecordedAPI([
            "\(Self.path)/a": .success([
                "metadata": ["name": "a", "uid": "1", "resourceVersion": "5"], "data": ["x": "1"],
            ])
        ])
        let context = Sample.context(lab, api)
        let undo = UndoJournal()
        let runner = ActionRunner(context, undo: undo)
        let kind = try #require(KnownKinds.find("configmap"))
        try await runner.run(.deleteObject(ObjectReference(kind: kind, name: "a")))
        #expect((try? await api.get("\(Self.path)/a")) == nil)
        #expect(await undo.undo(context).isEmpty)
        let again = try await api.get("\(Self.path)/a")
        #expect(again["data"]?["x"] == "1" && again["metadata"]?["uid"] == nil)
    }
}
