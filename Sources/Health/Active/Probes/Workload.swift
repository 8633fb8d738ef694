enum Workload {
    static let id = "end-to-end.workload"
    static let probe = ActiveProbes.make(
        id, .endToEnd, title: "A workload runs, grows and is replaced without a lost request",
        why: """
            Makes a deployment of two pods with a service, asks it all the time, scales it to three, replaces its pods by a \
            rolling update, and deletes everything. Scheduler, controllers, kubelets, runtime, network and services must \
            all work for that: what users do all day.
            """,
        remedy: "the stage that it stopped at names the part; `kubectl get events -A` says more",
        limits: [.init("warn", 30, "s"), .init("fail", 60, "s")])

    /// How far it came, and what was asked meanwhile.
    struct Course: Sendable {
        /// Until the service answered, in seconds; nil if it never did.
        var firstAnswer: Double?
        /// The stage that did not end, in words, with its cause.
        var problem: String?
        /// The image that was to run cannot be had: the problem is none of the cluster's.
        var lacksImage = false
        var evidence: [String] = []
        /// Of the measuring script; empty if nothing was asked.
        var calls: [MeasuringLine] = []
        /// Why what was made is still there; nil if nothing is left.
        var leftover: String?
    }

    static func judge(_ course: Course) -> (judgements: [Judgement], timings: [ActiveEvidence.Timing]) {
        let calls = course.calls.filter { $0.kind == .call }
        let lost = calls.filter { !$0.isOK }
        var judgements: [Judgement] = []
        if let problem = course.problem {
            judgements.append(
                Judgement(
                    course.lacksImage ? .unknown : .fail, "cluster", problem,
                    threshold: "every stage ends within its time", evidence: course.evidence)
            )
        } else if calls.isEmpty {
            judgements.append(Judgement(.unknown, "cluster", "no request could be made", evidence: course.evidence))
        }
        if !lost.isEmpty {
            judgements.append(
                Judgement(
                    .fail, "cluster",
                    "\(lost.count) of \(calls.count) requests were lost while pods were added and replaced",
                    threshold: "none lost",
                    remedy: "pods that end must leave the service before they stop: look at kube-proxy's delay",
                    evidence: ["requests \(lost.prefix(10).map(\.target).joined(separator: ", "))"]))
        }
        if let leftover = course.leftover {
            judgements.append(
                Judgement(
                    .fail, "cluster", "what was made is not gone: \(leftover)", threshold: "gone within 30 s",
                    remedy:
                        "`kubectl get namespace NAME -o yaml` names what holds it: a finalizer, or an API that is away")
            )
        }
        guard judgements.isEmpty, let first = course.firstAnswer else { return (judgements, []) }
        return (
            [],
            [
                ActiveEvidence.Timing(
                    "cluster", first,
                    "answers after \(milliseconds(first)); \(calls.count) requests, none lost, while it grew and was replaced"
                )
            ]
        )
    }
}
