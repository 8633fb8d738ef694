internal import Foundation
package import KubernetesAPI

/// A variable that is measured: a part of what the smallest node of a kind gives to pods.
///
/// With it a lab about scarceness is the same on machines of any size.
package struct NodeShare: Sendable, Hashable {
    package enum Resource: String, Sendable, Hashable, CaseIterable {
        case cpu
        case memory
    }

    package var resource: Resource
    /// Labels of the nodes that count; nil: all that are no control planes.
    package var selector: String?
    /// Above 0, up to 1.
    package var share: Double

    /// As a request: whole thousandths of a core, or whole Mi, rounded down; nil if there is no such node.
    ///
    /// Pure.
    package func text(_ nodes: [JSONValue]) -> String? {
        let chosen = nodes.filter { node in
            if let selector { return LabelSelector(selector).matches(node.labels) }
            return node.labels["node-role.kubernetes.io/control-plane"] == nil
                && node.labels["node-role.kubernetes.io/master"] == nil
        }
        let amounts = chosen.compactMap {
            $0["status"]?["allocatable"]?[resource.rawValue]?.string.flatMap(Quantity.parse)
        }
        guard let least = amounts.min() else { return nil }
        switch resource {
        case .cpu: return "\(Int((least * share * 1000).rounded(.down)))m"
        case .memory: return "\(Int((least * share / 1_048_576).rounded(.down)))Mi"
        }
    }
}
