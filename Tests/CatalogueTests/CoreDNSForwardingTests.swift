import ClusterModel
import Foundation
import Planning
import TestSupport
import Testing

@testable import Catalogue

@Suite("CoreDNS on hosts without a name server")
struct CoreDNSForwardingTests {
    /// As kubeadm 1.36 wrote it.
    private static let corefile = """
        .:53 {
            errors
            prometheus :9153
            forward . /etc/resolv.conf {
               max_concurrent 1000
            }
            cache 30 {
               disable success cluster.local
            }
            loop
        }

        """
    private static let without = """
        .:53 {
            errors
            prometheus :9153
        #martlet#     forward . /etc/resolv.conf {
        #martlet#        max_concurrent 1000
        #martlet#     }
            cache 30 {
               disable success cluster.local
            }
            loop
        }

        """

    /// Runs a filter of the step with the shell and the awk of this machine.
    private func filter(_ script: String, _ text: String) throws -> String {
        let scratch = try Scratch()
        try scratch.write("Corefile", text, mode: 0o644)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "set -eu\n\(script) <'\(scratch.path)/Corefile'"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self)
    }

    @Test("The block is taken out and comes back as it was")
    func block() throws {
        #expect(try filter(CoreDNSForwarding.takeOut, Self.corefile) == Self.without)
        #expect(try filter(CoreDNSForwarding.takeOut, Self.without) == Self.without)
        #expect(try filter(CoreDNSForwarding.putBack, Self.without) == Self.corefile)
    }

    /// As kubeadm 1.20 wrote it in part, and what people write.
    @Test(
        "One line is taken out; a server that is named stays",
        arguments: [
            (
                "    forward . /etc/resolv.conf\n    cache 30\n",
                "#martlet#     forward . /etc/resolv.conf\n    cache 30\n"
            ),
            (
                "\tforward . /etc/resolv.conf { prefer_udp }\n}\n",
                "#martlet# \tforward . /etc/resolv.conf { prefer_udp }\n}\n"
            ),
            ("    forward . 192.0.2.53\n", "    forward . 192.0.2.53\n"),
            ("    forward example.org /etc/resolv.conf.d\n", "    forward example.org /etc/resolv.conf.d\n"),
        ])
    func lines(_ text: String, _ expected: String) throws {
        #expect(try filter(CoreDNSForwarding.takeOut, text) == expected)
    }

    private static let scenario = Scenario(packages: .distribution, isBundle: false)

    private func changes(_ cluster: VirtualCluster) -> [String] { cluster.plan().changes.map(\.id) }

    @Test("It is taken out in the first run, and put back when a host gets a name server")
    func wayBack() {
        var cluster = Self.scenario.fresh
        for name in cluster.hosts.keys { cluster.hosts[name]?.system["name-server"] = nil }
        var numbers = SeededNumbers(seed: 1)
        let first = cluster.plan()
        #expect(
            first.changes.filter { $0.id == "cluster-dns@cp1" }.map(\.title) == [
                "CoreDNS runs although no host knows a name server"
            ])
        cluster.run(first, numbers: &numbers)
        #expect(changes(cluster) == [])
        for name in cluster.hosts.keys { cluster.hosts[name]?.system["name-server"] = "192.0.2.53" }
        #expect(changes(cluster) == ["cluster-dns@cp1"])
        cluster.run(cluster.plan(), numbers: &numbers)
        #expect(changes(cluster) == [])
    }

    @Test("A spec that names another file for pods is left alone")
    func ownFile() {
        var scenario = Self.scenario.fresh
        for name in scenario.hosts.keys { scenario.hosts[name]?.system["name-server"] = nil }
        var spec = scenario.spec
        spec.components.kubelet["resolvConf"] = .string("/etc/martlet/resolv.conf")
        let cluster = VirtualCluster(spec, scenario.release)
        #expect(!cluster.plan().steps.contains { $0.id == "cluster-dns@cp1" })
        #expect(scenario.plan().steps.contains { $0.id == "cluster-dns@cp1" })
    }

    /// The question runs on every host in every run, so that it must not be fooled by what is commonly in the file.
    @Test(
        "The name server of a host",
        arguments: [
            ("name-server=192.0.2.53\n", "192.0.2.53"), ("name-server=\n", nil), ("cpus=4\n", nil),
        ] as [(String, String?)])
    func answer(_ text: String, _ expected: String?) {
        #expect(HostState.System(text).nameServer == expected)
    }
}
