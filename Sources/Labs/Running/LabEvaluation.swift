internal import ConfigTree
internal import KubernetesAPI

/// Carries out checks: what depends on others waits for them, what changes something has the lab for itself, everything else happens
/// at once.
package struct LabEvaluation: Sendable {
    /// How long checks are waited for.
    package enum Waiting: Sendable, Hashable {
        /// As long as each says, times the factor.
        case full(factor: Double)
        /// At most so long.
        case atMost(Duration)
        /// So long, and longer only where less says nothing: what counts from a marker on begins at nothing.
        case look(atLeast: Duration, factor: Double)

        package static let full = Waiting.full(factor: 1)
    }

    package let context: CheckContext
    package var waiting: Waiting
    /// Told as soon as a check has ended.
    package var report: (@Sendable (CheckOutcome) -> Void)?
    /// What checks remember from one run to the next; nil begins anew each time.
    package var memories: CheckMemories?

    package init(
        _ context: CheckContext, waiting: Waiting = .full, memories: CheckMemories? = nil,
        report: (@Sendable (CheckOutcome) -> Void)? = nil
    ) {
        self.context = context
        self.waiting = waiting
        self.memories = memories
        self.report = report
    }

    /// Outcomes in the order of the lab, those of what the checks depend on included.
    ///
    /// - Parameter known: outcomes that still count; their checks are not carried out again.
    package func run(_ wanted: [LabCheck], known: [CheckOutcome] = []) async -> [CheckOutcome] {
        let checks = withDependencies(wanted)
        var outcomes = Dictionary(known.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        var waiting = checks.filter { outcomes[$0.id] == nil }
        await withTaskGroup(of: CheckOutcome.self) { group in
            var running = 0
            var isAlone = false
            func start(_ check: LabCheck) {
                let before = dependencies(of: check).compactMap { outcomes[$0] }
                running += 1
                group.addTask { await carryOut(check, after: before) }
            }
            func begin() {
                guard !isAlone else { return }
                var later: [LabCheck] = []
                for check in waiting {
                    let isReady = dependencies(of: check).allSatisfy { outcomes[$0] != nil }
                    if isReady, !check.primitive.disturbs { start(check) } else { later.append(check) }
                }
                // What deletes a pod or lets a stub fail would spoil what is asked meanwhile: it comes when all else is done.
                if running == 0,
                    let index = later.firstIndex(where: { dependencies(of: $0).allSatisfy { outcomes[$0] != nil } })
                {
                    isAlone = true
                    start(later.remove(at: index))
                }
                waiting = later
            }
            begin()
            while let outcome = await group.next() {
                running -= 1
                isAlone = false
                outcomes[outcome.id] = outcome
                report?(outcome)
                begin()
            }
        }
        return checks.compactMap { outcomes[$0.id] }
    }

    /// In the order of the lab.
    private func withDependencies(_ wanted: [LabCheck]) -> [LabCheck] {
        var ids = Set(wanted.map(\.id))
        var open = wanted
        while let check = open.popLast() {
            for id in dependencies(of: check) where ids.insert(id).inserted {
                if let needed = context.lab.check(id) { open.append(needed) }
            }
        }
        return (context.lab.checks + context.lab.cleanup.checks).filter { ids.contains($0.id) }
    }

    /// What a check names itself and, behind a hard gate, the goals of the step before.
    private func dependencies(of check: LabCheck) -> [String] {
        guard context.lab.gate == .hard,
            let index = context.lab.steps.firstIndex(where: { step in step.checks.contains { $0.id == check.id } }),
            index > 0
        else { return check.needs }
        let gate = context.lab.steps[index - 1].checks.filter { $0.tier == .goal }.map(\.id)
        return check.needs + gate.filter { !check.needs.contains($0) }
    }

    private func stepName(of check: String) -> String {
        context.lab.steps.first { step in step.checks.contains { $0.id == check } }?.id ?? "cleanup"
    }

    // MARK: one check

    private func carryOut(_ check: LabCheck, after before: [CheckOutcome]) async -> CheckOutcome {
        var context = context
        context.memory = memories?[check.id] ?? CheckMemory()
        context.check = check.id
        context.variables["check"] = check.id
        for each in before { context.variables.merge(each.captured) { $1 } }
        var outcome = CheckOutcome(
            id: check.id, step: stepName(of: check.id), tier: check.tier, title: context.fill(check.title),
            result: .skipped,
            expected: context.fill(check.expected ?? check.primitive.expected), observed: "",
            why: context.fill(check.why),
            next: context.fill(check.hint ?? check.primitive.next), evidence: [], attempts: 0, seconds: 0,
            time: APITime.text(context.now()), captured: [:])
        if check.mode == .cloud {
            outcome.observed = "it needs an account of a provider"
            return outcome
        }
        if let obstacle = before.first(where: { !$0.opensTheWay }) {
            outcome.result = .blocked
            outcome.observed =
                "`\(obstacle.id)` of step `\(obstacle.step)` must pass first, and it is \(obstacle.result.rawValue)"
            outcome.next = "`\(obstacle.id)`"
            return outcome
        }
        var clue: Clue?
        await look(check, context, &outcome, &clue)
        if let clue, outcome.result == .fail { outcome.evidence += await clue.lines(context) }
        return outcome
    }

    /// - Parameter clue: of the last look.
    private func look(
        _ check: LabCheck, _ context: CheckContext, _ outcome: inout CheckOutcome, _ clue: inout Clue?
    ) async {
        let start = ContinuousClock.now
        let limit = limit(of: check)
        let deadline = start + limit
        var pause = check.interval ?? Patience.firstPause
        var heldSince: ContinuousClock.Instant?
        while true {
            outcome.attempts += 1
            var isOver = false
            do {
                let seen = try await check.primitive.observe(context)
                take(seen, check, context, &outcome)
                clue = seen.holds ? nil : seen.clue
                if !seen.holds {
                    heldSince = nil
                    isOver = seen.isFinal
                }
            } catch let nothing as NothingToActOn {
                take(.fail(nothing.text), check, context, &outcome)
                heldSince = nil
            } catch {
                let obstacle = CannotJudge.from(error)
                outcome.result = .error
                outcome.observed = obstacle.reason
                outcome.evidence = []
                heldSince = nil
                isOver = !obstacle.isPassing
            }
            let now = ContinuousClock.now
            outcome.seconds = (now - start).inSeconds
            outcome.time = APITime.text(context.now())
            if isOver || outcome.result == .skipped { return }
            if outcome.result == .pass || outcome.result == .simulatedPass {
                guard let hold = check.hold else { return outcome.next = "" }
                let since = heldSince ?? now
                heldSince = since
                if now - since >= hold { return outcome.next = "" }
            } else if now + pause >= deadline {
                return
            }
            do { try await Task.sleep(for: pause) } catch {
                outcome.result = .error
                outcome.observed = "it was interrupted"
                return
            }
            if check.interval == nil { pause = min(pause * 3 / 2, Patience.longestPause) }
        }
    }

    private func take(
        _ seen: Observation, _ check: LabCheck, _ context: CheckContext, _ outcome: inout CheckOutcome
    ) {
        outcome.result =
            !seen.holds
            ? .fail : seen.isSelfReported ? .skipped : context.lab.honesty == .simulated ? .simulatedPass : .pass
        outcome.observed = seen.observed
        outcome.evidence = seen.evidence
        outcome.isSelfReported = seen.isSelfReported ? true : nil
        guard seen.holds else { return }
        for capture in check.captures {
            guard let value = seen.object.flatMap({ capture.path.values(in: $0).first }).map(FieldTest.text),
                let part = Self.part(capture.part, of: value)
            else {
                outcome.result = .fail
                outcome.observed = "\(capture.path.text) is not there, and later checks need it"
                return
            }
            outcome.captured[capture.name] = part
        }
    }

    /// Of `http://host:port/path`, or of `host:port`.
    static func part(_ part: LabCheck.Capture.Part, of text: String) -> String? {
        guard part != .whole else { return text }
        var rest = Substring(text)
        var scheme: Substring = ""
        if let range = rest.firstRange(of: "://") {
            scheme = rest[..<range.lowerBound]
            rest = rest[range.upperBound...]
        }
        let authority = rest.prefix { !"/?#".contains($0) }
        let colon = authority.lastIndex(of: ":")
        switch part {
        case .whole: return text
        case .host: return String(colon.map { authority[..<$0] } ?? authority)
        case .port:
            if let colon { return String(authority[authority.index(after: colon)...]) }
            return scheme == "https" ? "443" : scheme == "http" ? "80" : nil
        }
    }

    private func limit(of check: LabCheck) -> Duration {
        let own = check.timeout ?? check.primitive.patience
        switch waiting {
        case .full(let factor): return own * factor
        case .atMost(let limit): return min(own, limit)
        case .look(let least, let factor):
            return min(own, max(least, check.primitive.leastPatience))
                * (check.primitive.leastPatience > .zero ? factor : 1)
        }
    }
}

/// Whether what a lab needs is there.
package struct NeedsSurvey: Sendable {
    let context: CheckContext

    package init(_ context: CheckContext) { self.context = context }

    /// Something that is missing, and the remedy.
    package struct Gap: Sendable, Hashable, Codable {
        package var need: String
        package var remedy: String
    }

    /// - Throws: `CannotJudge` if the cluster cannot be asked.
    /// - Parameter isStarted: what `lab start` makes must be there, too.
    package func gaps(isStarted: Bool = false) async throws -> [Gap] {
        let needs = context.lab.needs
        var gaps: [Gap] = []
        if needs.hosts, context.ground.hosts == nil {
            gaps.append(
                Gap(need: "access to the hosts over SSH", remedy: "name the cluster's spec with -f cluster.yaml"))
        }
        for pool in needs.pools where !context.ground.pools.contains(pool) {
            gaps.append(
                Gap(
                    need: "a pool \(pool) of spare hosts in the spec",
                    remedy:
                        "add `pools: [{ name: \(pool) }]` to it, and `pool: \(pool)` at its workers; name it with -f"))
        }
        for program in needs.programs where context.ground.find(program) == nil {
            gaps.append(Gap(need: "the program \(program)", remedy: "install it, or add its folder to PATH"))
        }
        if needs.kubeconfig, context.run.kubeconfig.isEmpty {
            gaps.append(
                Gap(
                    need: "a kubeconfig of your own",
                    remedy: "`martlet kubeconfig --merge ~/.kube/config`, or name one with --kubeconfig"))
        }
        guard needs.cluster else { return gaps }
        gaps += try await clusterGaps(needs)
        if isStarted, context.lab.namespaceTemplate != nil, let kind = KnownKinds.find("namespace") {
            let found = try await context.find(ObjectReference(kind: kind, name: context.namespace))
            if found.map({ $0.isBeingDeleted }) ?? true {
                gaps.append(
                    Gap(
                        need:
                            "its namespace \(context.namespace), which is \(found == nil ? "not there" : "being deleted")",
                        remedy: "`martlet lab start \(context.lab.id)` makes it again; what was in it is gone"))
            }
        }
        return gaps
    }

    private func clusterGaps(_ needs: LabNeeds) async throws -> [Gap] {
        var gaps: [Gap] = []
        do {
            if let minimum = needs.minimumKubernetes {
                let version = try await context.api.get("/version")["gitVersion"]?.string ?? ""
                if Self.isOlder(version, than: minimum) {
                    gaps.append(
                        Gap(
                            need: "Kubernetes \(minimum) or newer, and this is \(version)",
                            remedy: "upgrade the cluster"))
                }
            }
            if needs.workers > 0 {
                let nodes = try await context.api.list("/api/v1/nodes", labels: nil, fields: nil).items
                let workers = nodes.filter { node in
                    node.labels["node-role.kubernetes.io/control-plane"] == nil
                        && node.labels["node-role.kubernetes.io/master"] == nil
                }
                if workers.count < needs.workers {
                    gaps.append(
                        Gap(
                            need: "\(counted(needs.workers, "worker")), and there are \(workers.count)",
                            remedy: "add hosts with the role worker to the spec and `martlet apply`"))
                }
            }
            for name in needs.namespaces {
                do { _ = try await context.api.get("/api/v1/namespaces/\(PathText.escaped(name))") } catch {
                    guard error.isNotFound else { throw error }
                    gaps.append(Gap(need: "the namespace \(name)", remedy: "this lab reads what is in it"))
                }
            }
            if needs.storageClass {
                let classes = try await context.api.list(
                    "/apis/storage.k8s.io/v1/storageclasses", labels: nil, fields: nil)
                let isDefault = { (each: JSONValue) in
                    each["metadata"]?["annotations"]?["storageclass.kubernetes.io/is-default-class"]?.string == "true"
                }
                if !classes.items.contains(where: isDefault) {
                    gaps.append(
                        Gap(
                            need: "a default StorageClass: without one every claim stays Pending",
                            remedy:
                                "`kubectl apply -f manifests/lab-storage/lab-storage.yaml`, or mark one of yours as the default"
                        ))
                }
            }
            if !needs.api.isEmpty {
                let served = try await ServedAPI.ask(context.api)
                for version in needs.api where !served.has(version) {
                    gaps.append(Gap(need: "the API \(version)", remedy: "install what brings it"))
                }
            }
        } catch {
            throw CannotJudge.from(error)
        }
        return gaps
    }

    /// `v1.20.2` and `1.21`.
    static func isOlder(_ version: String, than minimum: String) -> Bool {
        func numbers(_ text: String) -> [Int] {
            text.drop { $0 == "v" }.split(separator: ".").prefix(2).map { part in Int(part.prefix { $0.isNumber }) ?? 0
            }
        }
        return numbers(version).lexicographicallyPrecedes(numbers(minimum))
    }
}
