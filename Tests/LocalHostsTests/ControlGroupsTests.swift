import TestSupport
import Testing

@testable import LocalHosts

@Suite struct ControlGroupsTests {
    private let hybrid = """
        28 22 0:24 / /sys/fs/cgroup rw,relatime shared:8 - tmpfs tmpfs rw,mode=755
        29 28 0:25 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset
        30 28 0:26 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
        31 28 0:27 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
        32 28 0:28 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate
        33 22 0:26 /x /somewhere/else rw,relatime - cgroup cgroup rw,cpu,cpuacct
        """
    private let unified = """
        25 24 0:22 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot
        26 24 0:23 / /sys/fs/bpf rw - bpf bpf rw
        """

    @Test func hybridHasEveryHierarchyOnce() {
        let groups = ControlGroups(host: "m66-1-11", mounts: MountTable(mountInfo: hybrid))
        #expect(groups.hierarchies.map(\.controllers) == [["cpuset"], ["cpu", "cpuacct"], ["name=systemd"], []])
        #expect(
            groups.machineGroups == [
                "/sys/fs/cgroup/cpuset/martlet-m66-1-11", "/sys/fs/cgroup/cpu,cpuacct/martlet-m66-1-11",
                "/sys/fs/cgroup/systemd/martlet-m66-1-11", "/sys/fs/cgroup/unified/martlet-m66-1-11/machine",
            ])
        #expect(groups.keeperGroups.last == "/sys/fs/cgroup/unified/martlet-m66-1-11/keeper")
        #expect(groups.keeperGroups.dropLast() == groups.machineGroups.dropLast())
    }

    @Test func versionTwoKeepsProcessesInLeaves() {
        let groups = ControlGroups(host: "m66-1-11", mounts: MountTable(mountInfo: unified))
        #expect(groups.machineGroups == ["/sys/fs/cgroup/martlet-m66-1-11/machine"])
        #expect(groups.keeperGroups == ["/sys/fs/cgroup/martlet-m66-1-11/keeper"])
    }

    @Test func cpusetsAreFilledBeforeUse() async throws {
        let scratch = try Scratch("hosts")
        try Files.makeFolder("\(scratch.path)/cpuset/martlet-x")
        for (file, text) in [("cpuset.cpus", "0-1\n"), ("cpuset.mems", "0\n")] {
            try Files.write(text, to: "\(scratch.path)/cpuset/\(file)")
            try Files.write("", to: "\(scratch.path)/cpuset/martlet-x/\(file)")
        }
        try Files.write("", to: "\(scratch.path)/cpuset/martlet-x/cgroup.clone_children")
        try Files.makeFolder("\(scratch.path)/memory/martlet-x")
        try Files.write("", to: "\(scratch.path)/memory/martlet-x/memory.limit_in_bytes")
        let text = """
            1 0 0:1 / \(scratch.path)/cpuset rw - cgroup cgroup rw,cpuset
            2 0 0:2 / \(scratch.path)/memory rw - cgroup cgroup rw,memory
            """
        let groups = ControlGroups(host: "x", mounts: MountTable(mountInfo: text))
        try groups.create(limits: ControlGroups.Limits(memoryBytes: 1 << 30, cpus: nil))
        #expect(Files.read("\(scratch.path)/cpuset/martlet-x/cpuset.cpus") == "0-1\n")
        #expect(Files.read("\(scratch.path)/cpuset/martlet-x/cpuset.mems") == "0\n")
        #expect(Files.read("\(scratch.path)/cpuset/martlet-x/cgroup.clone_children") == "1")
        #expect(Files.read("\(scratch.path)/memory/martlet-x/memory.limit_in_bytes") == "1073741824")
    }

    @Test func limitsOfVersionTwo() async throws {
        let scratch = try Scratch("hosts")
        try Files.write("cpu memory\n", to: "\(scratch.path)/cgroup.controllers")
        try Files.write("", to: "\(scratch.path)/cgroup.subtree_control")
        try Files.makeFolder("\(scratch.path)/martlet-x")
        for file in ["memory.max", "cpu.max"] { try Files.write("", to: "\(scratch.path)/martlet-x/\(file)") }
        let groups = ControlGroups(
            host: "x", mounts: MountTable(mountInfo: "1 0 0:1 / \(scratch.path) rw - cgroup2 cgroup2 rw"))
        try groups.create(limits: ControlGroups.Limits(memoryBytes: 2 << 30, cpus: 1.5))
        #expect(Files.read("\(scratch.path)/martlet-x/memory.max") == "2147483648")
        #expect(Files.read("\(scratch.path)/martlet-x/cpu.max") == "150000 100000")
        #expect(Files.isFolder("\(scratch.path)/martlet-x/machine"))
        #expect(Files.isFolder("\(scratch.path)/martlet-x/keeper"))
    }
}
