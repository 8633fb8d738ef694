import Diagnostics
import Testing

@testable import Functions

@Suite("Names of functions")
struct NameTests {
    @Test("Labels are taken", arguments: ["a", "hello", "a-1", String(repeating: "x", count: 63)])
    func good(_ name: String) throws { try FunctionName.check(name) }

    @Test(
        "What is no DNS label is refused, with one that would do",
        arguments: [
            ("", nil), ("Hello", "hello"), ("my_function", "my-function"), ("-a", "a"), ("a-", "a"), ("a.b", "a-b"),
            ("grüße", "gr-e"), (String(repeating: "x", count: 64), String(repeating: "x", count: 63)),
        ] as [(String, String?)])
    func bad(_ name: String, _ suggestion: String?) {
        let problem = #expect(throws: Diagnostic.self) { try FunctionName.check(name) }
        #expect(problem?.code == "function.name")
        #expect(problem?.exitCode == .usage)
        #expect(problem?.hint == suggestion.map { "`\($0)` would do" })
    }
}
