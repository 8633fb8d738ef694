internal import Autoscaling
internal import Catalogue
internal import ClusterModel
internal import Diagnostics
internal import Execution
internal import Foundation
internal import KubernetesAPI
internal import Planning
internal import Reporting

/// Looks, decides, carries out, again and again.
struct PoolScaler {
    enum End {
        case never
        /// One decision is told, nothing is changed.
        case dryRun
        case afterOne
        case whenSettled
    }

    let options: ClusterOptions
    let pool: String
    let settings: PoolSettings
    let interval: Duration
    let limit: Duration?
    let end: End
    var isApproved: Bool
    let isJSON: Bool

    /// - Throws: `ProgramExit` with 1 if pods wait in vain at the end.
    func run() async throws {
        let loaded = try SpecLoading.load(options.file)
        Conversation.show(loaded.warnings)
        let pool = try PoolRun.pool(pool, in: loaded.spec)
        var view = try await View.open(options, pool)
        do {
            try await loop(pool, &view)
        } catch {
            await view.close()
            throw error
        }
        await view.close()
    }

    private func loop(_ pool: PoolSpec, _ view: inout View) async throws {
        let deadline = limit.map { ContinuousClock.now + $0 }
        var memory = PoolMemory()
        var last: PoolDecision?
        var isApproved = isApproved
        while true {
            let decision: PoolDecision
            do {
                (decision, memory) = PoolAutoscaler.decide(try await view.observe(), settings: settings, memory: memory)
            } catch let error as KubernetesError where end == .never {
                // Nothing is decided on what is not known; the API may be back at the next look.
                Conversation.show([error.diagnostic])
                try await Task.sleep(for: interval)
                continue
            }
            if last.map({ $0.kind != decision.kind || $0.reason != decision.reason }) ?? true || end != .never {
                if last != decision { tell(decision) }
            }
            last = decision
            let isChange = decision.kind == .join || decision.kind == .remove
            if isChange, end != .dryRun, let host = decision.host {
                isApproved = try isApproved || approve(pool)
                await view.close()
                do {
                    try await carryOut(decision, host)
                    if decision.kind == .join { memory.nodeHasJoined() }
                } catch let error where end == .never && !(error is CancellationError) {
                    Self.show(error)
                    if decision.kind == .join { memory.joinHasFailed(host, now: Date()) }
                    if decision.kind == .remove { memory.unneededSince[host] = nil }
                }
                view = try await View.open(options, pool)
            }
            switch end {
            case .dryRun, .afterOne: return try finish(decision)
            case .whenSettled where decision.kind == .stay: return try finish(decision)
            default: break
            }
            if let deadline, ContinuousClock.now >= deadline {
                Conversation.say("the time is over")
                return try finish(decision)
            }
            // A spare that did not answer may do so by now.
            if decision.isShort, view.lacksAnswers { try await view.refresh(options, pool) }
            if !isChange { try await Task.sleep(for: interval) }
        }
    }

    private func finish(_ decision: PoolDecision) throws {
        try ProgramExit.leave(with: decision.isShort ? .failed : .done)
    }

    private func approve(_ pool: PoolSpec) throws -> Bool {
        let answer = Conversation.question(
            "Join and drain hosts of the pool \(pool.name) by need? Only `yes` is taken: ")
        guard answer == "yes" else {
            throw Diagnostic(
                code: "nodes.not-approved", "nothing was changed", hint: "in scripts use --yes", exitCode: .failed)
        }
        return true
    }

    private func carryOut(_ decision: PoolDecision, _ host: String) async throws {
        let change =
            decision.kind == .join ? PoolChange(joining: [host]) : PoolChange(leaving: [host])
        _ = try await PoolRun.change(options, change)
    }

    private static func show(_ error: any Error) {
        switch error {
        case let diagnostic as Diagnostic: Conversation.show([diagnostic])
        case let diagnostics as Diagnostics: Conversation.show(diagnostics.list)
        case is ProgramExit: break
        default: Conversation.say("\(error)")
        }
    }

    // MARK: telling

    private struct Line: Encodable {
        var formatVersion = 1
        /// RFC 3339.
        var time: String
        var pool: String
        var isDryRun: Bool
        var decision: PoolDecision
    }

    private func tell(_ decision: PoolDecision) {
        if isJSON {
            let line = Line(
                time: Date().formatted(.iso8601), pool: pool, isDryRun: end == .dryRun, decision: decision)
            print(JSONOutput.line(line), terminator: "")
        } else {
            let what = decision.host.map { "\(decision.kind.rawValue) \($0)" } ?? decision.kind.rawValue
            let mode = end == .dryRun ? "would " : ""
            print("\(Date().formatted(.iso8601))  \(mode)\(what): \(decision.reason)")
            for note in decision.notes { print("  \(note)") }
        }
        fflush(nil)
    }
}

/// A cluster and a pool's hosts, as they are seen between changes.
private struct View {
    let fleet: Fleet
    let collector: PoolCollector
    let pool: PoolSpec
    var hosts: [PoolHost]

    static func open(_ options: ClusterOptions, _ pool: PoolSpec) async throws -> View {
        let session = try await ClusterSession.open(options, lock: nil, isTolerant: true)
        var planes = session.spec
        planes.hosts = session.spec.controlPlanes
        guard let access = await ClusterRoute.find(planes, session.fleet).access else {
            await session.fleet.close()
            throw Diagnostics(
                session.problems + [
                    Diagnostic(
                        code: "nodes.no-cluster", "no control plane gave a kubeconfig",
                        hint: "is there a cluster? `martlet apply` makes one", exitCode: .unreachable)
                ])
        }
        return try View(
            fleet: session.fleet, collector: PoolCollector(KubernetesClient(access)), pool: pool,
            hosts: hosts(session, pool))
    }

    private static func hosts(_ session: ClusterSession, _ pool: PoolSpec) throws -> [PoolHost] {
        let context = try session.context
        return context.poolHosts.filter { $0.pool == pool.name }.map { host in
            let system = session.facts.hosts[host.name] == nil ? nil : context.states[host.name]?.system
            return PoolHost(
                host: host, machine: system.map { PoolHost.Machine(cpus: $0.cpus, memoryKiB: $0.memoryKiB) })
        }
    }

    var lacksAnswers: Bool { hosts.contains { $0.machine == nil } }

    func observe() async throws -> PoolObservation { try await collector.observe(pool, hosts: hosts) }

    func close() async { await fleet.close() }

    mutating func refresh(_ options: ClusterOptions, _ pool: PoolSpec) async throws {
        let session = try await ClusterSession.open(options, lock: nil, isTolerant: true)
        hosts = try Self.hosts(session, pool)
        await session.fleet.close()
    }
}
