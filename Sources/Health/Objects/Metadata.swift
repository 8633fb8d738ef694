/// The part of every object's metadata that probes read.
package struct Metadata: Sendable, Decodable {
    package struct Owner: Sendable, Decodable {
        package var kind: String?
        package var name: String?
    }

    package var name: String?
    package var namespace: String?
    package var labels: [String: String]?
    package var annotations: [String: String]?
    package var creationTimestamp: String?
    package var deletionTimestamp: String?
    package var ownerReferences: [Owner]?
}

/// Every field may be missing: an object without what one expects must not cost the whole list.
package protocol KubernetesObject: Sendable, Decodable {
    var metadata: Metadata? { get }
}

extension KubernetesObject {
    package var name: String { metadata?.name ?? "?" }
    package var namespace: String { metadata?.namespace ?? "" }
    package var labels: [String: String] { metadata?.labels ?? [:] }
    package var annotations: [String: String] { metadata?.annotations ?? [:] }
}

package struct Condition: Sendable, Decodable {
    package var type: String?
    package var status: String?
    package var reason: String?
    package var message: String?
    package var lastHeartbeatTime: String?
    package var lastTransitionTime: String?
}
