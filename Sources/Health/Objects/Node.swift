internal import KubernetesAPI

package struct Node: KubernetesObject {
    package struct Spec: Sendable, Decodable {
        package struct Taint: Sendable, Decodable {
            package var key: String?
            package var value: String?
            package var effect: String?
            package var timeAdded: String?
        }
        package var unschedulable: Bool?
        package var podCIDR: String?
        package var taints: [Taint]?
    }

    package struct Status: Sendable, Decodable {
        package struct Address: Sendable, Decodable {
            package var type: String?
            package var address: String?
        }
        package struct Info: Sendable, Decodable {
            package var kubeletVersion: String?
            package var containerRuntimeVersion: String?
            package var kernelVersion: String?
            package var osImage: String?
        }
        package var conditions: [Condition]?
        package var addresses: [Address]?
        package var allocatable: [String: String]?
        package var nodeInfo: Info?
    }

    package var metadata: Metadata?
    package var spec: Spec?
    package var status: Status?

    package var subject: String { "node/\(name)" }
    package var isControlPlane: Bool {
        labels["node-role.kubernetes.io/control-plane"] != nil || labels["node-role.kubernetes.io/master"] != nil
    }
    package var isCordoned: Bool { spec?.unschedulable ?? false }
    package var isReady: Bool { condition("Ready")?.status == "True" }
    package var address: String {
        status?.addresses?.first { $0.type == "InternalIP" }?.address ?? ""
    }
    package var version: String { status?.nodeInfo?.kubeletVersion ?? "" }

    package func condition(_ type: String) -> Condition? { status?.conditions?.first { $0.type == type } }

    /// In the base unit; nil if the node does not say.
    package func allocatable(_ resource: String) -> Double? {
        status?.allocatable?[resource].flatMap(Quantity.parse)
    }
}

package struct Lease: KubernetesObject {
    package struct Spec: Sendable, Decodable {
        package var holderIdentity: String?
        package var leaseDurationSeconds: Int?
        package var renewTime: String?
        package var leaseTransitions: Int?
    }

    package var metadata: Metadata?
    package var spec: Spec?
}
