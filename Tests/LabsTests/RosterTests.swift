import Diagnostics
import Foundation
import Testing

@testable import Labs

@Suite("Rosters")
struct RosterTests {
    @Test func reads() throws {
        let text = "learners:\n  - {name: ada, kubeconfig: ada.yaml, context: c}\n  - {name: bob, namespace: lab-1}\n"
        let roster = try LabRoster.decode(Array(text.utf8), file: "class.yaml")
        #expect(roster.learners.map(\.name) == ["ada", "bob"])
        #expect(roster.learners[1].namespace == "lab-1")
    }

    @Test(
        "Refuses",
        arguments: [
            ("learners: []\n", "roster.empty"), ("learners: [{nam: ada}]\n", "roster.unknown-key"),
            ("learners: [{name: a}, {name: a}]\n", "roster.duplicate"),
            ("lerners: [{name: a}]\n", "roster.unknown-key"),
        ])
    func refuses(_ text: String, _ code: String) {
        do throws(Diagnostics) {
            _ = try LabRoster.decode(Array(text.utf8), file: "class.yaml")
            Issue.record("it was taken")
        } catch {
            #expect(error.list.map(\.code).contains(code), "\(error.list)")
            #expect(error.list.allSatisfy { $0.location != nil })
        }
    }

    @Test func whatCannotBeReachedIsAnError() {
        let grade = LabGrade("ada", [], seconds: 0, problem: "no route")
        #expect(grade.result == .error && grade.goals == .error)
    }
}
