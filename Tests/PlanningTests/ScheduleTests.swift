import TestSupport
import Testing

@testable import Planning

@Suite("The schedule")
struct ScheduleTests {
    private static func step(_ id: String, on host: String = "h", after requires: [String] = [], pool: Pool? = nil)
        -> Step
    {
        Step(
            id: id, phase: .system, host: host, title: id, change: .run, reason: "test", ensure: [], actions: [],
            requires: requires, pool: pool)
    }

    private static func names(_ positions: [Int], _ steps: [Step]) -> [String] { positions.map { steps[$0].id } }

    @Test("Starts what waits for nothing, and the rest when its requirements are met")
    func requirements() {
        let steps = [Self.step("a"), Self.step("b", after: ["a"]), Self.step("c", after: ["a", "b"])]
        var schedule = Schedule(steps)
        #expect(schedule.start() == [0])
        #expect(schedule.start() == [])
        schedule.finish(0)
        #expect(schedule.start() == [1])
        schedule.finish(1)
        #expect(schedule.start() == [2])
        #expect(!schedule.hasReady)
    }

    @Test("A requirement on a step that is not in the plan, or on itself, counts as met")
    func unknownRequirement() {
        var schedule = Schedule([Self.step("a", after: ["elsewhere", "a"])])
        #expect(schedule.start() == [0])
    }

    @Test("A requirement that is named twice is waited for once")
    func repeatedRequirement() {
        var schedule = Schedule([Self.step("a"), Self.step("b", after: ["a", "a"])])
        #expect(schedule.start() == [0])
        schedule.finish(0)
        #expect(schedule.start() == [1])
    }

    @Test("etcd admits one at a time, copies are bounded, hosts do not matter", arguments: Pool.allCases)
    func pools(_ pool: Pool) {
        let steps = (0..<20).map { Self.step("s\($0)", on: "h\($0)", pool: pool) }
        var schedule = Schedule(steps)
        var running = schedule.start()
        #expect(running.count == pool.depth)
        schedule.finish(running.removeFirst())
        #expect(schedule.start().count == 1)
    }

    @Test("A failed step gives its place in the pool and on the host back")
    func failureReleases() {
        var schedule = Schedule([Self.step("a", pool: .etcd), Self.step("b", pool: .etcd)], perHost: 1)
        #expect(schedule.start() == [0])
        #expect(schedule.start() == [])
        #expect(schedule.fail(0) == [])
        #expect(schedule.start() == [1])
    }

    @Test("No host runs more steps at once than allowed")
    func perHost() {
        let steps = (0..<10).map { Self.step("s\($0)", on: $0 < 8 ? "busy" : "idle") }
        var schedule = Schedule(steps, perHost: 3)
        #expect(schedule.start() == [0, 1, 2, 8, 9])
        schedule.finish(1)
        #expect(schedule.start() == [3])
    }

    @Test("What begins the longest chain starts first")
    func criticalPath() {
        let steps = [
            Self.step("short"), Self.step("long"), Self.step("middle"), Self.step("long-2", after: ["long"]),
            Self.step("long-3", after: ["long-2"]), Self.step("middle-2", after: ["middle"]),
        ]
        var schedule = Schedule(steps, perHost: 1)
        var order: [String] = []
        while let next = schedule.start().first {
            order.append(steps[next].id)
            schedule.finish(next)
        }
        #expect(order == ["long", "middle", "long-2", "short", "long-3", "middle-2"])
    }

    @Test("All that depends on a failure is named once and never starts")
    func failure() {
        let steps = [
            Self.step("a"), Self.step("b", after: ["a"]), Self.step("c", after: ["b", "x"]), Self.step("x"),
            Self.step("d", after: ["a", "b", "c"]), Self.step("free"),
        ]
        var schedule = Schedule(steps, perHost: 9)
        #expect(Self.names(schedule.start().sorted(), steps) == ["a", "x", "free"])
        #expect(Self.names(schedule.fail(0), steps) == ["b", "c", "d"])
        schedule.finish(3)
        schedule.finish(5)
        #expect(schedule.start() == [])
        #expect(!schedule.hasReady)
    }

    @Test("Steps in a cycle never start; the others do")
    func cycle() {
        let steps = [
            Self.step("a", after: ["b"]), Self.step("b", after: ["a"]), Self.step("free"),
            Self.step("behind", after: ["a"]),
        ]
        var schedule = Schedule(steps)
        #expect(Self.names(schedule.start(), steps) == ["free"])
        schedule.finish(2)
        #expect(schedule.start() == [])
    }

    @Test(
        "Any graph runs to its end, no step before its requirements, no limit exceeded",
        arguments: (1...40).map(UInt64.init))
    func anyGraph(seed: UInt64) throws {
        var numbers = SeededNumbers(seed: seed)
        let steps = (0..<60).map { index in
            let requires = (0..<Int.random(in: 0...3, using: &numbers)).compactMap { _ in
                index == 0 ? nil : "s\(Int.random(in: 0..<index, using: &numbers))"
            }
            let pool = [Pool?.none, .etcd, .copy].randomElement(using: &numbers)
            return Self.step("s\(index)", on: "h\(index % 4)", after: requires, pool: pool ?? nil)
        }
        var schedule = Schedule(steps, perHost: 2)
        var done: Set<String> = []
        var running = schedule.start()
        while !running.isEmpty {
            for position in running {
                #expect(Set(steps[position].requires).isSubset(of: done))
            }
            for pool in Pool.allCases { #expect(running.count { steps[$0].pool == pool } <= pool.depth) }
            for host in 0..<4 { #expect(running.count { steps[$0].host == "h\(host)" } <= 2) }
            let finished = running.remove(at: Int.random(in: running.indices, using: &numbers))
            #expect(done.insert(steps[finished].id).inserted)
            schedule.finish(finished)
            running += schedule.start()
        }
        #expect(done.count == steps.count)
    }
}
