import Diagnostics
import Testing

@testable import Functions

/// The measuring, on a simulated framework: each fault is seen as what it is.
@Suite("Assess: measuring", .serialized)
struct AssessmentTests {
    static let limits = AssessLimits(
        workers: 12, load: .milliseconds(700), work: 20, idle: .seconds(4), patience: .seconds(4))

    private func run(
        _ behaviour: SimulatedPlatform.Behaviour = .init(), image: String? = "x:1", limits: AssessLimits = Self.limits
    ) async throws -> (rules: [AssessRule], findings: [String: AssessFinding], left: [String]) {
        let platform = SimulatedPlatform(behaviour)
        let probe = try AssessProbe.make(
            platform.site, runtimes: platform.site.runtimes, assets: Sample.assets, runtime: nil, runtimeImage: nil,
            image: image)
        let facts = try await Assessment(
            platform, FunctionObjects(platform.cluster), probe: probe, limits: limits, say: { _ in }
        ).run()
        let rules = AssessJudgement.rules(facts, limits)
        let findings = Dictionary(uniqueKeysWithValues: rules.flatMap(\.checks).map { ($0.id, $0) })
        return (rules, findings, platform.names)
    }

    @Test("One that keeps the rules passes, and nothing of the trial is left")
    func good() async throws {
        let (rules, findings, left) = try await run()
        for (id, finding) in findings {
            #expect(finding.result == .pass, "\(id): \(finding.observed)")
        }
        #expect(rules.count == 8)
        #expect(left.isEmpty)
        #expect((findings["scale.follows"]?.measured["instancesMost"] ?? 0) > 1)
        #expect(findings["idle.zero"]?.measured["zeroSeconds"] != nil)
        #expect(findings["idle.cold-start"]?.measured["coldStartSeconds"] != nil)
        #expect(findings["code.languages"]?.measured["languages"] == 2)
    }

    @Test("Never more instances")
    func fixed() async throws {
        let findings = try await run(.init(scalesEvery: nil)).findings
        // Those of this simulation do not get slower.
        #expect(findings["scale.follows"]?.result == .unknown)
        #expect(findings["scale.follows"]?.measured["instancesMost"] ?? 1 == 1)
        #expect(findings["scale.returns"]?.result == .unknown)
        #expect(findings["fault.anywhere"]?.result == .unknown)
    }

    @Test(
        "An instance that is ready a moment after it has answered is killed all the same; old ones of a change are not counted"
    )
    func late() async throws {
        let findings = try await run(.init(becomesReadyAfter: .milliseconds(300), keepsReplaced: .milliseconds(600)))
            .findings
        #expect(findings["fault.recovery"]?.result == .pass, "\(findings["fault.recovery"]?.observed ?? "")")
        #expect(findings["unit.scale"]?.result == .pass, "\(findings["unit.scale"]?.observed ?? "")")
    }

    @Test("Never none: the cold start is unknown")
    func warm() async throws {
        let findings = try await run(.init(scalesToZero: false)).findings
        #expect(findings["idle.zero"]?.result == .fail)
        #expect(findings["idle.zero"]?.measured["idleMillicoresReserved"] == 50)
        #expect(findings["idle.zero"]?.measured["idleMebibytesReserved"] == 64)
        #expect(findings["idle.zero"]?.observed.contains("does not scale to zero") == true)
        #expect(findings["idle.cold-start"]?.result == .unknown)
        #expect(findings["idle.cold-start"]?.observed.contains("does not scale to zero") == true)
    }

    @Test("Requests are lost with the instance")
    func loses() async throws {
        // Ten are lost; how many are not depends on how fast this machine is.
        var strict = Self.limits
        strict.lost = 0
        let findings = try await run(.init(scalesEvery: nil, losesRequests: true), limits: strict).findings
        let lost = try #require(findings["fault.requests-lost"])
        #expect(lost.result == .fail)
        #expect((lost.measured["requestsLost"] ?? 0) > 0)
        #expect(lost.observed.contains("status 502"))
    }

    @Test("State that outlives an instance")
    func state() async throws {
        let findings = try await run(.init(keepsState: true)).findings
        #expect(findings["storage.gone"]?.result == .fail)
    }

    @Test("A change that replaces another function's instances")
    func disturbs() async throws {
        let findings = try await run(.init(disturbsOthers: true)).findings
        #expect(findings["unit.deploy"]?.result == .fail)
    }

