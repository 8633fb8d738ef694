import Testing

@testable import LocalHosts

@Suite struct MountTableTests {
    private let table = MountTable(
        mountInfo: """
            20 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
            40 20 0:40 / /state/lab/hosts/a/root rw,relatime shared:5 master:3 - overlay overlay rw,lowerdir=/l
            41 40 0:41 / /state/lab/hosts/a/root/proc rw - proc proc rw
            42 20 0:42 / /state/lab-2/root rw - overlay overlay rw
            43 20 0:43 / /state/lab/with\\040space rw - tmpfs tmpfs rw
            broken line
            """)

    @Test func deepestComesFirst() {
        #expect(
            table.mountPoints(below: "/state/lab") == [
                "/state/lab/with space", "/state/lab/hosts/a/root/proc", "/state/lab/hosts/a/root",
            ])
    }

    @Test func namesThatBeginAlikeAreOthers() {
        #expect(table.mountPoints(below: "/state/lab-2") == ["/state/lab-2/root"])
        #expect(table.contains(mountPoint: "/state/lab-2/root"))
        #expect(!table.contains(mountPoint: "/state/lab-2"))
    }
}
