import Diagnostics
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Execution

/// Who gets a blob from where; what the hosts say is told by the tests.
@Suite("The exchange of blobs", .timeLimit(.minutes(1)))
struct BlobExchangeTests {
    private static let blob = BlobSource(path: "/nowhere", offset: 0, size: 100, sha256: "aa", mayBePassed: true)

    private func exchange(
        for hosts: [String], patience: Duration = .seconds(30)
    ) async -> BlobExchange {
        let exchange = BlobExchange(leastSize: 10, patience: patience)
        await exchange.expect(Self.blob, on: Set(hosts))
        return exchange
    }

    private func ticket(_ exchange: BlobExchange, _ host: String) async throws -> BlobTicket {
        try #require(await exchange.ticket(for: Self.blob, to: host))
    }

    private func offer(_ host: String) -> BlobOffer {
        BlobOffer(host: host, address: "192.0.2.1", port: 61_000, token: Secret("token"), file: 10)
    }

    /// A host that gets it from here and offers it.
    private func firstGiver(_ exchange: BlobExchange, _ host: String = "a") async throws {
        let ticket = try await ticket(exchange, host)
        #expect(await ticket.next(after: nil) == nil)
        #expect(await exchange.arrived(ticket))
        await exchange.offered(offer(host), for: ticket)
    }

    private func isWaiting(_ exchange: BlobExchange, _ count: Int) async throws {
        try await waitUntil("\(count) wait") { await exchange.waitingCount(for: "aa") == count }
    }

    @Test("What is secret, small or for one host has no ticket")
    func none() async {
        let exchange = BlobExchange(leastSize: 10)
        var secret = Self.blob
        secret.mayBePassed = false
        await exchange.expect(secret, on: ["a", "b"])
        #expect(await exchange.ticket(for: secret, to: "a") == nil)
        #expect(await exchange.ticket(for: Self.blob, to: "a") == nil)
        await exchange.expect(Self.blob, on: ["a"])
        #expect(await exchange.ticket(for: Self.blob, to: "a") == nil)
        var small = Self.blob
        small.size = 9
        await exchange.expect(small, on: ["a", "b"])
        #expect(await exchange.ticket(for: small, to: "a") == nil)
        await exchange.expect(Self.blob, on: ["a", "b"])
        #expect(await exchange.ticket(for: secret, to: "a") == nil)
        #expect(await exchange.ticket(for: Self.blob, to: "a") != nil)
    }

    @Test("The first host gets it from here, the others wait and take it, two at a time from one")
    func spreading() async throws {
        let exchange = await exchange(for: ["a", "b", "c", "d"])
        let first = try await ticket(exchange, "a")
        #expect(await first.next(after: nil) == nil)
        var waiting: [(BlobTicket, Task<BlobOffer?, Never>)] = []
        for host in ["b", "c", "d"] {
            let ticket = try await ticket(exchange, host)
            waiting.append((ticket, Task { await ticket.next(after: nil) }))
        }
        try await isWaiting(exchange, 3)
        #expect(await exchange.arrived(first))
        await exchange.offered(offer("a"), for: first)
        try await isWaiting(exchange, 1)
        // One more waits than the giver has places for once this one has it: it gives, too.
        var served: [String] = []
        for (ticket, task) in waiting where await exchange.isTaking(ticket) {
            #expect(await task.value?.host == "a")
            served.append(ticket.host)
        }
        #expect(served.count == 2)
        let arrived = try #require(waiting.first { served.contains($0.0.host) })
        #expect(await !exchange.arrived(arrived.0))
        let last = try #require(waiting.first { !served.contains($0.0.host) })
        #expect(await last.1.value?.host == "a")
    }

    @Test("A host that has it gives it when more wait than others can serve")
    func tree() async throws {
        let hosts = ["a", "b", "c", "d", "e", "f"]
        let exchange = await exchange(for: hosts)
        try await firstGiver(exchange)
        var tickets: [BlobTicket] = []
        for host in ["b", "c"] {
            let ticket = try await ticket(exchange, host)
            #expect(await ticket.next(after: nil)?.host == "a")
            tickets.append(ticket)
        }
        var tasks: [Task<BlobOffer?, Never>] = []
        for host in ["d", "e", "f"] {
            let ticket = try await ticket(exchange, host)
            tasks.append(Task { await ticket.next(after: nil) })
        }
        try await isWaiting(exchange, 3)
        // Three wait, and the giver has one free place.
        #expect(await exchange.arrived(tickets[0]))
        await exchange.offered(offer("b"), for: tickets[0])
        var givers: [String] = []
        for task in tasks { givers.append(await task.value?.host ?? "here") }
        #expect(givers.sorted() == ["a", "b", "b"])
    }

    @Test("When sending from here fails, the next one gets it from here")
    func failure() async throws {
        let exchange = await exchange(for: ["a", "b"])
        let first = try await ticket(exchange, "a")
        #expect(await first.next(after: nil) == nil)
        let second = try await ticket(exchange, "b")
        let task = Task { await second.next(after: nil) }
        try await isWaiting(exchange, 1)
        await exchange.failed(first)
        #expect(await task.value == nil)
    }

