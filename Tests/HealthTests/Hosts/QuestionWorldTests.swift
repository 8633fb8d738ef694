import Foundation
import Planning
import TestSupport
import Testing

@testable import Health

@Suite("Questions to hosts, asked in a world of files and programs made for them")
struct QuestionWorldTests {
    /// The answer of a question in such a world, by every shell; they must agree.
    private static func ask(
        _ question: Probe, moved: [String], _ build: (QuestionShell) throws -> Void
    ) throws -> String? {
        let world = try QuestionShell()
        try build(world)
        var answers: [String?] = []
        for shell in LocalShell.all {
            let result = try world.run(question, shell: shell, moved: moved)
            #expect(result.errors.isEmpty, "\(result.errors)")
            #expect(result.status == 0 || result.status == 1)
            answers.append(result.status == 0 ? result.output : nil)
        }
        // Without the clocks, which went on from one shell to the next.
        let still = answers.map { answer in
            answer?.split(separator: "\n").filter { !$0.hasPrefix("now=") && !$0.hasPrefix("uptime=") }
        }
        #expect(Set(still).count == 1, "\(answers)")
        return answers.first ?? nil
    }

    private static func present(
        _ question: Probe, moved: [String], _ build: (QuestionShell) throws -> Void
    ) throws -> BenchHost {
        let text = try #require(try ask(question, moved: moved, build))
        return BenchHost().answering(question, text.trimmingCharacters(in: .newlines))
    }

    @Test("etcd's answers and metrics are reduced to what is needed")
    func etcd() throws {
        // What curl prints: two documents, then thousands of metrics, each with its status.
        let metrics =
            [
                "# HELP x y", "go_goroutines 5", "etcd_server_has_leader 1", "etcd_server_leader_changes_seen_total 1",
                "etcd_server_quota_backend_bytes 2.147483648e+09", "process_start_time_seconds 1.7e+09",
                EtcdProbeTests.histogram(EtcdProbeTests.fsync), EtcdProbeTests.histogram(EtcdProbeTests.commit),
                EtcdProbeTests.histogram(EtcdProbeTests.trip, labels: "To=\"af74041eca695613\","),
            ]
            .joined(separator: "\n")
        let documents = [
            EtcdProbeTests.memberList(["cp-1", "cp-2", "cp-3"]), EtcdProbeTests.status("cp-1"),
        ].map { $0.dropFirst("json=".count) + "\nend=200\n" }
        let question = EtcdState.question
        let host = try Self.present(question, moved: ["/etc/kubernetes"]) { world in
            try world.write("/answer", documents.joined() + metrics + "\nend=200\n")
            try world.write(
                "/etc/kubernetes/manifests/etcd.yaml", "    - --heartbeat-interval=250\n    - --name=cp-1\n")
            try world.write("/etc/kubernetes/pki/etcd/healthcheck-client.crt", "")
            try world.program("curl", "cat \"${0%/bin/curl}/root/answer\"")
        }
        let text = try #require(host.answers[question]?.text)
        #expect(!text.contains("goroutines") && !text.contains("HELP"))
        let state = try EtcdState(text)
        #expect(state.heartbeat == 250)
        #expect(state.members?.map(\.name) == ["cp-1", "cp-2", "cp-3"])
        #expect(state.status?.version == "3.4.13")
        #expect(state.metrics?["etcd_server_quota_backend_bytes"] == 2_147_483_648)
        #expect(state.metrics?.histogram(EtcdProbeTests.fsync)?.count == 1000)
        #expect(state.metrics?.histograms(EtcdProbeTests.trip).keys.sorted() == ["af74041eca695613"])
    }

    @Test("etcd that is down, asked by a real curl")
    func etcdDown() throws {
        let host = try Self.present(EtcdState.question, moved: ["/etc/kubernetes"]) { world in
            try world.write("/etc/kubernetes/manifests/etcd.yaml", "    - --name=cp-1\n")
            try world.write("/etc/kubernetes/pki/etcd/healthcheck-client.crt", "")
        }
        expect(judge(EtcdQuorum.probe, host), .fail, "cluster", "answers on no control plane")
    }

    @Test("Only certificates leave the host, never a key")
    func certificates() throws {
        let secret = "-----BEGIN EC PRIVATE KEY-----\nSECRET\n-----END EC PRIVATE KEY-----\n"
        let host = try Self.present(
            HostCertificates.diskQuestion, moved: ["/etc/kubernetes/pki", "/var/lib/kubelet/pki"]
        ) { world in
            try world.write("/etc/kubernetes/pki/ca.crt", CertificateFixtures.authority + "\n")
            try world.write("/etc/kubernetes/pki/ca.key", secret)
            try world.write(
                "/var/lib/kubelet/pki/kubelet-client-current.pem", CertificateFixtures.renewed + "\n" + secret)
        }
        let text = try #require(host.answers[HostCertificates.diskQuestion]?.text)
        #expect(!text.contains("SECRET") && !text.contains("PRIVATE"))
        #expect(text.split(separator: "\n").filter { $0.hasPrefix("file=") }.count == 2)
        #expect(text.components(separatedBy: "BEGIN CERTIFICATE").count == 3)
    }

