internal import ConfigTree
internal import Foundation
internal import KubernetesAPI
internal import Synchronization

/// Whether something was there all the time: probes at a steady pace, while something is done or by a prober that ran along.
package struct AvailabilityCheck: LabPrimitive {
    package static let word = "availability"

    package enum Source: Sendable {
        /// Probes itself, while the actions are done and for a while after them.
        case probe(Probe)
        /// Reads what a pod of the lab has written all along, a line for each of its probes.
        case record(Record)
    }

    package struct Probe: Sendable {
        package var exchange: HTTPExchange
        package var expectation: HTTPExpectation
        /// Per second.
        package var rate: Double
        package var duration: Duration
        package var actions: [LabAction]
    }

    package struct Record: Sendable, Hashable {
        package var selector: String
        package var container: String?
        package var namespace: String?
        package var since: FiredCheck.Since
        package var least: Int
    }

    package var source: Source
    package var budget: FailureBudget
    /// Without a good answer, at most.
    package var mostGap: Duration?

    /// One probe: when it began, in seconds on some clock, and whether it was well answered.
    struct Sample: Sendable, Hashable {
        var time: Double
        var problem: String?
    }

    package var isCostly: Bool { if case .probe = source { true } else { false } }
    package var patience: Duration { if case .probe = source { .zero } else { .seconds(5) } }

    package var actions: [LabAction] { if case .probe(let probe) = source { probe.actions } else { [] } }

    package var foreignNamespaces: [String] {
        switch source {
        case .probe(let probe): probe.exchange.foreignNamespaces
        case .record(let record): record.namespace.map { [$0] } ?? []
        }
    }

    private var limits: String {
        budget.words
            + (mostGap.map { ", and nothing lasts longer than \(LabDuration.text($0)) without an answer" } ?? "")
    }

    package var expected: String {
        switch source {
        case .probe(let probe):
            let work = probe.actions.isEmpty ? "" : "while `\(probe.actions.map(\.words).joined(separator: "`, `"))`: "
            return "\(work)\(probe.exchange.target) is well answered all the time: \(limits)"
        case .record(let record):
            return "what the prober with \(record.selector) has written: \(limits)"
        }
    }

    package var question: String {
        switch source {
        case .probe(let probe):
            let work =
                probe.actions.isEmpty
                ? "" : " meanwhile does this: \(probe.actions.map(\.words).joined(separator: ", "));"
            return
                "Sends \(probe.exchange.target) \(FieldTest.words(probe.rate)) times a second;\(work) and looks at every answer."
        case .record(let record):
            return
                "Reads the log of the pod with \(record.selector), which has probed all along, and counts what was not answered."
        }
    }

    package var next: String {
        switch source {
        case .probe:
            "readiness probes, how many replicas may be away at a time, and what happens to a pod that is told to go"
        case .record(let record):
            "`kubectl -n \(record.namespace ?? "${namespace}") logs -l \(record.selector) --tail 50`, where each probe has its time"
        }
    }

    /// Before anything is done, so that a prober that started late hides nothing.
    private static let warmUp = Duration.seconds(2)

    package func observe(_ context: CheckContext) async throws -> Observation {
        switch source {
        case .probe(let probe): try await observe(probe, context)
        case .record(let record): try await observe(record, context)
        }
    }

    // MARK: probing

    private func observe(_ probe: Probe, _ context: CheckContext) async throws -> Observation {
        let samples = Mutex<[Sample]>([])
        let stop = StopSign()
        // Slow answers must not keep the next probes from being sent in time.
        let drive = RequestDrive(probe.exchange, concurrency: 8, rate: probe.rate, isFresh: true)
        async let probing: Void = drive.run(context, until: stop) { sent in
            let problem = probe.expectation.problem(in: sent.outcome, context.fill)
            samples.withLock { $0.append(Sample(time: sent.begin.inSeconds, problem: problem)) }
        }
        try await Task.sleep(for: Self.warmUp)
        let first = samples.withLock { $0 }
        guard first.contains(where: { $0.problem == nil }) else {
            stop.set()
            try await probing
            let reason = samples.withLock { $0.first?.problem } ?? "no answer"
            return .fail("it was not there before anything was done: \(reason.shortened(160))")
        }
        let begin = ContinuousClock.now
        try await ActionRunner(context).run(probe.actions)
        let work = ContinuousClock.now - begin
        try await Task.sleep(for: probe.duration)
        stop.set()
        try await probing
        let seen = judge(samples.withLock { $0 })
        guard !probe.actions.isEmpty else { return seen }
        var told = seen
        told.observed += "; what was done took \(LoadTally.short(work.inSeconds)) s"
        return told
    }

    // MARK: reading

    private func observe(_ record: Record, _ context: CheckContext) async throws -> Observation {
        let pods = try await context.pods(record.selector, namespace: record.namespace)
        guard !pods.isEmpty else { return .fail("there is no prober: no pod with \(context.fill(record.selector))") }
        var samples: [Sample] = []
        for pod in pods {
            do throws(KubernetesError) {
                let text = try await context.api.logs(
                    namespace: context.namespace(record.namespace), pod: pod.objectName,
                    container: record.container.map(context.fill), tail: 50_000, previous: false)
                samples += Self.parse(text)
            } catch {
                guard error.isNotFound || error.code == 400 else { throw CannotJudge(error) }
            }
        }
        let begin: Double
        switch record.since {
        case .ever: begin = -.infinity
        case .start: begin = context.run.started.timeIntervalSince1970
        case .marker:
            begin = context.memory["marker"]?.double ?? context.now().timeIntervalSince1970
            context.memory["marker"] = .number(begin)
        }
        samples = samples.filter { $0.time >= begin }
        guard samples.count >= record.least else {
            return .fail("the prober has written \(counted(samples.count, "probe")), and \(record.least) are wanted")
        }
        return judge(samples)
    }

    /// Lines `TIME STATUS`: RFC 3339 or seconds since 1970, then the status that curl tells, 000 for no answer; others are left out.
    static func parse(_ text: String) -> [Sample] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ", maxSplits: 2)
            guard words.count >= 2, let status = Int(words[1]),
                let time = Double(words[0]) ?? APITime.parse(String(words[0]))?.timeIntervalSince1970
            else { return nil }
            return Sample(
                time: time, problem: (200..<400).contains(status) ? nil : status == 0 ? "no answer" : "status \(status)"
            )
        }
    }

    /// Pure.
    func judge(_ samples: [Sample]) -> Observation {
        let samples = samples.sorted { $0.time < $1.time }
        guard let last = samples.last else { return .fail("nothing was probed", isFinal: true) }
        let failed = samples.filter { $0.problem != nil }
        // From one good answer to the next; what follows the last good one counts, too.
        var gap = 0.0
        var before = samples.first { $0.problem == nil }?.time ?? samples[0].time
        for sample in samples where sample.problem == nil {
            gap = max(gap, sample.time - before)
            before = sample.time
        }
        gap = max(gap, last.time - before)
        let text =
            "\(failed.count) of \(counted(samples.count, "probe")) failed, at most \(LoadTally.short(gap)) s without an answer"
        let reason = failed.first?.problem.map { ": \($0.shortened(160))" } ?? ""
        guard budget.allows(failed.count, of: samples.count) else { return .fail(text + reason, isFinal: isCostly) }
        if let mostGap, gap > mostGap.inSeconds { return .fail(text + reason, isFinal: isCostly) }
        return .pass(text)
    }
}
