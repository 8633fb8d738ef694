internal import ConfigTree

/// Keys of files.
enum FileFields {
    /// Below the work folder.
    static let workPath = LabCodecs.text.then { text, node, decoder -> String? in
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.contains(where: { $0 == ".." || $0.isEmpty || $0 == "." }),
            !text.unicodeScalars.contains(where: { $0.value < 0x20 })
        else {
            decoder.report(
                "outside", at: node, "`\(ConfigDecoder.shortened(text))` is no file of the work folder",
                hint: "write its path from there on, without `..`")
            return nil
        }
        return text
    }

    private static let node = Field("node", LabCodecs.role, "Files of hosts, over SSH, instead of the work folder")
    private static let path = Field("path", LabCodecs.text, "The file; of hosts from the root on")
    private static let glob = Field("glob", workPath, "Files of the work folder whose names fit, *.go")
    private static let count = Field("count", LabCodecs.count, defaultText: "{min: 1}", "How many, of `glob`")
    private static let any = Field("any", Codec<Bool>.choice([("true", "", true)]), "One of them is enough, of `glob`")
    private static let exists = Field("exists", Codec<Bool>.boolean, defaultText: "true", "Whether it is there")
    private static let mode = Field("mode", ActionFields.fileMode, "Its mode, in quotes")
    private static let isPrivate = Field(
        "private", Codec<Bool>.choice([("true", "", true)]), "Only its owner may read it")
    private static let json = Field("json", LabCodecs.jsonExpectations, "Fields of it, which is JSON")
    private static let yaml = Field("yaml", LabCodecs.jsonExpectations, "Fields of it, which is YAML")
    private static let parses = Field(
        "parses_as", Codec<FileCheck.Form>.choice([("json", "", .json), ("yaml", "", .yaml)]), "What it must be")
    private static let maxSize = Field("max_size", ImageFields.size, "At most")

    static let file = Codec<FileCheck>.record(
        "`file`",
        [node, path, glob, count, any, exists, mode, isPrivate, json, yaml, parses, maxSize] + LabCodecs.textTestFields,
        exactlyOne: [["path", "glob"]]
    ) { record in
        let decoder = record.decoder
        func conflict(_ name: String, _ with: String) {
            guard let value = record.node[name] else { return }
            decoder.report("conflict", at: value.key ?? value, "`\(name)` \(with)")
        }
        if record.has(path) {
            conflict("count", "belongs to `glob`")
            conflict("any", "belongs to `glob`")
        }
        if record.has(node) { conflict("glob", "is about the work folder, and not about hosts") }
        if record.has(json) { conflict("yaml", "and `json` cannot both be what it is") }
        let isAbsent = record.has(exists) && record.optional(exists) == false
        if isAbsent, record.node.count > (record.has(node) ? 3 : 2) {
            decoder.report("conflict", at: record.node, "what is not there has no content")
        }
        let place: FileCheck.Place
        if record.has(node) {
            guard let role = record.optional(node) else { return nil }
            place = .hosts(role)
        } else {
            place = .work
        }
        let subject: FileCheck.Subject?
        if record.has(path) {
            subject = filePath(record, place).map { .path($0) }
        } else {
            subject = record.optional(glob).map {
                .pattern(
                    $0, count: record.optional(count) ?? CountRange(least: 1),
                    anyIsEnough: record.optional(any) ?? false)
            }
        }
        guard let subject else { return nil }
        let form: FileCheck.Form? =
            record.has(json) ? .json : record.has(yaml) ? .yaml : record.optional(parses)
        return FileCheck(
            place: place, subject: subject, exists: !isAbsent, mode: record.optional(mode),
            isPrivate: record.optional(isPrivate) ?? false, test: LabCodecs.readTextTest(record), form: form,
            fields: record.optional(json) ?? record.optional(yaml) ?? [], mostSize: record.optional(maxSize))
    }

    private static func filePath(_ record: RecordReader, _ place: FileCheck.Place) -> String? {
        guard let written = record.valueNode(path) else { return nil }
        guard case .hosts = place else { return workPath.read(written, record.decoder) }
        guard let text = record.optional(path) else { return nil }
        guard text.hasPrefix("/") else {
            record.decoder.report("value", at: written, "the path of a file of a host begins with `/`")
            return nil
        }
        return text
    }

    // MARK: actions

    private static let source = Field("file", ActionFields.file, required: true, "A file of the lab")
    private static let target = Field("to", workPath, required: true, "Its name in the work folder")

    static let write = Codec<LabAction>.record("`write`", [source, target]) { record in
        let file = record.required(source)
        guard let name = record.required(target), let file else { return nil }
        return .write(file: file, to: name)
    }
}
