import Planning
import Testing

@Suite("A check")
struct CheckTests {
    private static let probe = Probe.file("/etc/example")

    static let every: [Planning.Expectation] = [
        .present, .absent, .equals("a"), .equals(""), .hasPrefix("a"), .atLeast(1), .containsWords(["a"]),
        .contains(["a"]),
        .containsLines(["a"]),
    ]

    @Test("An answer that is not known is never a pass and never a failure", arguments: every)
    func unknownStaysUnknown(_ expectation: Planning.Expectation) {
        let verdict = Check(Self.probe, expectation).verdict(on: .unknown("cut off"))
        #expect(verdict == .unknown("cut off"))
    }

    @Test("Only the expectation of absence is met by what is absent", arguments: every)
    func absence(_ expectation: Planning.Expectation) {
        let verdict = Check(Self.probe, expectation).verdict(on: .absent)
        #expect(verdict == (expectation == .absent ? .passed : .failed(observed: "absent")))
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var expectation: Planning.Expectation
        var answer: String
        var verdict: Check.Verdict
        var testDescription: String { "\(expectation.words) of \"\(answer)\"" }

        init(_ expectation: Planning.Expectation, _ answer: String, _ verdict: Check.Verdict) {
            self.expectation = expectation
            self.answer = answer
            self.verdict = verdict
        }
    }

    static let judgements: [Case] = [
        Case(.present, "", .passed),
        Case(.absent, "x", .failed(observed: "x")),
        Case(.equals("a b"), "a b", .passed),
        Case(.equals("a b"), "a  b", .failed(observed: "a  b")),
        Case(.equals(""), "", .passed),
        Case(.hasPrefix("v1.2"), "v1.20", .passed),
        Case(.hasPrefix("v1.2"), "v1.3", .failed(observed: "v1.3")),
        Case(.atLeast(10), "10", .passed),
        Case(.atLeast(10), "9", .failed(observed: "9")),
        Case(.atLeast(10), "ten", .failed(observed: "ten")),
        Case(.atLeast(0), "", .failed(observed: "")),
        Case(.containsWords(["a", "c"]), "c b\ta", .passed),
        Case(.containsWords(["a"]), "ab", .failed(observed: "ab")),
        Case(.contains(["ab", "d"]), "xaby d", .passed),
        Case(.contains(["ab", "d"]), "xaby", .failed(observed: "missing d")),
        Case(.containsLines(["a b"]), "x\na b\n", .passed),
        Case(.containsLines(["a b"]), "a b c\n", .failed(observed: "missing a b")),
    ]

    @Test("What is there is judged by its text", arguments: judgements)
    func judgement(_ example: Case) {
        #expect(Check(Self.probe, example.expectation).verdict(on: .present(example.answer)) == example.verdict)
    }

    @Test("A title is made of the probe unless one is given")
    func title() {
        #expect(Check(.service("a.service"), .present).title == "service a.service")
        #expect(Check(.service("a.service"), .present, title: "the service").title == "the service")
    }

    @Test("A question that was not asked is not known")
    func notAsked() {
        #expect(HostFacts()[.package("curl")] == .unknown("it was not asked"))
        #expect(Facts()["nowhere"][.package("curl")] == .unknown("it was not asked"))
    }
}
