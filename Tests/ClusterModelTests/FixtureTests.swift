import ClusterModel
import Diagnostics
import Foundation
import Testing

enum Fixtures {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    static let checkout = folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Names of the specs, without the ending.
    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
    }()

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: name + ".yaml")))
    }

    static func decode(_ name: String) throws -> ClusterSpecReader.Reading {
        ClusterSpecReader.decode(
            try bytes(name), file: name + ".yaml", context: .init(folder: "/specs", home: "/home/ann"))
    }
}

/// Each `Fixtures/NAME.yaml` has the diagnostics it causes in `NAME.diagnostics`: severity, code, line:column, summary.
struct FixtureTests {
    @Test(arguments: Fixtures.names)
    func specCausesTheDiagnosticsBesideIt(_ name: String) throws {
        let reading = try Fixtures.decode(name)
        let found = reading.diagnostics.map { each in
            "\(each.severity.rawValue) \(each.code) \(each.location?.line ?? 0):\(each.location?.column ?? 0) \(each.summary)\n"
        }.joined()
        let file = Fixtures.folder.appending(path: name + ".diagnostics")
        guard let expected = try? String(contentsOf: file, encoding: .utf8) else {
            try found.write(to: file, atomically: true, encoding: .utf8)
            Issue.record("\(file.lastPathComponent) was missing and is written now: review it")
            return
        }
        #expect(found == expected)
        #expect((reading.spec == nil) == found.contains("error "))
        for each in reading.diagnostics {
            #expect(each.exitCode == .invalid)
            #expect(!each.summary.hasSuffix("."))
            #expect(each.location?.file == name + ".yaml")
        }
    }

    @Test func thereAreFixtures() {
        #expect(Fixtures.names.count > 40)
    }

    /// Every code that validation can report is seen in some fixture.
    @Test func everyCodeIsSeen() throws {
        let sources = Fixtures.checkout.appending(path: "Sources")
        var codes: Set<String> = []
        for folder in ["ClusterModel", "ConfigTree"] {
            let files = try FileManager.default.contentsOfDirectory(atPath: sources.appending(path: folder).path)
            for file in files where file.hasSuffix(".swift") {
                let text = try String(contentsOf: sources.appending(path: "\(folder)/\(file)"), encoding: .utf8)
                for match in text.matches(of: /\.?report\(\s*"([a-z0-9-]+)"/) { codes.insert("spec." + match.1) }
            }
        }
        #expect(codes.count > 25)
        var seen: Set<String> = []
        for name in Fixtures.names { seen.formUnion(try Fixtures.decode(name).diagnostics.map(\.code)) }
        #expect(codes.subtracting(seen).isEmpty)
    }

    @Test func aPasswordInASpecIsNeverShown() throws {
        for each in try Fixtures.decode("secrets").diagnostics
        where each.code == "spec.value" && each.location?.line == 9 {
            let shown = [each.summary, each.detail ?? "", each.hint ?? "", each.location?.text ?? ""].joined()
            #expect(!shown.contains("correct horse"))
        }
    }
}
