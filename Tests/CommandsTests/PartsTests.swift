import ClusterModel
import Diagnostics
import Foundation
import Planning
import TestSupport
import Testing

@testable import Commands

@Suite("The kubeconfig")
struct KubeconfigTests {
    @Test(
        "A tunnel leads to the address in the kubeconfig",
        arguments: [
            ("https://192.168.49.2:8443", "192.168.49.2", UInt16(8443)), ("https://[fd00::1]:6443", "fd00::1", 6443),
            ("https://api.example:443", "api.example", 443),
        ])
    func tunnel(_ address: String, _ host: String, _ port: UInt16) throws {
        let text = "clusters:\n- cluster:\n    server: \(address)\n  name: demo\n"
        let server = try KubeconfigTunnel.server(of: text)
        #expect(server.host == host && server.port == port)
        let here = KubeconfigTunnel.through(40123, text)
        #expect(
            here
                == "clusters:\n- cluster:\n    server: https://127.0.0.1:40123\n    tls-server-name: kubernetes\n  name: demo\n"
        )
        #expect(throws: Diagnostic.self) { try KubeconfigTunnel.server(of: "server: http://a:80\n") }
    }

    /// As kubeadm writes it with `clusterName` set (cmd/kubeadm/app/util/kubeconfig).
    private static func kubeadm(_ cluster: String) -> String {
        """
        apiVersion: v1
        clusters:
        - cluster:
            certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t
            server: https://10.20.0.11:6443
          name: \(cluster)
        contexts:
        - context:
            cluster: \(cluster)
            user: kubernetes-admin
          name: kubernetes-admin@\(cluster)
        current-context: kubernetes-admin@\(cluster)
        kind: Config
        preferences: {}
        users:
        - name: kubernetes-admin
          user:
            client-certificate-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t
            client-key-data: LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQ==

        """
    }

    @Test("Is renamed after the cluster, whatever kubeadm called it", arguments: ["kubernetes", "demo", "shop-1"])
    func renamed(_ name: String) {
        let text = KubeconfigFile.renamed(Self.kubeadm(name), cluster: "demo", server: "https://10.20.0.100:8443")
        let expected = """
            apiVersion: v1
            clusters:
            - cluster:
                certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t
                server: https://10.20.0.100:8443
              name: demo
            contexts:
            - context:
                cluster: demo
                user: demo-admin
              name: demo
            current-context: demo
            kind: Config
            preferences: {}
            users:
            - name: demo-admin
              user:
                client-certificate-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t
                client-key-data: LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQ==

            """
        #expect(text == expected)
    }

    @Test(
        "Lies beside the spec",
        arguments: [
            ("cluster.yaml", "demo.kubeconfig"), ("a/b/cluster.yaml", "a/b/demo.kubeconfig"),
        ])
    func path(_ spec: String, _ expected: String) {
        #expect(KubeconfigFile.defaultPath(spec: spec, cluster: "demo") == expected)
    }
}

@Suite("The choice of hosts")
struct HostChoiceTests {
    private static func choose(_ targets: [String], patterns: [String] = [], role: HostSpec.Role? = nil) throws
        -> [HostSpec]
    {
        try HostChoice(file: nil, targets: targets, patterns: patterns, role: role).hosts()
    }

    struct Target: Sendable, CustomTestStringConvertible {
        var text: String
        var user: String?
        var address: String
        var port: Int?
        var testDescription: String { text }
    }

    @Test(
        "A target is user, address and port",
        arguments: [
            Target(text: "192.0.2.1", user: nil, address: "192.0.2.1", port: nil),
            Target(text: "root@192.0.2.1", user: "root", address: "192.0.2.1", port: nil),
            Target(text: "root@host.example:2222", user: "root", address: "host.example", port: 2222),
            Target(text: "2001:db8::1", user: nil, address: "2001:db8::1", port: nil),
            Target(text: "a@[2001:db8::1]:22", user: "a", address: "2001:db8::1", port: 22),
            Target(text: "[2001:db8::1]", user: nil, address: "2001:db8::1", port: nil),
            Target(text: "user@domain@host", user: "user@domain", address: "host", port: nil),
        ])
    func targets(_ target: Target) throws {
        let host = try #require(try Self.choose([target.text]).first)
        #expect(host.ssh.user == target.user)
        #expect(host.address == target.address)
        #expect(host.ssh.port == target.port)
        #expect(host.name == target.text)
    }

    @Test(
        "What is no target is a usage fault",
        arguments: [
            "root@", "host:port", "@/no/such/list", "[2001:db8::1]:x", "[2001:db8::1]x", "host:0", "host:65536",
            "host:",
        ])
    func wrong(_ text: String) throws {
        let diagnostic = #expect(throws: Diagnostic.self) { try Self.choose([text]) }
        #expect(diagnostic?.exitCode == .usage)
    }

    @Test("A list names one host per line")
    func list() throws {
        let folder = try Scratch()
        let file = try folder.write("hosts", "# mine\n\n root@a \nb:2200\n")
        #expect(try Self.choose(["@\(file)", "c"]).map(\.address) == ["a", "b", "c"])
    }