    @Test("Manifests of the control plane travel with their names, others stay")
    func manifests() throws {
        let host = try Self.present(ManifestEquality.question, moved: ["/etc/kubernetes"]) { world in
            try world.write("/etc/kubernetes/manifests/kube-apiserver.yaml", "a: 1\nb: 2")
            try world.write("/etc/kubernetes/manifests/etcd.yaml", "c: 3\n")
            try world.write("/etc/kubernetes/manifests/haproxy.yaml", "d: 4\n")
        }
        let text = try #require(host.answers[ManifestEquality.question]?.text)
        #expect(text == "manifest=kube-apiserver.yaml\na: 1\nb: 2\nmanifest=etcd.yaml\nc: 3")
    }

    @Test("The kernel's log of a machine: faults of the last day")
    func kernelLog() throws {
        let host = try Self.present(KernelLog.question, moved: ["/run/systemd/container", "/proc/uptime"]) { world in
            try world.write("/proc/uptime", "200000.00 5.00\n")
            try world.program("systemd-detect-virt", "echo none; exit 1")
            try world.write(
                "/log",
                """
                [    5.000000] Out of memory: Killed process 1 (old) total-vm:1kB
                [150000.100000] Memory cgroup out of memory: Killed process 7 (java) total-vm:1kB
                [150001.100000] INFO: task x:1 blocked for more than 120 seconds.
                [150002.100000] traps: prog[12] general protection fault ip:1 sp:2
                [150003.100000] I/O error, dev sda, sector 8 op 0x0:(READ)
                [150004.100000] blk_update_request: I/O error, dev sr0, sector 8
                [150005.100000] EXT4-fs error (device sda1): ext4_find_entry:1455: I/O error, dev sda1
                """)
            try world.program("dmesg", "cat \"${0%/bin/dmesg}/root/log\"")
        }
        let log = try KernelLog(host.host)
        #expect(!log.isOfContainer)
        #expect(KernelLog.Kind.allCases.map(log.count) == [1, 1, 0, 2])
        #expect(log.lines([.outOfMemory]).first?.contains("java") == true)
    }

    @Test("The kernel's log is not read in a container")
    func kernelLogOfContainer() throws {
        let host = try Self.present(KernelLog.question, moved: ["/run/systemd/container"]) { world in
            try world.write("/run/systemd/container", "systemd-nspawn")
            try world.program("dmesg", "echo '[ 1.0] Oops: x'")
        }
        expect(judge(KernelFaults.probe, host), .skipped, "host/cp-1", "no kernel log of its own")
    }

