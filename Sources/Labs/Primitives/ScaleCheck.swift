internal import ConfigTree
internal import KubernetesAPI
internal import Synchronization

/// What is counted while something grows and shrinks.
package enum ScaleTarget: Sendable, Hashable {
    /// Ready pods of a deployment or statefulset.
    case workload(ObjectReference)
    /// Ready pods.
    case pods(String, namespace: String?)
    /// Ready nodes that take pods; an empty selector is all.
    case nodes(String)

    package var words: String {
        switch self {
        case .workload(let reference): "ready pods of \(reference.text)"
        case .pods(let selector, _): "ready pods with \(selector)"
        case .nodes(""): "nodes that take pods"
        case .nodes(let selector): "nodes with \(selector) that take pods"
        }
    }

    package var foreignNamespaces: [String] {
        switch self {
        case .workload(let reference): reference.namespace.map { [$0] } ?? []
        case .pods(_, let namespace): namespace.map { [$0] } ?? []
        case .nodes: []
        }
    }

    /// It is something in the lab's own namespace.
    var isOfTheLab: Bool {
        switch self {
        case .workload(let reference): reference.namespace == nil
        case .pods(_, let namespace): namespace == nil
        case .nodes: false
        }
    }

    /// Those that serve: who is ending is ready for a while, and counts no more.
    func count(_ context: CheckContext) async throws -> Int {
        switch self {
        case .pods(let selector, let namespace):
            return try await context.pods(selector, namespace: namespace).count(where: \.isReadyPod)
        case .workload(let reference):
            guard let object = try await context.find(reference) else {
                throw NothingToActOn(text: "there is no \(context.fill(reference.text))")
            }
            let labels = object["spec"]?["selector"]?["matchLabels"]?.object ?? [:]
            guard !labels.isEmpty else { return 0 }
            let selector = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.string ?? "")" }.joined(
                separator: ",")
            return try await context.pods(selector, namespace: reference.namespace).count(where: \.isReadyPod)
        case .nodes(let selector):
            guard let kind = KnownKinds.find("node") else { return 0 }
            let nodes = try await context.list(kind, namespace: nil, selector: selector.isEmpty ? nil : selector).items
            return nodes.count { node in
                node.condition("Ready")?["status"]?.string == "True"
                    && node["spec"]?["unschedulable"]?.bool != true && !node.isBeingDeleted
            }
        }
    }
}

/// Grows under a load and shrinks after it: a timeline, and what it must be like.
package struct ScaleCheck: LabPrimitive {
    package static let word = "scale"

    package var target: ScaleTarget
    package var load: LoadPlan?
    /// Done where no load is the reason for the growth.
    package var cause: [LabAction]
    package var before: CountRange?
    package var peak: CountRange?
    /// After the cause began.
    package var peakWithin: Duration
    /// Never more.
    package var ceiling: Int?
    package var settle: CountRange?
    /// After the cause ended.
    package var settleWithin: Duration
    package var interval: Duration

    package var isCostly: Bool { true }
    package var patience: Duration { .zero }
    package var actions: [LabAction] { cause }
    package var foreignNamespaces: [String] { target.foreignNamespaces + (load?.exchange.foreignNamespaces ?? []) }

    private var causeWords: String {
        load.map { "under a load of \($0.words)" } ?? "after `\(cause.map(\.words).joined(separator: "`, `"))`"
    }

    package var expected: String {
        var parts: [String] = []
        if let before { parts.append("\(before.words) before") }
        if let peak { parts.append("\(peak.words) at the most within \(LabDuration.text(peakWithin)) \(causeWords)") }
        if let ceiling { parts.append("never more than \(ceiling)") }
        if let settle { parts.append("\(settle.words) again within \(LabDuration.text(settleWithin)) after it") }
        return "\(target.words): \(parts.joined(separator: ", "))"
    }

    package var question: String {
        "Counts \(target.words) once in \(LabDuration.text(interval)), before, \(causeWords), and after it."
    }

    package var next: String {
        "what decides about the number, and what it has measured: `kubectl -n ${namespace} get events`"
    }

    /// When how many were there.
    struct Timeline: Sendable, Hashable {
        /// Seconds since the cause began; negative before it.
        var points: [(time: Double, count: Int)] = []

        static func == (left: Timeline, right: Timeline) -> Bool {
            left.points.elementsEqual(right.points) { $0 == $1 }
        }
        func hash(into hasher: inout Hasher) { hasher.combine(points.count) }

        var most: Int { points.map(\.count).max() ?? 0 }

        /// Only where it changes: `0 s: 1, 14 s: 3`.
        var words: String {
            var shown: [String] = []
            var last: Int?
            for point in points where point.count != last {
                shown.append("\(Int(point.time)) s: \(point.count)")
                last = point.count
            }
            return shown.suffix(20).joined(separator: ", ")
        }
    }

    package func observe(_ context: CheckContext) async throws -> Observation {
        let begin = try await target.count(context)
        if let before, !before.contains(begin) { return .fail("\(begin) before anything was done") }
        let start = ContinuousClock.now
        let timeline = Mutex(Timeline(points: [(0, begin)]))
        let note = { (count: Int) in
            timeline.withLock { $0.points.append(((ContinuousClock.now - start).inSeconds, count)) }
        }
        let isDone = StopSign()
        async let causing: Void = cause(context, isDone)
        var isHigh = peak?.contains(begin) == true && peak?.least == nil
        // As long as the cause lasts, and until the peak is there or its time is over.
        while true {
            let count = try await target.count(context)
            note(count)
            if let ceiling, count > ceiling { break }
            if let peak, peak.contains(count) { isHigh = true }
            let age = ContinuousClock.now - start
            if age >= peakWithin, peak != nil, !isHigh { break }
            if isDone.isSet, isHigh || peak == nil || age >= peakWithin { break }
            try await Task.sleep(for: interval)
        }
        if let problem = highProblem(timeline.withLock { $0 }, isHigh) {
            isDone.set()
            try await causing
            return problem
        }
        try await causing
        if let problem = try await settled(context, note) {
            return .fail("\(problem): \(timeline.withLock { $0.words })", isFinal: true)
        }
        let seen = timeline.withLock { $0 }
        // A peak beyond the bounds is seen at the end only.
        if let problem = highProblem(seen, true) { return problem }
        return .pass(seen.words)
    }

    private func cause(_ context: CheckContext, _ isDone: StopSign) async throws {
        defer { isDone.set() }
        if let load { _ = try await load.run(context, until: isDone) }
        try await ActionRunner(context).run(cause)
    }

    /// nil once it is so.
    private func settled(_ context: CheckContext, _ note: (Int) -> Void) async throws -> String? {
        guard let settle else { return nil }
        let end = ContinuousClock.now + settleWithin
        while true {
            let count = try await target.count(context)
            note(count)
            if settle.contains(count) { return nil }
            guard ContinuousClock.now + interval < end else {
                return "\(count) \(LabDuration.text(settleWithin)) after it"
            }
            try await Task.sleep(for: interval)
        }
    }

    /// Pure.
    func highProblem(_ timeline: Timeline, _ isHigh: Bool) -> Observation? {
        if let ceiling, timeline.most > ceiling {
            return .fail("\(timeline.most) at one time: \(timeline.words)", isFinal: true)
        }
        if let peak, !isHigh || !peak.contains(timeline.most) {
            return .fail("\(timeline.most) at the most: \(timeline.words)", isFinal: true)
        }
        return nil
    }
}

