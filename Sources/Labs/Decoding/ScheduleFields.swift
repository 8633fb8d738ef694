internal import ConfigTree

/// Keys of `schedule`.
enum ScheduleFields {
    private static let object = Field("object", LabCodecs.reference, required: true, "The object as kind/name")
    private static let path = Field("path", LabCodecs.path, required: true, "The way to the schedule")
    private static let from = Field(
        "from",
        Codec<ScheduleCheck.Source>.record("the source", [object, path]) { record in
            let object = record.required(object)
            guard let path = record.required(path), let object else { return nil }
            return .field(object, path)
        }, "Where the schedule stands")
    private static let text = Field("text", LabCodecs.text, "The schedule itself")
    private static let dialect = Field(
        "dialect",
        Codec<Bool>(shape: .choice([.init("unix5", "Five fields, as Kubernetes reads it")])) { node, decoder in
            let planned = ["unix6", "aws", "quartz"]
            if let word = planned.first(where: { node.hasText($0) }) {
                decoder.report("unsupported", at: node, "the dialect `\(word)` is planned and not yet known")
                return nil
            }
            return Codec<Bool>.choice([("unix5", "", true)]).read(node, decoder)
        }, defaultText: "unix5", "How it is read")
    private static let zone = Field("zone", LabCodecs.text, defaultText: "UTC", "The time zone of what is expected")

    private static let next = Field("next", Codec<Int>.integer(1...100), "How many firings are looked at")
    private static let weekday = Field("weekday", LabCodecs.text, "Days of the week, MON-FRI")
    private static let at = Field(
        "at",
        Codec<String>.text(
            TextFormat("a time of day such as 09:00", pattern: "^[0-2][0-9]:[0-5][0-9]$") { text in
                let parts = text.split(separator: ":").map { Int($0) }
                let isTime =
                    parts.count == 2 && text.count == 5 && (0...23).contains(parts[0] ?? -1)
                    && (0...59).contains(parts[1] ?? -1)
                return isTime ? nil : "it has two digits, a colon and two digits"
            }), "The time of day")
    private static let every = Field("every", LabCodecs.duration, "From one firing to the next")
    private static let equivalent = Field("equivalent_to", LabCodecs.text, "Another schedule that means the same")

    private static let expect = Field(
        "expect",
        Codec<ScheduleCheck.Wish>.record("the firings", [next, weekday, at, every, equivalent]) { record in
            wish(record)
        }, required: true, "When it fires")

    private static func wish(_ record: RecordReader) -> ScheduleCheck.Wish? {
        let decoder = record.decoder
        let kinds = [record.has(weekday), record.has(every), record.has(equivalent)].count { $0 }
        guard kinds == 1 else {
            decoder.report(
                kinds == 0 ? "missing-key" : "conflict", at: record.node.key ?? record.node,
                "\(decoder.name(record.node)) needs one of `weekday`, `every` and `equivalent_to`")
            return nil
        }
        if let span = record.optional(every) { return .every(span) }
        if let text = record.optional(equivalent) {
            do throws(CronExpression.Fault) { return .equivalent(to: try CronExpression(text), text: text) } catch {
                decoder.report(
                    "value", at: record.valueNode(equivalent) ?? record.node, "`\(text)` is no schedule",
                    detail: error.reason)
                return nil
            }
        }
        guard let words = record.optional(weekday) else { return nil }
        do throws(CronExpression.Fault) {
            let days = Set(try CronExpression.field(words, 0...7, CronExpression.weekdayNames).map { $0 % 7 })
            return .weekdays(next: record.optional(next) ?? 10, days, at: record.optional(at), words: words)
        } catch {
            decoder.report(
                "value", at: record.valueNode(weekday) ?? record.node, "`\(words)` are no days of the week",
                detail: error.reason)
            return nil
        }
    }

    static let schedule = Codec<ScheduleCheck>.record(
        "`schedule`", [from, text, dialect, zone, expect], exactlyOne: [["from", "text"]]
    ) { record in
        _ = record.optional(dialect)
        let source = record.optional(from) ?? record.optional(text).map { .text($0) }
        guard let wish = record.required(expect), let source else { return nil }
        return ScheduleCheck(source: source, zone: record.optional(zone) ?? "UTC", wish: wish)
    }
}
