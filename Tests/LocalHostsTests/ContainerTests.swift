import Glibc
import TestSupport
import Testing

@testable import LocalHosts

@Suite struct ContainerTests {
    @Test func commandLine() {
        let record = Samples.record()
        let folder = Samples.store.folder("lab").host("cp-1")
        let arguments = Container.arguments(
            host: record.hosts[0], bridge: record.bridge, folder: folder, exists: { $0 != "/dev/fuse" })
        #expect(
            arguments == [
                "--quiet", "--boot", "--directory=/state/martlet/hosts/lab/hosts/cp-1/root", "--machine=m66-1-11",
                "--hostname=cp-1", "--register=no", "--keep-unit", "--settings=no", "--capability=all",
                "--private-network", "--network-bridge=martlet-66-1", "--resolv-conf=off", "--timezone=off",
                "--link-journal=no", "--console=read-only",
                "--system-call-filter=@keyring @module @raw-io @privileged @clock @swap @pkey bpf perf_event_open",
                "--bind=/state/martlet/hosts/lab/hosts/cp-1/bound/containerd:/var/lib/containerd",
                "--bind=/state/martlet/hosts/lab/hosts/cp-1/bound/kubelet:/var/lib/kubelet",
                "--bind=/state/martlet/hosts/lab/hosts/cp-1/bound/etcd:/var/lib/etcd",
                "--bind=/state/martlet/hosts/lab/hosts/cp-1/bound/log:/var/log", "--bind=/dev/kmsg",
                "--bind-ro=/lib/modules",
            ])
    }

    /// The kernel's limit is 15 characters; nspawn shortens what is longer to something unforeseeable.
    @Test func deviceNamesFit() {
        var record = Samples.record()
        let network = IPv4Network(address: 10 << 24 | 255 << 16 | 254 << 8, prefix: 24)
        record = FleetRecord(
            name: "x", phase: .creating, network: network, user: "root", memoryBytes: nil, cpus: nil,
            hosts: (1...64).map { (name: "h\($0)", roles: ["worker"]) })
        #expect(record.bridge.utf8.count <= 15)
        #expect(record.hosts.allSatisfy { "vb-\($0.machine)".utf8.count <= 15 })
        #expect(record.hosts.allSatisfy { $0.address != record.virtualAddress })
    }

    @Test func scriptsAreValid() async throws {
        let programs = TreeRecipe.files.filter { $0.mode == 0o755 }.map(\.text)
        for script in [Container.keeper, TreeRecipe.finish] + programs {
            try await LocalProgram.run("sh", ["-n", "-c", script])
        }
    }

    @Test func keeperRecordsItselfAndRestartsOnReboot() async throws {
        let scratch = try Scratch("hosts")
        // A nspawn of our own that reboots twice and then ends.
        try scratch.write(
            "bin/systemd-nspawn",
            "#!/bin/sh\necho \"$1\" >> \(scratch.path)/runs\n[ $(wc -l < \(scratch.path)/runs) -lt 3 ] && exit 133\nexit 7\n",
            mode: 0o755)
        try Files.makeFolder("\(scratch.path)/group/left/over")
        for name in ["groups.keeper", "groups.machine"] {
            try Files.write("\(scratch.path)/group\n", to: "\(scratch.path)/\(name)")
        }
        let output = try await LocalProgram.attempt(
            "sh", ["-c", Container.keeper, "martlet-keeper", scratch.path, "--first"],
            environment: ["PATH": "\(scratch.path)/bin:/usr/bin:/bin"])
        #expect(output.status == 7)
        #expect(Files.read("\(scratch.path)/runs") == "--first\n--first\n--first\n")
        #expect(!Files.exists("\(scratch.path)/group/left"))
        let identity = ProcessIdentity(record: Files.read("\(scratch.path)/process") ?? "")
        #expect(identity != nil)
        #expect(identity?.isAlive == false)
    }

    @Test func keeperPassesPowerOffOn() async throws {
        let scratch = try Scratch("hosts")
        try scratch.write(
            "bin/systemd-nspawn",
            "#!/bin/sh\ntrap 'echo off > \(scratch.path)/off; exit 0' TERM\n: > \(scratch.path)/up\nwhile :; do sleep 0.05; done\n",
            mode: 0o755)
        for name in ["groups.keeper", "groups.machine"] { try Files.write("", to: "\(scratch.path)/\(name)") }
        let pid = try Spawn.start(
            path: "/bin/sh", arguments: ["sh", "-c", Container.keeper, "martlet-keeper", scratch.path],
            environment: ["PATH": "\(scratch.path)/bin:/usr/bin:/bin"], output: .file("\(scratch.path)/console"),
            errors: .file("\(scratch.path)/console"), session: .detached)
        try await waitUntil("the machine is up", within: 240) { Files.exists("\(scratch.path)/up") }
        let identity = try #require(ProcessIdentity(record: Files.read("\(scratch.path)/process") ?? ""))
        #expect(identity.pid == pid)
        #expect(identity.isAlive)
        identity.send(SIGTERM)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        #expect(status == 0)
        #expect(Files.read("\(scratch.path)/off") == "off\n")
        #expect(!identity.isAlive)
    }
}
