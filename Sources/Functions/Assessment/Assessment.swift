package import Diagnostics
internal import KubernetesAPI

/// Measures an installed framework with real functions, and takes them away again.
package struct Assessment: Sendable {
    package let platform: any FunctionPlatform
    package let objects: FunctionObjects
    package let probe: AssessProbe
    package let limits: AssessLimits
    private let say: @Sendable (String) -> Void
    let clock = ContinuousClock()

    package init(
        _ platform: any FunctionPlatform, _ objects: FunctionObjects, probe: AssessProbe, limits: AssessLimits,
        say: @escaping @Sendable (String) -> Void
    ) {
        self.platform = platform
        self.objects = objects
        self.probe = probe
        self.limits = limits
        self.say = say
    }

    static let first = "\(AssessProbe.prefix)-a"
    static let second = "\(AssessProbe.prefix)-b"

    /// - Throws: what keeps the first function from being deployed; whatever fails later is `unknown` in the facts.
    package func run() async throws(Diagnostic) -> AssessFacts {
        await clean()
        do throws(Diagnostic) {
            let facts = try await measure()
            await clean()
            return facts
        } catch {
            await clean()
            throw error
        }
    }

    private func measure() async throws(Diagnostic) -> AssessFacts {
        var facts = AssessFacts("it was interrupted before this was measured")
        facts.servers = .value(.init(input: probe.input, named: probe.named, supplied: probe.supplied))
        say("deploying two functions")
        facts.unit = try await unitFacts()
        try await checkInterruption()
        say("warm requests, logs and metrics")
        let warm = await LoadRun(workers: 1, duration: min(.seconds(3), limits.load)).run { [platform] in
            await Self.problem(platform, Self.first, Self.invocation("host"))
        }
        facts.logs = await attempt { () throws(Diagnostic) in try await logFacts() }
        facts.metrics = await attempt { () throws(Diagnostic) in try await metricFacts() }
        guard let pods = platform.pods(Self.first) else {
            let reason = "\(platform.site.framework) shows no instances"
            facts.storage = .unknown(reason)
            facts.fault = .unknown(reason)
            facts.scaling = .unknown(reason)
            facts.isolation = .unknown(reason)
            facts.places = .unknown(reason)
            facts.idle = .unknown(reason)
            facts.coldStart = .unknown(reason)
            try await code(&facts)
            return facts
        }
        var places = PlaceBook()
        say("killing what wrote into its files")
        facts.storage = await attempt { () throws(Diagnostic) in try await storageFacts(pods) }
        say("killing an instance under load")
        facts.fault = await attempt { () throws(Diagnostic) in try await faultFacts(pods) }
        try await checkInterruption()
        say("\(limits.workers) requests at a time for \(limits.load.components.seconds) s")
        let others = platform.pods(Self.second)
        // Instances from before its change may stay a while (Knative's do, a minute) and are not those that are watched.
        if let others { try? await settle(others) }
        // Awake all the time, so that nothing but the load on the first one can change its instances.
        _ = try? await answer(Self.second, within: limits.patience)
        if let others { _ = try? await readyInstances(others) }
        let before = try? await identities(others)
        async let company = LoadRun(workers: 1, duration: limits.load + min(.seconds(5), limits.load)).run {
            [platform, clock] in
            try? await clock.sleep(for: min(.milliseconds(500), limits.load / 10))
            return await Self.problem(platform, Self.second, Self.invocation("host"))
        }
        var scaling = await attempt { () throws(Diagnostic) in try await scalingFacts(pods, &places) }
        if let before, !before.isEmpty, let after = try? await identities(others) {
            facts.isolation = .value(before.symmetricDifference(after).count)
        } else {
            facts.isolation = .unknown("the other function had no instance that could be watched")
        }
        _ = await company
        try await checkInterruption()
        say("waiting until it is idle")
        let old = Set(((try? await objects.list(pods.path, labels: pods.selector)) ?? []).map(\.name))
        let idle = await idleFacts(pods, &scaling)
        facts.scaling = scaling
        facts.idle = idle
        if let seen = idle.value, seen.zeroSeconds != nil {
            say("the first request after that")
            facts.coldStart = await attempt { () throws(Diagnostic) in
                try await coldStartFacts(pods, old: old, warmMedian: warm.quantile(0.5))
            }
        } else {
            facts.coldStart = .unknown(
                platform.site.scalesToZero
                    ? "there always was an instance, so that no start could be measured"
                    : "\(platform.site.framework) does not scale to zero, so that there is no start to measure")
        }
        facts.places = await attempt { () throws(Diagnostic) in
            .value(
                .init(nodes: try await schedulableNodes(), used: places.nodes.count, instances: places.most))
        }
        try await checkInterruption()
        try await code(&facts)
        return facts
    }

    private func code(_ facts: inout AssessFacts) async throws(Diagnostic) {
        say("languages and images")
        facts.languages = await languageFacts()
        facts.image = await imageFacts()
    }

    // MARK: rules 1 and 2

    private func unitFacts() async throws(Diagnostic) -> Measured<AssessFacts.Unit> {
        let seconds = try await deploy(Self.first, probe.order)
        let other = try await deploy(Self.second, probe.order)
        let before = try await identities(platform.pods(Self.first))
        var changed = probe.order
        // Something that every framework knows and that makes new instances where they bear it.
        changed.timeout = 61
        let change = try await deploy(Self.second, changed)
        let after = try await identities(platform.pods(Self.first))
        return .value(
            .init(
                deploySeconds: seconds, otherDeploySeconds: other,
                disturbed: before.isEmpty ? nil : before.subtracting(after).count, changeSeconds: change))
    }

    /// Seconds until the first answer.
    func deploy(_ name: String, _ order: FunctionOrder) async throws(Diagnostic) -> Double {
        let start = clock.now
        try await trial(name, order).deploy(within: limits.patience)
        _ = try await answer(name, within: limits.patience)
        return (clock.now - start) / .seconds(1)
    }

    func trial(_ name: String, _ order: FunctionOrder) -> TrialFunction {
        var order = order
        order.name = name
        return TrialFunction(platform, objects, order: order)
    }

    // MARK: rule 3

    private func storageFacts(_ pods: FunctionPods) async throws(Diagnostic) -> Measured<AssessFacts.Storage> {
        let word = "word\(Int.random(in: 100_000...999_999))"
        let old = try await objects.pods(pods)
        var written = 0
        var found = 0
        for _ in 0..<max(4, old.count * 4) where await ask(Self.first, "write \(word)")?.state == word { written += 1 }
        guard written > 0 else { return .unknown("nothing could be written into the files of an instance") }
        for _ in 0..<8 where await ask(Self.first, "read")?.state == word { found += 1 }
        let names = Set(try await objects.pods(pods).map(\.name))
        for name in names.union(old.map(\.name)) { try await kill(name, pods.namespace) }
        let end = clock.now + limits.patience
        var fresh = 0
        var foundFresh = 0
        while fresh < 8, clock.now < end, !Task.isCancelled {
            guard let reply = await ask(Self.first, "read") else {
                try? await clock.sleep(for: .milliseconds(200))
                continue
            }
            // The name that an instance has for itself is that of its pod.
            guard !names.contains(reply.instance) else { continue }
            fresh += 1
            if reply.state == word { foundFresh += 1 }
        }
        return .value(.init(written: written, found: found, fresh: fresh, foundFresh: foundFresh))
    }

    // MARK: rule 4

    private func faultFacts(_ pods: FunctionPods) async throws(Diagnostic) -> Measured<AssessFacts.Fault> {
        // A framework that makes instances when they are needed has one after this.
        _ = try await answer(Self.first, within: limits.patience)
        let before = try await readyInstances(pods)
        guard let victim = before.first?.name else { return .unknown("there was no instance to kill") }
        let duration = max(limits.load / 2, .seconds(1))
        let platform = platform
        async let load = LoadRun(workers: min(8, limits.workers), duration: duration).run {
            await Self.problem(platform, Self.first, Self.invocation("host", timeout: .seconds(15)))
        }
        try? await clock.sleep(for: min(.seconds(3), duration / 4))
        let killed = clock.now
        try await kill(victim, pods.namespace)
        var recovery: Double?
        while clock.now - killed < limits.patience, recovery == nil, !Task.isCancelled {
            let now = try await objects.pods(pods).filter { FunctionObjects.isReady($0) && $0.name != victim }
            if now.count >= before.count {
                recovery = (clock.now - killed) / .seconds(1)
            } else {
                try? await clock.sleep(for: .milliseconds(200))
            }
        }
        let result = await load
        return .value(
            .init(
                sent: result.sent, lost: result.lost, reasons: result.reasons, recoverySeconds: recovery,
                gapSeconds: result.gap))
    }

    // MARK: rules 5 and 6

    private func scalingFacts(
        _ pods: FunctionPods, _ places: inout PlaceBook
    ) async throws(Diagnostic) -> Measured<AssessFacts.Scaling> {
        let platform = platform
        let line = "sleep \(limits.work)"
        let request = { @Sendable () async -> String? in
            await Self.problem(platform, Self.first, Self.invocation(line, timeout: .seconds(30)))
        }
        try await settle(pods)
        let calm = await LoadRun(workers: 1, duration: min(.seconds(5), limits.load)).run(request)
        let before = try await readyInstances(pods).count
        let start = clock.now
        async let load = LoadRun(workers: limits.workers, duration: limits.load).run(request)
        var most = before
        var first: Double?
        while clock.now - start < limits.load, !Task.isCancelled {
            if let now = try? await objects.pods(pods) {
                places.note(now)
                let ready = now.count(where: FunctionObjects.isReady)
                if ready > before, first == nil { first = (clock.now - start) / .seconds(1) }
                most = max(most, ready)
            }
            try? await clock.sleep(for: min(.milliseconds(500), limits.load / 10))
        }
        let result = await load
        return .value(
            .init(
                workers: limits.workers, before: before, most: most, firstSeconds: first, calmRate: calm.rate,
                loadRate: result.rate, calmMedian: calm.quantile(0.5), loadMedian: result.quantile(0.5),
                loadP95: result.quantile(0.95), sent: result.sent, lost: result.lost, returnSeconds: nil,
                waitedSeconds: 0))
    }

    /// Those that are ready, waited for a moment: who asks an instance by another way may have an answer before its kubelet says that it
    /// is ready (Knative's activator).
    private func readyInstances(_ pods: FunctionPods) async throws(Diagnostic) -> [JSONValue] {
        let end = clock.now + min(limits.patience, .seconds(15))
        while true {
            let ready = try await objects.pods(pods).filter(FunctionObjects.isReady)
            guard ready.isEmpty, clock.now < end, !Task.isCancelled else { return ready }
            try? await clock.sleep(for: .milliseconds(100))
        }
    }

    /// What the loads before have called for goes first, or the number to start from would be theirs.
    private func settle(_ pods: FunctionPods) async throws(Diagnostic) {
        let end = clock.now + min(limits.patience, .seconds(120))
        while try await objects.pods(pods).count > 1, clock.now < end, !Task.isCancelled {
            try? await clock.sleep(for: min(.milliseconds(500), limits.load / 10))
        }
    }

    /// One wait for two things: as few instances as before the load, and none.
    private func idleFacts(
        _ pods: FunctionPods, _ scaling: inout Measured<AssessFacts.Scaling>
    ) async -> Measured<AssessFacts.Idle> {
        let start = clock.now
        var last: [JSONValue]?
        var returned: Double?
        var zero: Double?
        let before = scaling.value?.before ?? 0
        // What says itself that it keeps instances is not waited for as long.
        let limit = platform.site.scalesToZero ? limits.idle : min(limits.idle, .seconds(30))
        while !Task.isCancelled {
            let waited = clock.now - start
            if let now = try? await objects.pods(pods) {
                last = now
                if now.count <= max(before, 1), returned == nil { returned = waited / .seconds(1) }
                if now.isEmpty {
                    zero = waited / .seconds(1)
                    break
                }
            }
            let enough = waited >= limit && (returned != nil || waited >= limits.patience)
            if enough { break }
            try? await clock.sleep(for: min(.milliseconds(500), limit / 10))
        }
        let waited = (clock.now - start) / .seconds(1)
        if case .value(var seen) = scaling {
            seen.returnSeconds = returned
            seen.waitedSeconds = waited
            scaling = .value(seen)
        }
        guard let last else { return .unknown("the instances could not be counted") }
        return .value(
            .init(
                waitedSeconds: waited, instances: last.count, zeroSeconds: zero,
                millicores: last.reduce(0) { $0 + PodReservation($1).millicores },
                mebibytes: last.reduce(0) { $0 + PodReservation($1).mebibytes },
                isForeseen: platform.site.scalesToZero))
    }

    /// When the last instances have ended, too: one that is about to would answer as if it were warm.
    ///
    /// - Parameter old: names of instances from before.
    private func coldStartFacts(
        _ pods: FunctionPods, old: Set<String>, warmMedian: Double
    ) async throws(Diagnostic) -> Measured<AssessFacts.ColdStart> {
        let end = clock.now + min(limits.patience, .seconds(60))
        while try await !objects.list(pods.path, labels: pods.selector).filter({ pod in
            pods.nameEnd.map { pod.name.hasSuffix($0) } ?? true
        }).isEmpty, clock.now < end, !Task.isCancelled {
            try? await clock.sleep(for: .milliseconds(200))
        }
        let start = clock.now
        let answer = try await answer(Self.first, within: limits.patience)
        let seconds = (clock.now - start) / .seconds(1)
        // The name that an instance has for itself is that of its pod.
        if let instance = JSONValue.parse(answer.body)?["instance"]?.string, old.contains(instance) {
            return .unknown("\(instance), which was about to end, answered: no start was measured")
        }
        return .value(.init(seconds: seconds, warmMedian: warmMedian))
    }

    // MARK: parts

    static func invocation(_ line: String, timeout: Duration = .seconds(30)) -> Invocation {
        Invocation(body: Array((line + "\n").utf8), contentType: "text/plain; charset=utf-8", timeout: timeout)
    }

    /// What kept a success away: the status, or the code of an error.
    static func problem(
        _ platform: any FunctionPlatform, _ name: String, _ invocation: Invocation
    ) async -> String? {
        do throws(Diagnostic) {
            let status = try await platform.invoke(name, invocation).status
            return (200..<300).contains(status) ? nil : "status \(status)"
        } catch {
            return error.code
        }
    }

    /// What the probe says of itself; nil without a success.
    func ask(_ name: String, _ line: String) async -> (instance: String, state: String)? {
        guard let answer = try? await platform.invoke(name, Self.invocation(line)), answer.isSuccess,
            let reply = JSONValue.parse(answer.body)
        else { return nil }
        return (reply["instance"]?.string ?? "", reply["state"]?.string ?? "")
    }

    /// The first success; anything else is tried again, since a new function may need a moment behind its door.
    func answer(
        _ name: String, within limit: Duration, accepts: (InvocationAnswer) -> Bool = { $0.isSuccess }
    ) async throws(Diagnostic) -> InvocationAnswer {
        let asked = await trial(name, probe.order).ask(
            Self.invocation("host", timeout: limit), within: limit, pause: .milliseconds(100), isRight: accepts)
        let answer = try asked.last.get()
        guard asked.isRight else {
            throw Diagnostic(
                code: "function.status", "\(name) answered with \(answer.status)",
                detail: String(answer.text.prefix(300)))
        }
        return answer
    }

    func identities(_ pods: FunctionPods?) async throws(Diagnostic) -> Set<String> {
        guard let pods else { return [] }
        return Set(try await objects.pods(pods).compactMap { $0.at("metadata", "uid")?.string })
    }

    func kill(_ pod: String, _ namespace: String) async throws(Diagnostic) {
        do throws(KubernetesError) { try await objects.cluster.kill(pod: pod, in: namespace) } catch {
            guard error.isNotFound else { throw error.diagnostic }
        }
    }

    func schedulableNodes() async throws(Diagnostic) -> Int {
        try await objects.list("/api/v1/nodes").count { node in
            let taints = node.at("spec", "taints")?.array ?? []
            return node.at("spec", "unschedulable")?.bool != true
                && !taints.contains { ["NoSchedule", "NoExecute"].contains($0["effect"]?.string ?? "") }
                && node.condition("Ready")?["status"]?.string == "True"
        }
    }

    func attempt<Value>(
        _ work: () async throws(Diagnostic) -> Measured<Value>
    ) async -> Measured<Value> {
        do throws(Diagnostic) { return try await work() } catch {
            return .unknown(error.summary + (error.detail.map { ": " + $0.prefix(200) } ?? ""))
        }
    }

    func checkInterruption() async throws(Diagnostic) {
        guard Task.isCancelled else { return }
        throw Diagnostic(code: "assess.interrupted", "interrupted", exitCode: .interrupted)
    }

    func clean() async {
        let names =
            [Self.first, Self.second] + probe.languages.map(\.order.name) + (probe.image.map { [$0.name] } ?? [])
        for (name, problem) in await TrialFunction.remove(names, from: platform).sorted(by: { $0.key < $1.key }) {
            say("\(name) is left: \(problem.summary)")
        }
    }
}

