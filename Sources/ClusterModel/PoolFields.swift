import ConfigTree

/// The keys of a pool.
extension SpecFields {
    static let poolName = Field("name", .text(SpecFormats.dnsLabel), required: true, "Name of the pool")
    static let poolMinimum = Field(
        "minimum", .integer(0...5000), defaultText: "0", "So many of its hosts are nodes at least; `apply` joins them")
    static let poolMaximum = Field(
        "maximum", .integer(0...5000), defaultText: "the number of its hosts", "So many of its hosts are nodes at most")
    static let poolLabels = Field(
        "labels", Codec.map(key: SpecFormats.qualifiedName, .text(SpecFormats.labelValue)),
        "Labels of each of its nodes, beside the host's own")
    static let poolTaints = Field(
        "taints", Codec.list(taintCodec), "Taints of each of its nodes, from the moment in which it registers")

    static let poolCodec = Codec<PartialPool>.record(
        "the pool", plural: "pools", [poolName, poolMinimum, poolMaximum, poolLabels, poolTaints]
    ) { record in
        PartialPool(
            name: record.required(poolName) ?? "", minimum: record.optional(poolMinimum) ?? 0,
            maximum: record.optional(poolMaximum), labels: record.optional(poolLabels) ?? [:],
            taints: record.optional(poolTaints) ?? [], node: record.node)
    }
}
