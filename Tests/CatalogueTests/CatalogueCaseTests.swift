import Bundles
import ClusterModel
import Diagnostics
import Digests
import Foundation
import Planning
import TestSupport
import Testing

@testable import Catalogue

/// A situation, and the plan that it leads to: one JSON file below `Goldens/cases`.
struct CatalogueCase: Codable {
    struct Change: Codable {
        var host: String
        var make: String
        var with: String?
    }

    enum Start: String, Codable {
        case fresh
        case complete
    }

    var about: String
    var scenario: Scenario?
    var start: Start
    var prune: Bool?
    /// How many runs it takes until nothing is left to do; one unless set.
    var runs: Int?
    var given: [Change]
    /// Lines `CHANGE STEP: REASON`; of a plan from a fresh host only those that are not `create`.
    var then: [String]?
    /// Lines `SEVERITY CODE: SUMMARY`.
    var diagnostics: [String]?

    static var folder: URL {
        URL(fileURLWithPath: Checkout.path("Tests/CatalogueTests/Goldens/cases"))
    }

    static var names: [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }

    static func load(_ name: String) throws -> CatalogueCase {
        try JSONDecoder().decode(
            CatalogueCase.self, from: Data(contentsOf: folder.appendingPathComponent(name + ".json")))
    }

    func save(_ name: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        var data = try encoder.encode(self)
        data.append(UInt8(ascii: "\n"))
        try data.write(to: Self.folder.appendingPathComponent(name + ".json"))
    }

    func cluster() -> VirtualCluster {
        let scenario = scenario ?? Scenario()
        var cluster = start == .fresh ? scenario.fresh : scenario.complete
        cluster.prune = prune ?? false
        for change in given { cluster.make(change) }
        return cluster
    }
}

@Suite("Archives of several images")
struct ImageGoalTests {
    private func names(_ references: [[String]]) -> (all: Int, onWorkers: Int) {
        var release = Scenario().release
        release.images = references.map { ImageArtefact(references: $0, artefact: release.images[0].artefact) }
        let goals = ImageGoals(release)
        return (goals.all.count, goals.onWorkers.count)
    }

    @Test("workers get every archive that holds something for them")
    func mixed() {
        let plane = "registry.example/kube-apiserver:v1.31.4"
        let proxy = "registry.example/kube-proxy:v1.31.4"
        #expect(names([[plane, proxy]]) == (1, 1))
        #expect(names([[plane], [proxy]]) == (2, 1))
        #expect(names([[plane, "registry.example/etcd:3.5.15-0"]]) == (1, 0))
    }
}

extension VirtualCluster {
    mutating func make(_ change: CatalogueCase.Change) {
        let with = change.with ?? ""
        switch change.make {
        case "stranger":
            let spec = HostSpec(
                name: change.host, address: "192.0.2.99", internalAddress: "10.20.0.99", roles: [.worker])
            nodes[change.host] = Node(version: "\(Scenario.version)", isStranger: true)
            if with == "control-plane" { addMember(spec) }
        case "forget node": nodes[change.host] = nil
        case "forget object": objects.remove(with)
        case "learner":
            members = members.map { member in
                var member = member
                if member.name == change.host { member.isLearner = true }
                return member
            }
        case "forget member": members.removeAll { $0.name == change.host }
        case "node version": nodes[change.host]?.version = with
        case "node label": nodes[change.host]?.labels["disk"] = with
        default:
            guard var host = hosts[change.host] else {
                Issue.record("there is no host \(change.host)")
                return
            }
            make(change, with, &host)
            hosts[change.host] = host
        }
    }

    private mutating func make(_ change: CatalogueCase.Change, _ with: String, _ host: inout VirtualHost) {
        switch change.make {
        case "new machine": host = VirtualHost(host.spec)
        case "system":
            let parts = with.split(separator: "=", maxSplits: 1).map(String.init)
            host.system[parts[0]] = parts.count > 1 ? parts[1] : nil
        case "truncate": host.broken.insert(with)
        case "remove": host.artefacts[with] = nil
        case "another file": host.files[with]?.digest = String(repeating: "0", count: 64)
        case "a file of others": host.files[with] = (0o644, Digest.sha256("of others\n"), "of others\n")
        case "stop service": host.active.remove(with)
        case "remove package": host.packages.remove(with)
        case "setting":
            let parts = with.split(separator: "=", maxSplits: 1).map(String.init)
            host.sysctls[parts[0]] = parts[1]
        case "another image": host.images[with] = String(repeating: "0", count: 64)
        case "another binary": host.blobs[with]?.digest = "unrecorded"
        case "stop control plane": host.isStopped = true
        case "swap": host.swaps = 1
        case "stranger with the endpoint": host.endpointOwner = with
        case "another network": host.earlierNetwork = with
        case "certificate without the name": host.missingName = with
        case "another authority": host.ca = "foreign"
        case "another manifest": host.changedManifests = [with]
        case "data of etcd":
            host.hasEtcdData = true
            host.artefacts["manifests/etcd.yaml"] = 100
        case "authority":
            for file in ["pki/ca.crt", "pki/ca.key"] { host.artefacts[file] = 100 }
            host.ca = with
        case "member that never started": addMember(host.spec, isStarted: false)
        case "member that lost its data":
            host.hasEtcdData = false
            host.artefacts["manifests/etcd.yaml"] = nil
        case "half-joined worker":
            host.artefacts["bootstrap-kubelet.conf"] = 100
            host.artefacts["kubelet.conf"] = nil
            host.hasKubeletClient = false
        default: Issue.record("a case cannot \"\(change.make)\"")
        }
    }
}

@Suite("Given facts, then steps")
struct CatalogueCaseTests {
    @Test("The plan is the one that the case names", arguments: CatalogueCase.names)
    func plan(_ name: String) throws {
        var example = try CatalogueCase.load(name)
        let plan = example.cluster().plan()
        let isFresh = example.start == .fresh
        let steps = plan.changes.filter { !isFresh || $0.change != .create }.map {
            "\($0.change.rawValue) \($0.id): \($0.reason)"
        }
        let diagnostics = plan.diagnostics.map {
            "\($0.severity.rawValue) \($0.code): \($0.host.map { "\($0): " } ?? "")\($0.summary)"
        }
        if Golden.isRecording || example.then == nil {
            #expect(Golden.isRecording, "\(name) had no steps yet; they are written now, look at them")
            example.then = steps
            example.diagnostics = diagnostics
            try example.save(name)
            return
        }
        #expect(steps == example.then)
        #expect(diagnostics == example.diagnostics ?? [])
    }

    @Test("What is not blocked becomes whole", arguments: CatalogueCase.names)
    func heals(_ name: String) throws {
        let example = try CatalogueCase.load(name)
        var cluster = example.cluster()
        let plan = cluster.plan()
        guard !plan.isBlocked else {
            #expect(
                !(example.then ?? []).filter { $0.hasPrefix("blocked ") }.isEmpty
                    || !(example.diagnostics ?? []).isEmpty)
            return
        }
        for seed in [UInt64(1), 2] {
            var numbers = SeededNumbers(seed: seed)
            cluster = example.cluster()
            cluster.run(plan, numbers: &numbers)
            for _ in 1..<(example.runs ?? 1) { cluster.run(cluster.plan(), numbers: &numbers) }
            #expect(cluster.plan().changes.map { "\($0.id): \($0.reason)" } == [])
        }
    }

    @Test("All situations that the catalogue promises to handle have a case")
    func complete() {
        #expect(CatalogueCase.names.count >= 20)
    }
}
