import ClusterModel
import Foundation
import Planning
import TestSupport
import Testing

@testable import Catalogue

@Suite("A cluster of virtual hosts")
struct CatalogueIdempotenceTests {
    @Test("Becomes whole in one run, and the second run has nothing to do", arguments: Scenario.all)
    func secondRun(_ scenario: Scenario) {
        for seed in [UInt64(1), 2, 3] {
            var cluster = scenario.fresh
            var numbers = SeededNumbers(seed: seed)
            let first = cluster.plan()
            #expect(!first.isBlocked)
            #expect(!first.changes.isEmpty)
            cluster.run(first, numbers: &numbers)
            let second = cluster.plan()
            #expect(second.changes.map { "\($0.id): \($0.reason)" } == [])
            #expect(second.diagnostics.isEmpty)
        }
    }

    @Test(
        "A run that was cut off anywhere is finished by the next one",
        arguments: [
            Scenario(profile: .production), Scenario(packages: .distribution, network: .none, isBundle: false),
        ])
    func cutOff(_ scenario: Scenario) {
        var cluster = scenario.fresh
        let plan = cluster.plan()
        for limit in stride(from: 1, to: plan.changes.count, by: 3) {
            var numbers = SeededNumbers(seed: UInt64(limit))
            cluster = scenario.fresh
            cluster.run(plan, limit: limit, numbers: &numbers)
            let rest = cluster.plan()
            #expect(
                !rest.isBlocked, "after \(limit) steps: \(rest.steps.filter { $0.change == .blocked }.map(\.reason))")
            cluster.run(rest, numbers: &numbers)
            #expect(cluster.plan().changes.map { "\($0.id): \($0.reason)" } == [], "after \(limit) steps")
        }
    }

    @Test("Planning twice gives the same plan, and no secret or value of apply is in it", arguments: Scenario.all)
    func stable(_ scenario: Scenario) throws {
        let cluster = scenario.fresh
        let plan = cluster.plan()
        #expect(plan == cluster.plan())
        let again = try JSONDecoder().decode(Plan.self, from: JSONEncoder().encode(plan))
        #expect(again == plan)
    }

    @Test("The nodes have the labels and taints of the spec")
    func settings() {
        let cluster = Scenario().complete
        #expect(cluster.nodes["worker1"]?.labels["disk"] == "ssd")
        #expect(cluster.nodes["worker1"]?.taints.contains("dedicated=batch:NoSchedule") == true)
        #expect(cluster.members.map(\.name).sorted() == ["cp1", "cp2", "cp3"])
        #expect(cluster.tokens.isEmpty)
    }
}

