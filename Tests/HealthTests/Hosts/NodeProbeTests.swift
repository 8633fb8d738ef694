import Planning
import Testing

@testable import Health

@Suite("Probes of hosts: nodes")
struct NodeProbeTests {
    // MARK: Services

    static func services(
        kubelet: String = "NRestarts=0\nExecMainStartTimestampMonotonic=100000000", containerd: String = "active"
    ) -> String {
        """
        uptime=100000.00
        NRestarts=0
        ExecMainStartTimestampMonotonic=90000000
        Id=containerd.service
        LoadState=loaded
        ActiveState=\(containerd)
        SubState=\(containerd == "active" ? "running" : "dead")

        Id=kubelet.service
        LoadState=loaded
        ActiveState=active
        SubState=running
        \(kubelet)
        """
    }

    @Test(
        "Restarts of the kubelet count while the latest is recent",
        arguments: [
            ("NRestarts=0\nExecMainStartTimestampMonotonic=99990000000", HealthStatus.pass, "no restarts"),
            ("NRestarts=3\nExecMainStartTimestampMonotonic=99700000000", .warn, "3 restarts, the latest 5 min ago"),
            ("NRestarts=5\nExecMainStartTimestampMonotonic=99970000000", .fail, "5 restarts, the latest 30 s ago"),
            ("NRestarts=9\nExecMainStartTimestampMonotonic=90000000000", .pass, "9 restarts, the latest 3 h ago"),
            ("NRestarts=1\nExecMainStartTimestampMonotonic=0", .warn, "1 restart"),
            ("ExecMainStartTimestampMonotonic=0", .unknown, "does not count"),
        ])
    func restarts(_ properties: String, _ status: HealthStatus, _ words: String) {
        let host = BenchHost().answering(HostServices.question, Self.services(kubelet: properties))
        expect(judge(KubeletRestarts.probe, host), status, "host/cp-1", words)
    }

    @Test("A host without systemd or without a kubelet is unknown")
    func withoutService() {
        let bare = BenchHost().answering(HostServices.question, "uptime=5.00")
        expect(judge(KubeletRestarts.probe, bare), .unknown, "host/cp-1", "systemd did not answer")
        let none = BenchHost().answering(HostServices.question, "missing=systemctl")
        expect(judge(KubeletRestarts.probe, none), .unknown, "host/cp-1", "no systemctl")
        let text = "uptime=5.00\nId=kubelet.service\nLoadState=not-found\nActiveState=inactive\nNRestarts=0"
        let foreign = BenchHost().answering(HostServices.question, text)
        expect(judge(KubeletRestarts.probe, foreign), .unknown, "host/cp-1", "no service kubelet")
    }

    static let version = """
        Client:
          Version:  1.6.20~ds1
          Revision: 1.6.20~ds1-1+b1

        Server:
          Version:  1.6.21~ds1
          Revision: 1.6.20~ds1-1+b1
          UUID: 5d1c6f4e
        """

    @Test(
        "The runtime by its service, its socket and its time",
        arguments: [
            (
                "active", "status=0\nbefore=10.00\nafter=10.01\n" + version, HealthStatus.pass,
                "containerd 1.6.21~ds1 answers at once"
            ),
            ("active", "status=0\nbefore=10.00\nafter=10.40\n" + version, .pass, "answers in 400 ms"),
            ("active", "status=0\nbefore=10.00\nafter=12.50\n" + version, .warn, "answers in 2.5 s"),
            (
                "active", "status=0\nbefore=1.00\nafter=1.00\nVersion:  0.1.0\nRuntimeVersion:  1.7.2", .pass,
                "containerd 1.7.2"
            ),
            ("active", "status=124\nbefore=10.00\nafter=15.00", .fail, "does not answer"),
            ("active", "socket=none", .fail, "without its socket"),
            ("failed", "socket=none", .fail, "containerd is failed (dead)"),
            ("active", "missing=ctr or crictl", .unknown, "has no ctr or crictl"),
        ])
    func runtime(_ service: String, _ answer: String, _ status: HealthStatus, _ words: String) {
        let host = BenchHost().answering(HostServices.question, Self.services(containerd: service))
            .answering(RuntimeHealth.question, answer)
        expect(judge(RuntimeHealth.probe, host), status, "host/cp-1", words)
    }

    @Test("A host with another runtime is unknown, not failed")
    func otherRuntime() {
        let text = "uptime=5.00\nId=containerd.service\nLoadState=not-found\nActiveState=inactive"
        let host = BenchHost().answering(HostServices.question, text).answering(RuntimeHealth.question, "socket=none")
        expect(judge(RuntimeHealth.probe, host), .unknown, "host/cp-1", "other runtimes")
    }

