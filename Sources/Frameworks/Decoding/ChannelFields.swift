internal import ClusterModel
internal import ConfigTree

/// Keys of licences, traits, resources and channels; a channel may override what the framework says of itself.
enum ChannelFields {
    // MARK: licence

    private static let licenceName = Field("name", FrameworkCodecs.text, required: true, "SPDX id, or another name")
    private static let notice = Field("notice", FrameworkCodecs.text, "Shown before installing")
    private static let acceptance = Field(
        "acceptance",
        FrameworkCodecs.words(
            FrameworkLicence.Acceptance.self,
            [
                .notice: "the notice is shown", .required: "--accept-licence must be given",
            ]), defaultText: "none", "What the user must do")
    private static let redistributable = Field(
        "redistributable", Codec<Bool>.boolean, required: true, "Its images may be put into a bundle")

    static let licenceCodec = Codec<FrameworkLicence>.record(
        "the licence", [licenceName, notice, acceptance, redistributable]
    ) { record in
        guard let name = record.required(licenceName), let may = record.required(redistributable) else { return nil }
        return FrameworkLicence(
            name: name, notice: record.optional(notice), acceptance: record.optional(acceptance) ?? .none,
            isRedistributable: may)
    }

    // MARK: traits

    /// Some of the traits; what is nil stays as the framework says.
    struct PartialTraits: Sendable {
        var flags: [String: Bool] = [:]
        var counts: [String: Int] = [:]
        var triggers: [FrameworkTraits.Trigger]?

        func applied(to traits: FrameworkTraits) -> FrameworkTraits {
            FrameworkTraits(
                scaleToZero: flags["scaleToZero"] ?? traits.scaleToZero,
                trafficSplit: flags["trafficSplit"] ?? traits.trafficSplit,
                sourceDeploy: flags["sourceDeploy"] ?? traits.sourceDeploy,
                imageDeploy: flags["imageDeploy"] ?? traits.imageDeploy,
                registryNeeded: flags["registryNeeded"] ?? traits.registryNeeded,
                offline: flags["offline"] ?? traits.offline, webhooks: counts["webhooks"] ?? traits.webhooks,
                crds: counts["crds"] ?? traits.crds, claims: counts["claims"] ?? traits.claims,
                pods: counts["pods"] ?? traits.pods, openInvoke: flags["openInvoke"] ?? traits.openInvoke,
                triggers: triggers ?? traits.triggers)
        }
    }

    private static let flagSummaries = [
        ("scaleToZero", "Functions that nobody calls have no pods"),
        ("trafficSplit", "Requests can be split between versions of a function"),
        ("sourceDeploy", "Source is deployed without an image"), ("imageDeploy", "Images are deployed"),
        ("registryNeeded", "Functions need a registry of one's own"),
        ("offline", "It runs without the internet once its images are there"),
        ("openInvoke", "Invoking needs no credentials"),
    ]
    private static let countSummaries = [
        ("webhooks", "Admission webhooks that block when they break"), ("crds", "Custom resource definitions"),
        ("claims", "PersistentVolumeClaims"), ("pods", "Pods of its own that run all the time"),
    ]

    private static func traitCodec(required: Bool) -> Codec<PartialTraits> {
        let flags = flagSummaries.map { Field($0.0, Codec<Bool>.boolean, required: required, $0.1) }
        let counts = countSummaries.map { Field($0.0, Codec<Int>.integer(0...10_000), required: required, $0.1) }
        let triggers = Field(
            "triggers", Codec<[FrameworkTraits.Trigger]>.list(FrameworkCodecs.words(FrameworkTraits.Trigger.self)),
            required: required, "What may set a function off")
        let fields: [any ConfigField] = flags + counts + [triggers]
        return .record("the traits", fields) { record in
            var partial = PartialTraits()
            for flag in flags { partial.flags[flag.name] = required ? record.required(flag) : record.optional(flag) }
            for count in counts {
                partial.counts[count.name] = required ? record.required(count) : record.optional(count)
            }
            partial.triggers = required ? record.required(triggers) : record.optional(triggers)
            let isWhole = partial.flags.count == flags.count && partial.counts.count == counts.count
            return required && !(isWhole && partial.triggers != nil) ? nil : partial
        }
    }

    static let wholeTraits = traitCodec(required: true).map { partial in
        partial.applied(to: noTraits)
    }

    // MARK: resources

    private static let cpu = Field("cpu", FrameworkCodecs.plain, required: true, "Sum of the requests of its pods")
    private static let memory = Field(
        "memory", FrameworkCodecs.plain, required: true, "Sum of the requests of its pods")
    private static let nodeMemory = Field("nodeMemory", FrameworkCodecs.plain, "What one node must have at least")
    private static let disk = Field("diskForImages", FrameworkCodecs.plain, "Room that its images take on a node")

    static let resourcesCodec = Codec<FrameworkResources>.record(
        "the resources", [cpu, memory, nodeMemory, disk]
    ) { record in
        guard let cpu = record.required(cpu), let memory = record.required(memory) else { return nil }
        return FrameworkResources(
            cpu: cpu, memory: memory, nodeMemory: record.optional(nodeMemory), diskForImages: record.optional(disk))
    }

