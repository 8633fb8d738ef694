import Glibc
import Testing

@testable import LocalHosts

@Suite struct ProcessIdentityTests {
    private let line =
        "951 (a (b) c) S 1 951 951 0 -1 4194560 270 0 0 0 0 0 0 0 20 0 1 0 143210 2654208 242 18446744073709551615"

    @Test func readsNumberStartAndState() throws {
        let parsed = try #require(ProcessIdentity.parse(stat: line))
        #expect(parsed.pid == 951)
        #expect(parsed.startTicks == 143210)
        #expect(parsed.state == "S")
    }

    @Test(arguments: ["", "951 sh S 1", "951 (sh) S 1 2 3", "x (sh) S 1 951 951 0 -1 4 270 0 0 0 0 0 0 0 20 0 1 0 1"])
    func refusesOtherText(text: String) {
        #expect(ProcessIdentity.parse(stat: text) == nil)
        #expect(ProcessIdentity(record: text + "\nboot\n") == nil)
    }

    @Test func thisProcessIsAlive() throws {
        let record = (Files.read("/proc/self/stat") ?? "") + (Files.read("/proc/sys/kernel/random/boot_id") ?? "")
        let identity = try #require(ProcessIdentity(record: record))
        #expect(identity.pid == getpid())
        #expect(identity.isAlive)
        #expect((identity.uptime ?? -1) >= 0)
    }

    /// The number is in use, but by a process that started at another time or in another boot: not ours.
    @Test func aReusedNumberIsSomebodyElse() throws {
        let parsed = try #require(ProcessIdentity.parse(stat: Files.read("/proc/self/stat") ?? ""))
        let boot = ProcessIdentity.currentBoot
        #expect(!boot.isEmpty)
        let later = ProcessIdentity(pid: parsed.pid, startTicks: parsed.startTicks + 1, boot: boot)
        let otherBoot = ProcessIdentity(pid: parsed.pid, startTicks: parsed.startTicks, boot: "other")
        #expect(!later.isAlive)
        #expect(!otherBoot.isAlive)
        // Were it taken for alive, this test would end here.
        later.send(SIGKILL)
        otherBoot.send(SIGKILL)
    }
}
