import ArgumentParser
import ConfigTree
import Diagnostics
import Foundation
import TestSupport
import Testing
import YAMLDocument

@testable import Commands

@Suite("Limits of one's own")
struct ThresholdFileTests {
    private func read(_ text: String) throws -> [String: [String: Double]] {
        try ThresholdFile.read(try YAMLReader.document(Array(text.utf8), file: "limits.yaml").root)
    }

    @Test func areReadByProbeAndLimit() throws {
        let limits = try read("node.lease: {warn: 20, fail: 60.5}\ncapacity.pods:\n  warn: 50\n")
        #expect(limits == ["node.lease": ["warn": 20, "fail": 60.5], "capacity.pods": ["warn": 50]])
    }

    @Test(
        arguments: [
            ("node.leese: {warn: 1}", "thresholds.unknown-probe", "node.lease"),
            ("node.lease: {wran: 1}", "thresholds.unknown-limit", "warn, fail"),
            ("node.lease: {warn: soon}", "thresholds.value", nil), ("node.lease: {warn: -1}", "thresholds.value", nil),
            ("node.lease: 20", "thresholds.type", "warn, fail"), ("[1]", "thresholds.type", nil),
        ] as [(String, String, String?)])
    func faultsAreNamedWithTheirPlace(_ text: String, _ code: String, _ hint: String?) throws {
        let error = try #require(throws: Diagnostics.self) { try read(text) }
        let first = try #require(error.list.first)
        #expect(first.code == code)
        #expect(first.location?.line == 1)
        #expect(error.exitCode == .invalid)
        if let hint { #expect(first.hint?.contains(hint) == true, "\(first)") }
    }

    @Test func aMistypedProbeIsAnsweredWithTheOneThatWasMeant() throws {
        let error = try #require(throws: Diagnostic.self) { try HealthListing.explanation(of: "node.leese") }
        #expect(error.summary.contains("did you mean node.lease?"))
        #expect(try HealthListing.explanation(of: "node.lease").contains("warn: 15 s"))
    }

    @Test func probesOfProfilesAreExplainedAndAskForTheirProfile() throws {
        #expect(try HealthListing.explanation(of: "cis.1.2.1").contains("CIS Kubernetes Benchmark v1.20"))
        for (pattern, profile) in [("cis", "cis"), ("cis.1.2", "cis"), ("production.goaway", "production")] {
            #expect(HealthListing.unknown(pattern).hint == "add --profile \(profile)")
        }
        #expect(HealthListing.unknown("cis.9.9").hint?.contains("--list") == true)
        #expect(try read("production.audit-growth: {warn: 60}") == ["production.audit-growth": ["warn": 60]])
        #expect(throws: (any Error).self) { try HealthCommand.parse(["--profile", "nist"]) }
        _ = try HealthCommand.parse(["--profile", "cis", "--profile", "production"])
    }

    @Test func whatIsNoReportIsRefused() throws {
        let folder = try Scratch()
        let path = try folder.write("report.json", "{}")
        #expect(try #require(throws: Diagnostic.self) { try OlderReport.load(path) }.code == "health.report")
        #expect(try #require(throws: Diagnostic.self) { try OlderReport.load(path + ".none") }.code == "file.missing")
    }
}