    @Test("Nobody chosen is a usage fault that names who there is")
    func nobody() throws {
        let diagnostic = #expect(throws: Diagnostic.self) { try Self.choose(["a", "b"], patterns: ["x*"]) }
        #expect(diagnostic?.exitCode == .usage)
        #expect(diagnostic?.detail == "known: a, b")
    }

    @Test(
        "A pattern matches the whole name",
        arguments: [
            ("worker-1", "worker-1", true), ("worker-1", "worker-*", true), ("worker-1", "*-1", true),
            ("worker-1", "*", true),
            ("worker-1", "w*k*1", true), ("worker-1", "worker", false), ("worker-1", "*worker", false),
            ("aba", "ab*ba", false),
            ("abab", "ab*ab", true), ("a", "a*a", false), ("worker-1", "w**1", true), ("", "", true), ("x", "", false),
            ("worker-1", "W*", false),
        ])
    func patterns(_ name: String, _ pattern: String, _ matches: Bool) {
        #expect(HostChoice.matches(name, pattern) == matches)
    }
}

@Suite("Assets")
struct AssetLocatorTests {
    @Test("The first folder that holds what is asked counts; a file of that name does not")
    func order() throws {
        let folder = try Scratch()
        try folder.write("first/labs", "a file")
        try folder.write("second/labs/x", "")
        try folder.write("third/labs/x", "")
        let locator = AssetLocator(folders: ["first", "second", "third"].map { "\(folder.path)/\($0)" })
        #expect(try locator.find("labs").get() == folder.path + "/second/labs")
    }

    @Test("What is missing is said with all places")
    func missing() throws {
        let result = AssetLocator(folders: ["/no/such/a", "/no/such/b"]).find("labs")
        let diagnostic = #expect(throws: Diagnostic.self) { try result.get() }
        #expect(diagnostic?.exitCode == .lacking)
        #expect(diagnostic?.detail == "looked in /no/such/a, /no/such/b")
        #expect(diagnostic?.hint?.contains("MARTLET_ASSETS") == true)
    }

    @Test("From a checkout its own folders are found")
    func checkout() throws {
        let folders = AssetLocator.standard.folders
        #expect(folders.contains { FileManager.default.fileExists(atPath: $0 + "/Package.swift") })
    }
}

@Suite("A saved plan")
struct SavedPlanTests {
    private static let plan = Plan(
        cluster: "c", specDigest: "d",
        steps: [
            Step(
                id: "a@h", phase: .system, host: "h", title: "t", change: .run, reason: "r", ensure: [], actions: [],
                requires: [])
        ], diagnostics: [])

    @Test("Is read back, and belongs to its owner alone")
    func roundTrip() throws {
        let folder = try Scratch()
        let path = folder.path + "/plan.json"
        try SavedPlan.save(Self.plan, to: path)
        #expect(try SavedPlan.load(path) == Self.plan)
        #expect(try folder.mode("plan.json") == 0o600)
    }

    @Test(
        "Another version, another file and no file are refused",
        arguments: [
            ("\"formatVersion\":1", "\"formatVersion\":2"), ("\"formatVersion\":1", "\"formatVersion\":\"1\""),
            ("{", "["),
            ("\"steps\"", "\"stairs\""),
        ])
    func refused(_ old: String, _ new: String) throws {
        let folder = try Scratch()
        let path = folder.path + "/plan.json"
        try SavedPlan.save(Self.plan, to: path)
        let text = try folder.read("plan.json")
        try folder.write("plan.json", text.replacing(old, with: new, maxReplacements: 1))
        let diagnostic = #expect(throws: Diagnostic.self) { try SavedPlan.load(path) }
        #expect(diagnostic?.code == "plan.invalid")
        #expect(diagnostic?.exitCode == .invalid)
        let missing = #expect(throws: Diagnostic.self) { try SavedPlan.load(path + ".no") }
        #expect(missing?.code == "plan.missing")
    }
}

@Suite("Files that are written on this machine")
struct LocalWriteTests {
    @Test("Are whole, have their mode, and leave nothing beside them")
    func replacing() throws {
        let folder = try Scratch()
        let path = try folder.write("file", "old")
        try LocalWrite.replace(path, with: Data("new".utf8), mode: 0o600)
        #expect(try folder.read("file") == "new")
        #expect(try folder.mode("file") == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file"])
    }

    @Test("A folder that is not there is a diagnostic")
    func missingFolder() throws {
        let diagnostic = #expect(throws: Diagnostic.self) {
            try LocalWrite.replace("/no/such/folder/file", with: Data())
        }
        #expect(diagnostic?.code == "file.unwritable")
    }
}

@Suite("What doctor says")
struct DoctorTests {
    @Test("A library that is missing is a failure with the remedy")
    func libcurl() {
        #expect(Examination.libcurl("libcurl/8.0").status == "pass")
        let missing = Examination.libcurl(nil)
        #expect(missing.status == "fail")
        #expect(missing.hint?.contains("libcurl4") == true)
    }
}
