/// Decides, for one run, which host gets a blob from where, so that a large one is sent from here once and passed on by the hosts.
///
/// The first host that lacks a content gets it from here, the others wait for it; whoever has it may give it to `servesAtOnce` others
/// at a time, so that it spreads as a tree. What did not work is not tried again: a pair without a way between them, a taker
/// without the means, a giver that nobody reaches; after two such givers and no success nothing is passed on any more in this run.
/// Nobody waits for a host to which nothing is sent any more.
///
/// It only decides: offers are made, and given up, by the `Fleet`.
package actor BlobExchange {
    /// Bytes; what is smaller is there before another host was asked.
    static let leastSize = 1 << 20
    /// Hosts that one host gives to at the same time.
    static let servesAtOnce = 2
    /// How long nothing may have been sent to a host until others no longer wait for it.
    static let patience = Duration.seconds(30)

    struct Content {
        /// Hosts that still need it, whether they have asked or not.
        var expected: Set<String> = []
        /// Those to whom it is sent from here, by number, and those that get ready to give it.
        var receivers: [UInt64: BlobTicket] = [:]
        /// Those that take it from another host, by number.
        var takers: [UInt64: (ticket: BlobTicket, offer: BlobOffer)] = [:]
        /// Those that wait, by number.
        var waiting: Set<UInt64> = []
        var offers: [BlobOffer] = []
    }

    private struct Pair: Hashable {
        var giver: String
        var taker: String
    }

    private struct Giver {
        var serving = 0
        var given = 0
        /// Takers that did not reach it.
        var missed = 0
        var succeeded = 0
    }

    private let leastSize: Int
    private let patience: Duration
    private(set) var contents: [String: Content] = [:]
    private var givers: [String: Giver] = [:]
    private var impassable: Set<Pair> = []
    private var unable: Set<String> = []
    /// Continuations of those who wait, by number.
    private var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    private var lastWaiter: UInt64 = 0
    private var lastTicket: UInt64 = 0

    package init() { self.init(leastSize: Self.leastSize) }

    init(leastSize: Int, patience: Duration = BlobExchange.patience) {
        self.leastSize = leastSize
        self.patience = patience
    }

    /// Says which hosts will need a blob; one that a single host needs is sent as always.
    func expect(_ source: BlobSource, on hosts: Set<String>) {
        guard source.mayBePassed, source.size >= leastSize, hosts.count > 1 else { return }
        contents[source.sha256, default: Content()].expected.formUnion(hosts)
    }

    /// Nil if the blob is none that is passed on.
    func ticket(for source: BlobSource, to host: String) -> BlobTicket? {
        guard source.mayBePassed, contents[source.sha256] != nil else { return nil }
        lastTicket += 1
        return BlobTicket(number: lastTicket, sha256: source.sha256, host: host, exchange: self)
    }

    // MARK: Where from

    func next(_ ticket: BlobTicket, after miss: BlobMiss?) async -> BlobOffer? {
        if let miss { note(miss, ticket) }
        while true {
            let decision = decide(ticket)
            switch decision {
            case .take(let offer): return offer
            case .receive: return nil
            case .wait:
                contents[ticket.sha256]?.waiting.insert(ticket.number)
                await change()
                contents[ticket.sha256]?.waiting.remove(ticket.number)
            }
        }
    }

    private enum Decision {
        case take(BlobOffer)
        case receive
        case wait
    }

    private func decide(_ ticket: BlobTicket) -> Decision {
        let (sha256, host) = (ticket.sha256, ticket.host)
        guard !isOff, !unable.contains(host), !Task.isCancelled, let content = contents[sha256] else {
            return receive(ticket)
        }
        let usable = content.offers.filter { mayPass(from: $0.host, to: host) }
        let free = usable.filter { standing(of: $0.host).serving < Self.servesAtOnce }
        if let offer = free.min(by: { standing(of: $0.host).given < standing(of: $1.host).given }) {
            givers[offer.host, default: Giver()].serving += 1
            givers[offer.host, default: Giver()].given += 1
            contents[sha256]?.takers[ticket.number] = (ticket, offer)
            return .take(offer)
        }
        // Those that will have it and may give it then.
        let coming =
            content.takers.values.map(\.ticket)
            + content.receivers.values.filter { !$0.pulse.isQuiet(for: patience) }
        let isWorthWaiting = !usable.isEmpty || coming.contains { mayPass(from: $0.host, to: host) }
        return isWorthWaiting ? .wait : receive(ticket)
    }

    private func standing(of host: String) -> Giver { givers[host] ?? Giver() }

    private func mayPass(from giver: String, to taker: String) -> Bool {
        giver != taker && !impassable.contains(Pair(giver: giver, taker: taker)) && !isOutOfReach(giver)
    }

    private func receive(_ ticket: BlobTicket) -> Decision {
        ticket.beat()
        contents[ticket.sha256]?.receivers[ticket.number] = ticket
        return .receive
    }

    /// Waits until something changed, or some seconds: nobody tells when a host fell silent.
    private func change() async {
        lastWaiter += 1
        let number = lastWaiter
        let timer = Task { [patience] in
            try? await Task.sleep(for: patience / 6)
            wake(number)
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled { continuation.resume() } else { waiters[number] = continuation }
            }
        } onCancel: {
            Task { await self.wake(number) }
        }
        timer.cancel()
    }

    private func wake(_ number: UInt64) { waiters.removeValue(forKey: number)?.resume() }

    private func wakeAll() {
        let woken = waiters.values
        waiters = [:]
        for waiter in woken { waiter.resume() }
    }

    // MARK: What became of it

    private func note(_ miss: BlobMiss, _ ticket: BlobTicket) {
        guard let offer = release(ticket) else { return }
        switch miss {
        case .unable: unable.insert(ticket.host)
        case .unreachable:
            impassable.insert(Pair(giver: offer.host, taker: ticket.host))
            givers[offer.host]?.missed += 1
        case .short, .digest: contents[ticket.sha256]?.offers.removeAll { $0.host == offer.host }
        }
        wakeAll()
    }

    /// Ends what the host was doing to get the content.
    @discardableResult
    private func release(_ ticket: BlobTicket) -> BlobOffer? {
        contents[ticket.sha256]?.receivers[ticket.number] = nil
        guard let offer = contents[ticket.sha256]?.takers.removeValue(forKey: ticket.number)?.offer else { return nil }
        givers[offer.host]?.serving -= 1
        return offer
    }

    /// Two takers did not reach it and nobody did, or it cannot give at all.
    private func isOutOfReach(_ host: String) -> Bool {
        let giver = standing(of: host)
        return giver.succeeded == 0 && giver.missed >= 2
    }

    /// Nothing passes between these hosts.
    private var isOff: Bool {
        givers.values.allSatisfy { $0.succeeded == 0 } && givers.keys.count(where: isOutOfReach) >= 2
    }

    /// The host has the content.
    ///
    /// - Returns: whether it should offer it to others; `offered` or `refused` has to follow.
    func arrived(_ ticket: BlobTicket) -> Bool {
        if let offer = release(ticket) { givers[offer.host]?.succeeded += 1 }
        guard let content = contents[ticket.sha256], !isOff, !isOutOfReach(ticket.host) else {
            wakeAll()
            return false
        }
        let givers = content.offers.map(\.host).filter { !isOutOfReach($0) }
        let places = givers.reduce(0) { $0 + max(0, Self.servesAtOnce - standing(of: $1).serving) }
        let served = content.takers.values.map(\.ticket.host) + [ticket.host]
        let isWanted =
            givers.isEmpty ? !content.expected.subtracting(served).isEmpty : content.waiting.count > places
        if isWanted {
            // Until its offer is there the others count on it.
            _ = receive(ticket)
        }
        wakeAll()
        return isWanted
    }

    func offered(_ offer: BlobOffer, for ticket: BlobTicket) {
        contents[ticket.sha256]?.receivers[ticket.number] = nil
        contents[ticket.sha256]?.offers.append(offer)
        wakeAll()
    }

    /// The host cannot give.
    func refused(_ ticket: BlobTicket) {
        givers[ticket.host, default: Giver()].missed += 2
        failed(ticket)
    }

    /// The host does not get it now.
    func failed(_ ticket: BlobTicket) {
        release(ticket)
        wakeAll()
    }

    /// The host needs the blob no more, however it came by it.
    ///
    /// - Returns: offers that nobody needs any more, and whether that was the last blob that anybody needed.
    func settled(_ sha256: String, on host: String) -> (unneeded: [BlobOffer], isLast: Bool) {
        guard var content = contents[sha256] else { return ([], false) }
        let wasExpected = content.expected.remove(host) != nil
        let unneeded = content.expected.isEmpty ? content.offers : []
        if content.expected.isEmpty { content.offers = [] }
        contents[sha256] = content
        return (unneeded, wasExpected && contents.values.allSatisfy(\.expected.isEmpty))
    }
}
