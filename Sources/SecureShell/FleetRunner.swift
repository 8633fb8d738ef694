/// Runs one command on many hosts, a bounded number at a time, and hands out each result as it comes.
///
/// Everything, also the waiting in between, happens on the event loop's thread; memory is that of the connections
/// under way, whatever the number of hosts.
package actor FleetRunner {
    private let loop: EventLoop
    nonisolated package var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    package init(loop: EventLoop = .shared) { self.loop = loop }

    /// What is done with each host that answers; `index` counts the targets.
    package typealias Handler = @Sendable (_ index: Int, _ result: Result<CommandResult, SSHError>) -> Void

    /// Connects to each target, runs the command, closes.
    ///
    /// - `concurrency`: connections under way at a time over all endpoints.
    /// - `sudo`: how each target's user becomes root for the command, in the order of the targets; empty if nobody does.
    /// - `onResult` is called on the loop's thread, once per target that was begun: it must be quick.
    /// - A cancelled task begins no further target and closes the connections under way.
    package func run(
        _ command: String, on targets: [SSHTarget], concurrency: Int = 64, sudo: [SudoMode] = [],
        limits: OutputLimits = .standard, deadline: Duration = .seconds(300), onResult: @escaping Handler
    ) async {
        await withTaskGroup(of: Void.self) { group in
            next = 0
            for _ in 0..<max(1, min(concurrency, targets.count)) {
                group.addTask {
                    await self.work(
                        command, on: targets, sudo: sudo, limits: limits, deadline: deadline, onResult: onResult)
                }
            }
        }
    }

    private var next = 0

    private func work(
        _ command: String, on targets: [SSHTarget], sudo: [SudoMode], limits: OutputLimits, deadline: Duration,
        onResult: Handler
    ) async {
        while next < targets.count, !Task.isCancelled {
            let index = next
            next += 1
            let order = RootCommand(command, sudo.isEmpty ? .none : sudo[index])
            do throws(SSHError) {
                let session = try await SSHSession.connect(to: targets[index], loop: loop)
                do throws(SSHError) {
                    let said = try await session.run(
                        order.line, stdin: order.stdin, limits: limits, deadline: deadline)
                    let result = try order.result(said, user: targets[index].user)
                    await session.close()
                    onResult(index, .success(result))
                } catch {
                    await session.close()
                    throw error
                }
            } catch {
                onResult(index, .failure(error))
            }
        }
    }
}
