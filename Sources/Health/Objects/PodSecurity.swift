extension Pod.Spec {
    /// Of a pod or a container: the parts that profiles read.
    package struct SecurityContext: Sendable, Decodable {
        package struct Profile: Sendable, Decodable { package var type: String? }
        package var runAsNonRoot: Bool?
        package var runAsUser: Int?
        package var privileged: Bool?
        package var readOnlyRootFilesystem: Bool?
        package var allowPrivilegeEscalation: Bool?
        package var seccompProfile: Profile?
    }

    package struct Mount: Sendable, Decodable { package var mountPath: String? }

    /// A variable of the environment; its value is not read.
    package struct Variable: Sendable, Decodable {
        package struct Source: Sendable, Decodable {
            package struct Key: Sendable, Decodable { package var name: String? }
            package var secretKeyRef: Key?
        }
        package var name: String?
        package var valueFrom: Source?
    }

    package struct VariableSource: Sendable, Decodable {
        package struct Reference: Sendable, Decodable { package var name: String? }
        package var secretRef: Reference?
    }

    package var allContainers: [Container] { (containers ?? []) + (initContainers ?? []) }
}
