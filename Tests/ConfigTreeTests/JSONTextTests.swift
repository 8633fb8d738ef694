import ConfigTree
import Testing

struct JSONTextTests {
    @Test func keepsTheOrderAndEscapes() {
        let value = JSONText.object([
            .init("b", .array([.int(1), .null, .bool(true)])), .init("a", .string("\"\\\n\u{1}é")),
            .init("c", .object([])),
            .init("d", .array([])), .init("e", .array([.object([.init("x", .int(-1))])])),
        ])
        let expected = #"""
            {
              "b": [1, null, true],
              "a": "\"\\\n\u0001é",
              "c": {},
              "d": [],
              "e": [
                {
                  "x": -1
                }
              ]
            }
            """#
        #expect(value.rendered() == expected)
    }
}
