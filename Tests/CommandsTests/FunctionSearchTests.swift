import Diagnostics
import Testing

@testable import Commands
@testable import Functions

/// A framework that has some functions, or is down.
private struct StubPlatform: FunctionPlatform {
    let site: FunctionSite
    let names: [String]?

    /// - Parameter names: nil is down.
    init(_ framework: String, _ names: [String]?) {
        site = FunctionSite(framework: framework, adapter: .knative, namespace: "fn", core: "core")
        self.names = names
    }

    private func known() throws(Diagnostic) -> [String] {
        guard let names else {
            throw Diagnostic(code: "function.unreachable", "nobody answers", exitCode: .unreachable)
        }
        return names
    }

    func list() throws(Diagnostic) -> [FunctionRecord] {
        try known().map { FunctionRecord(name: $0, framework: site.framework, namespace: "fn", state: .ready) }
    }

    func find(_ name: String) throws(Diagnostic) -> FunctionRecord? { try list().first { $0.name == name } }

    // Nobody asks these.
    private var never: Diagnostic { Diagnostic(code: "test.never", "this is not asked") }
    func deploy(_ order: FunctionOrder) throws(Diagnostic) -> FunctionChange { throw never }
    func invoke(_ name: String, _ invocation: Invocation) throws(Diagnostic) -> InvocationAnswer { throw never }
    func logs(_ name: String, tail: Int) throws(Diagnostic) -> [FunctionLogLine] { throw never }
    func scale(_ name: String, to replicas: Int) throws(Diagnostic) { throw never }
    func delete(_ name: String) throws(Diagnostic) { throw never }
    func pods(_ name: String) -> FunctionPods? { nil }
    func counted(_ name: String) throws(Diagnostic) -> (metric: String, value: Double)? { nil }
}

@Suite("Functions of several frameworks")
struct FunctionSearchTests {
    private let up = StubPlatform("openfaas", ["hello", "resize"])
    private let other = StubPlatform("fission", ["hello", "report"])
    private let down = StubPlatform("knative", nil)

    @Test("One that is down hides no others in the list, and its failure names it")
    func list() async throws {
        let listing = try await FunctionListing.of([down, up, other])
        #expect(listing.records.map(\.name) == ["hello", "resize", "hello", "report"])
        #expect(listing.failures.map(\.summary) == ["knative: nobody answers"])
        #expect(listing.failures.map(\.severity) == [.error])
        let alone = await #expect(throws: Diagnostic.self) { try await FunctionListing.of([down]) }
        #expect(alone?.exitCode == .unreachable && alone?.summary == "nobody answers")
        #expect(try await FunctionListing.of([]).records.isEmpty)
    }

    private func owner(_ name: String, _ platforms: [any FunctionPlatform]) async throws -> (String, [Diagnostic]) {
        var warnings: [Diagnostic] = []
        let owner = try await FunctionSearch(name, in: platforms).owner { warnings += $0 }
        return (owner.site.framework, warnings)
    }

    @Test("A function is found though another framework is down, which is said")
    func found() async throws {
        let (framework, warnings) = try await owner("resize", [down, up, other])
        #expect(framework == "openfaas")
        #expect(warnings.map(\.summary) == ["knative: nobody answers"] && warnings.map(\.severity) == [.warning])
    }

    @Test("One that nobody has is told from one that somebody may have")
    func missing() async throws {
        let missing = await #expect(throws: Diagnostic.self) { try await owner("reprot", [up, other]) }
        #expect(missing?.code == "function.not-found")
        #expect(missing?.summary == "no installed framework has a function reprot")
        #expect(missing?.detail == "asked: openfaas, fission")
        #expect(missing?.hint?.contains("did you mean `report`?") == true)
        let unknown = await #expect(throws: Diagnostics.self) { try await owner("nothing", [up, down]) }
        #expect(unknown?.list.map(\.code) == ["function.unreachable", "function.not-found"])
        #expect(unknown?.exitCode == .unreachable)
    }

    @Test("Of several that have it one has to be named")
    func ambiguous() async throws {
        let several = await #expect(throws: Diagnostic.self) { try await owner("hello", [up, other]) }
        #expect(several?.code == "function.framework" && several?.exitCode == .usage)
    }
}
