internal import ClusterModel

/// What somebody wants of a framework.
package struct FrameworkCriteria: Sendable, Hashable, Codable {
    package var scaleToZero = false
    package var trafficSplit = false
    /// Source is deployed, without a registry.
    package var fromSource = false
    package var offline = false
    /// Only what somebody repairs today.
    package var maintained = false
    /// Only licences that let images be passed on.
    package var freeLicence = false
    package var triggers: [FrameworkTraits.Trigger] = []
    /// Bytes of memory that it may request.
    package var memory: Int?
    /// A lesson or lab.
    package var lesson: String?

    package init() {}
}

/// A ranking of frameworks for a cluster, with its reasons: pure.
package struct Recommendation: Sendable, Hashable, Codable {
    package struct Entry: Sendable, Hashable, Codable {
        package var framework: String
        package var title: String
        package var channel: String
        package var version: String
        package var score: Int
        /// Each with its points.
        package var reasons: [String]
    }

    package struct Exclusion: Sendable, Hashable, Codable {
        package var framework: String
        package var title: String
        package var reasons: [String]
    }

    package var kubernetes: String?
    /// The best first.
    package var ranking: [Entry]
    package var excluded: [Exclusion]

    /// - Parameter cluster: nil ranks without one: then versions, nodes and memory do not count.
    package init(
        _ frameworks: [Framework], criteria: FrameworkCriteria, cluster: ClusterFacts?, neighbours: [String] = []
    ) {
        kubernetes = cluster?.version.description
        var ranking: [(entry: Entry, traits: FrameworkTraits, memory: Int)] = []
        excluded = []
        for framework in frameworks {
            var against: [String] = []
            var best: (Entry, FrameworkTraits, Int)?
            for channel in framework.channels {
                var reasons = Self.missing(channel, framework, criteria)
                if let cluster {
                    reasons += ChannelChoice(
                        framework, cluster: cluster, neighbours: neighbours, isOffline: criteria.offline
                    ).obstacles(channel)
                }
                guard reasons.isEmpty else {
                    against += reasons.map { framework.channels.count == 1 ? $0 : "channel \(channel.name): \($0)" }
                    continue
                }
                let entry = Self.score(channel, framework, criteria, cluster)
                // Of equal channels the first counts: the file names the most wanted one first.
                if entry.score > best?.0.score ?? .min {
                    best = (entry, channel.traits, Quantity.bytes(channel.resources.memory) ?? 0)
                }
            }
            if let best {
                ranking.append(best)
            } else {
                excluded.append(Exclusion(framework: framework.name, title: framework.title, reasons: against))
            }
        }
        let isSmall = cluster.map { $0.nodes.reduce(0) { $0 + $1.memory } < 1 << 30 && !$0.nodes.isEmpty } ?? false
        self.ranking = ranking.sorted { left, right in
            if left.entry.score != right.entry.score { return left.entry.score > right.entry.score }
            // Ties: on a small cluster the smaller one, else the one that can do more.
            let (first, second) =
                isSmall ? (-left.memory, -right.memory) : (left.traits.abilities, right.traits.abilities)
            return first == second ? left.entry.framework < right.entry.framework : first > second
        }.map(\.entry)
    }

    /// Needs that a channel does not meet.
    private static func missing(
        _ channel: FrameworkChannel, _ framework: Framework, _ criteria: FrameworkCriteria
    ) -> [String] {
        let traits = channel.traits
        var reasons: [String] = []
        if criteria.scaleToZero, !traits.scaleToZero { reasons.append("it does not scale to zero") }
        if criteria.trafficSplit, !traits.trafficSplit { reasons.append("it does not split traffic between versions") }
        if criteria.fromSource, !traits.sourceDeploy { reasons.append("it deploys images only, no source") }
        if criteria.offline, !traits.offline { reasons.append("it does not run without the internet") }
        if criteria.maintained, !framework.isMaintained { reasons.append("nobody maintains it any more") }
        if criteria.freeLicence, !channel.licence.isRedistributable {
            reasons.append("its licence (\(channel.licence.name)) forbids to pass its images on")
        }
        for trigger in criteria.triggers where !traits.triggers.contains(trigger) {
            reasons.append("it has no trigger of the kind \(trigger.rawValue)")
        }
        if let most = criteria.memory, let needed = Quantity.bytes(channel.resources.memory), needed > most {
            reasons.append("it requests \(channel.resources.memory) of memory, and \(most >> 20)Mi are allowed")
        }
        if let lesson = criteria.lesson, !framework.book.contains(lesson) {
            reasons.append("the lesson \(lesson) is about another framework")
        }
        return reasons
    }

    private static func score(
        _ channel: FrameworkChannel, _ framework: Framework, _ criteria: FrameworkCriteria, _ cluster: ClusterFacts?
    ) -> Entry {
        var score = 0
        var reasons: [String] = []
        func count(_ points: Int, _ reason: String) {
            score += points
            reasons.append("\(points > 0 ? "+" : "")\(points) \(reason)")
        }
        let traits = channel.traits
        if framework.isMaintained { count(3, "it is maintained") }
        if traits.offline { count(2, "it runs without the internet") }
        if traits.webhooks == 0 { count(1, "no admission webhook can block the cluster") }
        let memory = Quantity.bytes(channel.resources.memory) ?? 0
        let available = cluster?.nodes.reduce(0) { $0 + $1.memory } ?? 0
        if available > 0 {
            let percent = memory * 100 / available
            if percent <= 10 {
                count(2, "it requests \(channel.resources.memory) of memory, \(percent) % of the cluster's")
            } else if percent <= 30 {
                count(1, "it requests \(channel.resources.memory) of memory, \(percent) % of the cluster's")
            } else {
                count(-1, "it requests \(channel.resources.memory) of memory, \(percent) % of the cluster's")
            }
        } else if memory > 0, memory <= 512 << 20 {
            count(2, "it requests only \(channel.resources.memory) of memory")
        }
        if traits.openInvoke { count(-1, "functions are invoked without credentials") }
        if channel.verification == .real { count(1, "its real components ran in our tests") }
        return Entry(
            framework: framework.name, title: framework.title, channel: channel.name, version: channel.version,
            score: score, reasons: reasons)
    }
}

extension FrameworkTraits {
    /// How much it can do, for ties.
    fileprivate var abilities: Int {
        [scaleToZero, trafficSplit, sourceDeploy, imageDeploy].filter { $0 }.count + triggers.count
    }
}
