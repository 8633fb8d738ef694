import ConfigTree
import Foundation
import Testing
import YAMLDocument

@testable import ClusterModel

struct SpecSchemaTests {
    private static let published = Fixtures.checkout.appending(path: "manifests/schema/cluster.schema.json")

    private func schema() throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(SpecSchema.text.utf8)) as? [String: Any])
    }

    @Test func publishedFileIsTheGeneratedOne() throws {
        let text = try String(contentsOf: Self.published, encoding: .utf8)
        #expect(
            text == SpecSchema.text, "write it again: martlet schema cluster > manifests/schema/cluster.schema.json")
    }

    @Test func acceptsWhatTheReaderAccepts() throws {
        let schema = try schema()
        var accepted = 0
        for name in Fixtures.names where try Fixtures.decode(name).spec != nil {
            let document = try YAMLReader.document(try Fixtures.bytes(name), file: name)
            #expect(SchemaCheck.problems(document.root, schema) == [], "\(name)")
            accepted += 1
        }
        #expect(accepted >= 5)
        let starter = try YAMLReader.document(Array(StarterSpec().text.utf8), file: "starter")
        #expect(SchemaCheck.problems(starter.root, schema) == [])
    }

    static let refused: [(name: String, path: String)] = [
        ("unknown-keys", ": additionalProperties"), ("unknown-keys", ".hosts[0]: required"),
        ("version-minor", ".kubernetes.version: pattern"), ("no-hosts", ".hosts: minItems"),
        ("owned-fields", ".components.kubelet: additionalProperties"), ("plugin-mixed", ".network.plugin: anyOf"),
        ("endpoint-host-of-three", ".endpoint.virtualRouterID: maximum"), ("traps", ".kubernetes.source: oneOf"),
        ("traps", ".endpoint.type: enum"), ("preflight-all", ".components.ignorePreflightErrors[1]: pattern"),
        ("images", ".images.mirrors.docker.io[0]: pattern"), ("labels-and-taints", ".hosts[0].labels: propertyNames"),
        ("traps", ".components.kubelet.maxPods: type"),
    ]

    @Test(arguments: refused)
    func refusesWhatAFieldAloneCanKnow(_ each: (name: String, path: String)) throws {
        let document = try YAMLReader.document(try Fixtures.bytes(each.name), file: each.name)
        #expect(SchemaCheck.problems(document.root, try schema()).contains(each.path))
    }

    @Test func everyFieldIsExplained() {
        let reference = SpecSchema.reference
        for line in [
            "name (required): a DNS label", "hosts[].ssh.port: ", "components.kubelet.maxPods: ",
            "network.plugin.sha256: ",
        ] {
            #expect(reference.contains("\n" + line), "\(line)")
        }
        #expect(!reference.contains("    .\n"))
    }

    // MARK: Components

    @Test func tablesOfComponentsAreSane() {
        for table in [ComponentFields.kubelet, ComponentFields.kubeProxy] {
            check(table.fields, in: table.kind)
            #expect(table.fields.count > 20)
        }
    }

    private func check(_ fields: [ComponentField], in path: String) {
        for field in fields {
            #expect((20...36).contains(field.since), "\(path).\(field.name)")
            #expect(field.until == .max || (field.since...36).contains(field.until), "\(path).\(field.name)")
            var type = field.type
            while case .list(let item) = type { type = item }
            if case .record(let inner) = type { check(inner, in: "\(path).\(field.name)") }
        }
        for minor in 20...36 {
            let names = fields.filter { $0.exists(in: minor) }.map(\.name)
            #expect(Set(names).count == names.count, "\(path) in v1.\(minor)")
        }
    }

    static let history: [(field: String, first: Int, last: Int)] = [
        ("maxPods", 20, .max), ("seccompDefault", 22, .max), ("memorySwap", 22, .max), ("registerNode", 23, .max),
        ("containerRuntimeEndpoint", 27, .max), ("imageMaximumGCAge", 29, .max), ("failCgroupV1", 31, .max),
        ("crashLoopBackOff", 32, .max),
    ]

    @Test(arguments: history)
    func fieldsAppearWhereKubernetesHasThem(_ each: (field: String, first: Int, last: Int)) throws {
        let field = try #require(ComponentFields.kubelet.fields.first { $0.name == each.field })
        #expect((field.since, field.until) == (each.first, each.last))
    }
}
