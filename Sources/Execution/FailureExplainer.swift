package import Diagnostics
package import Planning

/// Finds the real cause of a failure on the host and says it in words.
package struct FailureExplainer: Sendable {
    /// A cause that is known by its trace in a log.
    private let causes: [KnownCause]
    private let reader: Reader?

    /// Reads a failure that a program has explained by itself: the step, its exit status, its standard error; nil if it has not.
    package typealias Reader = @Sendable (Step, Int32, String) -> Diagnostic?

    package init(causes: [KnownCause], reader: Reader? = nil) {
        self.causes = causes
        self.reader = reader
    }

    /// - Parameter began: when the host began to act; what its logs say from before is not of this failure.
    func diagnose(
        _ step: Step, action: Action, status: Int32, errorOutput: String, began: ContinuousClock.Instant,
        connection: any HostConnection
    ) async -> Diagnostic {
        if let explained = reader?(step, status, errorOutput) { return explained }
        let said = Self.lastLines(errorOutput, count: 12)
        var cause = find(in: said)
        var evidence: [String] = []
        // What the command itself says is nearer to the cause than anything in a log.
        if cause == nil {
            evidence = await hostEvidence(step, since: began, connection)
            cause = find(in: evidence)
            evidence = Self.nearestFirst(evidence, to: cause)
        }
        return Diagnostic(
            code: "step.failed", "\(step.title): could not \(action.summary)",
            detail: [status >= 0 ? "exit status \(status)" : "its answer broke off", cause?.meaning]
                .compactMap { $0 }.joined(separator: "; "),
            hint: cause?.remedy ?? "mend the cause on the host, then run `martlet apply` again: it goes on from here",
            host: step.host, evidence: said + evidence)
    }

    func unverified(
        _ step: Step, check: Check, observed: String, began: ContinuousClock.Instant, connection: any HostConnection
    ) async -> Diagnostic {
        let lines = await hostEvidence(step, since: began, connection)
        let cause = find(in: lines)
        let evidence = Self.nearestFirst(lines, to: cause)
        return Diagnostic(
            code: "step.unverified", "\(step.title): acted, but \(check.title) is not as expected",
            detail: [
                "observed \(observed), expected \(check.expectation.words)"
                    + (step.settleSeconds > 0 ? " within \(step.settleSeconds) s" : ""), cause?.meaning,
            ].compactMap { $0 }.joined(separator: "; "),
            hint: cause?.remedy ?? "look at the host, then run `martlet apply` again", host: step.host,
            evidence: evidence)
    }

    private func find(in lines: [String]) -> KnownCause? {
        let text = lines.joined(separator: "\n").lowercased()
        return causes.first { text.contains($0.trace.lowercased()) }
    }

    /// The lines that show the cause before all that follow from it.
    private static func nearestFirst(_ lines: [String], to cause: KnownCause?) -> [String] {
        guard let trace = cause?.trace.lowercased() else { return lines }
        let telling = lines.filter { $0.lowercased().contains(trace) }
        return telling + lines.filter { !$0.lowercased().contains(trace) }
    }

    private func hostEvidence(
        _ step: Step, since began: ContinuousClock.Instant, _ connection: any HostConnection
    ) async -> [String] {
        guard let diagnosis = step.diagnose else { return [] }
        // Counted back from now: the host's clock may be another one.
        let age = Int((ContinuousClock.now - began).components.seconds) + 5
        let command = RemoteCommand(Self.script(for: diagnosis, seconds: age))
        guard let result = try? await connection.run([command], timeout: .seconds(20)).first else { return [] }
        return Self.lastLines(result.output, count: 24)
    }

    /// Errors of the last seconds only, each line shortened, repetitions of the same message dropped, and without what
    /// containerd says at every start about plug-ins that nobody uses.
    private static func script(for diagnosis: Diagnosis, seconds: Int) -> String {
        func journal(_ units: [String]) -> String {
            let selection = units.map { "-u \(Shell.quote($0))" }.joined(separator: " ")
            return """
                journalctl --no-pager -q -o cat --since -\(seconds)s \(selection) 2>/dev/null | \
                grep -iE 'error|fail|fatal|denied|refused|cannot|unable|panic|invalid|no space' | \
                grep -vE 'skip loading plugin|failed to load plugin|could not use snapshotter' | tail -n 200 | cut -c1-400 | \
                awk '{ key = $0; gsub(/[0-9]+/, "", key); if (!(key in seen)) { seen[key] = 1; print } }' | tail -n 8
                """
        }
        switch diagnosis {
        case .journal(let units): return journal(units)
        case .kubernetes:
            return """
                PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
                \(journal(["kubelet", "containerd"]))
                systemctl show -p DropInPaths --value kubelet containerd 2>/dev/null | tr ' ' '\\n' | grep . | \
                grep -v '/10-kubeadm.conf$' | sed 's/^/a unit is changed by /'
                for log in $(ls -t /var/log/pods/kube-system_*/*/*.log 2>/dev/null | head -n 6); do
                  tail -n 40 "$log" | grep -E ' (F|stderr F) ' | grep -iE 'error|fatal|panic|fail|refused' | tail -n 2 | \
                  cut -c1-300 | sed "s|^|${log#/var/log/pods/}: |"
                done
                df -P / /var/lib/etcd /var/lib/containerd /var/lib/kubelet 2>/dev/null | \
                awk 'NR > 1 && $5 + 0 >= 95 && !seen[$6]++ { print "no space left: " $6 " is " $5 " full" }'
                """
        }
    }

    private static func lastLines(_ text: String, count: Int) -> [String] {
        text.split(separator: "\n").suffix(count).map { line in
            String(line.prefix(500).map { $0 == "\t" ? " " : $0 })
        }
    }
}
