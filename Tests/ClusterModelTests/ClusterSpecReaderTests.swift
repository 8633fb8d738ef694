import ClusterModel
import ConfigTree
import Diagnostics
import Foundation
import Testing

struct ClusterSpecReaderTests {
    @Test func readsEveryField() throws {
        let spec = try #require(try Fixtures.decode("valid-full").spec)
        #expect(spec.name == "demo")
        #expect(spec.profile == .lab)
        #expect(spec.kubernetes.version == KubernetesVersion(1, 20, 2))
        #expect(spec.kubernetes.source == .bundle(path: "/specs/bundle"))
        #expect(
            spec.endpoint
                == Endpoint(
                    kind: .keepalived, address: "10.66.1.100", port: 8443, virtualRouterID: 51, interface: "eth0"))
        #expect(spec.network == Network())
        #expect(
            spec.images
                == Images(repository: "registry.example/k8s", mirrors: ["docker.io": ["https://mirror.example"]]))
        #expect(spec.packages.source == .bundle)
        #expect(spec.components.kubelet["maxPods"] == .int(200))
        #expect(spec.components.kubelet["evictionHard"] == .map(["memory.available": .string("100Mi")]))
        #expect(spec.components.kubeProxy == ["mode": .string("ipvs")])
        #expect(spec.components.apiServer == ["audit-log-maxage": "30"])
        #expect(spec.components.certificateNames == ["api.example.com", "10.1.1.1"])
        #expect(spec.components.containerd.systemdCgroup == true)
        #expect(spec.components.ignorePreflightErrors == ["NumCPU"])
        let host = spec.hosts[0]
        #expect(host.internalAddress == "10.0.0.11")
        #expect(host.roles == [.controlPlane])
        #expect(host.labels == ["zone": "a"])
        #expect(host.taints == [Taint(key: "dedicated", value: "gpu", effect: .noSchedule)])
        #expect(host.ssh.user == "admin")
        #expect(host.ssh.hostKey == "SHA256:uNiVztksCsDhcc0u9e8BrrQXVUpKZIDTMczCvj3tD2s")
        #expect(host.ssh.identityFile == "/home/ann/.ssh/id_ed25519")
        #expect(host.ssh.knownHostsFile == "/specs/known_hosts")
        let other = spec.hosts[1]
        #expect(other.internalAddress == other.address)
        #expect(other.ssh.user == "root")
        #expect(other.ssh.hostKey == nil)
        #expect(other.ssh.sudoPassword == .prompt)
        #expect(host.peerAddress == "10.0.0.11")
        #expect(other.peerAddress == nil)
    }

    @Test func fillsInDefaults() throws {
        let spec = try #require(try Fixtures.decode("valid-minimal").spec)
        #expect(spec.profile == .production)
        #expect(spec.kubernetes.source == .upstream(Kubernetes.Upstream()))
        #expect(spec.endpoint == Endpoint(kind: .host, address: "10.66.1.11", port: 6443))
        #expect(spec.network == Network())
        #expect(spec.packages.source == .distribution)
        #expect(spec.hosts[0].ssh == SSHSettings())
        #expect(spec.hosts[0].peerAddress == "10.66.1.11")
        #expect(spec.hosts[0].roles == [.controlPlane, .worker])
    }

    @Test func everySpecSurvivesJSON() throws {
        for name in Fixtures.names {
            guard let spec = try Fixtures.decode(name).spec else { continue }
            #expect(try JSONDecoder().decode(ClusterSpec.self, from: JSONEncoder().encode(spec)) == spec)
        }
    }

    @Test func laterErrorsFindTheirLine() throws {
        let source = try #require(try Fixtures.decode("valid-full").source)
        #expect(source.location(of: "hosts[0].ssh.user").line == 50)
        #expect(source.location(of: "hosts[1].ssh.user").line == 51)
        #expect(source.location(of: "kubernetes.version").text == "  version: v1.20.2")
    }

    static let paths: [(path: String, resolved: String)] = [
        ("./bundle", "/specs/bundle"), ("bundle", "/specs/bundle"), ("../bundle", "/bundle"), ("../../../x", "/x"),
        ("/a/./b/../c", "/a/c"), ("~/x", "/home/ann/x"), ("~", "/home/ann"), ("~bob/x", "~bob/x"),
        ("a//b", "/specs/a/b"),
    ]

    @Test(arguments: paths)
    func pathsBeginAtTheSpecsFolder(_ each: (path: String, resolved: String)) {
        #expect(SpecPath.resolve(each.path, .init(folder: "/specs", home: "/home/ann")) == each.resolved)
    }

    @Test func contextIsTheFolderOfTheFile() {
        #expect(ClusterSpecReader.Context(specPath: "cluster.yaml").folder == ".")
        #expect(ClusterSpecReader.Context(specPath: "a/b.yaml").folder == "a")
        #expect(ClusterSpecReader.Context(specPath: "/b.yaml").folder == "/")
        #expect(SpecPath.resolve("x/../../y", .init(folder: ".")) == "../y")
    }

    @Test func missingFilesAreDiagnostics() {
        do {
            _ = try ClusterSpecReader.load(path: "/nowhere/cluster.yaml", home: nil)
            Issue.record("a missing file was read")
        } catch {
            #expect(error.list.map(\.code) == ["file.missing"])
            #expect(error.exitCode == .invalid)
        }
    }

    /// Five thousand hosts; in release the same takes some 50 ms.
    ///
    /// The limit is for an unoptimised build on a busy machine.
    @Test func fiveThousandHostsAreReadQuickly() throws {
        var text = """
            apiVersion: martlet/v1
            kind: Cluster
            name: big
            kubernetes: { version: v1.31.4 }
            endpoint: { type: external, address: api.example }
            network: { pods: 172.0.0.0/8, services: 192.168.0.0/16 }
            ssh: { user: root, identityFile: ~/.ssh/id_ed25519 }
            hosts:

            """
        for index in 0..<5000 {
            text += """
                  - name: host-\(index)
                    address: 10.20.\(index / 250).\(index % 250 + 1)
                    roles: [\(index < 3 ? "control-plane" : "worker")]
                    labels: { zone: z\(index % 7), rack: r\(index % 40) }
                    ssh: { user: admin }

                """
        }
        var reading: ClusterSpecReader.Reading?
        let elapsed = ContinuousClock().measure {
            reading = ClusterSpecReader.decode(Array(text.utf8), file: "big.yaml", context: .init(folder: "/"))
        }
        #expect(reading?.diagnostics.map(\.summary) == [])
        #expect(reading?.spec?.hosts.count == 5000)
        #expect(elapsed < .seconds(10))
    }
}
