internal import ConfigTree
internal import KubernetesAPI

/// Keys of databases.
enum SQLFields {
    private static let service = Field("service", LabCodecs.text, "A ready pod behind this service")
    private static let pod = Field("pod", LabCodecs.text, "This pod")
    private static let selector = Field("selector", LabCodecs.text, "A ready pod with these labels")
    private static let place = Field(
        "in",
        Codec<SQLTarget.Place>.record(
            "the place", [service, pod, selector], exactlyOne: [["service", "pod", "selector"]]
        ) {
            record in
            record.optional(service).map { .service($0) } ?? record.optional(pod).map { .pod($0) }
                ?? record.optional(selector).map { .selector($0) }
        }, required: true, "Where the database is")
    private static let engine = Field(
        "engine",
        Codec<SQLTarget.Engine>.choice([("mysql", "MySQL or MariaDB", .mysql), ("postgres", "PostgreSQL", .postgres)]),
        required: true, "Whose client is used")
    private static let database = Field("database", LabCodecs.text, "Name of the database")
    private static let userFrom = Field(
        "user_from",
        LabCodecs.text.then { text, node, decoder -> SQLTarget.Account? in
            if text == "environment" { return .environment }
            guard text.hasPrefix("secret/"), text.count > 7 else {
                decoder.report("value", at: node, "\(decoder.name(node)) must be secret/NAME or environment")
                return nil
            }
            return .secret(String(text.dropFirst(7)))
        }, "Account: secret/NAME, or `environment`, what the container was told")
    private static let userKey = Field(
        "user_key", LabCodecs.text, defaultText: "username", "Key of the name in the secret")
    private static let passwordKey = Field(
        "password_key", LabCodecs.text, defaultText: "password", "Key of the password")
    private static let container = Field("container", LabCodecs.text, "Container of the pod")
    private static let query = Field("query", LabCodecs.text, required: true, "The statement")

    private static let targetFields: [any ConfigField] = [
        place, engine, database, userFrom, userKey, passwordKey, container, query,
    ]

    private static func target(_ record: RecordReader) -> SQLTarget? {
        let place = record.required(place)
        guard let engine = record.required(engine), let place else { return nil }
        return SQLTarget(
            place: place, engine: engine, database: record.optional(database),
            account: record.optional(userFrom) ?? .none,
            userKey: record.optional(userKey) ?? "username", passwordKey: record.optional(passwordKey) ?? "password",
            container: record.optional(container))
    }

    /// For actions.
    static let statement = Codec<LabAction>.record("`sql`", targetFields) { record in
        let target = target(record)
        guard let query = record.required(query), let target else { return nil }
        return .sql(target, query: query)
    }

    private static let rows = Field("rows", LabCodecs.count, "How many rows")
    private static let cellOp = Field(
        "op", Codec<FieldTest.Operator>.choice(FieldTest.Operator.allCases.map { ($0.rawValue, $0.words, $0) }),
        required: true,
        "How it is compared")
    private static let cellValue = Field("value", LabCodecs.json, required: true, "What it is held against")
    private static let cell = Field(
        "cell",
        Codec<FieldTest>.either(
            single: LabCodecs.plain.map { FieldTest(.equal, .string($0)) },
            mapping: .record("the test", [cellOp, cellValue]) { record in
                let op = record.required(cellOp)
                guard let value = record.required(cellValue), let op else { return nil }
                var test = FieldTest(op, value)
                if op == .matches, let node = record.valueNode(cellValue) {
                    guard let pattern = LabCodecs.pattern.read(node, record.decoder) else { return nil }
                    test.pattern = pattern
                }
                return test
            }), "The first row's first column")
    private static let columns = Field("columns", LabCodecs.texts, "Columns that there are")
    private static let growBy = Field(
        "by", Codec<Int>.integer(1...1_000_000), required: true, "So much more than at first")
    private static let growOver = Field("over", LabCodecs.duration, required: true, "Within that time")
    private static let growth = Field(
        "growth",
        Codec<SQLCheck.Growth>.record("the growth", [growBy, growOver]) { record in
            let by = record.required(growBy)
            guard let over = record.required(growOver), let by else { return nil }
            return SQLCheck.Growth(by: by, over: over)
        }, "The number in the first cell grows")

    private struct Expectation: Sendable {
        var rows: CountRange?
        var cell: FieldTest?
        var columns: [String]
        var growth: SQLCheck.Growth?
    }

    private static let expect = Field(
        "expect",
        Codec<Expectation>.record("the answer", [rows, cell, columns, growth]) { record in
            guard record.node.count > 0 else {
                record.decoder.report("empty", at: record.node, "\(record.decoder.name(record.node)) expects nothing")
                return nil
            }
            return Expectation(
                rows: record.optional(rows), cell: record.optional(cell), columns: record.optional(columns) ?? [],
                growth: record.optional(growth))
        }, required: true, "What the answer must be")

    static let sql = Codec<SQLCheck>.record("`sql`", targetFields + [expect]) { record in
        let target = target(record)
        let query = record.required(query)
        guard let expectation = record.required(expect), let target, let query else { return nil }
        return SQLCheck(
            target: target, query: query, rows: expectation.rows, cell: expectation.cell, columns: expectation.columns,
            growth: expectation.growth)
    }
}
