import ConfigTree
import Testing

struct ScalarMeaningTests {
    static let cases: [(text: String, meaning: ScalarMeaning)] = [
        ("", .null), ("~", .null), ("null", .null), ("NULL", .null), ("nULL", .text), ("nil", .text),
        ("true", .boolean(true)), ("False", .boolean(false)), ("tRue", .text),
        ("yes", .oldBoolean(true)), ("No", .oldBoolean(false)), ("on", .oldBoolean(true)), ("OFF", .oldBoolean(false)),
        ("y", .oldBoolean(true)), ("N", .oldBoolean(false)), ("yess", .text), ("online", .text), ("off-site", .text),
        ("0", .integer), ("12", .integer), ("-3", .integer), ("+3", .integer), ("007", .oddInteger),
        ("00", .oddInteger),
        ("0x1F", .oddInteger), ("0o17", .oddInteger), ("0b101", .oddInteger), ("1_000", .oddInteger), ("0xZZ", .text),
        ("1.20", .real), (".5", .real), ("1.", .real), ("1e3", .real), ("-1.5E-7", .real), (".inf", .real),
        ("-.INF", .real),
        (".nan", .real), ("1e", .text), ("e3", .text), (".", .text), ("..", .text), ("-", .text), ("--x", .text),
        ("1.20.2", .text), ("v1.20", .text), ("10.0.0.1", .text), ("10.244.0.0/16", .text),
        ("08:30", .sexagesimal), ("190:20:30", .sexagesimal), ("52:54:00:12:34:56", .sexagesimal), ("1:60", .text),
        ("52:54:00:aa:34:56", .text), ("host:22", .text), ("22:host", .text),
        ("2024-01-31", .timestamp), ("2024-1-3", .timestamp), ("2024-01-31T10:00:00Z", .timestamp), ("2024-01", .text),
        ("5%", .text), ("100Mi", .text), ("1m30s", .text), ("é", .text),
    ]

    @Test(arguments: cases)
    func readsAsTheTableSays(_ each: (text: String, meaning: ScalarMeaning)) {
        #expect(ScalarMeaning(of: Array(each.text.utf8)[...]) == each.meaning, "\(each.text)")
    }
}