    @Test("Nobody waits for a host to which nothing is sent any more")
    func silence() async throws {
        let exchange = await exchange(for: ["a", "b", "c"], patience: .seconds(3))
        let first = try await ticket(exchange, "a")
        #expect(await first.next(after: nil) == nil)
        let second = try await ticket(exchange, "b")
        let start = ContinuousClock.now
        let task = Task { await second.next(after: nil) }
        // On a thread of its own, and until the wait was seen: those of the pool may be busy for longer than the patience.
        let isSilent = Mutex(false)
        Thread.detachNewThread {
            while !isSilent.withLock({ $0 }) {
                first.beat()
                usleep(50_000)
            }
        }
        do {
            defer { isSilent.withLock { $0 = true } }
            try await Task.sleep(for: .seconds(4))
            try await isWaiting(exchange, 1)
        }
        #expect(await task.value == nil)
        #expect(ContinuousClock.now - start > .seconds(6))
    }

    @Test("A cancelled wait ends")
    func cancellation() async throws {
        let exchange = await exchange(for: ["a", "b"])
        let first = try await ticket(exchange, "a")
        #expect(await first.next(after: nil) == nil)
        let second = try await ticket(exchange, "b")
        let task = Task { await second.next(after: nil) }
        try await isWaiting(exchange, 1)
        task.cancel()
        #expect(await task.value == nil)
    }

    @Test("A pair without a way is not tried again; a giver that two do not reach is asked by nobody")
    func unreachable() async throws {
        let exchange = await exchange(for: ["a", "b", "c", "d"])
        try await firstGiver(exchange)
        let second = try await ticket(exchange, "b")
        #expect(await second.next(after: nil)?.host == "a")
        // Nobody else has it or gets it.
        #expect(await second.next(after: .unreachable) == nil)
        let third = try await ticket(exchange, "c")
        #expect(await third.next(after: nil)?.host == "a")
        let task = Task { await third.next(after: .unreachable) }
        // It waits for b, from which it may take.
        try await isWaiting(exchange, 1)
        #expect(await exchange.arrived(second))
        await exchange.offered(offer("b"), for: second)
        #expect(await task.value?.host == "b")
        let fourth = try await ticket(exchange, "d")
        #expect(await fourth.next(after: nil)?.host == "b")
    }

    @Test("After two givers that nobody reaches nothing is passed on")
    func off() async throws {
        let exchange = await exchange(for: ["a", "b", "c", "d"])
        for host in ["a", "b"] {
            let ticket = try await ticket(exchange, host)
            #expect(await ticket.next(after: nil) == nil)
            #expect(await exchange.arrived(ticket))
            await exchange.refused(ticket)
        }
        let third = try await ticket(exchange, "c")
        #expect(await third.next(after: nil) == nil)
        // Nobody is waited for.
        let fourth = try await ticket(exchange, "d")
        #expect(await fourth.next(after: nil) == nil)
        #expect(await !exchange.arrived(third))
    }

    @Test(
        "A giver that stopped or gave something else is not asked for that content again, for others it is",
        arguments: [
            BlobMiss.short, .digest,
        ])
    func wrong(miss: BlobMiss) async throws {
        let exchange = await exchange(for: ["a", "b", "c"])
        var other = Self.blob
        other.sha256 = "bb"
        await exchange.expect(other, on: ["a", "b"])
        try await firstGiver(exchange)
        let second = try await ticket(exchange, "b")
        #expect(await second.next(after: nil)?.host == "a")
        #expect(await second.next(after: miss) == nil)
        let again = try #require(await exchange.ticket(for: other, to: "a"))
        #expect(await again.next(after: nil) == nil)
        #expect(await exchange.arrived(again))
        await exchange.offered(offer("a"), for: again)
        let taker = try #require(await exchange.ticket(for: other, to: "b"))
        #expect(await taker.next(after: nil)?.host == "a")
    }

    @Test("A host that cannot take is sent everything from here")
    func unable() async throws {
        let exchange = await exchange(for: ["a", "b", "c"])
        try await firstGiver(exchange)
        let second = try await ticket(exchange, "b")
        #expect(await second.next(after: nil)?.host == "a")
        #expect(await second.next(after: .unable) == nil)
        #expect(await second.next(after: nil) == nil)
        let third = try await ticket(exchange, "c")
        #expect(await third.next(after: nil)?.host == "a")
    }

    @Test("When all have it the offers are given up")
    func settling() async throws {
        let exchange = await exchange(for: ["a", "b", "c"])
        try await firstGiver(exchange)
        var ended = await exchange.settled("aa", on: "a")
        #expect(ended.unneeded.isEmpty && !ended.isLast)
        let second = try await ticket(exchange, "b")
        #expect(await second.next(after: nil)?.host == "a")
        #expect(await !exchange.arrived(second))
        ended = await exchange.settled("aa", on: "b")
        #expect(ended.unneeded.isEmpty && !ended.isLast)
        // Its step failed before it came to the copy.
        ended = await exchange.settled("aa", on: "c")
        #expect(ended.unneeded.map(\.host) == ["a"])
        #expect(ended.isLast)
        ended = await exchange.settled("aa", on: "c")
        #expect(ended.unneeded.isEmpty && !ended.isLast)
    }
}

extension BlobExchange {
    func waitingCount(for sha256: String) -> Int { contents[sha256]?.waiting.count ?? 0 }

    func isTaking(_ ticket: BlobTicket) -> Bool { contents[ticket.sha256]?.takers[ticket.number] != nil }
}
