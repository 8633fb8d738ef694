import Diagnostics
import KubernetesAPI
import TestSupport
import Testing

@testable import Frameworks

@Suite("Framework files") struct FrameworkFileTests {
    @Test func aFolderIsAFramework() throws {
        #expect(Toadstool.catalogue.names == ["toadstool"])
        let framework = try Toadstool.framework()
        #expect(framework.channels.map(\.name) == ["steady", "fresh", "dream"])
        #expect(framework.channels[1].licence.name == "MIT")
        #expect(framework.secrets[0].keys.map(\.name) == ["user", "password", "id", "token"])
        #expect(framework.phases.map(\.timeout) == [.seconds(300), .seconds(20), .seconds(300), .seconds(300)])
    }

    struct Fault: CustomTestStringConvertible {
        var old: String
        var new: String
        var code: String
        var part: String

        var testDescription: String { "\(new) is \(code)" }
    }

    /// Each breaks the file in one place; the diagnostic names that place.
    static let faults = [
        Fault(old: "status: active", new: "status: alive", code: "framework.value", part: "`status` must be"),
        Fault(old: "maintained: true\n", new: "", code: "framework.missing-key", part: "`maintained` is missing"),
        Fault(old: "summary:", new: "sumary:", code: "framework.unknown-key", part: "sumary"),
        Fault(old: "apply: [core]", new: "apply: [cores]", code: "framework.unknown", part: "no source `cores`"),
        Fault(
            old: "namespace: ${param.namespace}", new: "namespace: ${param.namspace}", code: "framework.variable",
            part: "${param.namspace}"),
        Fault(
            old: "namespace: ${param.namespace}", new: "namespace: ${secret.spores.password}",
            code: "framework.variable", part: "requests only"),
        Fault(
            old: "min: {version: \"1.99\"", new: "min: {version: \"1.99.1\"", code: "framework.value",
            part: "minor version"),
        Fault(
            old: "default: clusterip,", new: "default: balloon,", code: "framework.value",
            part: "no value of the parameter"),
        Fault(
            old: "rollout: deployment/cap", new: "rollout: cap", code: "framework.value", part: "must name a workload"),
        Fault(old: "upgradeFrom: [steady]", new: "upgradeFrom: [stead]", code: "framework.unknown", part: "`stead`"),
        Fault(
            old: "join: [user, password]", new: "join: [user, pasword]", code: "framework.unknown", part: "`pasword`"),
        Fault(
            old: "file: guard.yaml", new: "file: ../guard.yaml", code: "framework.file",
            part: "below the framework's folder"),
        Fault(
            old: "file: guard.yaml", new: "url: \"http://insecure.invalid/x\"", code: "framework.value",
            part: "must come by https"),
        Fault(
            old: "- {id: cap, service: cap", new: "- {id: cap, service: cap, sheme: https",
            code: "framework.unknown-key", part: "sheme"),
    ]

    @Test(arguments: faults) func everyFaultHasItsPlace(_ fault: Fault) throws {
        let text = try Toadstool.text(replacing: fault.old, with: fault.new)
        let reading = FrameworkReader.decode(Array(text.utf8), file: "framework.yaml", folder: Toadstool.folder)
        #expect(reading.framework == nil)
        let found = reading.diagnostics.filter {
            $0.code == fault.code && $0.summary.contains(fault.part) || ($0.detail ?? "").contains(fault.part)
        }
        #expect(!found.isEmpty, "found \(reading.diagnostics.map { "\($0.code): \($0.summary)" })")
        #expect(reading.diagnostics.allSatisfy { $0.location?.line ?? 0 > 0 })
    }

    @Test func anUnknownFrameworkIsAnsweredWithTheNearest() throws {
        #expect {
            _ = try Toadstool.catalogue.framework(named: "toadstol")
        } throws: { error in
            (error as? Diagnostic)?.hint?.contains("toadstool") ?? false
        }
    }

    @Test("Frameworks of one's own stand beside those of martlet, and before them")
    func ownFrameworksComeFirst() throws {
        let own = "\(Toadstool.fixtures)/faults"
        let shipped = ShippedFrameworks.folder
        let both = FrameworkCatalogue(folders: [own, shipped])
        #expect(both.names == (FrameworkCatalogue(folders: [own]).names + ShippedFrameworks.names).sorted())
        #expect(try both.framework(named: "morel").name == "morel")
        #expect(try both.framework(named: "openfaas").name == "openfaas")
        let scratch = try Scratch()
        try scratch.write("openfaas/framework.yaml", "apiVersion: nonsense\n")
        let hidden = FrameworkCatalogue(folders: [scratch.path, shipped])
        #expect(hidden.names == ShippedFrameworks.names)
        #expect(throws: Diagnostics.self) { try hidden.framework(named: "openfaas") }
        #expect(hidden.entries.first { $0.name == "openfaas" }?.folder == "\(scratch.path)/openfaas")
    }

    @Test func theSchemaKnowsEveryKey() {
        for key in ["redistributable", "scaleToZero", "nodePortService", "automaticWaits", "userObjects", "adapter"] {
            #expect(FrameworkSchema.text.contains("\"\(key)\""))
        }
    }
}

