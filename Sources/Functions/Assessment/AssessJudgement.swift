/// From what was seen to the eight rules; knows nothing of clusters and clocks.
package enum AssessJudgement {
    /// The rules of the Serverless Compute Manifesto (2016), in their order and in our words.
    package static let titles = [
        "Functions are the unit of deployment and scaling", "No machines or containers are seen",
        "Permanent storage lives elsewhere", "Faults are tolerated without being asked for",
        "It scales with requests", "Idle functions cost nothing", "Bring your own code",
        "Metrics and logs for every function",
    ]

    package static func rules(_ facts: AssessFacts, _ limits: AssessLimits) -> [AssessRule] {
        let checks: [[AssessFinding]] = [
            [unitDeploy(facts), unitScale(facts)], [servers(facts)], [storage(facts)],
            [recovery(facts, limits), lost(facts, limits), anywhere(facts)], [follows(facts), returns(facts)],
            [zero(facts), coldStart(facts)], [languages(facts), image(facts)], [logs(facts), metrics(facts)],
        ]
        return zip(titles, checks).enumerated().map { index, rule in
            AssessRule(rule: index + 1, title: rule.0, checks: rule.1)
        }
    }

    private typealias Verdict = (passes: Bool, observed: String, measured: [String: Double])

    private static func finding<Value>(
        _ id: String, _ title: String, _ expected: String, _ measured: Measured<Value>,
        _ judge: (Value) -> Verdict?, otherwise: String = ""
    ) -> AssessFinding {
        switch measured {
        case .unknown(let reason):
            return AssessFinding(id: id, title: title, result: .unknown, expected: expected, observed: reason)
        case .value(let value):
            guard let verdict = judge(value) else {
                return AssessFinding(id: id, title: title, result: .unknown, expected: expected, observed: otherwise)
            }
            return AssessFinding(
                id: id, title: title, result: verdict.passes ? .pass : .fail, expected: expected,
                observed: verdict.observed, measured: verdict.measured)
        }
    }

    // MARK: 1

    private static func unitDeploy(_ facts: AssessFacts) -> AssessFinding {
        finding(
            "unit.deploy", "A function is changed without touching another",
            "no instance of the other function is replaced", facts.unit,
            { unit in
                guard let disturbed = unit.disturbed else { return nil }
                return (
                    disturbed == 0,
                    "deployed in \(text(unit.deploySeconds)) s, changed in \(text(unit.changeSeconds)) s; "
                        + "\(count(disturbed, "instance")) of the other function replaced",
                    [
                        "deploySeconds": unit.deploySeconds, "changeSeconds": unit.changeSeconds,
                        "disturbedInstances": Double(disturbed),
                    ]
                )
            }, otherwise: "instances of one function cannot be told from those of others")
    }

    private static func unitScale(_ facts: AssessFacts) -> AssessFinding {
        finding(
            "unit.scale", "A function scales without another", "the other function keeps its instances",
            facts.isolation
        ) { changed in
            (
                changed == 0, "\(count(changed, "instance")) of the other function came or went",
                ["otherInstancesChanged": Double(changed)]
            )
        }
    }

    // MARK: 2

    private static func servers(_ facts: AssessFacts) -> AssessFinding {
        finding(
            "servers.hidden", "What a function is made of names no server",
            "source is enough: no image, node, port or container", facts.servers
        ) { servers in
            let supplied =
                servers.supplied.isEmpty
                ? "" : "; the framework asks for \(servers.supplied.joined(separator: " and ")), which martlet supplied"
            return (
                servers.named.isEmpty,
                (servers.named.isEmpty
                    ? "deployed from \(servers.input) alone"
                    : "\(servers.named.joined(separator: ", ")) had to be named") + supplied,
                [
                    "namedParts": Double(servers.named.count), "suppliedParts": Double(servers.supplied.count),
                ]
            )
        }
    }

    // MARK: 3

    private static func storage(_ facts: AssessFacts) -> AssessFinding {
        finding(
            "storage.gone", "What an instance wrote is gone in a fresh one", "no fresh instance finds it",
            facts.storage,
            { storage in
                guard storage.written > 0, storage.fresh > 0 else { return nil }
                return (
                    storage.foundFresh == 0,
                    "\(storage.foundFresh) of \(storage.fresh) reads in fresh instances found what was written; "
                        + "\(storage.found) reads did before",
                    [
                        "freshReads": Double(storage.fresh), "freshReadsWithState": Double(storage.foundFresh),
                        "sameInstanceReadsWithState": Double(storage.found),
                    ]
                )
            }, otherwise: "no answer of a fresh instance could be had")
    }

    // MARK: 4

    private static func recovery(_ facts: AssessFacts, _ limits: AssessLimits) -> AssessFinding {
        finding(
            "fault.recovery", "A killed instance is replaced", "as many as before within 60 s, without help",
            facts.fault
        ) { fault in
            guard let seconds = fault.recoverySeconds else {
                return (
                    false, "there were fewer instances than before to the end", ["longestGapSeconds": fault.gapSeconds]
                )
            }
            return (
                seconds <= 60,
                "as many as before after \(text(seconds)) s; the longest time without an answer was \(text(fault.gapSeconds)) s",
                ["recoverySeconds": seconds, "longestGapSeconds": fault.gapSeconds]
            )
        }
    }

    private static func lost(_ facts: AssessFacts, _ limits: AssessLimits) -> AssessFinding {
        finding(
            "fault.requests-lost", "Requests survive the death of an instance",
            "at most \(text(limits.lost)) percent are lost", facts.fault,
            { fault in
                guard fault.sent > 0 else { return nil }
                let percent = Double(fault.lost) * 100 / Double(fault.sent)
                let why = fault.reasons.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(3).map {
                    "\($0.value) \($0.key)"
                }
                return (
                    percent <= limits.lost,
                    "\(fault.lost) of \(fault.sent) lost (\(text(percent)) percent)"
                        + (why.isEmpty ? "" : ": " + why.joined(separator: ", ")),
                    [
                        "requestsSent": Double(fault.sent), "requestsLost": Double(fault.lost),
                        "requestsLostPercent": percent,
                    ]
                )
            }, otherwise: "no request was answered or refused while the instance was killed")
    }

    private static func anywhere(_ facts: AssessFacts) -> AssessFinding {
        finding(
            "fault.anywhere", "Instances run on any node", "two nodes at least, where the cluster has them",
            facts.places,
            { places in
                guard places.nodes > 1, places.instances > 1 || places.used > 1 else { return nil }
                return (
                    places.used > 1,
                    "up to \(count(places.instances, "instance")) at a time, on \(places.used) of \(places.nodes) nodes",
                    ["nodesUsed": Double(places.used), "nodesThatTakePods": Double(places.nodes)]
                )
            },
            otherwise: facts.places.value.map {
                $0.nodes < 2 ? "only one node takes pods" : "there never was more than one instance"
            } ?? "")
    }

    // MARK: 5

    private static func follows(_ facts: AssessFacts) -> AssessFinding {
        finding(
            "scale.follows", "Instances follow the load", "more of them than before, by themselves", facts.scaling,
            { scaling in
                // As many as before that answer as fast and lose nothing had no need of more.
                guard scaling.most > scaling.before || scaling.lost > 0 || scaling.loadMedian > 1.5 * scaling.calmMedian
                else { return nil }
                var measured = [
                    "instancesBefore": Double(scaling.before), "instancesMost": Double(scaling.most),
                    "calmRequestsPerSecond": scaling.calmRate, "loadRequestsPerSecond": scaling.loadRate,
                    "calmMedianMilliseconds": scaling.calmMedian, "loadMedianMilliseconds": scaling.loadMedian,
                    "loadP95Milliseconds": scaling.loadP95, "loadRequestsLost": Double(scaling.lost),
                ]
                if let first = scaling.firstSeconds { measured["firstScaleSeconds"] = first }
                let more = scaling.firstSeconds.map { ", the first more after \(text($0)) s" } ?? ""
                return (
                    scaling.most > scaling.before,
                    "from \(scaling.before) to \(count(scaling.most, "instance")) for \(scaling.workers) requests at a time\(more); "
                        + "median \(text(scaling.calmMedian)) ms alone, \(text(scaling.loadMedian)) ms under load"
                        + (scaling.lost > 0 ? "; \(scaling.lost) of \(scaling.sent) requests lost" : ""),
                    measured
                )
            }, otherwise: facts.scaling.value.map { carried($0) } ?? "")
    }

    private static func carried(_ scaling: AssessFacts.Scaling) -> String {
        "\(count(scaling.before, "instance")) carried \(scaling.workers) requests at a time as fast as one "
            + "(median \(text(scaling.calmMedian)) ms alone, \(text(scaling.loadMedian)) ms under load): ask more at a time, --workers"
    }

    private static func returns(_ facts: AssessFacts) -> AssessFinding {
        finding(
            "scale.returns", "Instances go when the load has gone", "as many as before, by themselves", facts.scaling,
            { scaling in
                guard scaling.most > scaling.before else { return nil }
                return (
                    scaling.returnSeconds != nil,
                    scaling.returnSeconds.map { "as many as before after \(text($0)) s" }
                        ?? "still more than before after \(text(scaling.waitedSeconds)) s",
                    scaling.returnSeconds.map { ["returnSeconds": $0] } ?? [:]
                )
            }, otherwise: "there were never more than before")
    }

    // MARK: 6

    private static func zero(_ facts: AssessFacts) -> AssessFinding {
        finding("idle.zero", "Nothing runs when nothing is asked", "no instance is left", facts.idle) { idle in
            var measured: [String: Double] = [
                "idleInstances": Double(idle.instances), "idleMillicoresReserved": Double(idle.millicores),
                "idleMebibytesReserved": Double(idle.mebibytes),
            ]
            if let seconds = idle.zeroSeconds { measured["zeroSeconds"] = seconds }
            return (
                idle.zeroSeconds != nil,
                idle.zeroSeconds.map { "the last instance went after \(text($0)) s" }
                    ?? (idle.isForeseen ? "" : "it does not scale to zero: ")
                        + "\(count(idle.instances, "instance")) after \(text(idle.waitedSeconds)) s without a request",
                measured
            )
        }
    }

    private static func coldStart(_ facts: AssessFacts) -> AssessFinding {
        finding(
            "idle.cold-start", "The first request after that is answered", "an answer within 30 s", facts.coldStart
        ) { cold in
            (
                cold.seconds <= 30,
                "answered after \(text(cold.seconds)) s; warm ones take \(text(cold.warmMedian)) ms",
                ["coldStartSeconds": cold.seconds, "warmMedianMilliseconds": cold.warmMedian]
            )
        }
    }

    // MARK: 7

    private static func languages(_ facts: AssessFacts) -> AssessFinding {
        finding(
            "code.languages", "Code in several languages runs", "two at least were deployed and answered",
            facts.languages,
            { languages in
                // One alone, or images that cannot be had, say nothing of the framework.
                guard languages.answered.count > 1 || languages.answered.count + languages.failed.count > 1 else {
                    return nil
                }
                return (
                    languages.answered.count > 1, languageText(languages),
                    ["languages": Double(languages.answered.count)]
                )
            }, otherwise: facts.languages.value.map { "too few could be tried: " + languageText($0) } ?? "")
    }

    private static func languageText(_ languages: AssessFacts.Languages) -> String {
        let answered = languages.answered.isEmpty ? "none" : languages.answered.joined(separator: ", ")
        let rest = languages.failed.merging(languages.unavailable) { old, _ in old }.sorted { $0.key < $1.key }
        return answered + " answered" + rest.map { "; \($0.key): \($0.value)" }.joined()
    }

    private static func image(_ facts: AssessFacts) -> AssessFinding {
        finding("code.image", "An image of one's own runs", "it is taken and answers", facts.image) { image in
            (
                image.isTaken && image.problem.isEmpty,
                image.problem.isEmpty
                    ? "answered \(text(image.seconds)) s after the order"
                        + (image.status < 300 ? "" : ", with \(image.status) to the request of this trial")
                    : image.problem,
                image.isTaken && image.problem.isEmpty ? ["imageDeploySeconds": image.seconds] : [:]
            )
        }
    }

    // MARK: 8

    private static func logs(_ facts: AssessFacts) -> AssessFinding {
        finding("instrument.logs", "What a function writes is found", "through the framework, within 30 s", facts.logs)
        {
            logs in
            (
                logs.seconds != nil,
                logs.seconds.map { "found after \(text($0)) s" }
                    ?? "not found within \(text(logs.waitedSeconds)) s",
                logs.seconds.map { ["logSeconds": $0] } ?? [:]
            )
        }
    }

    private static func metrics(_ facts: AssessFacts) -> AssessFinding {
        finding(
            "instrument.metrics", "Requests are counted", "a metric rises by as many as were sent, within 30 s",
            facts.metrics
        ) { metrics in
            (
                !metrics.name.isEmpty && metrics.counted >= metrics.sent,
                metrics.name.isEmpty
                    ? "there is no metric of a function's requests"
                    : "\(metrics.name) rose by \(metrics.counted) for \(metrics.sent) requests",
                ["requestsCounted": Double(metrics.counted), "metricSeconds": metrics.seconds]
            )
        }
    }

    // MARK: text

    static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    /// With one digit where that says something: 0.4, 12, 180.
    package static func text(_ value: Double) -> String {
        guard value < 1e15 else { return String(value) }
        if value.magnitude >= 10 || value == value.rounded() { return String(Int(value.rounded())) }
        let digits = value.magnitude < 1 ? 100.0 : 10.0
        let scaled = (value * digits).rounded() / digits
        return scaled == scaled.rounded() ? String(Int(scaled)) : String(scaled)
    }
}
