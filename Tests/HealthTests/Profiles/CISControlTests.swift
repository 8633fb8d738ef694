import Foundation
import Testing

@testable import Health

@Suite("CIS controls")
struct CISControlTests {
    static func findings(_ world: ProfileWorld, _ id: String? = nil) throws -> [Finding] {
        HealthEvaluation.findings(HealthProfile.cis.probes.filter { id == nil || $0.id == id }, try world.evidence)
    }

    @Test("A hardened cluster passes every control that can be measured")
    func hardened() throws {
        let manual = Set(CISBenchmark.controls.filter(\.isManual).map { "cis.\($0.number)" })
        for finding in try Self.findings(ProfileWorld()) {
            #expect(finding.status == (manual.contains(finding.id) ? .skipped : .pass), "\(finding)")
            if manual.contains(finding.id) { #expect(finding.measured.hasPrefix("manual: ")) }
        }
    }

    @Test(
        "Each fault is seen by its control, with its reason, and by no control outside of its like", arguments: faults)
    func fault(_ fault: ProfileFault) throws {
        var world = ProfileWorld()
        fault.make(&world)
        let bad = try Self.findings(world, fault.probe).filter { $0.status != .pass }
        #expect(!bad.isEmpty, "not seen")
        for finding in bad {
            #expect(finding.status == fault.status, "\(finding)")
            #expect((finding.measured + " " + finding.evidence.joined()).contains(fault.says), "\(finding)")
            #expect(!finding.remedy.isEmpty)
        }
        let others = Set(try Self.findings(world).filter { $0.status == .fail || $0.status == .warn }.map(\.id))
        #expect(others.subtracting(Self.likes[fault.probe] ?? []) == [fault.probe], "\(others.sorted())")
    }

    @Test("Every control that is no manual one was seen to fail")
    func complete() {
        let seen = Set(Self.faults.map(\.probe))
        for control in CISBenchmark.controls where !control.isManual {
            #expect(seen.contains("cis.\(control.number)"), "\(control.number)")
        }
    }

    @Test("The numbers are those of the benchmark's edition: how many each section has")
    func numbers() {
        var sections: [String: Int] = [:]
        for control in CISBenchmark.controls {
            let parts = control.number.split(separator: ".")
            let section = parts.dropLast().joined(separator: ".")
            sections[section, default: 0] += 1
            // Numbers of a section begin with 1 and leave none out.
            #expect(parts.last.flatMap { Int($0) } == sections[section], "\(control.number)")
        }
        #expect(
            sections == [
                "1.1": 21, "1.2": 34, "1.3": 7, "1.4": 2, "2": 7, "3.1": 1, "3.2": 2, "4.1": 10, "4.2": 13, "5.1": 8,
                "5.2": 9, "5.3": 2, "5.4": 2, "5.5": 1, "5.7": 4,
            ])
        #expect(CISBenchmark.controls.count == 123)
        #expect(
            CISBenchmark.controls.filter(\.isManual).map(\.number) == ["1.2.25", "3.1.1", "5.2.9", "5.3.1", "5.4.2"])
    }

    @Test("What a newer Kubernetes has not is skipped, and the edition is said not to fit")
    func newerVersion() throws {
        var world = ProfileWorld()
        world.version = "v1.33.1"
        world.securityPolicies = []
        world.flags[.apiServer]?["enable-admission-plugins"] = "NodeRestriction"
        for id in ["cis.1.2.12", "cis.1.2.15", "cis.5.2.1", "cis.5.2.8"] {
            #expect(try Self.findings(world, id).map(\.status) == [.skipped], "\(id)")
        }
        #expect(try Self.findings(world, "cis.version").map(\.status) == [.warn])
    }

    @Test(
        "A control ends with the version that lacks its flag, or whose edition lacks the control, and not before",
        arguments: [
            ("cis.1.2.3", 22, "1.22"), ("cis.1.2.17", 24, "1.24"), ("cis.1.2.18", 24, "1.24"),
            ("cis.1.2.19", 26, "no such control"), ("cis.4.2.6", 25, "no such control"),
        ])
    func ends(_ id: String, _ minor: Int, _ words: String) throws {
        let fault = try #require(Self.faults.first { $0.probe == id })
        var world = ProfileWorld()
        fault.make(&world)
        world.version = "v1.\(minor - 1).9"
        #expect(try Self.findings(world, id).contains { $0.status == .fail })
        for version in ["v1.\(minor).0", "v1.36.4"] {
            world.version = version
            let findings = try Self.findings(world, id)
            #expect(findings.map(\.status) == [.skipped], "\(version)")
            #expect(findings.first?.measured.contains(words) == true, "\(findings)")
        }
    }

    @Test("A host or a list that says nothing is unknown, never a pass")
    func silence() throws {
        var evidence = try ProfileWorld().evidence
        evidence.hosts = evidence.hosts.map {
            HealthHost(name: $0.name, address: $0.address, isControlPlane: true, problem: "no route to host")
        }
        evidence.api = .unreachable("connection refused")
        for finding in HealthEvaluation.findings(HealthProfile.cis.probes, evidence) {
            #expect(finding.status == .unknown || finding.status == .skipped, "\(finding)")
        }
    }

    @Test("Skipped where no host may be asked; a manual control says so all the same")
    func withoutHosts() throws {
        var evidence = try ProfileWorld().evidence
        evidence.hosts = []
        let findings = HealthEvaluation.findings(HealthProfile.cis.probes, evidence)
        #expect(findings.first { $0.id == "cis.1.2.1" }?.measured.contains("no access to hosts") == true)
        #expect(findings.first { $0.id == "cis.3.1.1" }?.measured.hasPrefix("manual") == true)
        #expect(findings.first { $0.id == "cis.5.1.1" }?.status == .pass)
    }

    @Test("An etcd that runs elsewhere is skipped; one that should run here and does not is unknown")
    func externalEtcd() throws {
        var world = ProfileWorld()
        world.flags[.etcd] = nil
        for (servers, status) in [
            ("https://10.9.0.1:2379,https://10.9.0.2:2379", HealthStatus.skipped),
            ("https://127.0.0.1:2379", .unknown),
        ] {
            world.flags[.apiServer]?["etcd-servers"] = servers
            for number in 1...7 {
                for finding in try Self.findings(world, "cis.2.\(number)") {
                    #expect(finding.status == status, "\(finding)")
                }
            }
            let production = HealthProfile.production.probes.filter { $0.id.hasPrefix("production.etcd-") }
            #expect(production.count == 3)
            for finding in HealthEvaluation.findings(production, try world.evidence) {
                #expect(finding.status == status, "\(finding)")
            }
        }
    }

    /// Controls that must turn with another one, because they are about the same flag or object.
    static let likes: [String: Set<String>] = [
        "cis.1.2.6": ["cis.1.2.7", "cis.1.2.8"], "cis.1.2.12": ["cis.1.2.15"], "cis.1.2.15": ["cis.1.2.12"],
        "cis.5.1.1": ["cis.5.1.2", "cis.5.1.3", "cis.5.1.4", "cis.5.1.8"], "cis.5.1.3": ["cis.5.1.2", "cis.5.1.4"],
        "cis.5.1.7": ["cis.5.1.1"], "cis.5.7.3": ["cis.5.7.2"],
        // On a control plane the authority is one of the certificates.
        "cis.4.1.7": ["cis.1.1.20"], "cis.4.1.8": ["cis.1.1.19"],
    ]
}
