import ClusterModel
import Diagnostics
import Testing

@testable import Frameworks

@Suite("Choosing frameworks") struct SelectionTests {
    @Test func aBoundIsNamedWithItsReason() throws {
        let framework = try Toadstool.framework()
        let choice = ChannelChoice(framework, cluster: try Toadstool.facts())
        #expect {
            _ = try choice.choose("dream", alternatives: [framework])
        } throws: { error in
            let diagnostic = error as? Diagnostic
            return diagnostic?.code == "framework.unfit"
                && diagnostic?.detail?.contains("needs Kubernetes 1.99 or newer, and this is 1.20: it dreams") == true
                && diagnostic?.hint == "what would work here: channel steady of it, channel fresh of it"
        }
        #expect(try choice.choose(nil).name == "steady")
    }

    @Test func aMaximumIsABoundToo() throws {
        var framework = try Toadstool.framework()
        framework.channels = [framework.channels[0]]
        framework.channels[0].maximum = KubernetesBound(minor: KubernetesMinor(1, 21), reason: "an API went away")
        let choice = ChannelChoice(framework, cluster: try Toadstool.facts("v1.22.0"))
        #expect(
            choice.obstacles(framework.channels[0]) == [
                "it ends with Kubernetes 1.21, and this is 1.22: an API went away"
            ])
    }

    @Test func otherObstacles() throws {
        var framework = try Toadstool.framework()
        framework.channels[0].architectures = ["arm64"]
        framework.channels[0].requires = [.storageClass, .internetAtRuntime]
        framework.channels[0].conflicts = ["truffle"]
        framework.channels[0].resources.nodeMemory = "16Gi"
        let choice = ChannelChoice(
            framework, cluster: try Toadstool.facts(), neighbours: ["truffle"], isOffline: true)
        #expect(choice.obstacles(framework.channels[0]).count == 5)
    }

    @Test func aNodeThatDoesNotSayItsArchitectureIsNoObstacle() throws {
        var cluster = try Toadstool.facts()
        cluster.nodes[0].architecture = ""
        let framework = try Toadstool.framework()
        #expect(ChannelChoice(framework, cluster: cluster).obstacles(framework.channels[0]).isEmpty)
    }

    @Test func upgradesFollowTheCatalogue() throws {
        let old = InstalledFramework(try Toadstool.release("steady"), state: .installed)
        #expect(throws: Never.self) { try UpgradeRule.check(old, to: try Toadstool.release("fresh")) }
        let fresh = InstalledFramework(try Toadstool.release("fresh"), state: .installed)
        #expect {
            try UpgradeRule.check(fresh, to: try Toadstool.release("steady"))
        } throws: { ($0 as? Diagnostic)?.summary.contains("names no way between these channels") ?? false }
        #expect {
            try UpgradeRule.check(old, to: try Toadstool.release("steady", ["namespace": .text("elsewhere")]))
        } throws: { ($0 as? Diagnostic)?.summary.contains("namespace cannot change") ?? false }
    }

    @Test func minorStepsAreCounted() throws {
        var framework = try Toadstool.framework()
        framework.upgrade.maxMinorStep = 1
        var old = InstalledFramework(try Toadstool.release("steady"), state: .installed)
        old.version = "1.0.0"
        framework.channels[0].version = "1.3.0"
        let release = try FrameworkRelease(framework, channel: framework.channels[0], cluster: try Toadstool.facts())
        #expect {
            try UpgradeRule.check(old, to: release)
        } throws: { ($0 as? Diagnostic)?.hint == "upgrade to 1.1 first" }
        old.version = "1.4.0"
        #expect {
            try UpgradeRule.check(old, to: release)
        } throws: { ($0 as? Diagnostic)?.summary.contains("no way back") ?? false }
    }

    @Test func aRankingSaysWhy() throws {
        let framework = try Toadstool.framework()
        var other = framework
        other.name = "truffle"
        other.title = "Truffle"
        other.isMaintained = false
        for index in other.channels.indices { other.channels[index].traits.scaleToZero = true }
        let cluster = try Toadstool.facts()
        let plain = Recommendation([other, framework], criteria: FrameworkCriteria(), cluster: cluster)
        #expect(plain.ranking.map(\.framework) == ["toadstool", "truffle"])
        #expect(plain.ranking[0].score == 6)
        #expect(plain.ranking[0].reasons.contains("+3 it is maintained"))
        var criteria = FrameworkCriteria()
        criteria.scaleToZero = true
        let zero = Recommendation([other, framework], criteria: criteria, cluster: cluster)
        #expect(zero.ranking.map(\.framework) == ["truffle"])
        #expect(zero.excluded.map(\.framework) == ["toadstool"])
        #expect(zero.excluded[0].reasons.contains("channel steady: it does not scale to zero"))
        #expect(Recommendation([framework], criteria: FrameworkCriteria(), cluster: nil).kubernetes == nil)
    }
}
