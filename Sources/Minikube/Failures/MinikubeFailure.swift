package import Diagnostics
package import Planning

/// Reads why minikube failed from what a step left on standard error.
package enum MinikubeFailure {
    /// For steps of this catalogue; nil for all others.
    ///
    /// - Parameters:
    ///   - status: of the action, which is minikube's own; negative if its answer broke off.
    ///   - errorOutput: lines of events, then what minikube wrote to standard error.
    package static func read(_ step: Step, status: Int32, errorOutput: String) -> Diagnostic? {
        guard step.id.hasPrefix("minikube-"), status > 0 else { return nil }
        let lines = errorOutput.split(separator: "\n").map(String.init)
        if lines.contains("martlet: the cluster was reset") { return reset(step, lines) }
        let failures = lines.compactMap { MinikubeEvent(line: $0)?.failure }
        guard let failure = failures.last ?? plain(lines, status) else { return nil }
        let reason = MinikubeReason.of(failure.reason, exitCode: failure.exitCode)
        let advice = failure.advice.split(separator: "\n").map { String($0.drop(while: \.isWhitespace)) }
            .filter { !$0.isEmpty && !$0.contains("{{") }
        let links = ([failure.url] + failure.issues).filter { !$0.isEmpty }
        return Diagnostic(
            code: "minikube.\(reason.code)", "\(step.title): \(oneLine(failure.message))",
            detail:
                "minikube says \(failure.reason.isEmpty ? "no reason" : failure.reason), exit status \(failure.exitCode)",
            hint: reason.remedy, host: step.host, evidence: advice + links, exitCode: reason.exitCode)
    }

    private static func reset(_ step: Step, _ lines: [String]) -> Diagnostic {
        Diagnostic(
            code: "minikube.was-reset", "minikube could not restart the cluster and has reset it: its objects are gone",
            detail: lines.lazy.compactMap { MinikubeEvent(line: $0)?.message }.first,
            hint:
                "the data of etcd from before lie in ~/.local/share/martlet/minikube on the host; look at `minikube logs` first",
            host: step.host)
    }

    /// Without `--output=json`: `Exiting due to REASON: MESSAGE` (`Message` in pkg/minikube/exit/exit.go).
    private static func plain(_ lines: [String], _ status: Int32) -> MinikubeEvent.Failure? {
        let trace = "Exiting due to "
        for line in lines {
            guard let range = line.firstRange(of: trace) else { continue }
            let rest = line[range.upperBound...]
            guard let colon = rest.firstRange(of: ": ") else { continue }
            return MinikubeEvent.Failure(
                reason: String(rest[..<colon.lowerBound]), exitCode: Int(status),
                message: String(rest[colon.upperBound...]), advice: "", url: "", issues: [])
        }
        return nil
    }

    private static func oneLine(_ text: String) -> String {
        String(text.split(whereSeparator: \.isNewline).joined(separator: " ").prefix(300))
    }
}
