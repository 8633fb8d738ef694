import Synchronization

/// Sessions to jump hosts, shared by everybody who goes through them and closed after the last one.
actor JumpHosts {
    static let shared = JumpHosts()

    /// Streams through one session share its window, so a busy jump host gets more than one session.
    static let streamsPerSession = 40

    struct Lease: Sendable {
        let key: String
        let session: SSHSession
    }

    private struct Open {
        var session: SSHSession
        var leases: Int
    }

    private var sessions: [String: [Open]] = [:]
    private var connecting: [String: (task: Task<Result<SSHSession, SSHError>, Never>, expected: Int)] = [:]

    /// A session to the jump host, shared or new; must be given back.
    func lease(_ bastion: SSHTarget, loop: EventLoop, until limit: MonotonicTime) async throws(SSHError) -> Lease {
        let key =
            (bastion.jumps + [bastion]).map { "\($0.user)@\($0.address):\($0.port)" }.joined(separator: ",")
            + "#\(ObjectIdentifier(loop).hashValue)"
        while true {
            var list: [Open] = []
            for open in sessions[key] ?? [] where await open.session.isOpen { list.append(open) }
            if let index = sessions[key]?.firstIndex(where: { item in
                item.leases < Self.streamsPerSession && list.contains { $0.session === item.session }
            }) {
                sessions[key]?[index].leases += 1
                if let session = sessions[key]?[index].session { return Lease(key: key, session: session) }
            }
            if let running = connecting[key], running.expected < Self.streamsPerSession {
                connecting[key]?.expected += 1
                // Look again when that one is there.
                if case .failure(let error) = await running.task.value { throw error }
                continue
            }
            let task = Task { () -> Result<SSHSession, SSHError> in
                do throws(SSHError) {
                    return .success(try await SSHSession.connect(to: bastion, loop: loop, deadline: limit.remaining))
                } catch {
                    return .failure(error)
                }
            }
            connecting[key] = (task, 1)
            let result = await task.value
            connecting[key] = nil
            let session = try result.get()
            sessions[key, default: []].append(Open(session: session, leases: 1))
            return Lease(key: key, session: session)
        }
    }

    func giveBack(_ lease: Lease) async {
        guard let index = sessions[lease.key]?.firstIndex(where: { $0.session === lease.session }) else { return }
        sessions[lease.key]?[index].leases -= 1
        guard sessions[lease.key]?[index].leases == 0 else { return }
        sessions[lease.key]?.remove(at: index)
        if sessions[lease.key]?.isEmpty == true { sessions[lease.key] = nil }
        await lease.session.close()
    }
}
