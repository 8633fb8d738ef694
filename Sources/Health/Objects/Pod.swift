internal import Foundation

package struct Pod: KubernetesObject {
    package struct Spec: Sendable, Decodable {
        package struct Container: Sendable, Decodable {
            package struct Resources: Sendable, Decodable {
                package var requests: [String: String]?
            }
            package var name: String?
            package var resources: Resources?
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

    /// What the scheduler counts: the sum of the containers, or the largest init container if that is more, plus overhead.
    /// https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
    package func requests(_ resource: String) -> Double {
        func amount(_ container: Spec.Container) -> Double {
            container.resources?.requests?[resource].flatMap(Quantity.parse) ?? 0
        }
        let running = (spec?.containers ?? []).map(amount).reduce(0, +)
        let first = (spec?.initContainers ?? []).map(amount).max() ?? 0
        return max(running, first) + (spec?.overhead?[resource].flatMap(Quantity.parse) ?? 0)
    }
}
