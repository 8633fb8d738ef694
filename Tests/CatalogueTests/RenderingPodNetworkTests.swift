import Foundation
import TestSupport
import Testing

@testable import Catalogue

@Suite("Routed pod network")
struct RenderingPodNetworkTests {
    static let pods = "10.244.0.0/16"

    @Test("subnets by index")
    func subnets() {
        #expect(PodNetwork.podCIDR(index: 0, pods: Self.pods) == "10.244.0.0/24")
        #expect(PodNetwork.podCIDR(index: 255, pods: Self.pods) == "10.244.255.0/24")
        #expect(PodNetwork.podCIDR(index: 256, pods: Self.pods) == nil)
        #expect(PodNetwork.podCIDR(index: -1, pods: Self.pods) == nil)
        #expect(PodNetwork.podCIDR(index: 300, pods: "10.0.0.0/8") == "10.1.44.0/24")
        #expect(PodNetwork.podCIDR(index: 0, pods: "10.244.7.0/24") == "10.244.7.0/24")
        #expect(PodNetwork.podCIDR(index: 0, pods: "10.244.7.0/25") == nil)
        #expect(PodNetwork.podCIDR(index: 0, pods: "fd00::/64") == nil)
    }

    @Test("new hosts get the lowest free subnets in their order")
    func fresh() throws {
        let result = try PodNetwork.assign(existing: [:], hosts: ["b", "a"], pods: Self.pods)
        #expect(result == ["b": "10.244.0.0/24", "a": "10.244.1.0/24"])
    }

    @Test("hosts keep what they have; gaps are filled")
    func stable() throws {
        let existing = ["a": "10.244.2.0/24", "gone": "10.244.0.0/24", "b": "10.244.1.0/24"]
        let result = try PodNetwork.assign(existing: existing, hosts: ["new", "a", "b", "newer"], pods: Self.pods)
        #expect(
            result == [
                "a": "10.244.2.0/24", "b": "10.244.1.0/24", "new": "10.244.0.0/24", "newer": "10.244.3.0/24",
            ])
        let again = try PodNetwork.assign(existing: result, hosts: ["newer", "b", "a", "new"], pods: Self.pods)
        #expect(again == result)
    }

    @Test("what is foreign, malformed or taken twice is not kept")
    func unusable() throws {
        let existing = [
            "a": "10.244.5.0/24", "b": "10.244.5.0/24", "c": "10.245.0.0/24", "d": "10.244.0.0/23", "e": "nonsense",
        ]
        let result = try PodNetwork.assign(existing: existing, hosts: ["a", "b", "c", "d", "e"], pods: Self.pods)
        #expect(
            result == [
                "a": "10.244.5.0/24", "b": "10.244.0.0/24", "c": "10.244.1.0/24", "d": "10.244.2.0/24",
                "e": "10.244.3.0/24",
            ])
    }

    @Test("too many hosts and networks without room are errors")
    func exhausted() {
        #expect(throws: PodNetworkError.exhausted(pods: "10.244.0.0/23", hosts: 3)) {
            try PodNetwork.assign(existing: [:], hosts: ["a", "b", "c"], pods: "10.244.0.0/23")
        }
        #expect(throws: PodNetworkError.unusable(pods: "10.244.0.0/26")) {
            try PodNetwork.assign(existing: [:], hosts: ["a"], pods: "10.244.0.0/26")
        }
    }

    @Test("CNI configuration")
    func conflist() throws {
        try expectGolden(PodNetwork.conflist(podCIDR: "10.244.3.0/24"), "pod-network/default.conflist")
        try expectGolden(PodNetwork.conflist(podCIDR: "10.244.3.0/24", mtu: 1450), "pod-network/mtu.conflist")
    }

    @Test("the table is sorted by subnet, not by text")
    func table() {
        let entries = [
            PodRoutes.Entry(podCIDR: "10.244.10.0/24", via: "10.20.0.13"),
            PodRoutes.Entry(podCIDR: "10.244.2.0/24", via: "10.20.0.12"),
        ]
        #expect(
            PodRoutes.table(pods: Self.pods, entries: entries) == """
                # Written by martlet.
                10.244.0.0/16 pods
                10.244.2.0/24 10.20.0.12
                10.244.10.0/24 10.20.0.13

                """)
    }

    @Test("script and units")
    func files() throws {
        for file in PodRoutes.files {
            let name = file.path.split(separator: "/").last.map(String.init) ?? ""
            try expectGolden(file.text, "pod-network/\(name)")
            #expect(file.mode == (file.path == PodRoutes.scriptPath ? 0o755 : 0o644))
        }
        #expect(PodRoutes.script.hasPrefix("#!/bin/sh\n"))
    }

    @Test("What the runtime would take before our network is found by its name", arguments: ["sh", "bash"])
    func earlierNetworks(_ shell: String) throws {
        let folder = try Scratch()
        let earlier = ["05-old.conflist", "10-a network.conf", "10-flannel.conflist", "00.json"]
        for name in earlier + ["10-martlet.conflist", "87-podman-bridge.conflist", "01-backup.bak", "10-z.conf"] {
            try folder.write(name, "")
        }
        let script = PodNetwork.earlier("echo \"$name\"").replacing("/etc/cni/net.d", with: folder.path)
        // Not the order of a language: the runtime compares bytes.
        let said = try LocalShell.run(
            script, shell: "/bin/" + shell, environment: ["LC_ALL": "en_US.UTF-8"], isAlone: true
        ).output
        #expect(Set(said.split(separator: "\n").map(String.init)) == Set(earlier))
    }
}
