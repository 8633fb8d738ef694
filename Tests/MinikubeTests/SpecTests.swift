import ClusterModel
import Diagnostics
import Testing

@testable import Minikube

@Suite("Specs of the driver minikube")
struct SpecTests {
    private static let scenario = try? Scenario()

    private func codes(_ text: String) -> [String] {
        Scenario.read(text).diagnostics.filter { $0.severity == .error }.map(\.code)
    }

    private func text(
        _ minikube: String = "", version: String = "v1.38.1", kubernetes: String = "v1.35.1", driver: String = "docker",
        name: String = "demo", rest: String = ""
    ) -> String {
        """
        apiVersion: martlet/v1
        kind: Cluster
        name: \(name)
        kubernetes:
          driver: minikube
          version: \(kubernetes)
          minikube:
            version: \(version)
            driver: \(driver)
        \(minikube.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n"))
        \(rest)
        """
    }

    @Test("Nothing but the driver is enough, and the profile has the cluster's name")
    func least() throws {
        let spec = try #require(Scenario.read(text()).spec)
        #expect(spec.kubernetes.minikube?.profile == "demo")
        #expect(spec.hosts.isEmpty)
        #expect(spec.profile == .lab)
    }

    @Test(
        "What minikube cannot do is refused, naming the bound",
        arguments: [
            ("cpus: 1", "docker", "spec.minikube-resources", "2 processors"),
            ("memory: 1799", "docker", "spec.minikube-resources", "1800 MiB"),
            ("disk: 1999", "kvm2", "spec.minikube-resources", "2000 MiB"),
            ("disk: 20000", "docker", "spec.conflict", "docker does not limit a disk"),
            ("memory: 4096", "none\n    profile: minikube", "spec.conflict", "does not limit memory"),
            ("nodes: 2", "none\n    profile: minikube", "spec.minikube-nodes", "makes one machine"),
            ("", "none", "spec.minikube-profile", "one profile only"),
            ("", "ssh", "spec.missing-key", "`kubernetes.minikube.target` is missing"),
            ("target: {address: 10.0.0.1}", "docker", "spec.conflict", "belongs to the driver ssh"),
            ("profile: logs", "docker", "spec.minikube-profile", "a word of minikube's own"),
            ("cni: none\ncontainerRuntime: containerd", "docker", "spec.minikube-network", "needs a pod network"),
            (
                "registryMirrors: [https://a.example]\ncontainerRuntime: containerd", "docker", "spec.conflict",
                "Docker's daemon"
            ),
            ("registryMirrors: [https://a.example/path]", "docker", "spec.value", "without a path"),
            ("extraConfig: {kublet.x: 'y'}", "docker", "spec.minikube-extra-config", "no component `kublet`"),
            ("extraConfig: {kubeadm.token: 'y'}", "docker", "spec.minikube-extra-config", "passes no `token`"),
            ("extraConfig: {max-pods: 'y'}", "docker", "spec.key", "a component and a key"),
            ("installDriver: true\ntarget: {address: 10.0.0.1}", "ssh", "spec.conflict", "no packages"),
            ("target: {address: localhost}", "ssh", "spec.minikube-target", "refuses localhost"),
            ("target: {address: 127.0.0.1}", "ssh", "spec.minikube-target", "refuses 127.0.0.1"),
            ("target: {address: 10.0.0.1}\nnodes: 3", "ssh", "spec.minikube-nodes", "makes one machine"),
            ("rootless: true", "kvm2", "spec.conflict", "cannot work without root"),
            ("insecureRegistries: ['http://a.example']", "docker", "spec.value", "no scheme"),
            ("insecureRegistries: ['a.example:x']", "docker", "spec.value", "behind the colon"),
            ("addons: [helm-tiller]", "docker", "spec.minikube-addon", "v1.16.0 to v1.34.0"),
            ("addons: [ingres]", "docker", "spec.minikube-addon", "no addon `ingres`"),
        ])
    func refused(_ more: String, _ driver: String, _ code: String, _ words: String) throws {
        let errors = Scenario.read(text(more, driver: driver)).diagnostics.filter { $0.severity == .error }
        #expect(errors.map(\.code) == [code], "\(errors)")
        let said = errors.map { $0.summary + " " + ($0.detail ?? "") }.joined()
        #expect(said.contains(words), "\(said)")
        #expect(errors.first?.location != nil)
    }

    @Test(
        "The range of Kubernetes is the one of minikube's version",
        arguments: [
            ("v1.38.1", "v1.28.0", true), ("v1.38.1", "v1.35.1", true), ("v1.38.1", "v1.27.16", false),
            ("v1.38.1", "v1.36.0", false), ("v1.18.1", "v1.14.0", true), ("v1.18.1", "v1.20.2", true),
            ("v1.18.1", "v1.13.9", false), ("v1.18.1", "v1.21.0", false), ("v1.36.0", "v1.20.2", true),
        ])
    func range(_ minikube: String, _ kubernetes: String, _ isRight: Bool) throws {
        let reading = Scenario.read(text(version: minikube, kubernetes: kubernetes))
        #expect((reading.spec != nil) == isRight, "\(reading.diagnostics)")
        guard !isRight else { return }
        let error = try #require(reading.diagnostics.first { $0.severity == .error })
        let release = try #require(KubernetesVersion(minikube).flatMap { MinikubeRelease.of($0) })
        #expect(error.detail == "it makes \(release.oldestKubernetes) to \(release.newestKubernetes)")
    }

