package struct StorageClass: KubernetesObject {
    package var metadata: Metadata?
    package var provisioner: String?

    /// The annotation of storage.k8s.io/v1, and its beta form that is honoured still.
    package var isDefault: Bool {
        annotations["storageclass.kubernetes.io/is-default-class"] == "true"
            || annotations["storageclass.beta.kubernetes.io/is-default-class"] == "true"
    }
}

package struct VolumeClaim: KubernetesObject {
    package struct Spec: Sendable, Decodable {
        package var storageClassName: String?
        package var volumeName: String?
    }
    package struct Status: Sendable, Decodable { package var phase: String? }

    package var metadata: Metadata?
    package var spec: Spec?
    package var status: Status?
}

package struct Volume: KubernetesObject {
    package struct Status: Sendable, Decodable {
        package var phase: String?
        package var message: String?
    }

    package var metadata: Metadata?
    package var status: Status?
}
