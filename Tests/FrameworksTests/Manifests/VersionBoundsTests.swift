import ClusterModel
import Diagnostics
import Testing

@testable import Frameworks

/// What is decided for the oldest and a new version of Kubernetes, for all frameworks that ship.
@Suite("Bounds of Kubernetes versions") struct VersionBoundsTests {
    /// Framework, and the channel that `install` takes without being told; nil where none fits.
    static let decisions: [(version: String, framework: String, channel: String?)] = [
        ("v1.20.2", "openfaas", "mit-2023"), ("v1.33.1", "openfaas", "mit-2023"),
        ("v1.20.2", "knative", "v1.1"), ("v1.33.1", "knative", "v1.21"),
        ("v1.20.2", "openwhisk", "lean"), ("v1.33.1", "openwhisk", "lean"),
        ("v1.20.2", "kubeless", "compatible"), ("v1.33.1", "kubeless", "compatible"),
        ("v1.20.2", "fission", nil), ("v1.33.1", "fission", "v1.27"),
    ]

    func cluster(_ version: String) throws -> ClusterFacts {
        ClusterFacts(
            version: try #require(KubernetesVersion(version)),
            nodes: [ClusterFacts.Node(name: "one", address: "10.0.0.11", memory: 8 << 30)], hasDefaultStorageClass: true
        )
    }

    func all() throws -> [Framework] { try ShippedFrameworks.names.map { try ShippedFrameworks.framework($0) } }

    @Test(arguments: decisions.indices) func installTakesTheFirstChannelThatFits(_ index: Int) throws {
        let (version, name, channel) = Self.decisions[index]
        let framework = try ShippedFrameworks.framework(name)
        let choice = ChannelChoice(framework, cluster: try cluster(version))
        guard let channel else {
            let refusal = #expect(throws: Diagnostic.self) { try choice.choose(nil, alternatives: try all()) }
            #expect(refusal?.code == "framework.unfit")
            // Every channel with its own bound and the reason, and what would work.
            for each in framework.channels {
                #expect(
                    refusal?.detail?.contains(
                        "channel \(each.name) (\(each.version), Kubernetes \(each.rangeText)): it needs Kubernetes \(each.minimum.text) or newer, and this is 1.20: \(each.minimum.reason)"
                    ) == true, "\(refusal?.detail ?? "")")
            }
            #expect(refusal?.hint?.contains("OpenFaaS") == true && refusal?.hint?.contains("Fission") == false)
            return
        }
        #expect(try choice.choose(nil).name == channel)
    }

    /// Asked for by name, with the bound that stands against it, and a channel that would work.
    @Test(arguments: [
        (
            "v1.33.1", "kubeless", "controller", "it ends with Kubernetes 1.21, and this is 1.33",
            "channel compatible of it"
        ),
        ("v1.33.1", "knative", "v1.1", "it ends with Kubernetes 1.24, and this is 1.33", "channel v1.21 of it"),
        ("v1.33.1", "knative", "v1.23", "it needs Kubernetes 1.34 or newer, and this is 1.33", "channel v1.21 of it"),
        ("v1.20.2", "knative", "v1.21", "it needs Kubernetes 1.33 or newer, and this is 1.20", "channel v1.1 of it"),
        ("v1.18.20", "openfaas", "mit-2023", "it needs Kubernetes 1.19 or newer, and this is 1.18", "no framework"),
        ("v1.37.0", "openfaas", "mit-2023", "it ends with Kubernetes 1.36, and this is 1.37", "Kubeless"),
    ]) func aChannelOutsideOfItsBoundsIsRefused(
        _ version: String, _ name: String, _ channel: String, _ bound: String, _ works: String
    ) throws {
        let choice = ChannelChoice(try ShippedFrameworks.framework(name), cluster: try cluster(version))
        let refusal = #expect(throws: Diagnostic.self) { try choice.choose(channel, alternatives: try all()) }
        #expect(refusal?.detail?.contains(bound) == true, "\(refusal?.detail ?? "")")
        #expect(refusal?.exitCode == .invalid)
        #expect(refusal?.hint?.contains(works) == true, "\(refusal?.hint ?? "")")
    }

    @Test(arguments: ["v1.20.2", "v1.33.1"]) func recommendRanksWhatInstallWouldTake(_ version: String) throws {
        let recommendation = Recommendation(try all(), criteria: FrameworkCriteria(), cluster: try cluster(version))
        let wanted = Self.decisions.filter { $0.version == version }
        #expect(
            recommendation.ranking.map { "\($0.framework) \($0.channel)" }.sorted()
                == wanted.compactMap { each in each.channel.map { "\(each.framework) \($0)" } }.sorted())
        #expect(recommendation.excluded.map(\.framework) == wanted.filter { $0.channel == nil }.map(\.framework))
    }

    /// A need may lead to another channel than the one that is installed without it.
    @Test(arguments: [("v1.20.2", "v1.1"), ("v1.33.1", "v1.21")])
    func recommendKnowsWhichChannelScalesToZero(_ version: String, _ knative: String) throws {
        var criteria = FrameworkCriteria()
        criteria.scaleToZero = true
        let ranking = Recommendation(try all(), criteria: criteria, cluster: try cluster(version)).ranking
        // What a user has to scale down himself is no scaling to zero.
        #expect(!ranking.contains { $0.framework == "openfaas" })
        #expect(ranking.first { $0.framework == "knative" }?.channel == knative)
        #expect(!ranking.contains { $0.framework == "kubeless" })
    }
}
