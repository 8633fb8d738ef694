package import Diagnostics

/// Which channel of a framework fits a cluster, and why the others do not.
package struct ChannelChoice: Sendable {
    package let framework: Framework
    package let cluster: ClusterFacts
    /// Names of frameworks that are installed beside it.
    package let neighbours: [String]
    /// Nodes do not reach the internet.
    package let isOffline: Bool

    package init(_ framework: Framework, cluster: ClusterFacts, neighbours: [String] = [], isOffline: Bool = false) {
        self.framework = framework
        self.cluster = cluster
        self.neighbours = neighbours.filter { $0 != framework.name }
        self.isOffline = isOffline
    }

    /// What stands against a channel, each a sentence with the bound and its reason; empty if it fits.
    package func obstacles(_ channel: FrameworkChannel) -> [String] {
        var found: [String] = []
        let minor = cluster.minor
        if minor < channel.minimum.minor {
            found.append(
                "it needs Kubernetes \(channel.minimum.text) or newer, and this is \(minor): \(channel.minimum.reason)")
        }
        if let maximum = channel.maximum, minor > maximum.minor {
            found.append("it ends with Kubernetes \(maximum.text), and this is \(minor): \(maximum.reason)")
        }
        let nodes = cluster.architectures
        if !nodes.isEmpty, nodes.isDisjoint(with: channel.architectures) {
            found.append(
                "its images are for \(channel.architectures.joined(separator: ", ")), and the nodes are \(nodes.sorted().joined(separator: ", "))"
            )
        }
        if channel.requires.contains(.storageClass), cluster.hasDefaultStorageClass == false {
            found.append("it makes claims, and the cluster has no default StorageClass")
        }
        if channel.requires.contains(.internetAtRuntime), isOffline {
            found.append("it cannot run without the internet")
        }
        if let needed = channel.resources.nodeMemory.flatMap(Quantity.bytes),
            let most = cluster.nodes.map(\.memory).max(),
            most > 0, most < needed
        {
            found.append(
                "it needs a node with \(channel.resources.nodeMemory ?? "") of memory, and the largest has \(most >> 20)Mi"
            )
        }
        for neighbour in neighbours where channel.conflicts.contains(neighbour) {
            found.append("it cannot be beside \(neighbour), which is installed")
        }
        return found
    }

    /// The wanted channel, else the default one where it fits, else the first that does.
    ///
    /// - Parameter alternatives: other frameworks, so that a refusal can say what would work.
    /// - Throws: `framework.channel`, `framework.unfit`.
    package func choose(
        _ wanted: String?, alternatives: [Framework] = []
    ) throws(Diagnostic) -> FrameworkChannel {
        if let wanted {
            guard let channel = framework.channel(wanted) else {
                let names = framework.channels.map(\.name)
                throw Diagnostic(
                    code: "framework.channel", "\(framework.title) has no channel \(wanted)",
                    hint: Suggestion.nearest(to: wanted, in: names).map { "did you mean \($0)?" }
                        ?? "there are \(names.joined(separator: ", "))", exitCode: .usage)
            }
            let against = obstacles(channel)
            guard against.isEmpty else { throw unfit([channel], alternatives) }
            return channel
        }
        if let standard = framework.defaultChannel, obstacles(standard).isEmpty { return standard }
        if let fitting = framework.channels.first(where: { obstacles($0).isEmpty }) { return fitting }
        throw unfit(framework.channels, alternatives)
    }

    private func unfit(_ channels: [FrameworkChannel], _ alternatives: [Framework]) -> Diagnostic {
        let lines = channels.map { channel in
            "channel \(channel.name) (\(channel.version), Kubernetes \(channel.rangeText)): \(obstacles(channel).joined(separator: "; "))"
        }
        let others = framework.channels.filter { obstacles($0).isEmpty }.map { "channel \($0.name) of it" }
        let different = alternatives.filter { $0.name != framework.name }.filter { other in
            let choice = ChannelChoice(other, cluster: cluster, neighbours: neighbours, isOffline: isOffline)
            return other.channels.contains { choice.obstacles($0).isEmpty }
        }.map(\.title)
        let works = others + different
        return Diagnostic(
            code: "framework.unfit",
            "\(framework.title)\(channels.count == 1 ? " \(channels[0].version)" : "") cannot run on this cluster (Kubernetes \(cluster.version))",
            detail: lines.joined(separator: "\n"),
            hint: works.isEmpty
                ? "no framework of the catalogue fits this cluster"
                : "what would work here: \(works.joined(separator: ", "))",
            exitCode: .invalid)
    }
}

/// Whether one release may follow another in place.
package enum UpgradeRule {
    /// - Throws: `framework.upgrade`, which says what would work.
    package static func check(
        _ installed: InstalledFramework, to release: FrameworkRelease
    ) throws(Diagnostic) {
        let (framework, channel) = (release.framework, release.channel)
        func refuse(_ reason: String, hint: String) -> Diagnostic {
            Diagnostic(
                code: "framework.upgrade",
                "\(framework.title) \(installed.version) (channel \(installed.channel)) is not upgraded to \(channel.version) (channel \(channel.name)): \(reason)",
                hint: hint, exitCode: .invalid)
        }
        if installed.channel != channel.name, !channel.upgradeFrom.contains(installed.channel) {
            throw refuse(
                "the catalogue names no way between these channels",
                hint: "remove it, then install channel \(channel.name)")
        }
        let (old, new) = (numbers(installed.version), numbers(channel.version))
        if new.lexicographicallyPrecedes(old), !framework.upgrade.canRollBack {
            throw refuse("it is older, and there is no way back", hint: "remove it, then install the older version")
        }
        if let most = framework.upgrade.maxMinorStep, old.count > 1, new.count > 1, old[0] == new[0],
            new[1] - old[1] > most
        {
            throw refuse(
                "at most \(most) minor version\(most == 1 ? "" : "s") at once",
                hint: "upgrade to \(old[0]).\(old[1] + most) first")
        }
        for parameter in framework.parameters where parameter.isImmutable {
            guard let before = installed.parameters[parameter.name], let after = release.parameters[parameter.name],
                before != after
            else { continue }
            throw refuse(
                "the parameter \(parameter.name) cannot change from \(before.text) to \(after.text)",
                hint: "keep it, or remove the framework and install it again")
        }
    }

    /// `1.22.1` as numbers; other parts count as zero.
    static func numbers(_ version: String) -> [Int] {
        version.drop { !$0.isNumber }.split { $0 == "." || $0 == "-" }.map { Int($0) ?? 0 }
    }
}
