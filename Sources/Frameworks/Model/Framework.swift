/// A serverless framework as its folder below `manifests/` describes it: all channels of it.
///
/// Texts still hold their variables; `FrameworkRelease` puts the values in.
package struct Framework: Sendable {
    package enum Status: String, Sendable, CaseIterable, Codable {
        case active
        case stale
        case archived
    }

    /// How far martlet's own account of it was proven.
    package enum Verification: String, Sendable, CaseIterable, Codable {
        case none
        /// Its objects were accepted by a real API server.
        case api
        /// Its real components ran.
        case real
    }

    package var name: String
    package var title: String
    /// One sentence.
    package var summary: String
    package var homepage: String?
    package var docs: [String] = []
    package var status: Status
    package var isMaintained: Bool
    package var lastRelease: String?
    package var lastChecked: String?
    package var verification: Verification
    package var verifiedBy: String?
    package var licence: FrameworkLicence
    package var traits: FrameworkTraits
    package var resources: FrameworkResources
    /// Lessons or labs that it serves.
    package var book: [String] = []
    package var channels: [FrameworkChannel]
    package var parameters: [FrameworkParameter] = []
    package var namespaces: [FrameworkNamespace] = []
    package var secrets: [FrameworkSecret] = []
    package var images: [FrameworkImage] = []
    package var sources: [FrameworkSource] = []
    package var phases: [FrameworkPhase] = []
    package var endpoints: [FrameworkEndpoint] = []
    package var readiness: [ReadinessCheck] = []
    package var removal = FrameworkRemoval()
    package var upgrade = FrameworkUpgrade()
    package var knownIssues: [KnownIssue] = []
    package var smoke: SmokeTest?
    package var function: FunctionSection?
    /// Where its files are.
    package var folder: String = ""

    package func channel(_ name: String) -> FrameworkChannel? { channels.first { $0.name == name } }

    /// What decides before anything is asked.
    package var defaultChannel: FrameworkChannel? { channels.first { $0.isDefault } }
}

/// Where a part of a framework counts: in which channels, with which values of parameters.
package struct Applicability: Sendable, Hashable {
    /// Empty is everywhere.
    package var channels: [String] = []
    /// By parameter the values of which one must be there, as texts.
    package var when: [String: [String]] = [:]

    package init(channels: [String] = [], when: [String: [String]] = [:]) {
        self.channels = channels
        self.when = when
    }

    package func holds(channel: String, _ parameters: [String: ParameterValue]) -> Bool {
        guard channels.isEmpty || channels.contains(channel) else { return false }
        return when.allSatisfy { name, values in parameters[name].map { values.contains($0.text) } ?? false }
    }
}

package struct FrameworkLicence: Sendable, Hashable {
    package enum Acceptance: String, Sendable, CaseIterable, Codable {
        case none
        /// The notice is shown.
        case notice
        /// Nothing is installed before it was accepted in as many words.
        case required
    }

    package var name: String
    package var notice: String?
    package var acceptance: Acceptance
    /// False: its images are never put into a bundle.
    package var isRedistributable: Bool
}

/// What a framework can do and costs, as far as the choice between frameworks depends on it.
package struct FrameworkTraits: Sendable, Hashable, Codable {
    package enum Trigger: String, Sendable, CaseIterable, Codable {
        case http
        case schedule
        case queue
        case event
    }

    package var scaleToZero: Bool
    package var trafficSplit: Bool
    /// Source is deployed without an image.
    package var sourceDeploy: Bool
    package var imageDeploy: Bool
    package var registryNeeded: Bool
    package var offline: Bool
    /// Admission webhooks that block when they break.
    package var webhooks: Int
    package var crds: Int
    package var claims: Int
    package var pods: Int
    /// Invoking needs no credentials.
    package var openInvoke: Bool
    package var triggers: [Trigger]
}

/// Sums of requests, as Kubernetes writes quantities.
package struct FrameworkResources: Sendable, Hashable, Codable {
    package var cpu: String
    package var memory: String
    /// What one node must have.
    package var nodeMemory: String?
    package var diskForImages: String?
}

package struct KnownIssue: Sendable, Hashable {
    /// A part of a message of an event, a condition or a log.
    package var symptom: String
    package var explanation: String
    package var remedy: String
    package var references: [String]
}