/// Where instances were seen.
struct PlaceBook: Sendable {
    var nodes: Set<String> = []
    var most = 0

    mutating func note(_ pods: [JSONValue]) {
        let ready = pods.filter(FunctionObjects.isReady)
        most = max(most, ready.count)
        for pod in ready { if let node = pod.at("spec", "nodeName")?.string { nodes.insert(node) } }
    }
}

/// What a pod keeps for itself (core/v1 ResourceRequirements `requests`).
struct PodReservation {
    var millicores = 0
    var mebibytes = 0

    init(_ pod: JSONValue) {
        for container in pod.at("spec", "containers")?.array ?? [] {
            let requests = container.at("resources", "requests")
            millicores += requests?["cpu"]?.string.flatMap(Self.millicores) ?? 0
            mebibytes += requests?["memory"]?.string.flatMap(Self.mebibytes) ?? 0
        }
    }

    static func millicores(_ text: String) -> Int? {
        if text.hasSuffix("m") { return Int(text.dropLast()) }
        return Double(text).map { Int($0 * 1000) }
    }

    static func mebibytes(_ text: String) -> Int? {
        let units: [(String, Double)] = [
            ("Ki", 1.0 / 1024), ("Mi", 1), ("Gi", 1024), ("Ti", 1_048_576), ("k", 1e3 / 1_048_576),
            ("M", 1e6 / 1_048_576), ("G", 1e9 / 1_048_576),
        ]
        for (unit, factor) in units where text.hasSuffix(unit) {
            return Double(text.dropLast(unit.count)).map { Int($0 * factor) }
        }
        return Double(text).map { Int($0 / 1_048_576) }
    }
}
