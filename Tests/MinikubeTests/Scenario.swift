import ClusterModel
import Diagnostics
import Execution
import Foundation
import Planning
import SSHServerRig
import Synchronization
import TestSupport
import Testing
import Transports

@testable import Minikube

/// A home folder with the doubles in it, and the engine as a command uses it: ask, plan, run.
final class Scenario: Sendable {
    static let versions = ["v1.18.1", "v1.38.1"]

    let home: String
    let version: String
    private let hasOwnHome: Bool
    /// The remote host that runs minikube; nil: this computer.
    private let remote: TestServer?

    /// - Parameters:
    ///   - version: that the double plays.
    ///   - programs: of the host, all played by `Double/host`.
    ///   - remote: its home is the one of the scenario.
    init(
        _ version: String = "v1.38.1", isInstalled: Bool = true, programs others: [String] = [],
        remote: TestServer? = nil
    ) throws {
        self.version = version
        self.remote = remote
        hasOwnHome = remote == nil
        home =
            remote.map { $0.folder + "/home" }
            ?? FileManager.default.temporaryDirectory.appendingPathComponent("martlet-mk-\(UUID().uuidString)").path
        let programs = home + "/.local/share/martlet/bin"
        try FileManager.default.createDirectory(atPath: programs, withIntermediateDirectories: true)
        for name in (isInstalled ? ["minikube"] : []) + ["docker"] {
            try ProgramFile.copy(Self.double(name), to: programs + "/" + name)
        }
        for name in others {
            try ProgramFile.copy(Self.double("host"), to: programs + "/" + name)
        }
        try set([:])
    }

    deinit { if hasOwnHome { try? FileManager.default.removeItem(atPath: home) } }

    static func double(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Double/\(name)").path
    }

    /// What the double is to do beside playing its version.
    func set(_ settings: [String: Any]) throws {
        var all: [String: Any] = ["version": version, "cpus": 4, "memory": 8000]
        all.merge(settings) { $1 }
        let data = try JSONSerialization.data(withJSONObject: all, options: [.sortedKeys])
        try data.write(to: URL(fileURLWithPath: home + "/.minikube-double.json"))
    }

    func fail(_ command: String, _ reason: String, _ exit: Int, advice: String = "") throws {
        try set(["faults": [command: ["reason": reason, "exit": exit, "message": "it went wrong", "advice": advice]]])
    }

    /// Kubernetes that both versions are good for, in turn.
    var kubernetes: String { version == "v1.18.1" ? "v1.20.2" : "v1.35.1" }

    /// The tests run as root, which minikube refuses without being forced.
    func text(
        _ more: String = "", name: String = "demo", kubernetes: String? = nil, driver: String = "docker",
        isRootAllowed: Bool = true
    ) -> String {
        """
        apiVersion: martlet/v1
        kind: Cluster
        name: \(name)
        kubernetes:
          driver: minikube
          version: \(kubernetes ?? self.kubernetes)
          minikube:
            version: \(version)
            driver: \(driver)
            allowRoot: \(isRootAllowed)
        \(more.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)" }.joined(separator: "\n"))
        \(hosts)
        """
    }

    private var hosts: String {
        guard let remote else { return "" }
        return """
            ssh: {identityFile: \(remote.folder)/id, knownHostsFile: \(remote.knownHosts)}
            hosts:
              - name: lab
                address: \(remote.address)
                roles: [control-plane]
                ssh: {user: \(remote.user), port: \(remote.port)}
            """
    }

    static func read(_ text: String) -> ClusterSpecReader.Reading {
        ClusterSpecReader.decode(Array(text.utf8), file: "cluster.yaml", context: .init(folder: "."))
    }

    func spec(
        _ more: String = "", name: String = "demo", kubernetes: String? = nil, driver: String = "docker"
    ) throws -> ClusterSpec {
        let reading = Self.read(text(more, name: name, kubernetes: kubernetes, driver: driver))
        return try #require(reading.spec, "\(reading.diagnostics.map(\.summary))")
    }

    /// One command: its questions, its plan.
    struct Asked {
        var context: MinikubeContext
        var facts: Facts
        var plan: Plan
    }

    private var transport: any Transport {
        remote == nil
            ? LocalTransport(environment: ["HOME": home, "KUBECONFIG": ""])
            : SSHTransport(asRoot: false, ask: { _ in nil })
    }

