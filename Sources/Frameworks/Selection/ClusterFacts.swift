package import ClusterModel
package import KubernetesAPI

/// What the choice and the rendering of a framework depend on.
package struct ClusterFacts: Sendable, Hashable {
    package struct Node: Sendable, Hashable {
        package var name: String
        /// Its InternalIP.
        package var address: String?
        package var architecture: String
        /// Allocatable, in bytes.
        package var memory: Int
        package var isReady: Bool
        package var isControlPlane: Bool
        package var runtime: String

        package init(
            name: String, address: String?, architecture: String = "amd64", memory: Int = 0, isReady: Bool = true,
            isControlPlane: Bool = false, runtime: String = ""
        ) {
            self.name = name
            self.address = address
            self.architecture = architecture
            self.memory = memory
            self.isReady = isReady
            self.isControlPlane = isControlPlane
            self.runtime = runtime
        }
    }

    package var version: KubernetesVersion
    package var nodes: [Node]
    /// nil was not asked.
    package var hasDefaultStorageClass: Bool?

    package init(version: KubernetesVersion, nodes: [Node] = [], hasDefaultStorageClass: Bool? = nil) {
        self.version = version
        self.nodes = nodes
        self.hasDefaultStorageClass = hasDefaultStorageClass
    }

    package var minor: KubernetesMinor { KubernetesMinor(version.major, version.minor) }

    /// Where NodePorts answer: a ready worker, else a ready control plane.
    package var nodeAddress: String? {
        let ready = nodes.filter { $0.isReady && $0.address != nil }
        return (ready.first { !$0.isControlPlane } ?? ready.first)?.address
    }

    /// Of nodes that said it.
    package var architectures: Set<String> { Set(nodes.map(\.architecture).filter { !$0.isEmpty }) }

    /// Asks for version and nodes, and for storage classes where they matter.
    ///
    /// - Parameter needsNodes: false goes on without nodes where who asks may not list them.
    package static func ask(
        _ client: KubernetesClient, storageClasses: Bool = false, needsNodes: Bool = true
    ) async throws(KubernetesError) -> ClusterFacts {
        let version = try await client.value("/version")
        guard let text = version["gitVersion"]?.string, let known = KubernetesVersion(text) ?? Self.plain(text) else {
            throw .notUnderstood(path: "/version", reason: "it has no `gitVersion` that is a version of Kubernetes")
        }
        var nodes: [JSONValue] = []
        do throws(KubernetesError) {
            nodes = try await client.list("/api/v1/nodes", of: JSONValue.self).items
        } catch {
            guard !needsNodes, error.code == 403 else { throw error }
        }
        var facts = ClusterFacts(version: known, nodes: nodes.map(node).sorted { $0.name < $1.name })
        if storageClasses {
            let found = try await client.list("/apis/storage.k8s.io/v1/storageclasses", of: JSONValue.self)
            facts.hasDefaultStorageClass = found.items.contains { item in
                let annotations = item["metadata"]?["annotations"]
                return annotations?["storageclass.kubernetes.io/is-default-class"]?.string == "true"
                    || annotations?["storageclass.beta.kubernetes.io/is-default-class"]?.string == "true"
            }
        }
        return facts
    }

    /// `v1.27.3+k3s1` and `v1.28.5-eks-5e0fdde` without what their makers add.
    private static func plain(_ text: String) -> KubernetesVersion? {
        KubernetesVersion(text.prefix { $0 != "+" }) ?? KubernetesVersion(text.prefix { $0 != "-" })
    }

    static func node(_ object: JSONValue) -> Node {
        let addresses = object["status"]?["addresses"]?.array ?? []
        let info = object["status"]?["nodeInfo"]
        let labels = object.labels
        let isControlPlane = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"].contains {
            labels[$0] != nil
        }
        return Node(
            name: object.objectName,
            address: addresses.first { $0["type"]?.string == "InternalIP" }?["address"]?.string,
            architecture: info?["architecture"]?.string ?? "amd64",
            memory: object["status"]?["allocatable"]?["memory"]?.string.flatMap(Quantity.bytes) ?? 0,
            isReady: object.condition("Ready")?["status"]?.string == "True", isControlPlane: isControlPlane,
            runtime: info?["containerRuntimeVersion"]?.string ?? "")
    }
}

/// Quantities of Kubernetes, as far as memory is concerned.
enum Quantity {
    /// nil for anything that is no quantity.
    static func bytes(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let number = Double(digits) else { return nil }
        let factors: [String: Double] = [
            "": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "Ki": 1024, "Mi": 1_048_576, "Gi": 1_073_741_824,
            "Ti": 1_099_511_627_776,
        ]
        return factors[String(text.dropFirst(digits.count))].map { Int(number * $0) }
    }
}
