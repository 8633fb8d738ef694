import Testing

@testable import LocalHosts

@Suite struct SpecificationTextTests {
    @Test func threeControlPlanesShareAnAddress() {
        let text = SpecificationText.yaml(
            Samples.record(), store: Samples.store, cluster: .init(version: "v1.20.2", bundle: "/bundles/kubernetes"))
        #expect(
            text == """
                apiVersion: martlet/v1
                kind: Cluster
                name: lab
                profile: lab
                kubernetes:
                  driver: kubeadm
                  version: v1.20.2
                  source:
                    bundle: /bundles/kubernetes
                endpoint:
                  type: keepalived
                  address: 10.66.1.100
                  port: 8443
                network:
                  pods: 10.244.0.0/16
                  services: 10.96.0.0/12
                  plugin: routed
                packages:
                  source: bundle
                ssh:
                  user: root
                  identityFile: /state/martlet/hosts/lab/id_ed25519
                  knownHostsFile: /state/martlet/hosts/lab/known_hosts
                hosts:
                  - name: cp-1
                    address: 10.66.1.11
                    roles: [control-plane]
                  - name: cp-2
                    address: 10.66.1.12
                    roles: [control-plane]
                  - name: cp-3
                    address: 10.66.1.13
                    roles: [control-plane]
                  - name: worker-1
                    address: 10.66.1.14
                    roles: [worker]

                """)
    }

    @Test func oneControlPlaneIsItsOwnEndpoint() {
        let record = Samples.record(hosts: [("only", ["control-plane", "worker"])])
        let text = SpecificationText.yaml(
            record, store: Samples.store, cluster: .init(version: "v1.20.2", bundle: "my bundle: \"new\""))
        #expect(text.contains("endpoint:\n  type: host\nnetwork:\n"))
        #expect(text.contains("    bundle: \"my bundle: \\\"new\\\"\"\n"))
        #expect(text.contains("    roles: [control-plane, worker]\n"))
    }

    @Test(arguments: [
        ("/plain/path-1.tar", "/plain/path-1.tar"), ("", "\"\""), ("1.5", "\"1.5\""), ("- x", "\"- x\""),
        ("/with space", "\"/with space\""), ("a\\b", "\"a\\\\b\""),
    ])
    func quotesOnlyWhereNeeded(text: String, yaml: String) {
        #expect(SpecificationText.scalar(text) == yaml)
    }
}
