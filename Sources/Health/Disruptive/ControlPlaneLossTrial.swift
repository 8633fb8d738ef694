internal import Diagnostics
package import KubernetesAPI

/// Takes one control plane after another away for a while and asks the endpoint meanwhile.
package struct ControlPlaneLossTrial: Sendable {
    /// Runs a script on a host, as root.
    package typealias Run = @Sendable (_ host: String, _ script: String) async throws -> Void

    /// For how many seconds a control plane is away.
    static let absence = 15
    /// How long it may take to come back.
    static let patience = Duration.seconds(120)

    private let access: KubernetesAccess
    private let hosts: [HealthHost]
    private let runOnHost: Run

    package init(_ access: KubernetesAccess, controlPlanes: [HealthHost], run: @escaping Run) {
        self.access = access
        hosts = controlPlanes
        runOnHost = run
    }

    /// Ends by itself whatever becomes of the connection and of martlet: the host's own systemd starts the kubelet again, which
    /// starts its static pods; so does a reboot.
    static let script = """
        exec systemd-run --quiet --collect --unit=martlet-health-loss /bin/sh -c '
        trap "systemctl start kubelet" EXIT
        systemctl stop kubelet
        for name in kube-apiserver etcd; do
          for container in $(crictl ps -q --name "^$name$"); do crictl stop --timeout 2 "$container"; done
        done
        sleep \(absence)'
        """

    /// What was seen while one host was away.
    struct Course: Sendable, Hashable {
        /// Its own API server was seen silent.
        var wasAway = false
        var isBack = false
        /// Seconds between two answers of the endpoint.
        var longestGap = 0.0
        var answers = 0
        var failures: [String] = []
    }

    package func run(into evidence: inout ActiveEvidence) async {
        guard hosts.count >= 3 else {
            evidence.judgements[ControlPlaneLoss.id] = [
                Judgement(
                    .skipped, "cluster", "with \(hosts.count) control planes the loss of one is the loss of the API")
            ]
            return
        }
        if let host = hosts.first(where: { $0.problem != nil }) {
            evidence.judgements[ControlPlaneLoss.id] = [
                Judgement(.unknown, host.subject, "nothing was stopped: \(host.problem ?? "")")
            ]
            return
        }
        var judgements: [Judgement] = []
        for host in hosts {
            if let silent = await notReady() {
                judgements.append(
                    Judgement(.unknown, host.subject, "not stopped: the API server of \(silent) is not ready"))
                break
            }
            do {
                try await runOnHost(host.name, Self.script)
            } catch {
                judgements.append(Judgement(.unknown, host.subject, "not stopped: \(ActiveRun.words(error))"))
                break
            }
            let judged = Self.judge(await observe(host), host.subject)
            if let timing = judged.timing { evidence.timings[ControlPlaneLoss.id, default: []].append(timing) }
            guard let judgement = judged.judgement else { continue }
            judgements.append(judgement)
            break
        }
        evidence.judgements[ControlPlaneLoss.id] = judgements
    }

    /// Either a duration for the limits, or why the next host is better left alone.
    static func judge(_ course: Course, _ subject: String) -> (timing: ActiveEvidence.Timing?, judgement: Judgement?) {
        guard course.isBack else {
            return (
                nil,
                Judgement(
                    .fail, subject, "its API server did not come back within \(patience.components.seconds) s",
                    threshold: "back by itself",
                    remedy: "run `systemctl start kubelet` on the host and read its journal", evidence: course.failures)
            )
        }
        guard course.wasAway else {
            return (nil, Judgement(.unknown, subject, "its API server was never seen silent: it was not stopped"))
        }
        let gap = milliseconds(course.longestGap)
        return (
            ActiveEvidence.Timing(
                subject, course.longestGap,
                "while it was away the endpoint was silent for at most \(gap), and answered \(course.answers) times"),
            nil
        )
    }

    private func observe(_ host: HealthHost) async -> Course {
        var course = Course()
        let start = ContinuousClock.now
        var last = start
        while !Task.isCancelled, ContinuousClock.now - start < Self.patience {
            async let isUp = isReady(host)
            do {
                // Read from etcd with a quorum, unlike /livez.
                _ = try await KubernetesClient(access, timeouts: .impatient).text("/api/v1/namespaces/kube-system")
                course.answers += 1
                course.longestGap = max(course.longestGap, (ContinuousClock.now - last).inSeconds)
                last = .now
            } catch {
                let text = error.diagnostic.summary
                if course.failures.count < 3, !course.failures.contains(text) { course.failures.append(text) }
            }
            let isReady = await isUp
            if !isReady { course.wasAway = true }
            if isReady, ContinuousClock.now - start > .seconds(Self.absence + 5) {
                course.isBack = true
                break
            }
            try? await Task.sleep(for: .milliseconds(100))
        }
        course.longestGap = max(course.longestGap, (ContinuousClock.now - last).inSeconds)
        return course
    }

    /// The first host whose own API server is not ready.
    private func notReady() async -> String? {
        for host in hosts {
            var isUp = false
            // One that came back a moment ago is given time.
            for attempt in 0..<20 where !isUp {
                if attempt > 0 { try? await Task.sleep(for: .milliseconds(500)) }
                isUp = await isReady(host)
            }
            if !isUp { return host.name }
        }
        return nil
    }

    private func isReady(_ host: HealthHost) async -> Bool {
        var own = access
        own.server = "https://\(host.address):6443"
        return (try? await KubernetesClient(own, timeouts: .impatient).text("/readyz")) != nil
    }
}

extension KubernetesTimeouts {
    /// For what is asked many times a second.
    fileprivate static let impatient = KubernetesTimeouts(
        connect: .seconds(1), silence: .seconds(2), total: .seconds(2), attempts: 1)
}
