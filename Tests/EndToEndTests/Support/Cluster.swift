import Foundation
import TestSupport
import Testing

/// A cluster as its user sees it: plan, apply, status, kubectl.
extension TestFleet {
    struct PlanAnswer: Decodable {
        struct Step: Decodable {
            var id: String
            var change: String
            var reason: String
        }
        var changes: Int
        var blocked: Bool
        var steps: [Step]

        /// Ids of what would be done.
        var pending: [String] { steps.filter { $0.change != "no-op" }.map(\.id) }
        /// Reasons of what must not be done.
        var refusals: [String] { steps.filter { $0.change == "blocked" }.map(\.reason) }
    }

    struct StatusAnswer: Decodable {
        struct Node: Decodable {
            var name: String
            var ready: Bool
            var roles: [String]
            var version: String
        }
        var nodes: [Node]
    }

    func plan(_ spec: Spec, _ options: String..., home: String? = nil) async throws -> PlanAnswer {
        let outcome = try await start(["plan", "-f", spec.path, "--format", "json"] + options, home: home).wait(
            seconds: 120)
        guard let answer = try? JSONDecoder().decode(PlanAnswer.self, from: Data(outcome.output.utf8)) else {
            throw Failure("plan: \(outcome.said)")
        }
        return answer
    }

    func status(_ spec: Spec) async throws -> StatusAnswer {
        let outcome = try await martlet("status", "-f", spec.path, "--format", "json")
        guard let answer = try? JSONDecoder().decode(StatusAnswer.self, from: Data(outcome.output.utf8)) else {
            throw Failure("status: \(outcome.said)")
        }
        return answer
    }

    func startApply(_ spec: Spec, _ options: String...) throws -> Running {
        try start(["apply", "-f", spec.path, "--yes", "--kubeconfig-out", kubeconfig] + options)
    }

    @discardableResult
    func apply(_ spec: Spec, _ options: String..., seconds: Double = 600) async throws -> Outcome {
        try await start(["apply", "-f", spec.path, "--yes", "--kubeconfig-out", kubeconfig] + options).wait(
            seconds: seconds)
    }

    /// Brings the cluster to what the spec says, whatever the scenario before has left.
    func restore(_ spec: Spec) async throws {
        let outcome = try await apply(spec)
        guard outcome.status == 0 else { throw Failure("the cluster cannot be brought back: \(outcome.said)") }
    }

    /// Waits for hosts that have just booted: their nodes ready, nothing pending.
    ///
    /// No apply helps them; a host that does not answer yet is asked again.
    ///
    /// A cluster that was without quorum still calls its nodes ready when it wakes, takes that back when the controller
    /// manager looks at their old leases, and calls them ready again. So every kubelet must have renewed its lease
    /// since, and the readiness must outlive the controller manager's look at all nodes (every 5 s).
    func settle(_ spec: Spec) async throws {
        let start = Date()
        var readySince: Date?
        try await eventually("the cluster as it was", within: 180) { () async throws -> Bool? in
            guard let status = try? await status(spec), status.nodes.allSatisfy(\.ready),
                try await leases(of: status.nodes.map(\.name), renewedSince: start)
            else {
                readySince = nil
                return nil
            }
            readySince = readySince ?? Date()
            guard let readySince, Date().timeIntervalSince(readySince) > 6 else { return nil }
            let plan = try? await plan(spec)
            return plan?.changes == 0 ? true : nil
        }
    }

    private func leases(of nodes: [String], renewedSince start: Date) async throws -> Bool {
        let format = #"jsonpath={range .items[*]}{.metadata.name} {.spec.renewTime}{"\n"}{end}"#
        let outcome = try await tryKubectl(["-n", "kube-node-lease", "get", "leases", "-o", format])
        guard outcome.status == 0 else { return false }
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let renewed = outcome.output.split(separator: "\n").compactMap { line -> String? in
            let parts = line.split(separator: " ")
            // Microseconds, of which Foundation's style reads three digits.
            guard parts.count == 2, let time = try? style.parse(parts[1].prefix(23) + "Z"), time > start else {
                return nil
            }
            return String(parts[0])
        }
        return Set(renewed).isSuperset(of: nodes)
    }

    /// The same end state, whatever happened on the way: nothing to do, every node ready, no half written file.
    func expectComplete(_ spec: Spec, nodes: Int, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let plan = try await plan(spec)
        #expect(plan.changes == 0, "\(plan.steps.filter { $0.change != "no-op" })", sourceLocation: sourceLocation)
        let status = try await status(spec)
        #expect(status.nodes.count == nodes, sourceLocation: sourceLocation)
        for node in status.nodes {
            #expect(node.ready, "\(node.name) is not ready", sourceLocation: sourceLocation)
            #expect(node.version == spec.value("version"), sourceLocation: sourceLocation)
            let halves = try await console(
                node.name,
                "find /etc /usr/local /opt /var/lib/kubelet -xdev -name '*.martlet-*' 2>/dev/null; ls /var/lib/martlet/packages 2>/dev/null || true"
            )
            #expect(halves.isEmpty, "left on \(node.name): \(halves)", sourceLocation: sourceLocation)
        }
        let listed = try await kubectl("get", "nodes", "-o", "name")
        #expect(listed.split(separator: "\n").count == nodes, "\(listed)", sourceLocation: sourceLocation)
    }

    private var kubeconfig: String { folder + "/kubeconfig" }

    /// kubectl of the bundle on this machine, through the endpoint.
    @discardableResult
    func kubectl(_ arguments: String...) async throws -> String {
        let outcome = try await tryKubectl(arguments)
        guard outcome.status == 0 else { throw Failure("kubectl \(arguments.joined(separator: " ")): \(outcome.said)") }
        return outcome.output
    }

    func tryKubectl(_ arguments: [String], seconds: Double = 60) async throws -> Outcome {
        try await Running(
            ground.bundle + "/bin/kubectl", ["--kubeconfig", kubeconfig, "--request-timeout", "20s"] + arguments
        ).wait(seconds: seconds)
    }

    /// Waits until the running apply has begun a step, by martlet's own journal.
    func untilStep(_ prefix: String, of running: Running, since offset: Int, within limit: Double = 240) async throws {
        try await eventually("a step \(prefix)", within: limit) {
            if journalSteps("started", since: offset).contains(where: { $0.hasPrefix(prefix) }) { return true }
            guard running.isRunning else {
                throw Failure("the apply ended before it began \(prefix): \(try await running.wait(seconds: 1).said)")
            }
            return nil
        }
    }

    var journalSize: Int { (try? FileHandle(forReadingFrom: journalURL).seekToEnd()).map { Int($0) } ?? 0 }

    func journalLines(since offset: Int) -> [Substring] {
        guard let file = try? FileHandle(forReadingFrom: journalURL), (try? file.seek(toOffset: UInt64(offset))) != nil,
            let data = try? file.readToEnd()
        else { return [] }
        return String(decoding: data, as: UTF8.self).split(separator: "\n")
    }

    /// The steps of which the journal says this, in its order.
    func journalSteps(_ event: String, since offset: Int) -> [String] {
        struct Line: Decodable {
            var event: String
            var step: String?
        }
        return journalLines(since: offset).compactMap { text in
            // The last line may be half written.
            let line = try? JSONDecoder().decode(Line.self, from: Data(text.utf8))
            return line?.event == event ? line?.step : nil
        }
    }

    private var journalURL: URL { URL(fileURLWithPath: journal) }
}
