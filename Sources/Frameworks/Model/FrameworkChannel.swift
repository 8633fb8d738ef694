/// A line of releases of a framework that is installed by its name.
package struct FrameworkChannel: Sendable {
    package enum Requirement: String, Sendable, CaseIterable, Codable {
        case storageClass
        case loadBalancer
        case nodePort
        case internetAtInstall
        case internetAtRuntime
        case registryForFunctions
        case metricsServer
    }

    package var name: String
    package var version: String
    package var isDefault: Bool
    package var summary: String?
    package var minimum: KubernetesBound
    package var maximum: KubernetesBound?
    package var architectures: [String]
    package var requires: [Requirement]
    package var conflicts: [String]
    /// Texts that differ by channel, `${value.NAME}`.
    package var values: [String: String]
    package var licence: FrameworkLicence
    package var traits: FrameworkTraits
    package var resources: FrameworkResources
    package var verification: Framework.Verification
    package var upgradeFrom: [String]
    package var upgradeNote: String?

    /// `1.19 to 1.24`, `1.34 and newer`.
    package var rangeText: String {
        if let maximum, maximum.minor == minimum.minor { return minimum.text }
        return maximum.map { "\(minimum.text) to \($0.text)" } ?? "\(minimum.text) and newer"
    }

    package func fits(minor: KubernetesMinor) -> Bool {
        minor >= minimum.minor && (maximum.map { minor <= $0.minor } ?? true)
    }
}

/// A minor version of Kubernetes, `1.20`.
package struct KubernetesMinor: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var major: Int
    package var minor: Int

    package init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Reads `1.20`; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let major = Int(parts[0]), let minor = Int(parts[1]),
            parts.allSatisfy({ $0.allSatisfy(\.isNumber) && $0.count <= 4 })
        else { return nil }
        self.init(major, minor)
    }

    package var description: String { "\(major).\(minor)" }

    package static func < (left: KubernetesMinor, right: KubernetesMinor) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}

/// A bound of the versions of Kubernetes, and why it is there.
package struct KubernetesBound: Sendable, Hashable {
    package var minor: KubernetesMinor
    package var reason: String

    package var text: String { minor.description }
}