    @Test(
        "Bounds that depend on minikube's version",
        arguments: [
            ("v1.25.2", "v1.23.0", "rootless: true", "spec.minikube-rootless"),
            ("v1.31.2", "v1.27.0", "rootless: true", "spec.minikube-rootless"),
            ("v1.31.2", "v1.27.0", "rootless: true\ncontainerRuntime: containerd", ""),
            ("v1.32.0", "v1.28.0", "rootless: true", ""),
            ("v1.18.1", "v1.20.2", "addons: [headlamp]", "spec.minikube-addon"),
            ("v1.26.0", "v1.24.0", "addons: [headlamp]", ""),
            ("v1.34.0", "v1.31.0", "addons: [helm-tiller]", ""),
        ])
    func bounds(_ minikube: String, _ kubernetes: String, _ more: String, _ code: String) {
        #expect(codes(text(more, version: minikube, kubernetes: kubernetes)) == (code.isEmpty ? [] : [code]))
    }

    @Test("minikube that is too old is refused, one that is not known is warned of")
    func versions() {
        #expect(codes(text(version: "v1.15.1", kubernetes: "v1.20.0")) == ["spec.minikube-version"])
        let newer = Scenario.read(text(version: "v1.99.0"))
        #expect(newer.spec != nil)
        #expect(newer.diagnostics.map(\.code) == ["spec.minikube-version"])
    }

    @Test(
        "What only kubeadm takes is refused, with what takes its place",
        arguments: [
            ("endpoint: {type: external, address: 10.0.0.1}", "spec.conflict"),
            ("packages: {source: bundle}", "spec.conflict"),
            ("network: {plugin: routed}", "spec.conflict"),
            ("components: {containerd: {systemdCgroup: true}}", "spec.conflict"),
            ("components: {ignorePreflightErrors: [NumCPU]}", "spec.conflict"),
            ("profile: production", "spec.conflict"),
            ("images: {mirrors: {quay.io: [https://a.example]}}", "spec.minikube-mirror"),
        ])
    func foreign(_ rest: String, _ code: String) {
        #expect(codes(text(rest: rest)) == [code])
    }

    @Test("One host at most, without a node's fields")
    func hosts() {
        let host = "  - {name: a, address: 10.0.0.1, roles: [control-plane]}"
        #expect(codes(text(rest: "hosts:\n\(host)")).isEmpty)
        #expect(
            codes(text(rest: "hosts:\n\(host)\n  - {name: b, address: 10.0.0.2, roles: [control-plane]}"))
                == ["spec.minikube-hosts"])
        #expect(
            codes(text(rest: "hosts:\n  - {name: a, address: 10.0.0.1, roles: [worker]}")) == ["spec.no-control-plane"])
        #expect(
            codes(text(rest: "hosts:\n  - {name: a, address: 10.0.0.1, roles: [control-plane], labels: {a: b}}"))
                == ["spec.conflict"])
    }

    @Test("kubeadm still needs hosts, and takes no minikube")
    func kubeadm() {
        let plain = "apiVersion: martlet/v1\nkind: Cluster\nname: demo\nkubernetes: {version: v1.20.2}\n"
        #expect(codes(plain) == ["spec.missing-key"])
        let mixed = """
            apiVersion: martlet/v1
            kind: Cluster
            name: demo
            kubernetes:
              version: v1.20.2
              minikube: {version: v1.18.1, driver: docker}
            hosts:
              - {name: a, address: 10.0.0.1, roles: [control-plane]}
            """
        #expect(codes(mixed) == ["spec.conflict"])
        #expect(
            codes(text().replacing("  minikube:\n    version: v1.38.1\n    driver: docker\n", with: "")) == [
                "spec.missing-key"
            ])
    }

    @Test("Components' arguments, networks and names become options of start")
    func mapped() throws {
        let spec = try #require(
            Scenario.read(
                text(
                    "extraConfig: {kubelet.max-pods: '50'}",
                    rest: """
                        network: {pods: 10.200.0.0/16, services: 10.201.0.0/16, domain: example.local}
                        images: {repository: registry.example/k8s, mirrors: {docker.io: ['https://m.example']}}
                        components:
                          apiServer: {extraArgs: {v: '4'}, certificateNames: [api.example, 10.1.1.1]}
                        """)
            ).spec)
        let options = StartOptions(spec: spec, minikube: try #require(spec.kubernetes.minikube)).arguments(isNew: true)
        for option in [
            "--extra-config=apiserver.v=4", "--extra-config=kubelet.max-pods=50",
            "--extra-config=kubeadm.pod-network-cidr=10.200.0.0/16", "--service-cluster-ip-range=10.201.0.0/16",
            "--dns-domain=example.local", "--image-repository=registry.example/k8s",
            "--registry-mirror=https://m.example",
            "--apiserver-names=api.example", "--apiserver-ips=10.1.1.1",
        ] {
            #expect(options.contains(option), "\(option) in \(options)")
        }
    }
}
