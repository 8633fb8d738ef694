import Diagnostics

/// Waits until a host has booted and lets the fleet's key in.
struct Readiness {
    var machine: Machine
    var deadline: Duration

    /// Returns the names of units that failed; empty on a healthy host.
    func wait() async throws -> [String] {
        let start = ContinuousClock.now
        var pause = Pause(longest: .seconds(1))
        var lastWords: [String] = []
        while true {
            let left = deadline - (ContinuousClock.now - start)
            guard left > .zero else {
                var problem = machine.failure("no answer from sshd within \(deadline.components.seconds) s")
                problem.detail = lastWords.last.map { "ssh says: \($0)" }
                throw problem
            }
            guard machine.state == .running else { throw machine.failure("its container has ended") }
            let output = try await LocalProgram.attempt(
                "ssh",
                [
                    "-F", machine.fleet.sshConfiguration, "-l", "root", "-o", "BatchMode=yes", "-o", "ConnectTimeout=2",
                    machine.host.name,
                    "systemctl is-system-running --wait > /dev/null; systemctl list-units --failed --plain --no-legend",
                ],
                deadline: left)
            if output.status == 0 {
                return output.text.split(whereSeparator: \.isNewline).compactMap {
                    $0.split(separator: " ").first.map(String.init)
                }
            }
            lastWords = output.lastLines
            try await pause.next()
        }
    }
}
