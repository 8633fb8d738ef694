import ConfigTree
import Foundation
import KubernetesAPI
import Testing

@testable import Labs

@Suite("Texts of labs")
struct TextTests {
    static let matching: [(pattern: String, text: String, isMatch: Bool)] = [
        ("abc", "xxabcxx", true), ("abc", "ab", false), ("^a.c$", "abc", true), ("^a.c$", "abcd", false),
        ("a*", "", true), ("a+", "", false), ("colou?r", "color", true), ("[0-9]{2,3}", "a1", false),
        ("[0-9]{2,3}", "a12", true), ("^[0-9]{2,3}$", "1234", false), ("(cat|dog)s?", "dogs", true),
        ("^(cat|dog)$", "cow", false), ("\\bword\\b", "a word.", true), ("\\bword\\b", "swords", false),
        ("(?i)error", "ERROR", true), ("error", "ERROR", false), ("[^a-z]", "abc", false), ("[^a-z]", "abC", true),
        ("a.b", "a\nb", false), ("(?s)a.b", "a\nb", true), ("(?m)^b$", "a\nb\nc", true), ("^b$", "a\nb\nc", false),
        ("\\d+\\s\\w+", "12 abc", true), ("[]a]+", "]", true), ("a{", "a{", true), ("x*?y", "xxy", true),
        ("^node/", "node/cp-1\n", true), ("1\\.2\\.3", "1x2x3", false),
    ]

    @Test("Patterns", arguments: matching)
    func pattern(_ pattern: String, _ text: String, _ isMatch: Bool) throws {
        #expect(try LinearPattern(pattern).matches(text) == isMatch)
    }

    @Test(
        "Patterns that are refused",
        arguments: ["(", ")", "[a", "a**b(", "\\1", "(?=a)", "*a", "a{5,2}", "a{999}", "[z-a]", "\\q"])
    func refused(_ pattern: String) {
        #expect(throws: LinearPattern.Fault.self) { try LinearPattern(pattern) }
    }

    @Test("A pattern that never ends elsewhere ends here")
    func catastrophic() throws {
        let pattern = try LinearPattern("^(a+)+$")
        let time = ContinuousClock().measure { #expect(!pattern.matches(String(repeating: "a", count: 3000) + "!")) }
        #expect(time < .seconds(5))
    }

    @Test("Durations", arguments: [("500ms", 0.5), ("90s", 90), ("20m", 1200), ("1h30m", 5400)])
    func duration(_ text: String, _ seconds: Double) throws {
        #expect(try #require(LabDuration.parse(text)).inSeconds == seconds)
    }

    @Test("No durations", arguments: ["", "90", "s", "5 s", "1m2h", "1s1s", "-5s", "1.5s"])
    func noDuration(_ text: String) { #expect(LabDuration.parse(text) == nil) }

    @Test func templates() {
        let values = ["a": "1", "b.c": "2"]
        #expect(TextTemplate.fill("${a} and ${b.c}, $${a}, $x, ${nobody}", values) == "1 and 2, ${a}, $x, ${nobody}")
        #expect(TextTemplate.references(in: "x ${a} ${ ${b.c}").map(\.name) == ["a", ""])
        #expect(TextTemplate.references(in: "$${a}").isEmpty)
    }

    @Test func paths() throws {
        let pod: JSONValue = [
            "spec": ["containers": [["name": "web", "image": "a"], ["name": "db", "image": "b"]]],
            "metadata": ["annotations": ["x.y/z": "1"]],
        ]
        #expect(try FieldPath("spec.containers[name=db].image").values(in: pod) == ["b"])
        #expect(try FieldPath("spec.containers[*].image").values(in: pod) == ["a", "b"])
        #expect(try FieldPath("metadata.annotations[\"x.y/z\"]").values(in: pod) == ["1"])
        #expect(try FieldPath("spec.nothing").values(in: pod).isEmpty)
    }

    @Test func cron() throws {
        let minutely = try CronExpression("* * * * *")
        let now = Date(timeIntervalSince1970: 1_700_000_000)
        let times = minutely.next(3, after: now, in: .gmt)
        #expect(zip(times, times.dropFirst()).allSatisfy { $1.timeIntervalSince($0) == 60 })
        // 1700000000 is a Tuesday; the next Monday is six days away.
        let monday = try CronExpression("0 9 * * MON").next(1, after: now, in: .gmt)
        #expect(monday.first?.formatted(.iso8601) == "2023-11-20T09:00:00Z")
        // Both days limited: either counts.
        #expect(
            try CronExpression("0 0 13 * FRI").next(2, after: now, in: .gmt).map { $0.formatted(.iso8601) } == [
                "2023-11-17T00:00:00Z", "2023-11-24T00:00:00Z",
            ])
        for bad in ["", "* * * *", "60 * * * *", "* * * * MOO", "5-1 * * * *", "*/0 * * * *", "@often"] {
            #expect(throws: CronExpression.Fault.self) { try CronExpression(bad) }
        }
    }
}