    // MARK: Clock

    @Test(
        "A machine's clock by its offset and the kernel's flag",
        arguments: [
            ("yes", 0.0, HealthStatus.pass, "exact, synchronised"), ("yes", -0.04, .pass, "40 ms behind"),
            ("yes", 0.1, .warn, "100 ms ahead"), ("yes", -3.0, .fail, "3 s behind"),
            ("no", 0.004, .warn, "nothing keeps it right"), ("no", 1.5, .fail, "1.5 s ahead"),
            ("unknown", 0.004, .pass, "4 ms ahead"),
        ])
    func clock(_ flag: String, _ offset: Double, _ status: HealthStatus, _ words: String) {
        let host = BenchHost().onMachine.answering(HostClock.question, "synchronised=\(flag)").offset(offset)
        expect(judge(HostClock.probe, host), status, "host/cp-1", words)
    }

    @Test(
        "A container's clock is the computer's: its flag gives no alarm, its offset does",
        arguments: [(0.003, HealthStatus.pass), (0.2, .warn), (2, .fail)])
    func clockOfContainer(_ offset: Double, _ status: HealthStatus) {
        let host = BenchHost().inContainer.answering(HostClock.question, "synchronised=no").offset(offset)
        expect(judge(HostClock.probe, host), status, "host/cp-1", "the clock is the computer's")
    }

    @Test("An offset that was not measured is no pass")
    func clockWithoutOffset() {
        let host = BenchHost().onMachine.answering(HostClock.question, "synchronised=yes")
        expect(judge(HostClock.probe, host), .unknown, "host/cp-1", "not measured")
        let drifting = BenchHost().onMachine.answering(HostClock.question, "synchronised=no")
        expect(judge(HostClock.probe, drifting), .warn, "host/cp-1", "not synchronised")
    }

    // MARK: Disk

    static func usage(_ root: (Int, Int), _ etcd: (Int, Int), inodes: String = "1000 40 960 4%") -> String {
        """
        blocks=
        Filesystem     1024-blocks     Used Available Capacity Mounted on
        overlay        1000 \(root.0) \(root.1) 1% /
        overlay        1000 \(root.0) \(root.1) 1% /
        /dev/sdb1      1000 \(etcd.0) \(etcd.1) 1% /var/lib/etcd
        inodes=
        Filesystem     Inodes IUsed IFree IUse% Mounted on
        overlay        \(inodes) /
        overlay        \(inodes) /
        /dev/sdb1      0 0 0 - /var/lib/etcd
        """
    }

    @Test(
        "The fullest file system decides, by blocks or by inodes",
        arguments: [
            (usage((300, 700), (100, 900)), HealthStatus.pass, "/ 30 % full, 700 KiB free, 4 % of inodes"),
            (usage((300, 700), (720, 280)), .warn, "/var/lib/etcd 72 % full"),
            (usage((850, 150), (100, 900)), .fail, "/ 85 % full"),
            (usage((300, 700), (100, 900), inodes: "1000 990 10 99%"), .fail, "99 % of inodes"),
            ("blocks=\ninodes=", .unknown, "df did not answer"),
            ("missing=df", .unknown, "df did not answer"),
        ])
    func disk(_ answer: String, _ status: HealthStatus, _ words: String) {
        let findings = judge(DiskSpace.probe, BenchHost().answering(DiskSpace.question, answer))
        expect(findings, status, "host/cp-1", words)
    }

    // MARK: Kernel

    static let quiet = "lines=900"

    @Test(
        "The kernel's log of a machine",
        arguments: [
            (quiet, HealthStatus.pass, "no faults"),
            (
                "memory=[ 12.0] Out of memory: Killed process 7 (java)\nlines=900\ncount-memory=1", .warn,
                "1 × process killed"
            ),
            ("hung=[ 12.0] task x blocked for more than 120 seconds.\nlines=900\ncount-hung=3", .warn, "3 × hung task"),
            ("lines=900\ncount-memory=3\ncount-hung=1", .fail, "1 × hung task"),
            ("oops=[ 1.0] BUG: unable to handle\nlines=900\ncount-oops=1", .fail, "1 × fault of the kernel"),
            ("container=systemd-nspawn", .skipped, "no kernel log of its own"),
            ("lines=0", .unknown, "could not be read"), ("missing=dmesg", .unknown, "no dmesg"),
        ])
    func kernelLog(_ answer: String, _ status: HealthStatus, _ words: String) {
        expect(judge(KernelFaults.probe, BenchHost().answering(KernelLog.question, answer)), status, "host/cp-1", words)
    }

