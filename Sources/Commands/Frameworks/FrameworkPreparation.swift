internal import Diagnostics
internal import Frameworks

/// From what the user asked for to a plan: the same for `install`, `upgrade` and `status`.
struct FrameworkPreparation: Sendable {
    var rendered: RenderedRelease
    var observed: ObservedCluster
    var plan: FrameworkPlan

    var release: FrameworkRelease { rendered.release }

    /// - Parameter isUpgrade: another channel or version than the installed one is wanted.
    static func make(
        _ session: FrameworkSession, _ name: String, _ options: FrameworkChoiceOptions, isUpgrade: Bool = false
    ) async throws -> FrameworkPreparation {
        let framework = try session.catalogue.framework(named: name)
        let record = session.record(name)
        let release = try await release(session, framework, record, options, isUpgrade: isUpgrade)
        if let record, record.isPresent { try check(record, release, isUpgrade: isUpgrade) }
        let store = try options.files.store(spec: session.specPath, frameworks: session.frameworks)
        return try await make(session, release, store, record: record, adopts: options.adopt)
    }

    static func make(
        _ session: FrameworkSession, _ release: FrameworkRelease, _ store: SourceStore, record: InstalledFramework?,
        adopts: Bool
    ) async throws -> FrameworkPreparation {
        let rendered = try RenderedRelease(release, contents: try await store.contents(release), scope: KindScope())
        var observer = session.observer
        let observed = try await observer.observe(rendered, record: record)
        return FrameworkPreparation(
            rendered: rendered, observed: observed, plan: FrameworkPlanner(rendered, observed, adopts: adopts).plan())
    }

    private static func release(
        _ session: FrameworkSession, _ framework: Framework, _ record: InstalledFramework?,
        _ options: FrameworkChoiceOptions, isUpgrade: Bool
    ) async throws -> FrameworkRelease {
        var facts = session.facts
        if framework.channels.contains(where: { $0.requires.contains(.storageClass) }) {
            facts = try await ClusterFacts.ask(session.client, storageClasses: true)
        }
        let choice = ChannelChoice(
            framework, cluster: facts, neighbours: session.neighbours, isOffline: options.files.offline)
        let others = session.catalogue.entries.compactMap(\.reading.framework)
        let wanted = options.channel ?? (isUpgrade ? newest(choice, record) : record?.channel)
        let channel = try choice.choose(wanted, alternatives: others)
        var values = record?.known(framework, channel) ?? [:]
        values.merge(try FrameworkParameter.read(options.parameters, framework)) { $1 }
        return try FrameworkRelease(
            framework, channel: channel, parameters: values, cluster: facts, images: options.images(record),
            proxies: options.proxies(record))
    }

    /// Of the channels that fit and to which there is a way: the first, as the catalogue names the most wanted first.
    private static func newest(_ choice: ChannelChoice, _ record: InstalledFramework?) -> String? {
        guard let record else { return nil }
        return choice.framework.channels.first { channel in
            channel.upgradeFrom.contains(record.channel) && choice.obstacles(channel).isEmpty
        }?.name ?? record.channel
    }

    private static func check(
        _ record: InstalledFramework, _ release: FrameworkRelease, isUpgrade: Bool
    ) throws {
        let isSame = record.channel == release.channel.name && record.version == release.channel.version
        // An upgrade that was interrupted is gone on with by either command.
        if !isSame, !isUpgrade, record.state == .installed {
            throw Diagnostic(
                code: "framework.installed",
                "\(record.name) \(record.version) (channel \(record.channel)) is installed already",
                hint:
                    "`martlet framework upgrade \(record.name) --channel \(release.channel.name)` puts the other in its place",
                exitCode: .usage)
        }
        try UpgradeRule.check(record, to: release)
    }

    /// Shows the licence where it wants to be seen, and stops where it has to be accepted and was not.
    func acceptLicence(_ options: FrameworkChoiceOptions) throws {
        let licence = release.channel.licence
        guard licence.acceptance == .required, !options.acceptLicence else { return }
        let title = "\(release.framework.title) \(release.channel.version)"
        Conversation.say("\(title) is under \(licence.name):\n\(licence.notice ?? "")")
        let answer = Conversation.question("Accept it? Only `yes` is taken: ")
        guard answer == "yes" else {
            throw Diagnostic(
                code: "framework.licence", "the licence of \(title) (\(licence.name)) was not accepted",
                detail: licence.notice, hint: "read it; --accept-licence accepts it in scripts", exitCode: .usage)
        }
    }
}
