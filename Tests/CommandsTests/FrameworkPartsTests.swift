import ClusterModel
import Diagnostics
import Foundation
import Frameworks
import KubernetesAPI
import TestSupport
import Testing

@testable import Commands

@Suite("Parts of the commands for frameworks", .timeLimit(.minutes(3)))
struct FrameworkPartsTests {
    private static let environment = [
        AssetLocator.variable: (FunctionPartsTests.manifests as NSString).deletingLastPathComponent
    ]

    @Test("A framework whose file is wrong is said by `list` and `recommend`, which show the others and exit with 65")
    func wrongFile() throws {
        let program = try BuiltProgram()
        try program.home.write("own/mine/framework.yaml", "name: mine\nnonsense: 1\n")
        for words in [["list"], ["recommend", "--no-cluster", "--quiet"]] {
            for format in ["text", "json"] {
                let shown = try program.run(
                    ["framework"] + words + ["--frameworks", "own", "--format", format], environment: Self.environment)
                #expect(shown.status == ExitStatus.invalid.rawValue, "\(words)")
                #expect(shown.errors.contains("own/mine/framework.yaml"), "\(shown.errors)")
                #expect(shown.output.contains("knative"), "\(words)")
            }
            let right = try program.run(["framework"] + words, environment: Self.environment)
            #expect(right.status == 0 && right.errors.isEmpty, "\(right.errors)")
            #expect(!right.output.contains("INSTALLED"))
        }
    }

    @Test("A report that took minutes is not lost with the folder of its file")
    func report() throws {
        let scratch = try Scratch()
        try LocalWrite.check(scratch.file("report.html"))
        #expect(!scratch.exists("report.html"))
        try scratch.write("old.html", "old")
        try LocalWrite.check(scratch.file("old.html"))
        #expect(try scratch.read("old.html") == "old")
        for path in [scratch.file("nowhere/report.html"), scratch.path] {
            let problem = #expect(throws: Diagnostic.self) { try LocalWrite.check(path) }
            #expect(problem?.code == "file.unwritable" && problem?.summary.contains(path) == true)
        }
        var printed: [String] = []
        let lost = #expect(throws: Diagnostic.self) {
            try FrameworkAssessCommand.deliver("report", to: scratch.file("nowhere/a")) { printed.append($0) }
        }
        #expect(lost?.code == "file.unwritable" && printed == ["report"])
        try FrameworkAssessCommand.deliver("report", to: scratch.file("a")) { printed.append($0) }
        #expect(printed.count == 1)
        #expect(try scratch.read("a") == "report")
    }

    @Test("`assess` says that its file cannot be written before it looks for a cluster")
    func reportFirst() throws {
        let program = try BuiltProgram()
        let result = try program.run(
            ["framework", "assess", "openfaas", "--output", "nowhere/a.html"], environment: Self.environment)
        #expect(result.status == ExitStatus.lacking.rawValue)
        #expect(result.errors.contains("file.unwritable"), "\(result.errors)")
    }

    @Test("A framework that nobody knows is told from one that is not installed")
    func notInstalled() throws {
        let client = KubernetesClient(.direct("http://127.0.0.1:1"))
        let facts = ClusterFacts(version: try #require(KubernetesVersion("v1.27.3")))
        let session = FrameworkSession(
            client: client, facts: facts, reach: EndpointReach(client: client, facts: facts, proxy: nil), proxy: nil,
            catalogue: FrameworkCatalogue(folders: [FunctionPartsTests.manifests]), installed: [],
            observer: ClusterObserver(client))
        let known = #expect(throws: Diagnostic.self) { try session.needed("openfaas") }
        #expect(known?.code == "framework.not-installed")
        let unknown = #expect(throws: Diagnostic.self) { try session.needed("openfsas") }
        #expect(unknown?.code == "framework.unknown" && unknown?.hint?.contains("did you mean openfaas") == true)
    }
}
