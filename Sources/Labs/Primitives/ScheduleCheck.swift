internal import ConfigTree
internal import Foundation
package import KubernetesAPI

/// What a schedule means, without waiting for it.
package struct ScheduleCheck: LabPrimitive {
    package static let word = "schedule"

    package enum Source: Sendable, Hashable {
        case field(ObjectReference, FieldPath)
        case text(String)
    }

    package enum Wish: Sendable, Hashable {
        /// The next so many firings are on these days of the week (Sunday is 0), at this time of day.
        case weekdays(next: Int, Set<Int>, at: String?, words: String)
        case every(Duration)
        case equivalent(to: CronExpression, text: String)
    }

    package var source: Source
    package var zone: String
    package var wish: Wish

    package var expected: String {
        switch wish {
        case .weekdays(let next, _, let at, let words):
            "the next \(next) firings are on \(words)" + (at.map { " at \($0)" } ?? "") + " in \(zone)"
        case .every(let span): "it fires every \(LabDuration.text(span))"
        case .equivalent(_, let text): "it fires when `\(text)` does"
        }
    }

    package var question: String {
        switch source {
        case .field(let reference, let path):
            "Reads `\(path.text)` of \(reference.text) and works out when it will fire next; nothing is waited for."
        case .text: "Works out when the schedule will fire next; nothing is waited for."
        }
    }

    package var next: String { "the five fields: minute, hour, day of the month, month, day of the week" }

    package func observe(_ context: CheckContext) async throws -> Observation {
        guard let zone = TimeZone(identifier: context.fill(zone)) else {
            throw CannotJudge("the time zone \(context.fill(zone)) is not known on this machine")
        }
        // The controller manager's own zone is that of its container, which is UTC.
        var fires = TimeZone.gmt
        let text: String
        switch source {
        case .text(let given): text = context.fill(given)
        case .field(let reference, let path):
            guard let object = try await context.find(reference) else {
                return .missing(reference, "there is no \(context.fill(reference.text))")
            }
            guard let found = path.values(in: object).first?.string else { return .fail("\(path.text) is not there") }
            text = found
            if let name = object["spec"]?["timeZone"]?.string, let named = TimeZone(identifier: name) { fires = named }
        }
        return judge(text, fires: fires, zone: zone, now: context.now())
    }

    /// Pure.
    func judge(_ text: String, fires: TimeZone, zone: TimeZone, now: Date) -> Observation {
        let cron: CronExpression
        do throws(CronExpression.Fault) { cron = try CronExpression(text) } catch {
            return .fail("`\(text.shortened(60))` is no schedule: \(error.reason)")
        }
        switch wish {
        case .every(let span):
            let times = cron.next(20, after: now, in: fires)
            let gaps = Set(zip(times, times.dropFirst()).map { Int($1.timeIntervalSince($0)) })
            guard times.count == 20, gaps == [Int(span.inSeconds)] else {
                return .fail(
                    "`\(text)` fires with pauses of \(gaps.sorted().prefix(4).map { "\($0) s" }.joined(separator: ", "))"
                )
            }
        case .equivalent(let other, _):
            // A year of firings at most; what is compared is the meaning and not the text.
            guard cron.next(400, after: now, in: fires) == other.next(400, after: now, in: fires) else {
                return .fail("`\(text)` fires at other times")
            }
        case .weekdays(let count, let days, let at, _):
            let times = cron.next(count, after: now, in: fires)
            guard times.count == count else { return .fail("`\(text)` fires \(times.count) times in eight years") }
            var calendar = Calendar(identifier: .gregorian)
            calendar.timeZone = zone
            for time in times {
                let parts = calendar.dateComponents([.weekday, .hour, .minute], from: time)
                let clock = String(format: "%02d:%02d", parts.hour ?? 0, parts.minute ?? 0)
                guard days.contains((parts.weekday ?? 0) - 1), at == nil || at == clock else {
                    let name = CronExpression.weekdayNames.first { $0.value == (parts.weekday ?? 0) - 1 }?.key ?? "?"
                    return .fail("`\(text)` fires on \(name) at \(clock) (\(APITime.text(time)))")
                }
            }
        }
        return .pass("`\(text)`")
    }
}
