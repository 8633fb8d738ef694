package enum AssessResult: String, Sendable, Hashable, Codable, CaseIterable {
    case pass
    case fail
    /// It could not be measured, and the reason is said; never a pass.
    case unknown
}

/// One check of a rule.
package struct AssessFinding: Sendable, Hashable, Codable {
    /// `fault.requests-lost`; stable.
    package var id: String
    package var title: String
    package var result: AssessResult
    package var expected: String
    /// What was seen, or why nothing was.
    package var observed: String
    /// Numbers by stable names that end in their units: `recoverySeconds`.
    package var measured: [String: Double]

    package init(
        id: String, title: String, result: AssessResult, expected: String, observed: String,
        measured: [String: Double] = [:]
    ) {
        self.id = id
        self.title = title
        self.result = result
        self.expected = expected
        self.observed = observed
        self.measured = measured
    }
}

/// One of the manifesto's rules.
package struct AssessRule: Sendable, Hashable, Codable {
    /// 1 to 8.
    package var rule: Int
    package var title: String
    /// Fail if a check failed, else unknown if one is, else pass.
    package var result: AssessResult
    /// Of all checks.
    package var measured: [String: Double]
    package var checks: [AssessFinding]

    package init(rule: Int, title: String, checks: [AssessFinding]) {
        self.rule = rule
        self.title = title
        self.checks = checks
        let results = Set(checks.map(\.result))
        result = results.contains(.fail) ? .fail : results.contains(.unknown) || checks.isEmpty ? .unknown : .pass
        measured = checks.reduce(into: [:]) { all, check in all.merge(check.measured) { $1 } }
    }
}

/// How an installed framework keeps the rules of the Serverless Compute Manifesto, measured.
package struct AssessReport: Sendable, Hashable, Codable {
    /// What the numbers depend on beside the framework, so that only like is compared with like.
    package struct Conditions: Sendable, Hashable, Codable {
        package var kubernetes: String
        package var nodes: Int
        /// Of the function that was measured: `shell`, or an image.
        package var function: String
        package var workers: Int
        package var loadSeconds: Double
        /// Of each request under load, in milliseconds.
        package var workMilliseconds: Int
        package var idleSeconds: Double
        /// How requests got there.
        package var door: String

        package init(
            kubernetes: String, nodes: Int, function: String, workers: Int, loadSeconds: Double, workMilliseconds: Int,
            idleSeconds: Double, door: String
        ) {
            self.kubernetes = kubernetes
            self.nodes = nodes
            self.function = function
            self.workers = workers
            self.loadSeconds = loadSeconds
            self.workMilliseconds = workMilliseconds
            self.idleSeconds = idleSeconds
            self.door = door
        }
    }

    package static let currentVersion = 1

    package var formatVersion: Int
    package var framework: String
    /// Empty where martlet did not install it.
    package var channel: String
    package var version: String
    package var cluster: String
    /// RFC 3339.
    package var time: String
    package var seconds: Double
    package var conditions: Conditions
    package var rules: [AssessRule]

    package init(
        framework: String, channel: String, version: String, cluster: String, time: String, seconds: Double,
        conditions: Conditions, rules: [AssessRule]
    ) {
        formatVersion = Self.currentVersion
        self.framework = framework
        self.channel = channel
        self.version = version
        self.cluster = cluster
        self.time = time
        self.seconds = seconds
        self.conditions = conditions
        self.rules = rules
    }

    package func count(_ result: AssessResult) -> Int { rules.count { $0.result == result } }

    /// `openfaas mit-2023 0.16.6`.
    package var name: String { [framework, channel, version].filter { !$0.isEmpty }.joined(separator: " ") }
}