    @Test("Lines of the kernel are quoted")
    func kernelEvidence() {
        let text = "memory=[ 12.0] Out of memory: Killed process 7 (java)\nlines=900\ncount-memory=1"
        let findings = judge(KernelFaults.probe, BenchHost().answering(KernelLog.question, text))
        #expect(findings.first?.evidence == ["[ 12.0] Out of memory: Killed process 7 (java)"])
    }

    static let writable = "mount=rw / /\nmount=rw /var/lib/etcd /var/lib/etcd"

    @Test(
        "File systems by their mounts and the kernel's log",
        arguments: [
            (writable, quiet, HealthStatus.pass, "writable, no errors"),
            (writable, "container=systemd-nspawn", .pass, "writable"),
            (writable, "lines=9\ncount-disk=2\ndisk=[ 1.0] I/O error, dev sda", .fail, "2 disk errors"),
            ("mount=rw / /\nmount=ro /var/lib/etcd /var/lib/etcd", quiet, .fail, "/var/lib/etcd read-only"),
            ("", quiet, .unknown, "could not be read"),
        ])
    func filesystems(_ mounts: String, _ log: String, _ status: HealthStatus, _ words: String) {
        let host = BenchHost().answering(HostFilesystems.question, mounts).answering(KernelLog.question, log)
        expect(judge(HostFilesystems.probe, host), status, "host/cp-1", words)
    }

    @Test(
        "What pods need of the kernel",
        arguments: [
            ("1", "1", "1", HealthStatus.pass, "as Kubernetes needs them"),
            ("0", "1", "1", .fail, "net.ipv4.ip_forward is 0"),
            ("1", "", "1", .fail, "net.bridge.bridge-nf-call-iptables is missing"),
            ("1", "1", "", .fail, "no overlay file system"),
        ])
    func settings(_ forward: String, _ bridge: String, _ overlay: String, _ status: HealthStatus, _ words: String) {
        let answer = "net.ipv4.ip_forward=\(forward)\nnet.bridge.bridge-nf-call-iptables=\(bridge)\noverlay=\(overlay)"
        let host = BenchHost().answering(KernelSettings.question, answer)
        expect(judge(KernelSettings.probe, host), status, "host/cp-1", words)
    }

    @Test(
        "Swap, and what the kubelet was told of it",
        arguments: [
            (false, "areas=0\nfail=true", HealthStatus.pass, "off"),
            (false, "areas=1\nfail=false", .pass, "configured for it"),
            (false, "areas=1\nfail=true", .fail, "not configured for it"),
            (true, "areas=2\nfail=false", .pass, "configured for it"),
            (true, "areas=2\nfail=true", .warn, "at the computer around this container"),
        ])
    func swap(_ isContainer: Bool, _ answer: String, _ status: HealthStatus, _ words: String) {
        let host = BenchHost().answering(HostSwap.question, answer)
        expect(judge(HostSwap.probe, isContainer ? host.inContainer : host.onMachine), status, "host/cp-1", words)
    }

    @Test(
        "The name of a kubelet is that of its node",
        arguments: [
            ("hostname=Cp-1", HealthStatus.pass, "calls itself cp-1"),
            ("hostname=other", .fail, "calls itself other"), ("hostname=other\ngiven=cp-1", .pass, "calls itself cp-1"),
            ("hostname=cp-1\ngiven=a\ngiven=b", .fail, "calls itself b"),
            ("joined=no", .skipped, "no kubelet has joined"), ("", .unknown, "no hostname"),
        ])
    func nodeName(_ answer: String, _ status: HealthStatus, _ words: String) {
        expect(judge(NodeName.probe, BenchHost().answering(NodeName.question, answer)), status, "host/cp-1", words)
    }

    @Test(
        "Room for connections",
        arguments: [
            ("count=100\nmax=262144", HealthStatus.pass, "100 of 262144"), ("count=65\nmax=100", .warn, "65 %"),
            ("count=80\nmax=100", .fail, "80 %"), ("count=5\nmax=0", .pass, "no maximum"),
            ("count=x\nmax=1", .unknown, "no number"),
        ])
    func connections(_ answer: String, _ status: HealthStatus, _ words: String) {
        let host = BenchHost().answering(ConnectionTracking.question, answer)
        expect(judge(ConnectionTracking.probe, host), status, "host/cp-1", words)
    }

