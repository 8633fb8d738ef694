import Foundation
import Planning
import TestSupport
import Testing

@testable import Health

@Suite("Evidence of profiles")
struct ProfileEvidenceTests {
    private func arguments(_ text: String, _ program: ClusterProgram = .apiServer) throws -> ProcessArguments {
        try ProcessArguments(text.split(separator: "\n"), of: program)
    }

    @Test("Flags are read in all their forms")
    func flags() throws {
        let read = try arguments(
            """
            process=kube-apiserver
            argument=--profiling=false
            argument=--secure_port=6443
            argument=--audit-log-path
            argument=/var/log/a b.log
            argument=--anonymous-auth
            argument=-v=2
            argument=--enable-admission-plugins=A, B
            argument=--enable-admission-plugins=C
            argument=--empty=
            """)
        #expect(read["profiling"] == "false" && read["secure-port"] == "6443" && read["v"] == "2")
        #expect(read["audit-log-path"] == "/var/log/a b.log" && read["anonymous-auth"] == "true")
        #expect(read.list("enable-admission-plugins") == ["A", "B", "C"])
        #expect(read["empty"] == "" && read["missing"] == nil)
    }

    @Test("Of several programs of a name, the cluster's own counts; a program that does not run is no evidence")
    func programs() throws {
        let text = """
            process=etcd
            argument=--client-cert-auth=false
            process=etcd
            argument=--client-cert-auth=true
            argument=--cert-file=/etc/kubernetes/pki/etcd/server.crt
            variable=ETCD_CLIENT_CERT_AUTH=false
            variable=ETCD_AUTO_TLS=true
            """
        let etcd = try arguments(text, .etcd)
        #expect(etcd["client-cert-auth"] == "true", "a flag wins over a variable")
        #expect(etcd["auto-tls"] == "true")
        #expect(throws: Unmeasured("kube-scheduler does not run on this host")) { try arguments(text, .scheduler) }
        #expect(throws: Unmeasured.self) {
            try arguments("process=etcd\nargument=--config-file=/etc/etcd.yaml", .etcd)
        }
    }

    @Test("A flag that a file of settings makes void decides nothing")
    func ignored() throws {
        let scheduler = try arguments(
            "process=kube-scheduler\nargument=--config=/c.yaml\nargument=--profiling=false", .scheduler)
        #expect(throws: Unmeasured.self) {
            try FlagRule("profiling", .equals("false"), ignoredWith: "config").isMet(scheduler)
        }
    }

    @Test(arguments: [("false", true), ("0", true), ("F", true), ("true", false), ("1", false), ("nonsense", false)])
    func truth(_ word: String, _ isFalse: Bool) throws {
        let read = try arguments("process=kube-apiserver\nargument=--profiling=\(word)")
        #expect(try FlagRule("profiling", .equals("false")).isMet(read) == isFalse)
    }

    @Test("A kubelet's flag wins over its file; what is read elsewhere is unknown")
    func kubelet() throws {
        func settings(_ flags: [String], _ file: String = ProfileWorld.kubeletFile) throws -> KubeletSettings {
            let lines = (["process=kubelet"] + flags.map { "argument=\($0)" }).joined(separator: "\n")
            return try KubeletSettings("file=/c\n" + file, arguments(lines, .kubelet))
        }
        let read = try settings(["--config=/c", "--authorization-mode=AlwaysAllow"])
        #expect(read.value("authorization.mode", flag: "authorization-mode") == "AlwaysAllow")
        #expect(read.value("authentication.anonymous.enabled", flag: "anonymous-auth") == "false")
        #expect(read.map("evictionHard")["nodefs.available"] == "10%")
        #expect(throws: Unmeasured.self) { try settings([]) }
        #expect(throws: Unmeasured.self) { try settings(["--config=/c", "--config-dir=/d"]) }
        #expect(throws: Unmeasured.self) { try settings(["--config=/c"], "kind: Other") }
        #expect(throws: Unmeasured.self) { try settings(["--config=/c"], "kind: [") }
    }

    @Test(
        "Rules of an audit policy are followed in their order",
        arguments: [
            ("- level: Metadata\n- level: RequestResponse", nil),
            ("- level: RequestResponse", 1),
            ("- {level: Metadata, verbs: [get]}\n- level: Request", 2),
            ("- {level: Request, resources: [{group: apps}]}\n- level: Metadata", nil),
            ("- {level: Request, resources: [{group: '', resources: [pods, secrets]}]}", 1),
            ("- {level: Request, resources: [{group: '', resources: [pods]}]}", nil),
            ("- {level: Request, nonResourceURLs: ['/x']}", nil),
            ("- {level: Request, resources: [{group: '', resources: ['*']}]}", 1),
        ] as [(String, Int?)])
    func auditRules(_ rules: String, _ wrong: Int?) throws {
        #expect(try AuditPolicy("kind: Policy\nrules:\n\(rules)\n").ruleWithSecretBodies == wrong)
    }

    @Test("Each entry of the encryption must write with a good provider")
    func providers() throws {
        func read(_ words: String) throws -> EncryptionProviders {
            try EncryptionProviders(
                HostAnswer("file=/e\n" + words.split(separator: " ").map { "word=\($0)" }.joined(separator: "\n")))
        }
        #expect(try read("secrets providers secretbox identity").isAppropriate)
        #expect(try read("*.* providers kms identity").isAppropriate)
        #expect(try !read("secrets providers secretbox providers identity").isAppropriate)
        #expect(try !read("providers secretbox").isAppropriate)
        #expect(throws: Unmeasured.self) { try read("secrets providers") }
        #expect(throws: Unmeasured.self) { try read("secretbox") }
        #expect(throws: Unmeasured.self) { try EncryptionProviders(HostAnswer("file=/e\nunreadable=1")) }
    }

    // MARK: questions, run by real shells

    /// A process of that name whose arguments are given, in a copy of /proc.
    private func process(
        _ world: QuestionShell, _ number: Int, _ name: String, _ arguments: [String], _ environment: [String] = []
    ) throws {
        try world.write("/proc/\(number)/comm", name + "\n")
        try world.write("/proc/\(number)/cmdline", arguments.map { $0 + "\0" }.joined())
        try world.write("/proc/\(number)/environ", environment.map { $0 + "\0" }.joined())
    }

    @Test("Arguments of the programs are read from the kernel, and nothing else of their environment")
    func processQuestion() throws {
        for shell in LocalShell.all {
            let world = try QuestionShell()
            try process(world, 10, "kube-controller", ["kube-controller-manager", "--profiling=false", "--name=a b"])
            try process(world, 11, "etcd", ["etcd", "--data-dir=/var/lib/etcd"], ["ETCD_AUTO_TLS=true", "PASSWORD=x"])
            try process(world, 12, "bash", ["bash", "--login"])
            let result = try world.run(ProcessArguments.question, shell: shell, moved: ["/proc"])
            #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
            #expect(!result.output.contains("PASSWORD") && !result.output.contains("bash"))
            let manager = try arguments(result.output, .controllerManager)
            #expect(manager["profiling"] == "false" && manager["name"] == "a b")
            #expect(try arguments(result.output, .etcd)["auto-tls"] == "true")
        }
    }

    @Test("No key of the encryption leaves the host")
    func encryptionQuestion() throws {
        for shell in LocalShell.all {
            let world = try QuestionShell()
            try process(
                world, 10, "kube-apiserver", ["kube-apiserver", "--encryption-provider-config=/etc/kubernetes/e.yaml"])
            // As a container's file: looked for below the process' root where the host has none at this path.
            try world.write(
                "/proc/10/root/etc/kubernetes/e.yaml",
                """
                # identity: first
                kind: EncryptionConfiguration
                resources:
                - resources: [secrets]
                  providers:
                  - secretbox:
                      keys: [{name: key1, secret: c2VjcmV0IGtleQ==}]
                  - identity: {}
                """)
            let result = try world.run(EncryptionProviders.question, shell: shell, moved: ["/proc"])
            #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
            #expect(!result.output.contains("c2VjcmV0") && !result.output.contains("key1"))
            let read = try EncryptionProviders(HostAnswer(result.output))
            #expect(read.lists == [["secretbox", "identity"]] && read.namesSecrets)
        }
    }

    @Test("Modes are read of what is there")
    func filesQuestion() throws {
        for shell in LocalShell.all {
            let world = try QuestionShell()
            for path in ["/etc/kubernetes/pki/ca.key", "/etc/kubernetes/admin.conf", "/etc/cni/net.d/10-a b.conf"] {
                try world.write(path, "x")
            }
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o640], ofItemAtPath: world.file("/etc/kubernetes/pki/ca.key"))
            let result = try world.run(
                FileModes.question, shell: shell,
                moved: ["/etc/kubernetes", "/etc/cni", "/etc/systemd", "/proc", "/var/lib"])
            #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
            let files = try FileModes(HostAnswer(result.output)).files
            #expect(files.first { $0.path.hasSuffix("/pki/ca.key") }?.mode == 0o640)
            #expect(files.contains { $0.path.hasSuffix("/etc/kubernetes/admin.conf") })
            #expect(files.contains { $0.path.hasSuffix("/10-a b.conf") })
        }
    }
}
