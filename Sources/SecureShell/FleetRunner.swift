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
    /// - `onResult` is called on the loop's thread, once per target that was begun: it must be quick.
    /// - A cancelled task begins no further target and closes the connections under way.
    package func run(
        _ command: String, on targets: [SSHTarget], concurrency: Int = 64, stdin: [UInt8] = [],
        limits: OutputLimits = .standard, deadline: Duration = .seconds(300), onResult: @escaping Handler
    ) async {
        await withTaskGroup(of: Void.self) { group in
            next = 0
            for _ in 0..<max(1, min(concurrency, targets.count)) {
                group.addTask {
                    await self.work(
                        command, on: targets, stdin: stdin, limits: limits, deadline: deadline, onResult: onResult)
                }
            }
        }
    }

    private var next = 0

    private func work(
        _ command: String, on targets: [SSHTarget], stdin: [UInt8], limits: OutputLimits, deadline: Duration,
        onResult: Handler
    ) async {
        while next < targets.count, !Task.isCancelled {
            let index = next
            next += 1
            do throws(SSHError) {
                let session = try await SSHSession.connect(to: targets[index], loop: loop)
                do throws(SSHError) {
                    let result = try await session.run(command, stdin: stdin, limits: limits, deadline: deadline)
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
