internal import KubernetesAPI

/// How an installed framework is: what differs from the plan, and whether it is well.
package struct FrameworkStatus: Sendable, Hashable, Codable {
    package struct Check: Sendable, Hashable, Codable {
        package var check: String
        package var holds: Bool
        package var observed: String
        /// What it means; only where it does not hold.
        package var explanation: String?
        package var evidence: [String]
    }

    package enum Verdict: String, Sendable, Codable {
        case ready
        /// An object is not what it must be.
        case drift
        case notReady
        /// An installation or removal was begun and did not end.
        case incomplete
        /// Only what was kept is there.
        case removed
        /// Nobody could look: the catalogue does not have the framework.
        case unknown
    }

    package var formatVersion = 1
    package var name: String
    package var channel: String
    package var version: String
    package var state: String
    package var verdict: Verdict
    package var parameters: [String: ParameterValue]
    package var objects: Int
    /// Why the objects were not compared; nil if they were.
    package var notCompared: String?
    /// What an `install` would change.
    package var changes: [FrameworkPlan.Change]
    package var checks: [Check]
    /// What the catalogue has for it now; nil if it is the installed version.
    package var available: String?

    /// - Parameters:
    ///   - plan: nil where the files that it is made of are not to be had.
    ///   - checks: nil where nobody could look.
    package init(
        _ record: InstalledFramework, plan: FrameworkPlan?, checks: [Check]?, available: String?,
        notCompared: String? = nil
    ) {
        self.notCompared = notCompared
        name = record.name
        channel = record.channel
        version = record.version
        state = record.state.rawValue
        parameters = record.parameters
        objects = plan?.changes.count ?? record.inventory.count
        changes = plan?.changes.filter { $0.verb != .unchanged } ?? []
        self.checks = checks ?? []
        self.available = available
        guard let checks else {
            verdict = record.state == .removed ? .removed : .unknown
            return
        }
        verdict =
            record.state != .installed
            ? .incomplete : checks.contains { !$0.holds } ? .notReady : changes.isEmpty ? .ready : .drift
    }
}

extension CheckRunner {
    /// One look at the readiness checks of the release, with causes where they fail.
    package func status() async -> [FrameworkStatus.Check] {
        let checks = release.framework.readiness.filter { release.holds($0.applies) }
        var result: [FrameworkStatus.Check] = []
        for (check, seen) in await observe(checks) {
            var evidence = seen.evidence
            if !seen.holds, case .rollout(let kind, let name) = check.subject {
                evidence += await WorkloadCauses(client).causes(
                    kind: kind, name: release.fill(name),
                    namespace: release.fill(check.namespace ?? release.coreNamespace))
            }
            result.append(
                FrameworkStatus.Check(
                    check: check.words(release), holds: seen.holds, observed: seen.observed,
                    explanation: seen.holds ? nil : check.explanation, evidence: evidence))
        }
        return result
    }
}