    @Test("Neither logs nor metrics nor images; no image named")
    func blind() async throws {
        let findings = try await run(.init(writesLogs: false, countsRequests: false, takesImages: false)).findings
        #expect(findings["instrument.logs"]?.result == .fail)
        #expect(findings["instrument.metrics"]?.result == .fail)
        #expect(findings["code.image"]?.result == .fail)
        let without = try await run(image: nil).findings
        #expect(without["code.image"]?.result == .unknown)
    }

    @Test(
        "An image that refuses the trial's words has answered; one whose gateway finds nothing has not",
        arguments: [(422, AssessResult.pass), (405, .pass), (404, .fail), (503, .fail)])
    func imagesOfOthers(_ status: Int, _ result: AssessResult) async throws {
        var limits = Self.limits
        limits.patience = .seconds(1)
        let image = try #require(try await run(.init(imageStatus: status), limits: limits).findings["code.image"])
        #expect(image.result == result, "\(image.observed)")
        #expect(image.observed.contains(String(status)))
    }

    @Test("One node: where instances may run is unknown")
    func oneNode() async throws {
        let findings = try await run(.init(nodes: 1)).findings
        #expect(findings["fault.anywhere"]?.result == .unknown)
    }

    @Test("An interruption leaves nothing behind")
    func interrupted() async throws {
        let platform = SimulatedPlatform()
        let probe = try AssessProbe.make(
            platform.site, runtimes: platform.site.runtimes, assets: Sample.assets, runtime: nil, runtimeImage: nil,
            image: nil)
        let task = Task {
            try await Assessment(
                platform, FunctionObjects(platform.cluster), probe: probe, limits: Self.limits, say: { _ in }
            ).run()
        }
        while platform.names.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        _ = await task.result
        #expect(platform.names.isEmpty)
    }

    @Test("Without a probe for its runtimes it says what helps; every style has one for what it offers")
    func probes() throws {
        var site = OpenFaaSTests.site
        site.runtimes = []
        let problem = #expect(throws: Diagnostic.self) {
            try AssessProbe.make(
                site, runtimes: [], assets: Sample.assets, runtime: nil, runtimeImage: nil, image: nil)
        }
        #expect(problem?.code == "assess.no-probe")
        #expect(problem?.hint?.contains("--runtime-image") == true)
        let made = try AssessProbe.make(
            site, runtimes: [], assets: Sample.assets, runtime: "shell", runtimeImage: "alpine:1", image: nil)
        #expect(made.order.runtimeImage == "alpine:1")
        #expect(made.named == ["an image"])
        #expect(made.supplied.isEmpty)
        // The catalogue's image is named by nobody who deploys.
        site.runtimes = [FunctionRuntime(id: "shell", language: "shell", image: "alpine:1")]
        let plain = try AssessProbe.make(
            site, runtimes: site.runtimes, assets: Sample.assets, runtime: nil, runtimeImage: nil, image: nil)
        #expect(plain.named.isEmpty)
        #expect(plain.supplied == ["an image"])
        for style in CallingStyle.allCases {
            #expect(Sample.assets.names("assess/\(style.rawValue)") == Sample.assets.names("hello/\(style.rawValue)"))
            #expect(Sample.assets.names("hello/\(style.rawValue)").count >= 2)
        }
    }

    @Test("Load counts what came back, and the longest silence")
    func load() {
        let result = LoadRun.Result(
            outcomes: [
                .init(end: 0.5, milliseconds: 10, problem: nil), .init(end: 1.0, milliseconds: 20, problem: nil),
                .init(end: 3.0, milliseconds: 30, problem: nil),
                .init(end: 2.0, milliseconds: 5, problem: "status 502"),
            ], seconds: 4)
        #expect(result.sent == 4)
        #expect(result.lost == 1)
        #expect(result.reasons == ["status 502": 1])
        #expect(result.gap == 2.0)
        #expect(result.quantile(0.5) == 20)
        #expect(result.rate == 0.75)
    }

    @Test(
        "Quantities", arguments: [("100m", 100), ("2", 2000), ("0.5", 500)])
    func cpu(_ text: String, _ millicores: Int) { #expect(PodReservation.millicores(text) == millicores) }

    @Test("Memory", arguments: [("64Mi", 64), ("1Gi", 1024), ("2048Ki", 2), ("104857600", 100), ("1G", 953)])
    func memory(_ text: String, _ mebibytes: Int) { #expect(PodReservation.mebibytes(text) == mebibytes) }
}
