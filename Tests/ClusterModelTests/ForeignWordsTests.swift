import ClusterModel
import ConfigTree
import Diagnostics
import Testing

/// People come from other tools: what they write is understood well enough to be answered.
struct ForeignWordsTests {
    private func hints(_ text: String) -> [String] {
        ClusterSpecReader.decode(Array(text.utf8), file: "s.yaml", context: .init(folder: "/")).diagnostics.map {
            "\($0.code): \($0.hint ?? "")"
        }
    }

    /// A spec in which `replacement` stands for a line.
    private func spec(_ line: String, instead replacement: String) -> String {
        let whole = """
            apiVersion: martlet/v1
            kind: Cluster
            name: demo
            profile: lab
            kubernetes: { version: v1.31.4, source: { upstream: {} } }
            network: { plugin: routed }
            ssh: { user: root }
            hosts:
              - { name: cp-1, address: 10.0.0.11, roles: [control-plane, worker] }

            """
        #expect(whole.contains(line), "the spec has no such line")
        return whole.replacing(line, with: replacement)
    }

    @Test(arguments: [
        ("name: demo\n", "clusterName: demo\n", "name"),
        ("kubernetes: {", "kubernetesVersion: v1.31.4\nkubernetes: {", "kubernetes.version"),
        ("network: {", "podSubnet: 10.1.0.0/16\nnetwork: {", "network.pods"),
        ("plugin: routed", "serviceCIDR: 10.1.0.0/16", "services"),
        ("roles: [control-plane, worker] }", "role: controller+worker }", "roles"),
        ("address: 10.0.0.11", "publicAddress: 10.0.0.11", "address"),
        ("roles: [", "privateAddress: 10.0.0.11, roles: [", "internalAddress"),
        ("roles: [", "ansible_user: root, roles: [", "ssh.user"),
        ("roles: [", "sshPort: 2222, roles: [", "ssh.port"),
        ("user: root", "keyPath: ~/.ssh/id", "identityFile"),
        ("user: root", "bastion: b.example", "jump"),
    ])
    func aKeyOfAnotherToolIsAnsweredWithOurs(_ line: String, _ replacement: String, _ key: String) {
        #expect(
            hints(spec(line, instead: replacement)) == ["spec.unknown-key: it is written as `\(key)` here"])
    }

    @Test(arguments: [("master", "control-plane"), ("controller", "control-plane"), ("kube_node", "worker")])
    func aRoleOfAnotherToolIsAnsweredWithOurs(_ role: String, _ ours: String) {
        let found = hints(spec("[control-plane, worker]", instead: "[\(role), control-plane]"))
        #expect(found == ["spec.value: did you mean `\(ours)`"])
    }

    @Test(arguments: [
        ("source: { upstream: {} }", "source: upstream", "write it as `{ upstream: {} }`"),
        ("ssh: { user: root }", "packages: bundle", "write it as `{ source: bundle }`"),
        ("plugin: routed", "plugin: calico", "did you mean `{ preset: calico, version: ... }`"),
        ("roles: [", "labels: [zone=a], roles: [", "write each as `NAME: VALUE`"),
        ("roles: [", "taints: [\"a=b:NoExecute\"], roles: [", "write it as `{ key: ..., effect: ... }`"),
        (
            "- { name: cp-1, address: 10.0.0.11, roles: [control-plane, worker] }", "- 10.0.0.11",
            "write it as `{ name: ..., address: ..., roles: ... }`"
        ),
    ])
    func aValueOfAnotherKindIsAnsweredWithTheWayToWriteIt(_ line: String, _ replacement: String, _ hint: String) {
        #expect(hints(spec(line, instead: replacement)).contains { $0.hasSuffix(": " + hint) })
    }

    @Test func aPasswordUnderAnUnknownKeyIsNotShown() {
        let text = spec("user: root", instead: "password: hunter2")
        let reading = ClusterSpecReader.decode(Array(text.utf8), file: "s.yaml", context: .init(folder: "/"))
        #expect(reading.diagnostics.map(\.hint) == ["it is written as `sudoPassword` here"])
        #expect(reading.diagnostics.allSatisfy { $0.location?.text == nil && !$0.summary.contains("hunter2") })
    }

    @Test(arguments: [
        "apiVersion: k0sctl.k0sproject.io/v1beta1\nkind: Cluster\nspec: { hosts: [] }\n",
        "apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\nnodes: []\n",
        "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\n",
        "all: { hosts: { a: {} }, children: {} }\n",
        "cluster_name: x\nnodes: []\n",
    ])
    func aFileOfAnotherToolIsOneError(_ text: String) {
        #expect(hints(text) == ["spec.foreign: begin with `martlet init`"])
    }

    @Test func anotherVersionOfOurFormatIsNoForeignFile() {
        let text = "apiVersion: martlet/v2\nkind: Cluster\nname: x\n"
        #expect(hints(text).contains("spec.value: did you mean `martlet/v1`"))
    }

    @Test func labelsThatAKubeletMayNotSetAreSetThroughTheAPI() {
        let labels = "labels: { node-role.kubernetes.io/worker: \"\", node-restriction.kubernetes.io/x: z }, roles: ["
        #expect(hints(spec("roles: [", instead: labels)) == [])
    }
}
