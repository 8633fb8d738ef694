internal import Diagnostics
package import Planning

/// Executes a plan: ready steps at once within their pools, each acted and verified in one batch, dependents of a failure
/// skipped with the reason.
package struct Runner: Sendable {
    package struct Options: Sendable {
        /// Go on with steps that do not depend on a failed one.
        package var keepGoing = true
        /// How long a host that vanished in the middle of a step may take to come back.
        package var reconnect = Fleet.returnLimit

        /// When the facts behind the plan were gathered.
        package var askedAt = ContinuousClock.now

        package init() {}
    }

    private let fleet: Fleet
    private let blobs: [String: BlobSource]
    private let journal: Journal?
    private let options: Options
    private let explain: FailureExplainer
    private let emit: @Sendable (RunEvent) -> Void

    /// - Parameter blobs: by SHA-256.
    package init(
        fleet: Fleet, blobs: [String: BlobSource], journal: Journal?, options: Options = Options(),
        explain: FailureExplainer, emit: @escaping @Sendable (RunEvent) -> Void
    ) {
        self.fleet = fleet
        self.blobs = blobs
        self.journal = journal
        self.options = options
        self.explain = explain
        self.emit = emit
    }

    /// Runs the changes of the plan to their end; a cancelled task starts no further step.
    package func run(_ plan: Plan) async -> Report {
        let clock = ContinuousClock()
        let begin = clock.now
        let steps = plan.changes
        var schedule = Schedule(steps)
        var entries: [Report.Entry] = []
        let slots = SlotStore()
        await expectBlobs(of: steps)
        await withTaskGroup(of: (Int, StepOutcome, Duration).self) { group in
            var running = 0
            var isStopping = false
            func startReady() {
                guard !isStopping, !Task.isCancelled else { return }
                for position in schedule.start() {
                    running += 1
                    let step = steps[position]
                    journal?.record(.started, step: step.id)
                    emit(.started(step))
                    group.addTask {
                        let started = clock.now
                        let outcome = await slots.redacted(perform(step, slots))
                        await fleet.settle(step.blobs.map(\.sha256), on: step.host)
                        return (position, outcome, clock.now - started)
                    }
                }
            }
            startReady()
            while running > 0, let (position, outcome, elapsed) = await group.next() {
                running -= 1
                let step = steps[position]
                entries.append(Report.Entry(step: step, outcome: outcome, elapsed: elapsed))
                journal?.record(.finished, step: step.id, outcome: outcome.word)
                emit(.finished(step, outcome, elapsed: elapsed))
                if outcome.isGood {
                    schedule.finish(position)
                } else {
                    if !options.keepGoing { isStopping = true }
                    for skipped in schedule.fail(position)
                    where !entries.contains(where: { $0.step.id == steps[skipped].id }) {
                        let outcome = StepOutcome.skipped(because: "\(step.id) \(outcome.word)")
                        entries.append(Report.Entry(step: steps[skipped], outcome: outcome, elapsed: .zero))
                        await fleet.settle(steps[skipped].blobs.map(\.sha256), on: steps[skipped].host)
                        emit(.finished(steps[skipped], outcome, elapsed: .zero))
                    }
                }
                startReady()
            }
        }
        let wasCancelled = Task.isCancelled
        let seen = Set(entries.lazy.map(\.step.id))
        for step in steps where !seen.contains(step.id) {
            let outcome: StepOutcome =
                wasCancelled ? .cancelled : .skipped(because: "the run stopped, or its requirements form a cycle")
            entries.append(Report.Entry(step: step, outcome: outcome, elapsed: .zero))
        }
        return Report(entries: entries, elapsed: clock.now - begin, wasCancelled: wasCancelled)
    }

    // MARK: One step

    /// Acts; if the connection is lost in the middle, what happened is found out by probing, never assumed.
    private func perform(_ step: Step, _ slots: SlotStore) async -> StepOutcome {
        var attempt = 0
        while true {
            if Task.isCancelled { return .cancelled }
            let generation = await fleet.generation(of: step.host)
            do {
                if step.isProvenByItsChecks, attempt > 0 || (isStale && !step.isUnconditional), try await holds(step) {
                    return attempt > 0 ? .done : .satisfied
                }
                return try await act(step, slots)
            } catch is CancellationError {
                return .cancelled
            } catch let diagnostic as Diagnostic where diagnostic.isPassingLoss && attempt < 5 {
                attempt += 1
                emit(.progress(step, "connection lost, reconnecting (\(diagnostic.summary))"))
                do {
                    try await fleet.reconnect(step.host, lost: generation, within: options.reconnect)
                } catch {
                    return .failed(Self.diagnostic(error, step))
                }
            } catch {
                return .failed(Self.diagnostic(error, step))
            }
        }
    }

    /// The answers that the plan was made from are too old to act on: ask again first.
    ///
    /// Younger ones were given under this run's own lock.
    private var isStale: Bool { ContinuousClock.now - options.askedAt > .seconds(10) }

    private func act(_ step: Step, _ slots: SlotStore) async throws -> StepOutcome {
        let began = ContinuousClock.now
        let connection = try await fleet.connection(to: step.host)
        var pending: [Action] = []
        var verified: [Probe: FactValue]?
        for action in step.actions {
            guard case .putBlob(let path, let mode, let blob) = action else {
                pending.append(action)
                continue
            }
            if !pending.isEmpty {
                if let failure = try await run(pending, step, connection, slots, verify: nil).failure { return failure }
                pending = []
            }
            guard let source = blobs[blob.sha256] else {
                return .failed(
                    Diagnostic(
                        code: "step.blob-missing", "\(blob.name) is not on this machine any more",
                        hint: "run `martlet bundle verify` on the bundle", host: step.host, exitCode: .lacking))
            }
            let delivery = try await fleet.put(source, to: path, mode: mode, on: step.host)
            tell(delivery, of: blob, step)
        }
        let last = try await run(pending, step, connection, slots, verify: ProbeScript(step.ensure.map(\.probe)))
        if let failure = last.failure { return failure }
        verified = last.answers
        return try await settle(step, since: began, connection, verified ?? [:])
    }

    /// Hosts that will get the same blob may pass it on to each other.
    private func expectBlobs(of steps: [Step]) async {
        var hosts: [String: Set<String>] = [:]
        for step in steps { for blob in step.blobs { hosts[blob.sha256, default: []].insert(step.host) } }
        for (sha256, hosts) in hosts {
            if let source = blobs[sha256] { await fleet.expect(source, on: hosts) }
        }
    }

    private func tell(_ delivery: BlobDelivery, of blob: Blob, _ step: Step) {
        let way: String
        switch delivery {
        case .there: way = "there already"
        case .sent(let bytes): way = "\(bytes) bytes from here"
        case .taken(let giver):
            way = "\(blob.size) bytes from \(giver)"
            emit(.progress(step, "took \(blob.name) from \(giver)"))
        }
        journal?.record(.copied, step: step.id, outcome: "\(blob.name): \(way)")
    }

    /// Runs actions and, in the same round trip, the probes that verify them.
    private func run(
        _ actions: [Action], _ step: Step, _ connection: any HostConnection, _ slots: SlotStore, verify: ProbeScript?
    ) async throws -> (failure: StepOutcome?, answers: [Probe: FactValue]?) {
        let filled = try await slots.fill(actions)
        let script = StepScript(filled)
        var commands: [RemoteCommand] = []
        if !actions.isEmpty { commands.append(RemoteCommand(script.render(terminator: Self.terminator()))) }
        if let verify { commands.append(RemoteCommand(verify.text)) }
        guard !commands.isEmpty else { return (nil, nil) }
        let began = ContinuousClock.now
        let timeout = actions.reduce(60) { $0 + $1.timeoutSeconds }
        let results = try await watching(step, connection) {
            try await connection.run(commands, timeout: .seconds(timeout))
        }
        if !actions.isEmpty, let result = results.first {
            let outcome = script.outcome(of: result.output)
            for (action, output) in zip(actions, outcome.outputs) {
                if let slot = action.produces { await slots.set(slot, output) }
            }
            if let (index, status) = outcome.failure {
                let diagnostic = await explain.diagnose(
                    step, action: actions[min(index, actions.count - 1)], status: status,
                    errorOutput: result.errorOutput, began: began, connection: connection)
                return (.failed(diagnostic), nil)
            }
        }
        return (nil, verify.flatMap { verify in results.last.map { verify.answers(in: $0.output) } })
    }

    /// Shows meanwhile what the step's watch answers, if it has one.
    private func watching<Value: Sendable>(
        _ step: Step, _ connection: any HostConnection, _ work: () async throws -> Value
    ) async throws -> Value {
        guard let watch = step.watch else { return try await work() }
        let script = ProbeScript([watch])
        let watching = Task { [emit] in
            var last = ""
            while !Task.isCancelled {
                try await Task.sleep(for: .seconds(1))
                // A task of its own, which goes on when this one is cancelled: a cancelled operation closes the connection that the
                // steps share.
                let question = Task {
                    try await connection.run([RemoteCommand(script.text)], timeout: .seconds(20))
                }
                let results = try await question.value
                guard !Task.isCancelled,
                    let text = results.first.flatMap({ script.answers(in: $0.output)[watch]?.text }), text != last,
                    !text.isEmpty
                else { continue }
                last = text
                emit(.progress(step, text))
            }
        }
        defer { watching.cancel() }
        return try await work()
    }

    private func holds(_ step: Step) async throws -> Bool {
        let answers = try await ask(step, fleet.connection(to: step.host))
        return Self.failing(step, answers).isEmpty
    }

    private func ask(_ step: Step, _ connection: any HostConnection) async throws -> [Probe: FactValue] {
        let probes = ProbeScript(step.ensure.map(\.probe))
        let results = try await connection.run([RemoteCommand(probes.text)], timeout: .seconds(60))
        return results.first.map { probes.answers(in: $0.output) } ?? [:]
    }

    /// Waits until the checks hold: at first every 100 ms, then ever more rarely, at most every 2 s.
    private func settle(
        _ step: Step, since began: ContinuousClock.Instant, _ connection: any HostConnection,
        _ first: [Probe: FactValue]
    ) async throws -> StepOutcome {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(step.settleSeconds)
        var interval = Duration.milliseconds(100)
        var answers = first
        while true {
            let failing = Self.failing(step, answers)
            guard let worst = failing.first else { return .done }
            guard clock.now < deadline else {
                return .unverified(
                    await explain.unverified(
                        step, check: worst.check, observed: worst.observed, began: began, connection: connection)
                )
            }
            emit(.progress(step, "waiting for \(worst.check.title): \(worst.observed)"))
            try await Task.sleep(for: interval)
            interval = min(interval * 3 / 2, .seconds(2))
            answers = try await ask(step, connection)
        }
    }

    private static func failing(_ step: Step, _ answers: [Probe: FactValue]) -> [(check: Check, observed: String)] {
        step.ensure.compactMap { check in
            switch check.verdict(on: answers[check.probe] ?? .unknown("no answer")) {
            case .passed: nil
            case .failed(let observed): (check, observed)
            case .unknown(let reason): (check, "not known, \(reason)")
            }
        }
    }

    private static func diagnostic(_ error: any Error, _ step: Step) -> Diagnostic {
        if var diagnostic = error as? Diagnostic {
            diagnostic.host = diagnostic.host ?? step.host
            return diagnostic
        }
        return Diagnostic(code: "step.error", "\(error)", host: step.host)
    }

    private static func terminator() -> String {
        "MARTLET_" + String(UInt64.random(in: .min ... .max), radix: 36) + "_END"
    }
}

extension Step {
    /// False if its checks say nothing of whether it was done: there are none, or other steps need a value of it.
    var isProvenByItsChecks: Bool { !ensure.isEmpty && actions.allSatisfy { $0.produces == nil } }
}

extension Step {
    var blobs: [Blob] { actions.compactMap { if case .putBlob(_, _, let blob) = $0 { blob } else { nil } } }
}

extension Action {
    var timeoutSeconds: Int {
        if case .script(let script) = self { script.timeoutSeconds } else { 30 }
    }

    var produces: Slot? {
        if case .script(let script) = self { script.produces } else { nil }
    }
}