    @Test("A kernel that tracks no connections is skipped")
    func noConnectionTracking() {
        let host = BenchHost().lacking(ConnectionTracking.question)
        expect(judge(ConnectionTracking.probe, host), .skipped, "host/cp-1", "tracks no connections")
    }

    // MARK: Services of the network

    @Test(
        "kube-proxy by its health address",
        arguments: [
            ("code=200", HealthStatus.pass, "answers 200"), ("code=000", .fail, "does not answer"),
            ("code=503", .fail, "in step"), ("missing=curl", .unknown, "no curl"),
        ])
    func kubeProxy(_ answer: String, _ status: HealthStatus, _ words: String) {
        let host = BenchHost().answering(KubeProxyHealth.question, answer)
        expect(judge(KubeProxyHealth.probe, host), status, "host/cp-1", words)
    }

    @Test("A cluster without kube-proxy is skipped")
    func noKubeProxy() {
        expect(
            judge(KubeProxyHealth.probe, BenchHost().lacking(KubeProxyHealth.question)), .skipped, "host/cp-1",
            "no kube-proxy")
    }

    @Test(
        "Nameservers that the kubelet hands out",
        arguments: [
            (
                "file=/etc/resolv.conf\nnameserver=10.1.1.1\nnameserver=10.1.1.2", HealthStatus.pass,
                "10.1.1.1, 10.1.1.2"
            ),
            ("file=/etc/resolv.conf\nnameserver=127.0.0.53", .fail, "names 127.0.0.53"),
            ("file=/etc/resolv.conf\nnameserver=10.1.1.1\nnameserver=::1", .fail, "names ::1"),
            ("file=/run/x\nmissing-file=yes", .fail, "/run/x does not exist"),
            ("file=/etc/resolv.conf", .pass, "names no nameserver"), ("file=", .pass, "hands out no nameservers"),
        ])
    func resolvers(_ answer: String, _ status: HealthStatus, _ words: String) {
        let host = BenchHost().answering(UpstreamLoop.question, answer)
        expect(judge(UpstreamLoop.probe, host), status, "host/cp-1", words)
    }

    // MARK: Ports

    @Test("Ports between hosts: a pair for each fault, workers are not asked for etcd")
    func ports() {
        let peers = [("cp-1", "10.0.0.11", true), ("cp-2", "10.0.0.12", true), ("w-1", "10.0.0.13", false)]
        let probe = HostPorts.probe(peers: peers)
        let question = HostPorts.question(peers: peers)
        let plane = ["6443", "2379", "2380", "10250"].map { "open=10.0.0.12/\($0)" }
        let all = (plane + ["open=10.0.0.13/10250"]).joined(separator: "\n")
        expect(judge(probe, BenchHost().answering(question, all)), .pass, "host/cp-1", "all ports of 2 hosts")
        let closed = (plane.filter { !$0.hasSuffix("/2380") } + ["refused=10.0.0.12/2380", "open=10.0.0.13/10250"])
            .joined(separator: "\n")
        expect(judge(probe, BenchHost().answering(question, closed)), .fail, "host/cp-1 -> host/cp-2", "2380 refused")
        expect(
            judge(probe, BenchHost().answering(question, plane.joined(separator: "\n"))), .fail,
            "host/cp-1 -> host/w-1",
            "10250 no answer")
        let worker = BenchHost("w-1", "10.0.0.13", isControlPlane: false)
        let api = "open=10.0.0.11/6443\nopen=10.0.0.12/6443\nrefused=10.0.0.11/2379\nopen=10.0.0.11/10250"
        expect(judge(probe, worker.answering(question, api)), .warn, "host/w-1 -> host/cp-2", "10250 no answer")
        expect(judge(probe, worker.answering(question, api + "\nopen=10.0.0.12/10250")), .pass, "host/w-1", "2 hosts")
        expect(judge(probe, BenchHost().answering(question, "")), .unknown, "host/cp-1", "tried no port")
        expect(judge(probe, BenchHost().answering(question, "missing=bash")), .unknown, "host/cp-1", "no bash")
        let alone = [("cp-1", "10.0.0.11", true)]
        let single = BenchHost().answering(HostPorts.question(peers: alone), "open=10.0.0.11/6443")
        expect(judge(HostPorts.probe(peers: alone), single), .skipped, "host/cp-1", "no other hosts")
    }

    @Test("A large cluster is sampled")
    func manyPorts() {
        let peers = (1...200).map { ("w-\($0)", "10.0.1.\($0)", false) }
        let text = HostPorts.question(peers: peers).text ?? ""
        #expect(text.split(separator: "/10250").count == 31)
    }
}
