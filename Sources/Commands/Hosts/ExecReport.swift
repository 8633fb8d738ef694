internal import Diagnostics
internal import Foundation
internal import Reporting
internal import Transports

/// What a command said on many hosts.
struct ExecReport {
    private let outcomes: [FleetExecution.Outcome]

    /// - Parameter order: names as chosen; outcomes come in the order in which hosts finish.
    init(_ outcomes: [FleetExecution.Outcome], order: [String]) {
        let position = Dictionary(order.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        self.outcomes = outcomes.sorted { (position[$0.host] ?? 0) < (position[$1.host] ?? 0) }
    }

    struct Payload: Encodable {
        struct Result: Encodable {
            var host: String
            var status: Int32?
            var stdout: String
            var stderr: String
            var error: Diagnostic?
        }
        var formatVersion = 1
        var results: [Result]
    }

    var payload: Payload {
        Payload(
            results: outcomes.map {
                Payload.Result(
                    host: $0.host, status: $0.status, stdout: $0.output, stderr: $0.errorOutput, error: $0.problem)
            })
    }

    var problems: [Diagnostic] { outcomes.compactMap(\.problem) }

    var exitCode: ExitStatus {
        if !problems.isEmpty { return .unreachable }
        return outcomes.allSatisfy { $0.status == 0 } ? .done : .failed
    }

    /// Equal outputs once, under the names of their hosts, the most common first.
    func text(on terminal: Terminal) -> String {
        struct Answer: Hashable {
            var status: Int32
            var output: String
            var errorOutput: String
        }
        var groups: [Answer: [String]] = [:]
        var order: [Answer] = []
        for outcome in outcomes {
            guard let status = outcome.status else { continue }
            let answer = Answer(status: status, output: outcome.output, errorOutput: outcome.errorOutput)
            if groups[answer] == nil { order.append(answer) }
            groups[answer, default: []].append(outcome.host)
        }
        return order.map { answer in
            let hosts = groups[answer] ?? []
            let names =
                hosts.count <= 8
                ? hosts.joined(separator: ", ")
                : "\(hosts.prefix(6).joined(separator: ", ")), and \(hosts.count - 6) more"
            let status = answer.status == 0 ? "" : terminal.styled("  exit \(answer.status)", .red)
            let count = hosts.count > 1 ? " (\(hosts.count))" : ""
            return terminal.styled("── \(names)\(count)", .bold) + status + "\n" + Self.lines(answer.output)
                + Self.lines(answer.errorOutput)
        }.joined()
    }

    static func stream(_ outcome: FleetExecution.Outcome) {
        guard outcome.status != nil else { return }
        let text = (outcome.output + outcome.errorOutput).split(separator: "\n").map { "\(outcome.host): \($0)\n" }
            .joined()
        FileHandle.standardOutput.write(Data(text.utf8))
    }

    private static func lines(_ text: String) -> String { text.isEmpty || text.hasSuffix("\n") ? text : text + "\n" }
}
