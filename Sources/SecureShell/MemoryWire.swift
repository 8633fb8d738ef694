internal import CLibSSH2
import Glibc
import Synchronization

/// The two buffers between a session that runs through a jump host and the stream that carries it.
final class MemoryWire: Sendable {
    private struct State {
        var inbound: [UInt8] = []
        var inboundStart = 0
        var outbound: [UInt8] = []
        var isAtEnd = false
    }

    /// More than this is not taken for sending until something left.
    static let outboundLimit = 256 << 10
    /// The carrier stops reading ahead of the session here.
    static let inboundLimit = 256 << 10

    private let state = Mutex(State())

    var pendingInbound: Int { state.withLock { $0.inbound.count - $0.inboundStart } }
    var hasOutbound: Bool { state.withLock { !$0.outbound.isEmpty } }

    func deliver(_ bytes: [UInt8]) { state.withLock { $0.inbound += bytes } }

    func end() { state.withLock { $0.isAtEnd = true } }

    /// Takes everything that waits to be sent.
    func takeOutbound() -> [UInt8] {
        state.withLock { state in
            defer { state.outbound = [] }
            return state.outbound
        }
    }

    func pull(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        state.withLock { state in
            let waiting = state.inbound.count - state.inboundStart
            guard waiting > 0 else { return state.isAtEnd ? 0 : Int(-EAGAIN) }
            let count = min(waiting, buffer.count)
            buffer.copyBytes(from: state.inbound[state.inboundStart..<(state.inboundStart + count)])
            state.inboundStart += count
            if state.inboundStart == state.inbound.count {
                state.inbound.removeAll(keepingCapacity: true)
                state.inboundStart = 0
            }
            return count
        }
    }

    func push(_ buffer: UnsafeRawBufferPointer) -> Int {
        state.withLock { state in
            if state.isAtEnd { return Int(-EPIPE) }
            let room = Self.outboundLimit - state.outbound.count
            guard room > 0 else { return Int(-EAGAIN) }
            let count = min(room, buffer.count)
            state.outbound.append(contentsOf: buffer.prefix(count))
            return count
        }
    }

    /// Lets a link use this wire; the link holds it until `detach`.
    func attach(to link: UnsafeMutablePointer<martlet_link>) {
        link.pointee.context = Unmanaged.passRetained(self).toOpaque()
        link.pointee.pull = { context, buffer, length in
            guard let context, let buffer else { return Int(-EINVAL) }
            let wire = Unmanaged<MemoryWire>.fromOpaque(context).takeUnretainedValue()
            return wire.pull(into: UnsafeMutableRawBufferPointer(start: buffer, count: length))
        }
        link.pointee.push = { context, buffer, length in
            guard let context, let buffer else { return Int(-EINVAL) }
            let wire = Unmanaged<MemoryWire>.fromOpaque(context).takeUnretainedValue()
            return wire.push(UnsafeRawBufferPointer(start: buffer, count: length))
        }
    }

    static func detach(from link: UnsafeMutablePointer<martlet_link>) {
        guard let context = link.pointee.context else { return }
        link.pointee.context = nil
        link.pointee.pull = nil
        link.pointee.push = nil
        Unmanaged<MemoryWire>.fromOpaque(context).release()
    }
}