    func ask(_ spec: ClusterSpec, _ consent: MinikubeConsent = MinikubeConsent(), place: String = "desk:/cluster.yaml")
        async throws -> Asked
    {
        let blank = try #require(MinikubeContext(spec: spec, specPlace: place, consent: consent))
        await Turns.all.take()
        let fleet = Fleet(transport: transport, hosts: [blank.host], lock: nil)
        let gathering = await fleet.gather(MinikubeCatalogue.probes(for: blank))
        await fleet.close()
        await Turns.all.give()
        #expect(gathering.problems.isEmpty, "\(gathering.problems)")
        let context = try #require(
            MinikubeContext(spec: spec, specPlace: place, consent: consent, facts: gathering.facts))
        return Asked(
            context: context, facts: gathering.facts,
            plan: MinikubeCatalogue.plan(context, facts: gathering.facts, specDigest: ""))
    }

    /// Asks and runs; the notes are what was shown as progress.
    @discardableResult
    func apply(
        _ spec: ClusterSpec, _ consent: MinikubeConsent = MinikubeConsent(), blobs: [String: BlobSource] = [:]
    ) async throws -> (report: Report, notes: [String]) {
        let asked = try await ask(spec, consent)
        #expect(!asked.plan.isBlocked, "\(asked.plan.steps.map(\.reason)) \(asked.plan.diagnostics.map(\.summary))")
        return await run(asked.plan, asked.context, blobs: blobs)
    }

    func run(
        _ plan: Plan, _ context: MinikubeContext, blobs: [String: BlobSource] = [:]
    ) async -> (report: Report, notes: [String]) {
        let fleet = Fleet(transport: transport, hosts: [context.host], lock: "test")
        let notes = Mutex<[String]>([])
        let runner = Runner(
            fleet: fleet, blobs: blobs, journal: nil,
            explain: FailureExplainer(causes: [], reader: MinikubeFailure.read)
        ) { event in
            if case .progress(_, let text) = event { notes.withLock { $0.append(text) } }
        }
        await Turns.all.take()
        let report = await runner.run(plan)
        await fleet.close()
        await Turns.all.give()
        return (report, notes.withLock { $0 })
    }

    func perform(_ verb: MinikubeVerb, _ spec: ClusterSpec, _ consent: MinikubeConsent = MinikubeConsent())
        async throws -> (plan: Plan, report: Report?)
    {
        let asked = try await ask(spec, consent)
        let plan = verb.plan(asked.context, facts: asked.facts)
        return (plan, plan.isBlocked ? nil : await run(plan, asked.context).report)
    }

    /// Commands that the double was given, without questions.
    var commands: [String] {
        let questions = ["status", "profile list", "config view", "addons list", "version", "ssh"]
        return ((try? String(contentsOfFile: home + "/.minikube-double.log", encoding: .utf8)) ?? "")
            .split(separator: "\n").map(String.init).filter { line in !questions.contains { line.hasPrefix($0) } }
    }

    /// The start commands among them.
    var starts: [String] { commands.filter { $0.hasPrefix("start") } }

    /// A field of the stored profile.
    func stored(_ field: String, profile: String = "demo") throws -> String? {
        let data = try Data(contentsOf: URL(fileURLWithPath: home + "/.minikube/profiles/\(profile)/config.json"))
        let object = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        return object?[field].map { "\($0)" }
    }

    func read(_ path: String) throws -> String { try String(contentsOfFile: home + "/" + path, encoding: .utf8) }

    func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: home + "/" + path) }

    /// The double itself, as a person calls it.
    @discardableResult
    func minikube(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: Self.double("minikube"))
        process.arguments = arguments
        process.environment = ["HOME": home, "PATH": home + "/.local/share/martlet/bin:/usr/bin:/bin:/usr/sbin"]
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    /// Changes what the double knows of a machine.
    func setMachine(_ name: String, _ values: [String: String]) throws {
        let path = home + "/.minikube/machines/\(name)/double.json"
        let old =
            try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path))) as? [String: String]
        let new = (old ?? [:]).merging(values) { $1 }
        try JSONSerialization.data(withJSONObject: new).write(to: URL(fileURLWithPath: path))
    }

    /// As `minikube config set` writes them.
    func writeSettings(_ settings: [String: Any]) throws {
        let folder = home + "/.minikube/config"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try JSONSerialization.data(withJSONObject: settings, options: [.sortedKeys])
            .write(to: URL(fileURLWithPath: folder + "/config.json"))
    }
}

/// Few scenarios at a time: each starts many programs, and what has a time limit must not wait for all of them.
actor Turns {
    static let all = Turns(4)

    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ free: Int) { self.free = free }

    func take() async {
        guard free == 0 else {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func give() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
