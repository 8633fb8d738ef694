internal import CLibSSH2
import Synchronization

/// Carries one session through another one's forwarded stream: two tasks move bytes between the stream and a memory wire.
final class StreamCarrier: Sendable {
    let wire = MemoryWire()
    private let stream: ByteStream
    private let lease: JumpHosts.Lease
    private let tasks = Mutex<[Task<Void, Never>]>([])
    /// Wakes the sending task; the buffer is the wire itself, so one signal is enough.
    private let kicks: AsyncStream<Void>
    private let kick: AsyncStream<Void>.Continuation

    private init(stream: ByteStream, lease: JumpHosts.Lease) {
        self.stream = stream
        self.lease = lease
        (kicks, kick) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// The way to a target behind jump hosts; nil for a target that is reached directly.
    static func open(to target: SSHTarget, loop: EventLoop, until limit: MonotonicTime) async throws(SSHError)
        -> StreamCarrier?
    {
        guard var bastion = target.jumps.last else { return nil }
        bastion.jumps = Array(target.jumps.dropLast())
        do throws(SSHError) {
            let lease = try await JumpHosts.shared.lease(bastion, loop: loop, until: limit)
            do throws(SSHError) {
                let stream = try await lease.session.openStream(
                    host: target.address, port: target.port, deadline: limit.remaining)
                return StreamCarrier(stream: stream, lease: lease)
            } catch {
                await JumpHosts.shared.giveBack(lease)
                throw error
            }
        } catch .jump(let host, let error) {
            throw .jump(host: host, error)
        } catch {
            throw .jump(host: bastion.host, error)
        }
    }

    /// Starts moving bytes.
    ///
    /// `moved` is called whenever the session should look again.
    func attach(to link: UnsafeMutablePointer<martlet_link>, moved: @escaping @Sendable () async -> Void) {
        wire.attach(to: link)
        let (wire, stream, kicks) = (wire, stream, kicks)
        // Both run as methods of the carrying session, on the loop's thread: no byte waits for another thread.
        let receiving = Task { await stream.session.receive(for: wire, from: stream, moved: moved) }
        let sending = Task { await stream.session.send(from: wire, to: stream, kicks: kicks, moved: moved) }
        tasks.withLock { $0 = [receiving, sending] }
    }

    /// Sends what the session has written since.
    func flush() {
        if wire.hasOutbound { kick.yield() }
    }

    /// Stops moving bytes; the stream is closed by `finish`.
    func cancel() { kick.finish() }

    /// Lets go of the stream and of the jump host.
    func finish() async {
        kick.finish()
        let running = tasks.withLock { $0 }
        // What was written last, the goodbye, leaves before the stream is closed.
        if let sending = running.last { await sending.value }
        await stream.close()
        for task in running { task.cancel() }
        await JumpHosts.shared.giveBack(lease)
    }
}

extension SSHSession {
    /// Moves what a stream brings into the wire until the stream ends.
    fileprivate func receive(
        for wire: MemoryWire, from stream: ByteStream, moved: @escaping @Sendable () async -> Void
    ) async {
        while !Task.isCancelled, let bytes = try? await read(channel: stream.channel, limit: 65536, deadline: nil) {
            wire.deliver(bytes)
            await moved()
            while wire.pendingInbound > MemoryWire.inboundLimit, !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(1))
            }
        }
        wire.end()
        await moved()
    }

    /// Moves what the wire holds into the stream, each time it is told that there is something.
    fileprivate func send(
        from wire: MemoryWire, to stream: ByteStream, kicks: AsyncStream<Void>,
        moved: @escaping @Sendable () async -> Void
    ) async {
        for await _ in kicks {
            while wire.hasOutbound {
                guard (try? await write(wire.takeOutbound(), channel: stream.channel, deadline: nil)) != nil else {
                    wire.end()
                    await moved()
                    return
                }
                await moved()
            }
        }
    }
}