    // MARK: channels

    private static let boundVersion = Field(
        "version", FrameworkCodecs.minor, required: true, "A minor version of Kubernetes, \"1.20\"")
    private static let boundReason = Field("reason", FrameworkCodecs.text, required: true, "Why the bound is there")
    private static let bound = Codec<KubernetesBound>.record("the bound", [boundVersion, boundReason]) { record in
        guard let minor = record.required(boundVersion), let reason = record.required(boundReason) else { return nil }
        return KubernetesBound(minor: minor, reason: reason)
    }
    private static let minimum = Field("min", bound, required: true, "The oldest version that it runs on")
    private static let maximum = Field("max", bound, "The newest version that it runs on; left out: none is known")
    private static let range = Codec<(KubernetesBound, KubernetesBound?)>.record(
        "the versions of Kubernetes", [minimum, maximum]
    ) { record in
        guard let least = record.required(minimum) else { return nil }
        let most = record.optional(maximum)
        if let most, most.minor < least.minor {
            record.decoder.report(
                "range", at: record.node, "\(record.decoder.name(record.node)) has a `min` above its `max`")
            return nil
        }
        return (least, most)
    }

    private static let name = Field("name", FrameworkCodecs.channelName, required: true, "The channel's name")
    private static let version = Field("version", FrameworkCodecs.text, required: true, "The framework's version")
    private static let isDefault = Field(
        "default", Codec<Bool>.boolean, defaultText: "false", "It is taken where it fits and nobody chose")
    private static let summary = Field("summary", FrameworkCodecs.text, "What is special about it")
    private static let kubernetes = Field("kubernetes", range, required: true, "The versions of Kubernetes it fits")
    private static let architectures = Field(
        "architectures", FrameworkCodecs.texts, defaultText: "[amd64]", "Of nodes, as Kubernetes calls them")
    private static let requires = Field(
        "requires",
        Codec<[FrameworkChannel.Requirement]>.list(FrameworkCodecs.words(FrameworkChannel.Requirement.self)),
        "What the cluster must have")
    private static let conflicts = Field("conflicts", FrameworkCodecs.texts, "Frameworks that cannot be beside it")
    private static let values = Field(
        "values", Codec<[String: String]>.map(key: FrameworkCodecs.variableName, FrameworkCodecs.plain),
        "Texts of this channel, `${value.NAME}`")
    private static let licence = Field("licence", licenceCodec, "Where it differs from the framework's")
    private static let traits = Field("traits", traitCodec(required: false), "Where they differ from the framework's")
    private static let resources = Field("resources", resourcesCodec, "Where they differ from the framework's")
    private static let verified = Field(
        "verified", FrameworkFields.verification, "Where it differs from the framework's")
    private static let upgradeFrom = Field(
        "upgradeFrom", FrameworkCodecs.texts, "Channels from which it is upgraded to in place")
    private static let upgradeNote = Field("upgradeNote", FrameworkCodecs.text, "What an upgrade to it changes")

    /// What a channel takes from its framework where it says nothing itself.
    struct Standards: Sendable {
        var licence: FrameworkLicence
        var traits: FrameworkTraits
        var resources: FrameworkResources
        var verification: Framework.Verification
    }

    static let codec = Codec<@Sendable (Standards) -> FrameworkChannel>.record(
        "the channel", plural: "channels",
        [
            name, version, isDefault, summary, kubernetes, architectures, requires, conflicts, values, licence, traits,
            resources, verified, upgradeFrom, upgradeNote,
        ]
    ) { record in
        let architectures = record.optional(architectures) ?? ["amd64"]
        let (licence, traits) = (record.optional(licence), record.optional(traits))
        let (resources, verified) = (record.optional(resources), record.optional(verified))
        guard let name = record.required(name), let version = record.required(version),
            let (least, most) = record.required(kubernetes)
        else { return nil }
        let channel = FrameworkChannel(
            name: name, version: version, isDefault: record.optional(isDefault) ?? false,
            summary: record.optional(summary), minimum: least, maximum: most, architectures: architectures,
            requires: record.optional(requires) ?? [], conflicts: record.optional(conflicts) ?? [],
            values: record.optional(values) ?? [:],
            licence: FrameworkLicence(name: "", notice: nil, acceptance: .none, isRedistributable: false),
            traits: noTraits, resources: FrameworkResources(cpu: "", memory: ""),
            verification: .none, upgradeFrom: record.optional(upgradeFrom) ?? [],
            upgradeNote: record.optional(upgradeNote))
        return { standards in
            var channel = channel
            channel.licence = licence ?? standards.licence
            channel.traits = (traits ?? PartialTraits()).applied(to: standards.traits)
            channel.resources = resources ?? standards.resources
            channel.verification = verified ?? standards.verification
            return channel
        }
    }

    private static let noTraits = FrameworkTraits(
        scaleToZero: false, trafficSplit: false, sourceDeploy: false, imageDeploy: false, registryNeeded: false,
        offline: false, webhooks: 0, crds: 0, claims: 0, pods: 0, openInvoke: false, triggers: [])
}
