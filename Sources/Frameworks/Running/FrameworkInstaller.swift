internal import Diagnostics
package import KubernetesAPI

/// Carries out a plan of installation or upgrade.
///
/// Begins by writing down what it will make, and ends by writing down that it is made: a run that was killed anywhere is seen
/// as such, and gone on with by planning again.
package struct FrameworkInstaller: Sendable {
    let rendered: RenderedRelease
    let plan: FrameworkPlan
    let observed: ObservedCluster
    let client: KubernetesClient
    let reach: EndpointReach
    let writer: ObjectWriter
    let report: @Sendable (FrameworkEvent) -> Void

    package init(
        _ rendered: RenderedRelease, _ plan: FrameworkPlan, _ observed: ObservedCluster, client: KubernetesClient,
        reach: EndpointReach, adopts: Bool = false, report: @escaping @Sendable (FrameworkEvent) -> Void = { _ in }
    ) {
        self.rendered = rendered
        self.plan = plan
        self.observed = observed
        self.client = client
        self.reach = reach
        self.report = report
        writer = ObjectWriter(client: client, framework: rendered.release.framework.name, adopts: adopts)
    }

    private var release: FrameworkRelease { rendered.release }

    /// - Throws: `Diagnostics` with what stood in the way; the record says that the installation is not complete.
    package func run() async throws {
        guard plan.refusals.isEmpty else { throw Diagnostics(plan.refusals) }
        var record = InstalledFramework(
            release, state: .installing, inventory: rendered.inventory, actions: observed.record?.actions ?? [:])
        // What an older version made stays known until it is pruned.
        let known = Set(record.inventory.map(\.key))
        record.inventory += (observed.record?.inventory ?? []).filter { !known.contains($0.key) }
        try await save(record)
        let runner = CheckRunner(release, client, reach)
        var table = ResourceTable()
        try await table.learn(Set(rendered.allIDs.map(\.apiVersion)), client)
        table.add(definitionsAmong: rendered.objects)
        try await begin()
        for planned in plan.phases {
            guard let phase = rendered.phases.first(where: { $0.id == planned.id }) else { continue }
            let start = ContinuousClock.now
            report(.phaseBegan(id: phase.id, title: phase.title))
            try await write(phase, planned, &table)
            if planned.runsActions, try await act(phase, runner) { record.actions[phase.id] = phase.actionDigest }
            if !phase.waits.isEmpty {
                report(.waiting(planned.waits))
                try await runner.wait(phase.waits, within: phase.timeout, phase: phase.id, tell: tell)
            }
            report(.phaseEnded(id: phase.id, seconds: Self.seconds(since: start)))
            if planned.runsActions { try await save(record) }
        }
        try await prune(&table)
        await reach.forget()
        let checks = release.framework.readiness.filter { release.holds($0.applies) }
        report(.waiting(checks.map { $0.words(release) }))
        try await runner.wait(checks, within: .seconds(300), phase: "readiness", tell: tell)
        record.state = .installed
        record.inventory = rendered.inventory
        try await save(record)
    }

    private func tell(_ words: String) { report(.note(words)) }

    private static func seconds(since start: ContinuousClock.Instant) -> Double {
        let duration = ContinuousClock.now - start
        return Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }

    // MARK: record, namespaces, secrets

    private func save(_ record: InstalledFramework) async throws {
        let path =
            "/api/v1/namespaces/\(InstalledFramework.namespace)/configmaps/\(InstalledFramework.objectName(record.name))"
        _ = try await client.apply(path, record.object, fieldManager: FrameworkMarks.manager, force: true)
    }

    /// Namespaces, then secrets: the first phase of the plan.
    private func begin() async throws {
        guard let planned = plan.phases.first(where: { $0.id == "namespaces" }) else { return }
        report(.phaseBegan(id: planned.id, title: planned.title))
        let start = ContinuousClock.now
        for namespace in rendered.namespaces {
            guard let change = planned.changes.first(where: { $0.object == namespace.id }), change.verb != .unchanged
            else {
                continue
            }
            try await applying(namespace.id, until: .seconds(30)) {
                try await writer.apply(
                    namespace, change, path: "/api/v1/namespaces/\(PathText.escaped(namespace.id.name))")
            }
            report(.changed(change))
        }
        for secret in rendered.secrets { try await write(secret, planned) }
        report(.phaseEnded(id: planned.id, seconds: Self.seconds(since: start)))
    }

    /// What is there is kept, wherever it is; only what is missing is made.
    private func write(_ secret: FrameworkSecret, _ planned: FrameworkPlan.Phase) async throws {
        let places = [secret.namespace] + secret.copies
        let changes = places.compactMap { place in
            planned.changes.first {
                $0.object.kind == "Secret" && $0.object.name == secret.name && $0.object.namespace == place
                    && $0.verb != .unchanged
            }
        }
        guard !changes.isEmpty else { return }
        var present: [String: JSONValue] = [:]
        var paths: [String: String] = [:]
        for place in places {
            let path = "/api/v1/namespaces/\(PathText.escaped(place))/secrets/\(PathText.escaped(secret.name))"
            paths[place] = path
            let live = try await writer.find(path)
            if let live, live.labels[FrameworkMarks.framework]?.string != release.framework.name, !writer.adopts {
                throw Diagnostic(
                    code: "framework.conflict",
                    "Secret \(place)/\(secret.name) was made by somebody else in the meantime",
                    hint: "remove or rename it, or take it over with --adopt")
            }
            present = (live?["data"]?.object ?? [:]).merging(present) { $1 }
        }
        let data = SecretMaker.data(secret, present: present)
        for change in changes {
            guard let path = paths[change.object.namespace] else { continue }
            let object = SecretMaker.object(
                secret, namespace: change.object.namespace, data: data.reveal(), framework: release.framework.name)
            try await applying(change.object, until: .seconds(30)) {
                do throws(KubernetesError) {
                    _ = try await client.apply(path, object, fieldManager: FrameworkMarks.manager, force: true)
                } catch {
                    throw ObjectWriter.failure(error, change.object)
                }
            }
            report(.changed(change))
        }
    }

    // MARK: phases

    private func write(
        _ phase: RenderedPhase, _ planned: FrameworkPlan.Phase, _ table: inout ResourceTable
    ) async throws {
        var changes: [ObjectID: FrameworkPlan.Change] = [:]
        for change in planned.changes where change.verb != .unchanged { changes[change.object] = change }
        let open = phase.objects.filter { changes[$0.id] != nil }
        // What others refer to comes first; equals are written together.
        for rank in Set(open.map { ObjectFile.rank($0.id.kind) }).sorted() {
            let group = open.filter { ObjectFile.rank($0.id.kind) == rank }
            for version in Set(group.map(\.id.apiVersion)).sorted() {
                try await learn(group.filter { $0.id.apiVersion == version }.map(\.id), within: phase.timeout, &table)
            }
            let known = table
            try await withThrowingTaskGroup(of: FrameworkPlan.Change.self) { tasks in
                var waiting = group[...]
                func next() {
                    guard let object = waiting.popFirst(), let change = changes[object.id] else { return }
                    let path = known.path(object.id)
                    tasks.addTask {
                        guard let path else {
                            throw Diagnostic(
                                code: "framework.not-served",
                                "the cluster does not serve \(object.id.apiVersion) \(object.id.kind)")
                        }
                        try await applying(object.id, until: phase.timeout) {
                            try await writer.apply(object, change, path: path)
                        }
                        return change
                    }
                }
                for _ in 0..<8 { next() }
                while let change = try await tasks.next() {
                    report(.changed(change))
                    next()
                }
            }
        }
    }

    /// Repeats what fails for a passing reason: a webhook that is just starting, a kind that is just being served.
    private func applying(_ id: ObjectID, until limit: Duration, _ work: () async throws -> Void) async throws {
        let clock = ContinuousClock()
        let deadline = clock.now + limit
        var pause = Duration.milliseconds(100)
        while true {
            do {
                return try await work()
            } catch let failure as ObjectWriter.Failure {
                guard failure.isPassing, clock.now + pause < deadline else { throw explained(failure.diagnostic) }
                try await clock.sleep(for: pause)
                pause = min(pause * 2, .seconds(2))
            } catch let error as KubernetesError {
                throw explained(error.diagnostic)
            }
        }
    }

    private func explained(_ diagnostic: Diagnostic) -> Diagnostic {
        var diagnostic = diagnostic
        let text = [diagnostic.summary, diagnostic.detail ?? ""].joined(separator: " ")
        if let issue = release.framework.knownIssues.first(where: { text.contains($0.symptom) }) {
            diagnostic.detail = [diagnostic.detail, issue.explanation].compactMap { $0 }.joined(separator: "\n")
            diagnostic.hint = issue.remedy
        }
        return diagnostic
    }

    /// Waits until the kinds are served: their definitions may just have been made.
    private func learn(_ ids: [ObjectID], within limit: Duration, _ table: inout ResourceTable) async throws {
        let clock = ContinuousClock()
        let deadline = clock.now + limit
        var pause = Duration.milliseconds(50)
        while let open = ids.first(where: { !table.isServed($0.apiVersion, $0.kind) }) {
            try await table.learn([open.apiVersion], client, isAskedAgain: true)
            if table.isServed(open.apiVersion, open.kind) { continue }
            guard clock.now + pause < deadline else {
                throw Diagnostic(
                    code: "framework.not-served", "the cluster does not serve \(open.apiVersion) \(open.kind)",
                    hint: "look at the definition: `kubectl get customresourcedefinitions`")
            }
            try await clock.sleep(for: pause)
            pause = min(pause * 3 / 2, .milliseconds(500))
        }
    }

    // MARK: requests and jobs

    /// - Returns: false if there was nothing to remember.
    private func act(_ phase: RenderedPhase, _ runner: CheckRunner) async throws -> Bool {
        guard phase.actionDigest != nil else { return false }
        if let unless = phase.unless, await runner.observe(unless).holds {
            report(.acted("\(phase.id): done already"))
            return true
        }
        if let (job, objects) = phase.job { try await run(job, objects, phase, runner) }
        let sender = RequestSender(release, client, reach)
        for request in phase.http {
            let answer = try await sender.send(request)
            let words = "\(request.method) \(request.endpoint) \(release.fill(request.path))"
            guard request.accepts(answer.status) else {
                throw Diagnostic(
                    code: "framework.request", "phase \(phase.id): \(words) was answered with \(answer.status)",
                    detail:
                        "expected \(request.expect.isEmpty ? "200 to 299" : request.expect.map(String.init).joined(separator: ", "))",
                    hint: "run the same command again when the cause is gone: it goes on from here",
                    evidence: [answer.text.shortened(300)])
            }
            report(.acted(words))
        }
        return true
    }

    /// Runs a Job to its end and takes it away again.
    private func run(
        _ job: ObjectID, _ objects: [DesiredObject], _ phase: RenderedPhase, _ runner: CheckRunner
    ) async throws {
        var table = ResourceTable()
        try await table.learn(Set(objects.map(\.id.apiVersion) + ["batch/v1"]), client)
        let paths = objects.compactMap { object in table.path(object.id).map { (object, $0) } }
        // One that a killed run left would be taken for this one.
        if let path = table.path(job), try await writer.find(path) != nil {
            try await writer.delete(path, id: job, within: .seconds(60))
        }
        for (object, path) in paths {
            try await applying(object.id, until: phase.timeout) {
                try await writer.apply(object, FrameworkPlan.Change(object.id, .create), path: path)
            }
        }
        report(.waiting(["Job \(job.namespace)/\(job.name) is complete"]))
        let check = ReadinessCheck(.job(job.name), namespace: job.namespace)
        try await runner.wait([check], within: phase.timeout, phase: phase.id, tell: tell)
        for (object, path) in paths.reversed() { try await writer.delete(path, id: object.id, within: .seconds(60)) }
        report(.acted("Job \(job.namespace)/\(job.name)"))
    }

    // MARK: what is no longer described

    private func prune(_ table: inout ResourceTable) async throws {
        guard !plan.prune.isEmpty else { return }
        report(.phaseBegan(id: "prune", title: "What is no longer described"))
        let start = ContinuousClock.now
        try await table.learn(Set(plan.prune.map(\.object.apiVersion)), client)
        for change in plan.prune {
            guard let path = table.path(change.object) else { continue }
            guard let live = try await writer.find(path),
                live.labels[FrameworkMarks.framework]?.string == release.framework.name
            else { continue }
            try await writer.delete(path, id: change.object, within: .seconds(120))
            report(.changed(change))
        }
        report(.phaseEnded(id: "prune", seconds: Self.seconds(since: start)))
    }
}
