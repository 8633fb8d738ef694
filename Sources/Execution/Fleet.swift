package import ClusterModel
package import Diagnostics
package import Planning

/// The connections of one run, by host name.
package actor Fleet {
    private let transport: any Transport
    private let specs: [String: HostSpec]
    private let lock: String?
    private var connections: [String: any HostConnection] = [:]
    /// How many connections of a host were given up.
    private var losses: [String: Int] = [:]
    private var reconnecting: [String: Task<any HostConnection, any Error>] = [:]
    private let exchange: BlobExchange

    /// - Parameter lock: who holds the hosts' locks; nil for a run that only reads.
    package init(transport: any Transport, hosts: [HostSpec], lock: String?) {
        self.init(transport: transport, hosts: hosts, lock: lock, exchange: BlobExchange())
    }

    init(transport: any Transport, hosts: [HostSpec], lock: String?, exchange: BlobExchange) {
        self.exchange = exchange
        self.transport = transport
        self.lock = lock
        specs = Dictionary(hosts.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// What the hosts answered, all in their first batch.
    package struct Gathering: Sendable {
        /// Of the hosts that answered.
        package var facts = Facts()
        /// Of the commands that were run beside the probes, by host; no part of the facts.
        package var results: [String: RemoteResult] = [:]
        /// One for each host that did not answer, by host.
        package var problems: [Diagnostic] = []
    }

    /// Connects to all hosts at once, at most `concurrent` at a time, and asks each its probes in the first batch.
    ///
    /// - Parameter beside: commands that some hosts run in the same batch.
    package func gather(
        _ probes: [(host: String, script: ProbeScript)], beside: [String: RemoteCommand] = [:], concurrent: Int = 128
    ) async -> Gathering {
        var gathering = Gathering()
        await withTaskGroup(of: Answer.self) { group in
            var waiting = probes.makeIterator()
            for (host, script) in probes.prefix(concurrent) {
                _ = waiting.next()
                group.addTask { await self.ask(host, script, beside[host]) }
            }
            for await answer in group {
                if let problem = answer.problem {
                    gathering.problems.append(problem)
                } else {
                    gathering.facts.hosts[answer.host] = answer.facts
                    gathering.results[answer.host] = answer.result
                }
                guard let (host, script) = waiting.next() else { continue }
                group.addTask { await self.ask(host, script, beside[host]) }
            }
        }
        gathering.problems.sort { ($0.host ?? "") < ($1.host ?? "") }
        return gathering
    }

    private struct Answer: Sendable {
        var host: String
        var facts = HostFacts()
        var result: RemoteResult?
        var problem: Diagnostic?
    }

    /// Questions are no secret, whatever the answers are.
    private nonisolated func ask(_ host: String, _ script: ProbeScript, _ beside: RemoteCommand?) async -> Answer {
        do {
            let connection = try await connection(to: host)
            let commands = [RemoteCommand(script.text, mayBeSeen: true)] + (beside.map { [$0] } ?? [])
            let results = try await connection.run(commands, timeout: .seconds(60))
            return Answer(
                host: host, facts: HostFacts(answers: results.first.map { script.answers(in: $0.output) } ?? [:]),
                result: beside != nil && results.count == 2 ? results[1] : nil)
        } catch {
            var problem = error as? Diagnostic ?? Diagnostic(code: "host.error", "\(error)")
            problem.host = host
            return Answer(host: host, problem: problem)
        }
    }

    /// How long a host that vanished may take to come back (a reboot).
    package static let returnLimit = Duration.seconds(180)

    /// The open connection of a host; a new one if there is none, or if it has ended.
    package func connection(to host: String) async throws -> any HostConnection {
        let known = generation(of: host)
        if let connection = connections[host] {
            if await !connection.isLost { return connection }
            await drop(host, lost: known)
            return try await self.connection(to: host)
        }
        if let running = reconnecting[host] { return try await running.value }
        guard let spec = specs[host] else {
            throw Diagnostic(code: "host.unknown", "no host \(host) in the spec", exitCode: .usage)
        }
        let task = Task { [transport, lock] in try await transport.connect(to: spec, lock: lock) }
        reconnecting[host] = task
        defer { reconnecting[host] = nil }
        let connection = try await task.value
        connections[host] = connection
        return connection
    }

    /// Number of the present connection of a host, for `reconnect`.
    func generation(of host: String) -> Int { losses[host, default: 0] }

    /// Drops the connection and tries until the host answers again, from 200 ms to 3 s apart.
    ///
    /// - Parameter generation: of the connection that was lost. Steps share a connection and all of them lose it: only the
    ///   first one drops it, the others take what the first one made.
    package func reconnect(_ host: String, lost generation: Int, within limit: Duration) async throws {
        await drop(host, lost: generation)
        let clock = ContinuousClock()
        let deadline = clock.now + limit
        var interval = Duration.milliseconds(200)
        while true {
            do {
                _ = try await connection(to: host)
                return
            } catch let diagnostic as Diagnostic
                where diagnostic.code.hasPrefix("ssh.") || diagnostic.code == "lock.held"
            {
                let isPassing = !diagnostic.code.hasPrefix("ssh.auth") && !diagnostic.code.hasPrefix("ssh.host-key")
                guard isPassing, clock.now < deadline else { throw diagnostic }
                try await Task.sleep(for: interval)
                interval = min(interval * 3 / 2, .seconds(3))
            }
        }
    }

    private func drop(_ host: String, lost generation: Int) async {
        guard generation == self.generation(of: host) else { return }
        losses[host, default: 0] += 1
        if let old = connections.removeValue(forKey: host) { await old.close() }
    }

    /// Waits for the hosts whose connections have ended.
    ///
    /// - Throws: `Diagnostic` of the first that did not come back in time.
    package func renew(within limit: Duration = returnLimit) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for host in specs.keys where generation(of: host) > 0 || connections[host] != nil {
                let known = generation(of: host)
                if let connection = connections[host], await !connection.isLost { continue }
                group.addTask { try await self.reconnect(host, lost: known, within: limit) }
            }
            try await group.waitForAll()
        }
    }

    /// Runs scripts that only read: once more over a new connection if theirs is lost.
    package func read(_ commands: [RemoteCommand], on host: String, timeout: Duration) async throws -> [RemoteResult] {
        let known = generation(of: host)
        do {
            return try await connection(to: host).run(commands, timeout: timeout)
        } catch let diagnostic as Diagnostic where diagnostic.isPassingLoss {
            try await reconnect(host, lost: known, within: Self.returnLimit)
            return try await connection(to: host).run(commands, timeout: timeout)
        }
    }

    // MARK: Blobs

    /// Says which hosts will get a blob: they may pass it on to each other, where both it and they allow it.
    package func expect(_ source: BlobSource, on hosts: Set<String>) async {
        await exchange.expect(source, on: hosts.filter { specs[$0]?.ssh.mayPassFiles == true })
    }

    /// Copies a blob to a host: from here, or from another host that has it already.
    package func put(_ source: BlobSource, to path: String, mode: Int, on host: String) async throws -> BlobDelivery {
        let connection = try await connection(to: host)
        guard specs[host]?.ssh.mayPassFiles == true, let ticket = await exchange.ticket(for: source, to: host) else {
            return try await connection.put(source, to: path, mode: mode, ticket: nil)
        }
        do {
            let delivery = try await connection.put(source, to: path, mode: mode, ticket: ticket)
            // Before the caller goes on: the next thing that it does may be to remove the file.
            if await exchange.arrived(ticket) { await offer(path, over: connection, ticket) }
            await settle([source.sha256], on: host)
            return delivery
        } catch {
            await exchange.failed(ticket)
            throw error
        }
    }

    private func offer(_ path: String, over connection: any HostConnection, _ ticket: BlobTicket) async {
        do {
            await exchange.offered(try await connection.offer(path), for: ticket)
        } catch {
            await exchange.refused(ticket)
        }
    }

    /// Says that a host will not need blobs any more, whether it has got them or not: nobody keeps them for it.
    package func settle(_ sha256s: some Sequence<String>, on host: String) async {
        for sha256 in sha256s {
            let (unneeded, isLast) = await exchange.settled(sha256, on: host)
            for offer in unneeded { await connections[offer.host]?.withdraw(offer) }
            guard isLast else { continue }
            for connection in connections.values { await connection.stopGiving() }
        }
    }

    package func close() async {
        let open = connections.values
        connections = [:]
        await withTaskGroup(of: Void.self) { group in
            for connection in open { group.addTask { await connection.close() } }
        }
    }
}

extension Diagnostic {
    /// A connection that a second attempt may have.
    var isPassingLoss: Bool {
        // The lock goes with a connection: somebody else may have had it for a moment.
        ["lock.held", "ssh.connection-lost", "ssh.unreachable", "ssh.refused", "ssh.timeout", "ssh.protocol"].contains(
            code)
    }
}
