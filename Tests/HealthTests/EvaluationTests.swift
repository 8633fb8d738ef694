import Foundation
import KubernetesAPI
import Planning
import Testing

@testable import Health

@Suite struct EvaluationTests {
    @Test func whatCannotBeAskedIsUnknownAndNeverAPass() {
        let evidence = HealthEvidence(now: Date(), api: .unreachable("connection refused"))
        let findings = HealthEvaluation.findings(APIProbes.all, evidence)
        #expect(findings.count == APIProbes.all.count)
        #expect(findings.allSatisfy { $0.status == .unknown && $0.measured == "connection refused" })
        #expect(findings.allSatisfy { $0.remedy == HealthProbe.remedyOfUnmeasured })
        #expect(HealthReport.verdict(of: findings) == .unknown)
    }

    @Test func withoutAccessToHostsTheirProbesAreSkipped() {
        let evidence = HealthEvidence(now: Date())
        let findings = HealthEvaluation.findings(HostProbes.all, evidence)
        #expect(!findings.isEmpty)
        #expect(findings.allSatisfy { $0.status == .skipped })
    }

    @Test func oneSilentHostLeavesTheOthersAlone() {
        let hosts = [
            HealthHost(name: "a", address: "10.0.0.1", isControlPlane: false, problem: "connection refused"),
            HealthHost(
                name: "b", address: "10.0.0.2", isControlPlane: false,
                facts: .init(answers: [KubeletHealthz.question: .present("200")])),
        ]
        let findings = HealthEvaluation.findings([KubeletHealthz.probe], HealthEvidence(now: Date(), hosts: hosts))
        #expect(findings.map(\.status) == [.unknown, .pass])
        #expect(findings[0].measured == "connection refused")
    }

    @Test func limitsAreOverriddenAndOthersStay() throws {
        var world = APIProbeTests.World()
        world.leases[0] = APIProbeTests.World.lease("cp-1", "2026-01-02T11:59:40Z")
        let evidence = try world.evidence
        func status(_ overrides: [String: [String: Double]]) -> HealthStatus? {
            HealthEvaluation.findings(APIProbes.all, evidence, overrides: overrides)
                .first { $0.id == "node.lease" && $0.subject == "node/cp-1" }?.status
        }
        #expect(status([:]) == .warn)
        #expect(status(["node.lease": ["warn": 25]]) == .pass)
        #expect(status(["node.lease": ["fail": 20]]) == .fail)
        #expect(status(["node.lease": ["nonsense": 1]]) == .warn)
    }

    @Test(arguments: [
        ([HealthStatus.pass, .warn, .unknown, .fail], HealthStatus.fail), ([.pass, .unknown, .warn], .unknown),
        ([.pass, .warn], .warn), ([.pass, .skipped], .pass), ([.skipped], .unknown), ([], .unknown),
    ])
    func theVerdictIsTheWorst(_ statuses: [HealthStatus], _ verdict: HealthStatus) {
        let findings = statuses.map { Finding(id: "a.b", status: $0, subject: "cluster", measured: "") }
        #expect(HealthReport.verdict(of: findings) == verdict)
    }

    @Test func probesAreChosenByIdBeginningGroupAndKind() throws {
        let probes = HealthCatalogue.passive()
        #expect(try HealthCatalogue.choose(probes, only: ["node.lease"], skip: []).map(\.id) == ["node.lease"])
        #expect(try HealthCatalogue.choose(probes, only: ["node"], skip: []).allSatisfy { $0.id.hasPrefix("node.") })
        #expect(try HealthCatalogue.choose(probes, only: ["etcd"], skip: []).allSatisfy { $0.group == .etcd })
        #expect(try HealthCatalogue.choose(probes, only: [], skip: ["ssh"]).allSatisfy { $0.kind != .ssh })
        #expect(throws: HealthCatalogue.UnknownPattern.self) {
            try HealthCatalogue.choose(probes, only: ["lease"], skip: [])
        }
    }

    @Test func profilesAreChosenByTheirNameAndSections() throws {
        let probes = HealthCatalogue.passive() + HealthCatalogue.profiles([.cis, .production, .cis])
        func chosen(_ only: [String], skip: [String] = []) throws -> [String] {
            try HealthCatalogue.choose(probes, only: only, skip: skip).map(\.id)
        }
        #expect(try chosen(["cis"]).count == 124)
        #expect(try chosen(["cis.1.2"]).count == 34)
        #expect(try chosen(["cis.1.2.1"]) == ["cis.1.2.1"], "1.2.10 is another control")
        #expect(try chosen(["production"]).allSatisfy { $0.hasPrefix("production.") })
        #expect(try chosen(["cis"], skip: ["cis.5"]).allSatisfy { !$0.hasPrefix("cis.5") })
        #expect(try chosen(["etcd"]).contains("production.etcd-quota"))
        #expect(throws: HealthCatalogue.UnknownPattern.self) {
            try HealthCatalogue.choose(HealthCatalogue.passive(), only: ["cis"], skip: [])
        }
    }

    @Test func idsAreUniqueAndEveryProbeExplainsItself() {
        let probes = HealthCatalogue.passive() + HealthCatalogue.profiles(HealthProfile.allCases)
        #expect(Set(probes.map(\.id)).count == probes.count)
        let trials = Set(
            CISBenchmark.controls.filter(\.isManual).map { "cis.\($0.number)" } + ProductionRehearsals.probes.map(\.id))
        for probe in probes {
            #expect(probe.why.count > 40 && !probe.remedy.isEmpty && !probe.title.isEmpty, "\(probe.id)")
            #expect(probe.kind != .ssh || !probe.questions.isEmpty, "\(probe.id) asks no host")
            #expect(probe.kind != .api || !probe.needs.isEmpty || trials.contains(probe.id), "\(probe.id) asks no list")
        }
    }

    @Test(arguments: [
        ("2026-01-02T12:00:00Z", 1_767_355_200.0), ("1970-01-01T00:00:00Z", 0),
        ("2000-02-29T23:59:59.500000Z", 951_868_799.5),
    ])
    func timesAreRead(_ text: String, _ seconds: Double) {
        #expect(KubernetesTime.parse(text)?.timeIntervalSince1970 == seconds)
    }

    @Test(
        arguments: [
            ("100m", 0.1), ("2", 2), ("1.5Gi", 1_610_612_736), ("128974848", 128_974_848), ("1k", 1000), ("12e2", 1200),
            ("", nil), ("Gi", nil),
        ] as [(String, Double?)])
    func quantitiesAreRead(_ text: String, _ value: Double?) { #expect(Quantity.parse(text) == value) }
}
