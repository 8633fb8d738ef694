internal import ConfigTree
internal import Foundation
internal import KubernetesAPI

/// Something that happens on a schedule happened, as often as it should and no oftener.
package struct FiredCheck: LabPrimitive {
    package static let word = "fired"

    package enum Since: String, Sendable, Hashable, CaseIterable {
        /// The moment when the check begins, by the server's clock.
        case marker
        /// The beginning of the lab.
        case start
        case ever
    }

    package var cronJob: String
    package var since: Since
    package var count: CountRange
    package var every: Duration?
    package var jitter: Duration
    /// Each run must have succeeded.
    package var mustSucceed: Bool

    package var patience: Duration { (every ?? .seconds(60)) * (count.least ?? 1) + .seconds(60) }

    package var isOfTheAPI: Bool { true }

    /// What counts from now on has not happened at first.
    package var leastPatience: Duration { since == .marker && count.least ?? 0 > 0 ? patience : .zero }

    private var period: String {
        switch since {
        case .marker: "from now on"
        case .start: "since the lab began"
        case .ever: "so far"
        }
    }

    package var expected: String {
        var text = "the cron job \(cronJob) fires \(count.words) times \(period)"
        if let every { text += ", \(LabDuration.text(every)) apart (give or take \(LabDuration.text(jitter)))" }
        return text + (mustSucceed ? ", each time with success" : "")
    }

    package var question: String {
        "Lists the jobs that the cron job \(cronJob) owns and counts those begun \(period), with their outcome."
    }

    package var next: String {
        "`kubectl -n ${namespace} get cronjob,job`, and `kubectl -n ${namespace} logs job/NAME` of the last one"
    }

    package func observe(_ context: CheckContext) async throws -> Observation {
        let name = context.fill(cronJob)
        guard let kind = KnownKinds.find("cronjob") else { throw CannotJudge("cron jobs are not known") }
        let owner = try await context.find(ObjectReference(kind: kind, name: name))
        let (jobs, time) = try await Self.jobs(of: name, context, namespace: nil)
        let begin: Date
        switch since {
        case .ever: begin = .distantPast
        case .start: begin = context.run.started
        case .marker:
            let marker = context.memory["marker"]?.double ?? (time ?? context.now()).timeIntervalSince1970
            context.memory["marker"] = .number(marker)
            begin = Date(timeIntervalSince1970: marker)
        }
        guard let owner else {
            return .missing(ObjectReference(kind: kind, name: name), "there is no cron job \(name)")
        }
        if owner["spec"]?["suspend"]?.bool == true { return .fail("the cron job \(name) is suspended") }
        return judge(jobs, since: begin)
    }

    /// Jobs owned by a cron job, and the server's time.
    static func jobs(
        of cronJob: String, _ context: CheckContext, namespace: String?
    ) async throws -> (jobs: [JSONValue], time: Date?) {
        guard let kind = KnownKinds.find("job") else { throw CannotJudge("jobs are not known") }
        let list = try await context.list(kind, namespace: namespace, selector: nil)
        let owned = list.items.filter { job in
            (job["metadata"]?["ownerReferences"]?.array ?? []).contains {
                $0["kind"]?.string == "CronJob" && $0["name"]?.string == cronJob
            }
        }
        return (owned, list.serverTime)
    }

    /// Pure.
    func judge(_ jobs: [JSONValue], since begin: Date) -> Observation {
        // The API writes whole seconds.
        let runs = jobs.compactMap { job -> (time: Date, job: JSONValue)? in
            let text = job["metadata"]?["creationTimestamp"]?.string
            guard let time = APITime.parse(text), time >= begin.addingTimeInterval(-1) else { return nil }
            return (time, job)
        }.sorted { $0.time < $1.time }
        let failed = runs.filter { $0.job.condition("Failed")?["status"]?.string == "True" }
        if mustSucceed, let first = failed.first {
            let reason = first.job.condition("Failed")?["message"]?.string ?? "no reason"
            return .fail("the job \(first.job.objectName) failed: \(reason.shortened(160))")
        }
        let done = mustSucceed ? runs.filter { $0.job.condition("Complete")?["status"]?.string == "True" } : runs
        let noun = mustSucceed ? "run with success" : "run"
        let text = done.count == 1 ? "1 \(noun)" : "\(done.count) runs" + (mustSucceed ? " with success" : "")
        if let most = count.most, runs.count > most { return .fail("\(runs.count) runs", isFinal: true) }
        guard count.contains(done.count) else {
            let open = runs.count - done.count
            return .fail(text + (mustSucceed && open > 0 ? ", \(open) not finished" : ""))
        }
        if let every, let problem = spacing(done.map(\.time), every) { return .fail("\(text), \(problem)") }
        return .pass(text)
    }

    private func spacing(_ times: [Date], _ every: Duration) -> String? {
        for (first, second) in zip(times, times.dropFirst()) {
            let gap = second.timeIntervalSince(first)
            if abs(gap - every.inSeconds) > jitter.inSeconds { return "two of them \(Int(gap)) s apart" }
        }
        return nil
    }
}

/// Times as the API writes them: RFC 3339 in UTC.
enum APITime {
    static func parse(_ text: String?) -> Date? {
        guard let text else { return nil }
        if let date = try? Date(text, strategy: .iso8601) { return date }
        return try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    static func text(_ date: Date) -> String { date.formatted(.iso8601) }
}
