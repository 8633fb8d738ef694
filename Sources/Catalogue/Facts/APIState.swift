internal import Foundation

/// What one API server answered.
package struct APIState: Sendable, Hashable {
    package struct Node: Sendable, Hashable {
        package var isReady: Bool
        /// Of its kubelet, `v1.20.2`.
        package var version: String
        package var labels: [String: String] = [:]
        /// `KEY=VALUE:EFFECT`.
        package var taints: Set<String> = []
    }

    package var nodes: [String: Node] = [:]
    /// `daemonset.apps/kube-proxy` and others that tell how far kubeadm came.
    package var objects: Set<String> = []

    init(_ text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 2).map(String.init)
            switch words.first {
            case "node" where words.count == 3:
                let rest = words[2].split(separator: " ").map(String.init)
                nodes[words[1]] = Node(isReady: rest.first == "True", version: rest.last ?? "")
            case "label" where words.count == 3:
                guard let equals = words[2].firstIndex(of: "=") else { continue }
                nodes[words[1]]?.labels[String(words[2][..<equals])] = String(
                    words[2][words[2].index(after: equals)...])
            case "taint" where words.count == 3: nodes[words[1]]?.taints.insert(words[2])
            default: if line.contains("/") { objects.insert(String(line)) }
            }
        }
    }

    /// The kube-proxy add-on's RBAC is the last thing that `kubeadm init` makes.
    package var isInitialised: Bool {
        objects.contains("configmap/kubeadm-config") && objects.contains("daemonset.apps/kube-proxy")
            && objects.contains("rolebinding.rbac.authorization.k8s.io/kube-proxy")
    }
}

/// One member of etcd, as etcd lists it.
package struct EtcdMember: Sendable, Hashable {
    /// Decimal, as the JSON gateway writes it.
    package var id: String
    /// Empty until the member has started for the first time.
    package var name: String
    package var peerURLs: [String]
    package var isLearner: Bool

    package var isStarted: Bool { !name.isEmpty }

    static func list(_ json: String) -> [EtcdMember]? {
        struct Answer: Decodable {
            struct Member: Decodable {
                var ID: String?
                var name: String?
                var peerURLs: [String]?
                var isLearner: Bool?
            }
            var members: [Member]?
        }
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(json.utf8)), let members = answer.members
        else {
            return nil
        }
        return members.map {
            EtcdMember(
                id: $0.ID ?? "", name: $0.name ?? "", peerURLs: $0.peerURLs ?? [], isLearner: $0.isLearner ?? false)
        }
    }
}
