import Diagnostics
import Foundation
import Glibc
import TestSupport
import Testing

@testable import LocalHosts

private enum ThisMachine {
    static var carriesHosts: Bool { geteuid() == 0 && (try? Prerequisites.check()) != nil }
}

/// Real hosts on this machine, from their creation to the last trace.
///
/// Only where the machine can carry them.
@Suite(.serialized, .enabled(if: ThisMachine.carriesHosts, "needs root and the programs that hosts are made with"))
struct LiveFleetTests {
    @Test(.timeLimit(.minutes(15))) func liveAndDie() async throws {
        try await withStore { store, name in
            let request = FleetRequest(
                name: name, hosts: [("one", ["control-plane"]), ("two", ["worker"])], memoryBytes: 4 << 30,
                deadline: .seconds(240))
            let record = try await FleetCreation(store: store, request: request, say: { _ in }).run()
            #expect(record.phase == .ready)
            try #expect(states(store) == ["running", "running"])

            // Names, addresses, keys, sudo, a clean boot.
            for (from, to) in [("one", "two"), ("two", "one")] {
                #expect(
                    try await ssh(record, store, from, "hostname; ping -c 1 -W 5 \(to) > /dev/null && echo reached")
                        == "\(from)\nreached\n")
            }
            #expect(try await ssh(record, store, "one", "systemctl is-system-running") == "running\n")
            #expect(try await ssh(record, store, "one", "sudo -n id -u", user: "martlet") == "0\n")
            let identifiers = try await (
                ssh(record, store, "one", "cat /etc/machine-id"), ssh(record, store, "two", "cat /etc/machine-id")
            )
            #expect(identifiers.0 != identifiers.1)

            try await rebootFromInside(record, store)

            let control = FleetControl(store: store, say: { _ in })
            try await control.stop(FleetTarget(fleet: name, hosts: ["two"]))
            try #expect(states(store) == ["running", "stopped"])
            try await control.start(FleetTarget(fleet: name), deadline: .seconds(240))
            try #expect(states(store) == ["running", "running"])

            // Its process is killed behind our back: dead, not stopped; and it can be started again.
            let keeper = try #require(machine(record, store, "two").process)
            keeper.send(SIGKILL)
            try await waitUntil("the keeper is gone", within: 240) { !keeper.isAlive }
            try #expect(states(store) == ["running", "dead"])

            try await FleetDestruction(store: store, say: { _ in }).run(name)
            try await FleetDestruction(store: store, say: { _ in }).run(name)
            try await expectNoTrace(of: record, store)
        }
    }

    /// What a crash between the record and the first boot leaves.
    @Test func halfMadeFleetIsRemoved() async throws {
        try await withStore { store, name in
            let folder = store.folder(name)
            try Files.makeFolder(folder.path, mode: 0o700)
            let taken = try await NetworkChoice.routes()
            let record = FleetRecord(
                name: name, phase: .creating, network: try NetworkChoice.choose(taken: taken), user: "root",
                memoryBytes: nil, cpus: nil, hosts: [("one", ["control-plane"]), ("two", ["worker"])])
            try store.save(record)
            try await Bridge(record).create()
            try ControlGroups(host: record.hosts[0].machine).create()
            let host = folder.host("one")
            for path in [folder.tree, host.upper, host.work, host.root] { try Files.makeFolder(path) }
            let options = "lowerdir=\(folder.tree),upperdir=\(host.upper),workdir=\(host.work)"
            #expect(mount("overlay", host.root, "overlay", 0, options) == 0)
            #expect(mount("tmpfs", host.root, "tmpfs", 0, nil) == 0)

            let problem = await #expect(throws: Diagnostic.self) {
                try await FleetControl(store: store, say: { _ in }).start(
                    FleetTarget(fleet: name), deadline: .seconds(1))
            }
            #expect(problem?.code == "hosts.fleet-incomplete")

            try await FleetDestruction(store: store, say: { _ in }).run(name)
            try await expectNoTrace(of: record, store)
        }
    }

    /// `create` is killed while a program of it has begun and not yet come to its work: on a busy machine it comes to that later,
    /// when nobody expects it any more.
    @Test(.timeLimit(.minutes(3))) func whatAKilledCreateHadBegunIsWaitedFor() async throws {
        try await withStore { store, name in
            let scratch = try Scratch("hosts")
            try scratch.write(
                "setpriv",
                """
                #!/bin/sh
                case "$*" in
                  *"/ip link add name "*) : >'\(scratch.file("begun"))'; while [ ! -e '\(scratch.file("go"))' ]; do sleep 0.02; done ;;
                esac
                PATH=${PATH#*:}
                exec setpriv "$@"

                """, mode: 0o755)
            let path =
                "\(scratch.path):\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin")"
            let create = try Running(
                Checkout.path(".build/debug/martlet"), ["hosts", "create", "--name", name, "--count", "2"],
                environment: ["PATH": path, "XDG_STATE_HOME": state(of: store)])
            try await waitUntil("the device is about to be made", within: 60) { scratch.exists("begun") }
            let record = try #require(try store.record(of: name))
            create.end()

            let destruction = Task { try await FleetDestruction(store: store, say: { _ in }).run(name) }
            // Long enough for one that waits for nobody.
            for _ in 0..<50 where Files.exists(store.folder(name).path) { try await Task.sleep(for: .milliseconds(20)) }
            try scratch.write("go", "")
            try await destruction.value
            try await waitUntil("the program has ended", within: 60) {
                !Files.names(in: "/proc").contains {
                    Files.read("/proc/\($0)/cmdline")?.contains("link\0add\0name\0\(record.bridge)") ?? false
                }
            }
            let isLeft = Files.exists("/sys/class/net/\(record.bridge)")
            try await Bridge(record).remove()
            #expect(!isLeft, "\(record.bridge) was made after the fleet was gone")
            try await expectNoTrace(of: record, store)
        }
    }

    private func state(of store: FleetStore) -> String { String(store.root.dropLast("/martlet/hosts".count)) }

    @Test func aFolderWithoutARecordIsRemoved() async throws {
        try await withStore { store, name in
            try Files.makeFolder(store.folder(name).tree)
            #expect(try FleetStatus(store: store).fleets.map(\.phase) == ["incomplete"])
            try await FleetDestruction(store: store, say: { _ in }).run(name)
            #expect(!Files.exists(store.folder(name).path))
        }
    }

    private func rebootFromInside(_ record: FleetRecord, _ store: FleetStore) async throws {
        let boot = "stat -c %y /proc/1"
        let before = try await ssh(record, store, "one", boot)
        let keeper = machine(record, store, "one").process
        _ = try await attempt(record, store, "one", "systemctl reboot")
        try await waitUntil("the host has rebooted", within: 120) {
            let now = try await attempt(record, store, "one", boot)
            return now.status == 0 && now.text != before
        }
        #expect(machine(record, store, "one").process == keeper)
        #expect(try await ssh(record, store, "one", "ping -c 1 -W 5 two > /dev/null && echo reached") == "reached\n")
    }

    /// Processes, mounts, devices, rules, control groups, files.
    private func expectNoTrace(of record: FleetRecord, _ store: FleetStore) async throws {
        #expect(!Files.exists(store.folder(record.name).path))
        #expect(MountTable.current().mountPoints(below: store.root) == [])
        #expect(!Files.exists("/sys/class/net/\(record.bridge)"))
        let rules = try await LocalProgram.run("iptables", ["-w", "-S", "FORWARD"])
        #expect(!rules.contains(record.bridge))
        for host in record.hosts {
            #expect(!Files.exists("/sys/class/net/vb-\(host.machine)"))
            #expect(!Files.exists("/run/systemd/nspawn/propagate/\(host.machine)"))
            let groups = ControlGroups(host: host.machine)
            for group in groups.machineGroups + groups.keeperGroups { #expect(!Files.exists(group), "\(group)") }
        }
        let commands = Files.names(in: "/proc").filter { Int32($0) != nil }
            .compactMap { Files.read("/proc/\($0)/cmdline") }
        #expect(!commands.contains { $0.contains("systemd-nspawn") && $0.contains(store.root) })
    }

    private func withStore(_ body: (FleetStore, String) async throws -> Void) async throws {
        let folder = "/var/tmp/martlet-hosts-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        try Files.makeFolder(folder, mode: 0o700)
        let store = FleetStore(environment: ["XDG_STATE_HOME": folder, "HOME": NSHomeDirectory()])
        let name = "test-\(getpid())"
        do {
            try await body(store, name)
        } catch {
            try? await FleetDestruction(store: store, say: { _ in }).run(name)
            throw error
        }
        try await FleetDestruction(store: store, say: { _ in }).run(name)
        try await Files.removeTree(folder)
    }

    private func machine(_ record: FleetRecord, _ store: FleetStore, _ host: String) -> Machine {
        let found = record.hosts.first { $0.name == host } ?? record.hosts[0]
        return Machine(record: record, host: found, fleet: store.folder(record.name))
    }

    private func states(_ store: FleetStore) throws -> [String] {
        try FleetStatus(store: store).fleets.flatMap { $0.hosts.map(\.state) }
    }

    private func attempt(
        _ record: FleetRecord, _ store: FleetStore, _ host: String, _ command: String, user: String = "root"
    ) async throws -> LocalProgram.Output {
        try await LocalProgram.attempt(
            "ssh",
            [
                "-F", store.folder(record.name).sshConfiguration, "-l", user, "-o", "BatchMode=yes", "-o",
                "ConnectTimeout=5", host, command,
            ], deadline: .seconds(60))
    }

    private func ssh(
        _ record: FleetRecord, _ store: FleetStore, _ host: String, _ command: String, user: String = "root"
    ) async throws -> String {
        let output = try await attempt(record, store, host, command, user: user)
        if output.status != 0 { throw LocalProgram.failure("ssh", [host, command], output) }
        return output.text
    }
}
