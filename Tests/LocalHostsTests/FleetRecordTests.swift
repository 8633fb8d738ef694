import Diagnostics
import TestSupport
import Testing

@testable import LocalHosts

@Suite struct FleetRecordTests {
    @Test func survivesItsOwnText() throws {
        let record = Samples.record()
        #expect(try FleetRecord(decoding: record.encoded()) == record)
    }

    @Test func text() throws {
        let record = Samples.record(hosts: [("only", ["control-plane", "worker"])])
        #expect(
            try record.encoded() == """
                {
                  "bridge" : "martlet-66-1",
                  "formatVersion" : 1,
                  "hosts" : [
                    {
                      "address" : "10.66.1.11",
                      "machine" : "m66-1-11",
                      "name" : "only",
                      "roles" : [
                        "control-plane",
                        "worker"
                      ]
                    }
                  ],
                  "name" : "lab",
                  "network" : "10.66.1.0/24",
                  "phase" : "ready",
                  "user" : "root"
                }

                """)
    }

    @Test func aBrokenRecordIsNotAMissingOne() async throws {
        let scratch = try Scratch("hosts")
        let store = FleetStore(environment: ["XDG_STATE_HOME": scratch.path])
        try Files.makeFolder(store.folder("lab").path)
        #expect(try store.record(of: "lab") == nil)
        #expect(store.names() == ["lab"])
        try Files.write("{", to: store.folder("lab").record)
        let problem = #expect(throws: Diagnostic.self) { try store.record(of: "lab") }
        #expect(problem?.code == "hosts.record-invalid")
        try store.save(Samples.record())
        #expect(try store.record(of: "lab") == Samples.record())
    }

    @Test func foldersFollowTheXDGSpecification() {
        #expect(FleetStore(environment: ["HOME": "/h"]).root == "/h/.local/state/martlet/hosts")
        #expect(
            FleetStore(environment: ["HOME": "/h", "XDG_STATE_HOME": "relative"]).root
                == "/h/.local/state/martlet/hosts")
        #expect(FleetStore(environment: ["HOME": "/h", "XDG_CACHE_HOME": "/c"]).cache == "/c/martlet/host-trees")
    }

    @Test func pathsThatBreakOptionsAreRefused() {
        for path in ["/with space", "/a,b", "/a:b"] {
            let problem = #expect(throws: Diagnostic.self) {
                try FleetStore(environment: ["XDG_STATE_HOME": path]).checkPath()
            }
            #expect(problem?.code == "hosts.path-unusable")
        }
    }

    @Test func sshConfiguration() {
        let record = Samples.record(hosts: [("a", ["control-plane"]), ("b", ["worker"])])
        #expect(
            FleetKeys.configuration(record, Samples.store.folder("lab")) == """
                Host a 10.66.1.11
                    HostName 10.66.1.11
                Host b 10.66.1.12
                    HostName 10.66.1.12
                Host *
                    User root
                    IdentityFile /state/martlet/hosts/lab/id_ed25519
                    IdentitiesOnly yes
                    UserKnownHostsFile /state/martlet/hosts/lab/known_hosts
                    StrictHostKeyChecking yes
                    LogLevel ERROR

                """)
        #expect(
            HostFiles.hostsFile(record) == """
                127.0.0.1 localhost
                ::1 localhost ip6-localhost ip6-loopback
                10.66.1.11 a
                10.66.1.12 b

                """)
    }

    /// An address of the fleet's name alone: another fleet's bridge is never mistaken for it.
    @Test func bridgeIsKnownByItsAddress() {
        let first = Bridge(Samples.record("lab")).hardwareAddress
        #expect(first == Bridge(Samples.record("lab", third: 9)).hardwareAddress)
        #expect(first != Bridge(Samples.record("lab2")).hardwareAddress)
        #expect(first.hasPrefix("02:"))
        #expect(first.count == 17)
    }
}
