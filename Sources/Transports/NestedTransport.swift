package import ClusterModel
internal import Diagnostics
package import Execution
internal import Foundation

/// Machines that are reached by a program of another host: scripts travel through it.
package struct NestedTransport: Transport {
    private let outer: any Transport
    private let through: HostSpec
    private let enter: Enter

    /// The script for the outer host that runs a script in a machine as root.
    ///
    /// Its output ends with `\u{1e}` and the status. The last argument encodes a text in base64.
    package typealias Enter = @Sendable (_ machine: String, _ script: String, _ encode: (String) -> String) -> String

    package init(outer: any Transport, through: HostSpec, enter: @escaping Enter) {
        self.outer = outer
        self.through = through
        self.enter = enter
    }

    package func connect(to host: HostSpec, lock: String?) async throws -> any HostConnection {
        NestedConnection(
            machine: host.name, outer: try await outer.connect(to: through, lock: lock), enter: enter)
    }
}

struct NestedConnection: HostConnection {
    let machine: String
    let outer: any HostConnection
    let enter: NestedTransport.Enter

    var isLost: Bool { get async { await outer.isLost } }

    func run(_ commands: [RemoteCommand], timeout: Duration) async throws -> [RemoteResult] {
        let wrapped = commands.map { command in
            RemoteCommand(enter(machine, Self.script(command)) { Data($0.utf8).base64EncodedString() })
        }
        return try await outer.run(wrapped, timeout: timeout).map(Self.result)
    }

    private static func script(_ command: RemoteCommand) -> String {
        guard !command.input.isEmpty else { return "(\n\(command.script)\n) </dev/null" }
        let end = "MARTLET_\(String(UInt64.random(in: .min ... .max), radix: 36))_END"
        return
            "(\n\(command.script)\n) <<'\(end)'\n\(command.input)\(command.input.hasSuffix("\n") ? "" : "\n")\(end)\n"
    }

    /// Behind the last mark stands the status; without it the machine was not entered.
    static func result(_ answer: RemoteResult) -> RemoteResult {
        guard let mark = answer.output.lastIndex(of: "\u{1e}"),
            let status = Int32(answer.output[answer.output.index(after: mark)...].prefix { $0.isNumber })
        else {
            return RemoteResult(
                status: answer.status == 0 ? 255 : answer.status, output: answer.output, errorOutput: answer.errorOutput
            )
        }
        return RemoteResult(
            status: status, output: String(answer.output[..<mark]), errorOutput: answer.errorOutput)
    }

    func put(_ source: BlobSource, to path: String, mode: Int, ticket: BlobTicket?) async throws -> BlobDelivery {
        throw Diagnostic(
            code: "nested.no-copy", "files cannot be copied into a machine that another program makes", host: machine)
    }

    func forwardingProxy() async throws -> String { try await outer.forwardingProxy() }

    func close() async { await outer.close() }
}
