import ClusterModel
import TestSupport
import Testing

@testable import Catalogue

@Suite("Files of hosts")
struct RenderingFilesTests {
    static let pause = "k8s.gcr.io/pause:3.2"

    @Test("containerd's configuration", arguments: ContainerdConfiguration.Release.allCases)
    func containerd(release: ContainerdConfiguration.Release) throws {
        let host = ContainerdConfiguration(release: release, sandboxImage: Self.pause)
        try expectGolden(host.text, "containerd/\(release)-machine.toml")
        let container = ContainerdConfiguration(
            release: release, sandboxImage: Self.pause, cgroupDriver: .cgroupfs, restrictOOMScoreAdj: true,
            cniBinaries: "/usr/lib/cni")
        try expectGolden(container.text, "containerd/\(release)-container.toml")
        #expect(container.text.contains("SystemdCgroup = false"))
        #expect(container.text.contains("restrict_oom_score_adj = true"))
    }

    @Test("the release line is read from a version of any packaging")
    func containerdRelease() {
        let expected: [(String, ContainerdConfiguration.Release?)] = [
            ("1.6.20~ds1-1+deb12u1", .one), ("v1.7.22", .one), ("2.0.5", .two), ("2.1.0-rc.1", .twoOne),
            ("2.3.0", .twoOne), ("1.5.18", nil), ("3.0.0", nil), ("", nil), ("2", nil),
        ]
        for (version, release) in expected {
            #expect(ContainerdConfiguration.Release(version: version) == release, "\(version)")
        }
    }

    @Test("mirrors come in the order of the spec and the registry last")
    func mirrors() {
        let files = ContainerdConfiguration.mirrorFiles([
            "registry.k8s.io": ["https://one.example.org", "http://10.0.0.5:5000"],
            "docker.io": ["https://mirror.example.org/\"x\""],
        ])
        #expect(
            files.map(\.path) == [
                "/etc/containerd/certs.d/docker.io/hosts.toml", "/etc/containerd/certs.d/registry.k8s.io/hosts.toml",
            ])
        #expect(files[0].text.contains("server = \"https://registry-1.docker.io\""))
        #expect(files[0].text.contains("[host.\"https://mirror.example.org/\\\"x\\\"\"]"), "quotes are escaped")
        #expect(
            files[1].text == """
                # Written by martlet.
                server = "https://registry.k8s.io"

                [host."https://one.example.org"]
                  capabilities = ["pull", "resolve"]

                [host."http://10.0.0.5:5000"]
                  capabilities = ["pull", "resolve"]

                """)
    }

    @Test("units and crictl")
    func units() throws {
        try expectGolden(ContainerdConfiguration.unit, "units/containerd.service")
        try expectGolden(KubeletService.unit(), "units/kubelet.service")
        try expectGolden(KubeletService.dropIn(), "units/10-kubeadm.conf")
        #expect(KubeletService.dropIn(binaries: "/usr/bin").contains("ExecStart=\nExecStart=/usr/bin/kubelet $KUBELET"))
        #expect(
            ContainerdConfiguration.crictl() == """
                runtime-endpoint: "unix:///run/containerd/containerd.sock"
                image-endpoint: "unix:///run/containerd/containerd.sock"
                timeout: 10
                debug: false

                """)
    }

    @Test("kernel settings by profile", arguments: Profile.allCases, [false, true])
    func sysctl(profile: Profile, hostIsContainer: Bool) throws {
        let text = HostPreparation.sysctlFile(profile: profile, hostIsContainer: hostIsContainer)
        let kind = hostIsContainer ? "container" : "machine"
        try expectGolden(text, "host/sysctl-\(profile.rawValue)-\(kind).conf")
        let settings = HostPreparation.settings(profile: profile, hostIsContainer: hostIsContainer)
        #expect(settings.contains { $0.key == "net.ipv4.ip_forward" && $0.value == "1" && $0.isRequired })
        let hasKernelSettings = settings.contains { $0.key.hasPrefix("kernel.") }
        #expect(hasKernelSettings == (profile == .production && !hostIsContainer))
    }

    @Test("modules")
    func modules() {
        #expect(HostPreparation.modulesFile() == "# Written by martlet.\noverlay\nbr_netfilter\nnf_conntrack\n")
    }

    @Test("the endpoint on the control planes")
    func endpoint() throws {
        let spec = RenderingFixtures.cluster(KubernetesVersion(1, 20, 2), profile: .production)
        try expectGolden(EndpointConfiguration.haproxy(spec), "endpoint/haproxy.cfg")
        for host in spec.controlPlanes {
            let text = EndpointConfiguration.keepalived(spec, host: host, interface: "eth0")
            try expectGolden(text, "endpoint/keepalived-\(host.name).conf")
        }
    }

    @Test("an API server without anonymous access is not asked for /readyz")
    func closedAPI() {
        var spec = RenderingFixtures.cluster(KubernetesVersion(1, 20, 2), profile: .production)
        spec.components.apiServer["anonymous-auth"] = "false"
        let text = EndpointConfiguration.haproxy(spec)
        #expect(!text.contains("httpchk") && !text.contains("http-check"))
        #expect(text.contains("check check-ssl"))
    }

    @Test("the pattern of a listening socket")
    func listeningSocket() {
        #expect(EndpointConfiguration.listeningSocket(port: 8443) == "00000000:20FB.00000000:0000.0A")
        #expect(EndpointConfiguration.listeningSocket(port: 80) == "00000000:0050.00000000:0000.0A")
    }

    @Test("the cluster's own DNS")
    func clusterDNS() throws {
        for (minor, budget) in [(20, "policy/v1beta1"), (21, "policy/v1")] {
            let text = ClusterDNSManifest.render(
                image: "martlet/cluster-dns:1.0", domain: "cluster.local", clusterIP: "10.96.0.10",
                version: KubernetesVersion(1, minor, 0))
            try expectGolden(text, "cluster-dns/1.\(minor).yaml")
            #expect(text.contains("apiVersion: \(budget)\nkind: PodDisruptionBudget"))
            #expect(!text.contains("{{"), "every placeholder is filled")
        }
        try Golden.expect(ClusterDNSManifest.template, at: Checkout.path("manifests/cluster-dns/cluster-dns.yaml"))
    }

    @Test("the tenth address of the services' network")
    func dnsAddress() {
        let expected: [(String, String?)] = [
            ("10.96.0.0/12", "10.96.0.10"), ("172.30.5.0/24", "172.30.5.10"), ("10.96.3.7/12", nil),
            ("10.0.0.0/29", nil), ("fd00::/108", nil), ("10.96.0.0", nil), ("10.96.0.0/33", nil), ("010.0.0.0/8", nil),
        ]
        for (services, address) in expected {
            #expect(DNSAddress.address(services: services) == address, "\(services)")
        }
    }
}
