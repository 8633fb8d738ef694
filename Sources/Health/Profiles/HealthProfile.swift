/// A second catalogue of probes beside the default one: how a cluster is set up, not whether it works now.
package enum HealthProfile: String, Sendable, Hashable, CaseIterable {
    case production
    case cis

    package var probes: [HealthProbe] {
        switch self {
        case .production: ProductionProfile.probes
        case .cis: CISBenchmark.probes
        }
    }
}

extension HealthCatalogue {
    /// The probes of profiles, each profile once and in a fixed order.
    package static func profiles(_ profiles: [HealthProfile]) -> [HealthProbe] {
        HealthProfile.allCases.filter(profiles.contains).flatMap(\.probes)
    }
}