@Suite("The list of steps")
struct CatalogueListTests {
    @Test("Every file of Steps is registered, or holds no step")
    func registered() throws {
        let folder = URL(fileURLWithPath: Checkout.path("Sources/Catalogue/Steps"))
        var found: Set<String> = []
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) where file.hasSuffix(".swift") {
            let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
            for match in text.matches(of: /= StepDefinition\(\s*"([a-z-]+)"/) {
                found.insert(String(match.1))
                #expect(
                    ClusterCatalogue.definition(of: String(match.1)) != nil,
                    "\(file): add the step \(match.1) to ClusterCatalogue.definitions")
            }
        }
        #expect(found == Set(ClusterCatalogue.definitions.map(\.id)))
        #expect(found.count >= 15)
    }

    @Test("Every step has an id of its own, a summary and an explanation")
    func texts() {
        let ids = ClusterCatalogue.definitions.map(\.id)
        #expect(Set(ids).count == ids.count)
        for definition in ClusterCatalogue.definitions {
            #expect(definition.id.wholeMatch(of: /[a-z]+(-[a-z]+)*/) != nil)
            #expect(!definition.summary.isEmpty && !definition.summary.hasSuffix("."))
            #expect(definition.explanation.count > 80, "\(definition.id) explains itself in a few sentences")
            #expect(!definition.explanation.contains("\n"))
        }
    }

    @Test("No two goals of a host have the same id, and every goal says why", arguments: Scenario.all)
    func goals(_ scenario: Scenario) {
        for cluster in [scenario.fresh, scenario.complete] {
            let context = cluster.context(cluster.facts())
            for host in context.spec.hosts {
                let goals = ClusterCatalogue.goals(for: host, context)
                let ids = goals.map(\.id)
                #expect(Set(ids).count == ids.count, "\(ids)")
                for goal in goals {
                    #expect(!goal.because.isEmpty && !goal.title.isEmpty)
                    #expect(
                        !goal.ensure.isEmpty || goal.always != nil || goal.blocked != nil, "\(goal.id) is never needed")
                    #expect(!goal.by.isEmpty || goal.phase == .verify || goal.blocked != nil, "\(goal.id) does nothing")
                }
            }
        }
    }

    /// Steps that exist only in some clusters or situations.
    private static let optional = [
        "swap", "images", "configuration", "haproxy", "keepalived", "containerd-binaries", "cluster-dns", "pod-network",
        "node-settings",
        "join-credentials", "watches", "shared-certificates", "certificates", "control-plane-init",
        "control-plane-join",
        "worker-join",
    ]

    @Test("Components ask anew after control planes have joined, on every host and not without need")
    func watchesAreRenewed() {
        let fresh = Scenario().fresh.plan()
        let hosts = Set(fresh.steps.filter { $0.id.hasPrefix("watches@") }.map(\.host))
        #expect(hosts == Set(fresh.steps.map(\.host)))
        let own = fresh.steps.first { $0.id.hasPrefix("watches@") }
        #expect(own?.requires.contains { $0.hasPrefix("control-plane-join@") } ?? false)
        let ready = fresh.steps.first { $0.id.hasPrefix("nodes-ready@") }
        #expect(ready.map { step in hosts.allSatisfy { step.requires.contains("watches@\($0)") } } ?? false)
        #expect(!Scenario().complete.plan().steps.contains { $0.id.hasPrefix("watches@") && $0.isChange })
        // An apply that ended between the last join and this step: the next one makes up for it.
        var cut = Scenario().complete
        for host in hosts { cut.hosts[host]?.files["/etc/martlet/watches"] = nil }
        #expect(Set(cut.plan().steps.filter(\.isChange).map(\.id)) == Set(hosts.map { "watches@\($0)" }))
    }

    @Test("What a goal requires is a goal of some cluster", arguments: Scenario.all)
    func requirements(_ scenario: Scenario) {
        let cluster = scenario.fresh
        let context = cluster.context(cluster.facts())
        var known: Set<String> = []
        for host in context.spec.hosts {
            known.formUnion(ClusterCatalogue.goals(for: host, context).map { "\($0.id)@\(host.name)" })
        }
        for host in context.spec.hosts {
            for goal in ClusterCatalogue.goals(for: host, context) {
                for requirement in goal.requires {
                    let id = requirement.contains("@") ? requirement : "\(requirement)@\(host.name)"
                    let name = String(id.prefix { $0 != "@" })
                    let isAllowed =
                        known.contains(id) || Self.optional.contains(name) || name.hasPrefix("forget-")
                        || name.hasPrefix("image-")
                    #expect(isAllowed, "\(goal.id)@\(host.name) requires \(id), which nothing makes")
                }
            }
        }
    }

    @Test("An image that is imported is waited for by the steps that start containers")
    func imagesAreAwaited() throws {
        let plan = Scenario().fresh.plan()
        let join = try #require(plan.steps.first { $0.id == "worker-join@worker1" })
        let images = plan.steps.filter { $0.host == "worker1" && $0.id.hasPrefix("image-") }.map(\.id)
        #expect(images.count == 3)
        #expect(Set(images).isSubset(of: join.requires))
    }

    @Test("The requirements of a plan form no cycle", arguments: Scenario.all)
    func acyclic(_ scenario: Scenario) {
        let steps = scenario.fresh.plan().changes
        var schedule = Schedule(steps, perHost: .max)
        var count = 0
        var running = schedule.start()
        while !running.isEmpty {
            count += running.count
            running.forEach { schedule.finish($0) }
            running = schedule.start()
        }
        #expect(count == steps.count)
    }

    @Test("All questions are asked before any answer is known", arguments: Scenario.all)
    func probes(_ scenario: Scenario) {
        let cluster = scenario.complete
        let context = cluster.context(cluster.facts())
        let asked = Dictionary(
            uniqueKeysWithValues: ClusterCatalogue.probes(for: cluster.blankContext).map {
                ($0.host, Set($0.script.probes))
            })
        for host in context.spec.hosts {
            for goal in ClusterCatalogue.goals(for: host, context) {
                for check in goal.ensure {
                    #expect(
                        asked[host.name]?.contains(check.probe) == true,
                        "\(goal.id)@\(host.name) asks \(check.title) too late")
                }
            }
        }
    }

    @Test("Equal questions have equal texts, so that none is answered by another's script", arguments: Scenario.all)
    func sameTexts(_ scenario: Scenario) {
        let cluster = scenario.complete
        let context = cluster.context(cluster.facts())
        for host in context.spec.hosts {
            var texts: [Probe: String] = [:]
            let probes =
                BaseProbes.probes(for: host, context.spec.endpoint)
                + ClusterCatalogue.goals(for: host, context).flatMap { $0.ensure.map(\.probe) }
            for probe in probes {
                if let known = texts[probe] { #expect(known == probe.text ?? "", "\(probe.subject)") }
                texts[probe] = probe.text ?? ""
            }
        }
    }

    @Test(
        "Every step is needed by some cluster, and holds in one that is whole",
        // A spare's way back needs a pool: `PoolTests`.
        arguments: ClusterCatalogue.definitions.map(\.id).filter { $0 != "spare-release" })
    func neededAndHeld(_ id: String) throws {
        let definition = try #require(ClusterCatalogue.definition(of: id))
        var isNeeded = false
        for scenario in [Scenario(profile: .production), Scenario(network: .manifest)] {
            var cluster = scenario.fresh
            isNeeded = isNeeded || Self.pending(definition, cluster).count > 0
            cluster = scenario.complete
            #expect(Self.pending(definition, cluster) == [])
            cluster.nodes["stranger"] = VirtualCluster.Node(version: "\(Scenario.version)", isStranger: true)
            cluster.prune = true
            isNeeded = isNeeded || Self.pending(definition, cluster).count > 0
        }
        #expect(isNeeded)
    }

    private static func pending(_ definition: StepDefinition, _ cluster: VirtualCluster) -> [String] {
        let facts = cluster.facts()
        let context = cluster.context(facts)
        let pending = Set(cluster.plan().changes.map(\.id))
        return context.spec.hosts.flatMap { host -> [String] in
            let state = context.states[host.name] ?? HostState(host, HostFacts(), context.spec.endpoint)
            return definition.goals(HostContext(cluster: context, host: host, state: state)).map {
                "\($0.id)@\(host.name)"
            }
        }.filter { pending.contains($0) }
    }
}
