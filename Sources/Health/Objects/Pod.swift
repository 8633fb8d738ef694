internal import Foundation
internal import KubernetesAPI

package struct Pod: KubernetesObject {
    package struct Spec: Sendable, Decodable {
        package struct Container: Sendable, Decodable {
            package struct Resources: Sendable, Decodable {
                package var requests: [String: String]?
            }
            package var name: String?
            package var resources: Resources?
            /// Of an init container: with `Always` it goes on running beside the others (a sidecar, since 1.28).
            package var restartPolicy: String?
            package var securityContext: SecurityContext?
            package var env: [Variable]?
            package var envFrom: [VariableSource]?
            package var volumeMounts: [Mount]?
        }
        package var nodeName: String?
        package var serviceAccountName: String?
        package var securityContext: SecurityContext?
        package var containers: [Container]?
        package var initContainers: [Container]?
        /// Of the pod as a whole (since 1.32); takes the place of the containers' sum.
        package var resources: Container.Resources?
        package var overhead: [String: String]?
    }

    package struct Status: Sendable, Decodable {
        package struct ContainerStatus: Sendable, Decodable {
            package struct State: Sendable, Decodable {
                package struct Reason: Sendable, Decodable {
                    package var reason: String?
                    package var message: String?
                    package var exitCode: Int?
                    package var finishedAt: String?
                }
                package var waiting: Reason?
                package var terminated: Reason?
            }
            package var name: String?
            package var ready: Bool?
            package var restartCount: Int?
            package var state: State?
            package var lastState: State?
        }
        package var phase: String?
        package var reason: String?
        package var conditions: [Condition]?
        package var containerStatuses: [ContainerStatus]?
        package var initContainerStatuses: [ContainerStatus]?
    }

    package var metadata: Metadata?
    package var spec: Spec?
    package var status: Status?

    package var subject: String { "pod/\(namespace)/\(name)" }
    package var isDone: Bool { status?.phase == "Succeeded" || status?.phase == "Failed" }
    package var isReady: Bool {
        status?.conditions?.contains { $0.type == "Ready" && $0.status == "True" } ?? false
    }
    /// Made by kubeadm from the manifests of a control plane.
    package var isControlPlaneComponent: Bool { namespace == "kube-system" && labels["tier"] == "control-plane" }

    /// What the scheduler counts, of cpu or memory: what the pod asks for as a whole, or else what its containers ask for
    /// together, or at some point of its start if that is more; plus overhead.
    ///
    /// Sidecars count beside the containers, and beside the init containers that come after them.
    /// https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
    package func requests(_ resource: String) -> Double {
        func amount(_ resources: Spec.Container.Resources?) -> Double? {
            resources?.requests?[resource].flatMap(Quantity.parse)
        }
        let overhead = spec?.overhead?[resource].flatMap(Quantity.parse) ?? 0
        if let whole = amount(spec?.resources) { return whole + overhead }
        var sidecars = 0.0
        var start = 0.0
        for container in spec?.initContainers ?? [] {
            let own = amount(container.resources) ?? 0
            start = max(start, sidecars + own)
            if container.restartPolicy == "Always" { sidecars += own }
        }
        let running = (spec?.containers ?? []).map { amount($0.resources) ?? 0 }.reduce(sidecars, +)
        return max(running, start) + overhead
    }
}