    @Test("The mount under which a folder lies, and the last one over it")
    func mounts() throws {
        let host = try Self.present(HostFilesystems.question, moved: ["/proc/mounts"]) { world in
            try world.write(
                "/proc/mounts",
                """
                overlay / overlay rw,relatime 0 0
                /dev/a /var ext4 rw,errors=remount-ro 0 0
                /dev/b /var/lib/etcd ext4 rw 0 0
                /dev/c /var/lib/etcd ext4 ro,relatime 0 0
                tmpfs /var/lib/kubelet/pods/x tmpfs ro 0 0
                /dev/d /var/lib/kube ext4 ro 0 0
                """)
        }
        #expect(
            host.answers[HostFilesystems.question]?.text?.split(separator: "\n") == [
                "mount=rw / /", "mount=rw /var/lib/kubelet /var", "mount=rw /var/lib/containerd /var",
                "mount=ro /var/lib/etcd /var/lib/etcd",
            ])
    }

    @Test(
        "Swap and the kubelet's words about it",
        arguments: [
            ("failSwapOn: false\n", "", "areas=1\nfail=false"), ("kind: X\n", "", "areas=1\nfail=true"),
            ("failSwapOn: true\n", "KUBELET_KUBEADM_ARGS=\"--fail-swap-on=false --a=b\"\n", "areas=1\nfail=false"),
        ])
    func swap(_ configuration: String, _ flags: String, _ answer: String) throws {
        let host = try Self.present(HostSwap.question, moved: ["/proc/swaps", "/var/lib/kubelet", "/etc/default"]) {
            world in
            try world.write("/proc/swaps", "Filename Type Size Used Priority\n/dev/a partition 1 0 -2\n")
            try world.write("/var/lib/kubelet/config.yaml", configuration)
            try world.write("/var/lib/kubelet/kubeadm-flags.env", flags)
        }
        #expect(host.answers[HostSwap.question]?.text == answer)
    }

    @Test(
        "The name that a kubelet has: the last flag's, else the host's; none where there is no kubelet",
        arguments: [
            ("KUBELET_KUBEADM_ARGS=\"--a=b\"\n", true, "hostname=Cp-1"),
            ("KUBELET_KUBEADM_ARGS=\"--hostname-override=w --a=b\"\n", true, "hostname=Cp-1\ngiven=w"),
            ("KUBELET_KUBEADM_ARGS=\"--a=b --hostname-override=w\"\n", true, "hostname=Cp-1\ngiven=w"),
            ("", false, "joined=no"),
        ])
    func nodeName(_ flags: String, _ isJoined: Bool, _ answer: String) throws {
        let host = try Self.present(
            NodeName.question,
            moved: ["/proc/sys/kernel/hostname", "/var/lib/kubelet", "/etc/default", "/etc/kubernetes", "/etc/systemd"]
        ) { world in
            try world.write("/proc/sys/kernel/hostname", "Cp-1\n")
            try world.write("/var/lib/kubelet/kubeadm-flags.env", flags)
            if isJoined { try world.write("/etc/kubernetes/kubelet.conf", "kind: Config\n") }
        }
        #expect(host.answers[NodeName.question]?.text == answer)
    }

    @Test(
        "The file of nameservers: the default, the configuration's, the flag's",
        arguments: [
            ("kind: X\n", "", "resolv.conf"), ("resolvConf: /etc/other.conf\n", "", "other.conf"),
            ("resolvConf: \"/etc/other.conf\"\n", "", "other.conf"),
            ("kind: X\n", "KUBELET_KUBEADM_ARGS=\"--a=b --resolv-conf=/etc/third.conf\"\n", "third.conf"),
            ("kind: X\n", "KUBELET_KUBEADM_ARGS=\"--resolv-conf=/etc/third.conf --a=b\"\n", "third.conf"),
        ])
    func resolvers(_ configuration: String, _ flags: String, _ file: String) throws {
        let world = try QuestionShell()
        try world.write("/etc/resolv.conf", "search x\nnameserver 1.1.1.1\n")
        try world.write("/etc/other.conf", "nameserver 127.0.0.53\noptions edns0\n")
        try world.write("/etc/third.conf", "# none\n")
        try world.write("/var/lib/kubelet/config.yaml", configuration)
        try world.write("/var/lib/kubelet/kubeadm-flags.env", flags)
        // The files name others by the paths of the host, so only what the question itself names is moved.
        let result = try world.run(
            UpstreamLoop.question, moved: ["/etc/resolv.conf", "/var/lib/kubelet", "/etc/default"])
        #expect(result.errors.isEmpty)
        let first = result.output.split(separator: "\n").first ?? ""
        #expect(first.hasPrefix("file=/") && first.hasSuffix("/\(file)"), "\(result.output)")
    }

    @Test("The newest backup, and a folder without any")
    func backups() throws {
        let folder = EtcdBackup.folder
        let some = try Self.present(EtcdBackup.question, moved: [folder]) { world in
            try world.write("\(folder)/a.db", "12345")
            try world.write("\(folder)/b.db", "1")
            try world.write("\(folder)/b.txt", "1")
        }
        let answer = try #require(some.answers[EtcdBackup.question]?.text)
        #expect(answer.split(separator: "\n").count == 2 && answer.contains(".db"))
        let none = try Self.present(EtcdBackup.question, moved: [folder]) { try $0.write("\(folder)/note", "") }
        expect(judge(EtcdBackup.probe, none), .fail, "cluster", "holds no snapshot")
        #expect(try Self.ask(EtcdBackup.question, moved: [folder]) { _ in } == nil)
    }

    @Test("Services in the form of systemctl")
    func services() throws {
        let host = try Self.present(HostServices.question, moved: []) { world in
            try world.program(
                "systemctl",
                """
                cat <<'END'
                NRestarts=2
                ExecMainStartTimestampMonotonic=1000000
                Id=kubelet.service
                LoadState=loaded
                ActiveState=active
                SubState=running

                NRestarts=0
                ExecMainStartTimestampMonotonic=1000000
                Id=containerd.service
                LoadState=loaded
                ActiveState=active
                SubState=running
                END
                """)
        }
        let services = try HostServices(host.host)
        #expect(try services.unit("kubelet").restarts == 2)
        #expect(try services.unit("containerd").active == "active")
    }

    @Test("Ports that are refused are told at once")
    func ports() throws {
        let peers = [("a", "127.0.0.1", true), ("b", "127.0.0.2", true)]
        let world = try QuestionShell()
        let result = try world.run(HostPorts.question(peers: peers))
        // What has not answered within 2 s has no line.
        let lines = Set(result.output.split(separator: "\n").map { $0.split(separator: "=").last ?? "" })
        #expect(lines.contains("127.0.0.2/2380") && lines.count == 8)
    }

    @Test("A port that never answers costs two seconds")
    func blackHole() throws {
        // An address for documentation (RFC 5737): there is no way to it, or no answer.
        let peers = [("a", "127.0.0.1", false), ("b", "192.0.2.1", false)]
        let world = try QuestionShell()
        let result = try world.run(HostPorts.question(peers: peers))
        // Linux itself would try for two minutes.
        #expect(result.seconds < 30)
        #expect(result.output.contains("127.0.0.1/10250"))
    }
}