/// Works from nothing: the first answer after a rest with no replica.
package struct ColdStartCheck: LabPrimitive {
    package static let word = "cold-start"

    package var target: ScaleTarget
    /// Nothing must run for so long before.
    package var restsFor: Duration
    /// What wakes it; empty where the request itself does.
    package var wake: [LabAction]
    package var exchange: HTTPExchange
    package var expectation: HTTPExpectation
    package var within: Duration

    package var isCostly: Bool { true }
    /// For the rest before; what follows has its own time.
    package var patience: Duration { .seconds(30) }
    package var leastPatience: Duration { restsFor + .seconds(2) }
    package var actions: [LabAction] { wake }
    package var foreignNamespaces: [String] { target.foreignNamespaces + exchange.foreignNamespaces }

    package var expected: String {
        let cause = wake.isEmpty ? "" : "after `\(wake.map(\.words).joined(separator: "`, `"))` "
        return
            "no \(target.words) for \(LabDuration.text(restsFor)), then \(cause)\(exchange.target) answers with \(expectation.words) within \(LabDuration.text(within))"
    }

    package var question: String {
        let cause = wake.isEmpty ? "" : "does this: \(wake.map(\.words).joined(separator: ", ")); then "
        return
            "Makes sure that nothing runs, \(cause)sends \(exchange.target) until it is answered, and takes the time."
    }

    package var next: String {
        "what the start is waiting for: `kubectl -n ${namespace} get events --sort-by=.lastTimestamp`"
    }

    package func observe(_ context: CheckContext) async throws -> Observation {
        let restEnd = ContinuousClock.now + restsFor
        while true {
            let count = try await target.count(context)
            guard count == 0 else { return .fail("\(count) \(target.words): it does not rest") }
            let now = ContinuousClock.now
            guard now < restEnd else { break }
            try await Task.sleep(for: min(.seconds(1), restEnd - now))
        }
        let start = ContinuousClock.now
        try await ActionRunner(context).run(wake)
        var problem = "no answer"
        let end = start + within
        repeat {
            do {
                let answer = try await exchange.send(context, isFresh: true)
                guard let wrong = expectation.problem(in: answer, context.fill) else {
                    return .pass("the first answer after \(LoadTally.short((ContinuousClock.now - start).inSeconds)) s")
                }
                problem = wrong
            } catch let silence as HTTPExchange.NoAnswer {
                problem = silence.text
            }
            try await Task.sleep(for: .milliseconds(200))
        } while ContinuousClock.now < end
        return .fail("no good answer within \(LabDuration.text(within)): \(problem.shortened(160))", isFinal: true)
    }
}
