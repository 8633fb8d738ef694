import Foundation
import Testing

@testable import Frameworks
@testable import Functions
@testable import Reporting

@Suite("Functions as JSON")
struct FunctionViewTests {
    private let record = FunctionRecord(
        name: "hello", framework: "openfaas", namespace: "fn", state: .ready, image: "a:1", terms: ["x": "y"])

    private func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test("Every document has the version of its format, and nothing else is changed")
    func versions() throws {
        let listing = try object(FunctionViews.json([record]))
        #expect(listing["formatVersion"] as? Int == 1)
        let listed = try #require((listing["functions"] as? [[String: Any]])?.first)
        #expect(listed["formatVersion"] == nil && listed["name"] as? String == "hello")
        let one = try object(FunctionViews.json(record))
        #expect(one["formatVersion"] as? Int == 1)
        #expect(Set(one.keys) == Set(listed.keys).union(["formatVersion"]))
        #expect((one["terms"] as? [String: String]) == ["x": "y"])
        let line = FunctionViews.json(FunctionLogLine(time: "t", instance: "pod", text: "a\nb"))
        #expect(line == #"{"formatVersion":1,"instance":"pod","text":"a\nb","time":"t"}"# + "\n")
        let ranking = try object(
            RecommendationView.json(Recommendation([], criteria: FrameworkCriteria(), cluster: nil)))
        #expect(Set(ranking.keys) == ["formatVersion", "ranking", "excluded"])
    }
}
