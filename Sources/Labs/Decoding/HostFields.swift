internal import ConfigTree

/// Keys of the primitives about hosts.
enum HostFields {
    private static let node = Field("node", LabCodecs.role, required: true, "Which hosts")

    private static let match = Field("match", LabCodecs.texts, required: true, "Names of processes")
    private static let count = Field("count", LabCodecs.count, defaultText: "{min: 1}", "How many of each")

    static let process = Codec<ProcessCheck>.record("`process`", [node, match, count]) { record in
        let role = record.required(node)
        guard let names = record.required(match), let role else { return nil }
        return ProcessCheck(role: role, names: names, count: record.optional(count) ?? CountRange(least: 1))
    }

    private static let port = Field("port", Codec<Int>.integer(1...65535), required: true, "The TCP port")
    private static let listens = Field("listens", Codec<Bool>.boolean, defaultText: "true", "Whether something listens")

    static let portCheck = Codec<PortCheck>.record("`port`", [node, port, listens]) { record in
        let role = record.required(node)
        guard let number = record.required(port), let role else { return nil }
        return PortCheck(role: role, port: number, listens: record.optional(listens) ?? true)
    }

    private static let name = Field(
        "name",
        Codec<String>.text(
            TextFormat("the name of a service", pattern: "^[A-Za-z0-9@._:-]+$") { text in
                let isPlain = text.unicodeScalars.allSatisfy {
                    $0.isASCII
                        && ($0.properties.isAlphabetic || ("0"..."9").contains($0)
                            || "@._:-".unicodeScalars.contains($0))
                }
                return isPlain && !text.isEmpty && !text.hasPrefix("-") ? nil : "it has characters that no service has"
            }), required: true, "The service of systemd")
    private static let active = Field("active", Codec<Bool>.boolean, "Whether it runs")
    private static let enabled = Field("enabled", Codec<Bool>.boolean, "Whether it starts at boot")

    static let service = Codec<ServiceCheck>.record("`service`", [node, name, active, enabled]) { record in
        let role = record.required(node)
        guard let name = record.required(name), let role else { return nil }
        guard record.has(active) || record.has(enabled) else {
            record.decoder.report(
                "missing-key", at: record.node.key ?? record.node, "`service` needs `active` or `enabled`")
            return nil
        }
        return ServiceCheck(role: role, name: name, active: record.optional(active), enabled: record.optional(enabled))
    }
}