@Suite("Rendering") struct RenderingTests {
    @Test func variablesKeepTheirTypes() throws {
        let rendered = try Toadstool.rendered(try Toadstool.release("steady", ["replicas": .integer(3)]))
        let deployment = try #require(rendered.object("Deployment", "cap"))
        #expect(deployment.body["spec"]?["replicas"] == 3)
        #expect(rendered.object("ConfigMap", "soil")?.body["data"]?["literal"] == "${not a variable}")
        #expect(rendered.object("ConfigMap", "soil")?.body["data"]?["version"] == "1.0.0")
        #expect(deployment.id.namespace == "toadstool")
        #expect(rendered.object("ClusterRole", "toadstool-toadstool")?.id.namespace == "")
        #expect(deployment.body["metadata"]?["labels"]?["app"] == "cap")
        #expect(deployment.body.labels[FrameworkMarks.framework] == "toadstool")
    }

    @Test func whatAConditionLeavesOutIsLeftOut() throws {
        let plain = try Toadstool.rendered(try Toadstool.release("fresh"))
        #expect(plain.object("Service", "cap-outside") == nil)
        #expect(plain.object("ConfigMap", "only-steady") == nil)
        let other = try Toadstool.rendered(try Toadstool.release("steady", ["exposure": .text("nodeport")]))
        let outside = try #require(other.object("Service", "cap-outside"))
        #expect(outside.body["$when"] == nil)
        #expect(other.object("ConfigMap", "only-steady") != nil)
    }

    @Test func wrongParametersAreNamedAllAtOnce() throws {
        #expect {
            _ = try Toadstool.release("steady", ["replicas": .integer(9), "exposur": .text("x")])
        } throws: { error in
            let list = (error as? Diagnostics)?.list ?? []
            return list.count == 2 && list.contains { $0.hint == "did you mean exposure?" }
                && list.contains { $0.detail == "it must be 5 or less" }
        }
    }

    @Test(arguments: [
        ("nginx:1", "mirror.lan:5000/library/nginx:1"), ("quay.io/a/b:1", "mirror.lan:5000/a/b:1"),
        ("localhost:5000/x@sha256:00", "mirror.lan:5000/x@sha256:00"),
    ]) func imagesComeFromARegistry(_ old: String, _ new: String) {
        #expect(ImageRewriting(registry: "mirror.lan:5000").rewritten(old) == new)
    }

    @Test func mirrorsStandForTheirRegistriesOnly() {
        let rewriting = ImageRewriting(mirrors: ["docker.io": "mirror.lan/hub"])
        #expect(rewriting.rewritten("nginx:1") == "mirror.lan/hub/library/nginx:1")
        #expect(rewriting.rewritten("quay.io/a/b:1") == "quay.io/a/b:1")
        let object: JSONValue = [
            "kind": "ConfigMap",
            "data": ["sidecar": "nginx:1", "text": "about nginx:1 and more", "url": "http://nginx:1/"],
        ]
        let rewritten = rewriting.rewritten(object, known: ["nginx"])
        #expect(rewritten["data"]?["sidecar"] == "mirror.lan/hub/library/nginx:1")
        #expect(rewritten["data"]?["text"] == "about nginx:1 and more")
        #expect(rewritten["data"]?["url"] == "http://nginx:1/")
    }

    @Test func podsGetTheProxies() throws {
        let release = try Toadstool.release(
            "steady", proxies: PodProxies(http: "http://proxy:3128", none: ["10.0.0.0/8"]))
        let containers = try Toadstool.rendered(release).object("Deployment", "cap")?.body["spec"]?["template"]?[
            "spec"]?["containers"]
        let environment = try #require(containers?[0]?["env"]?.array)
        let values = Dictionary(
            uniqueKeysWithValues: environment.map { ($0["name"]?.string ?? "", $0["value"]?.string ?? "") })
        #expect(values["HTTPS_PROXY"] == "http://proxy:3128")
        #expect(values["NO_PROXY"]?.hasSuffix(".cluster.local,kubernetes.default,10.0.0.0/8") ?? false)
        #expect(values.keys.contains("PASSWORD"))
    }

    /// As Kubernetes 1.20 wants it: seen with the Services of Knative.
    @Test func portsOfServicesSayTheirProtocol() throws {
        let service = try #require(try Toadstool.rendered(try Toadstool.release()).object("Service", "cap"))
        #expect(service.body["spec"]?["ports"]?[0]?["protocol"] == "TCP")
        let udp: JSONValue = [
            "apiVersion": "v1", "kind": "Service", "spec": ["ports": [["port": 53, "protocol": "UDP"]]],
        ]
        #expect(ApplyForm.complete(udp) == udp)
    }

    @Test func aMergePatchRemovesAndReplaces() {
        let value: JSONValue = ["a": ["b": 1, "c": [1, 2]], "d": 4]
        let patch: JSONValue = ["a": ["b": nil, "c": [3], "e": ["f": 1]]]
        #expect(value.merged(with: patch) == ["a": ["c": [3], "e": ["f": 1]], "d": 4])
    }

    @Test func aSecretIsWrittenAsTheServerWritesIt() {
        let id = ObjectID(apiVersion: "v1", kind: "Secret", namespace: "a", name: "b")
        let object = DesiredObject(
            id, ["apiVersion": "v1", "kind": "Secret", "stringData": ["k": "v"]], framework: "x")
        #expect(object.body["data"]?["k"] == "dg==")
        #expect(object.body["stringData"] == nil)
    }
}
