import ClusterModel

/// Files that the API server of a production cluster reads; they must be on every control plane before kubeadm runs
/// there.
package enum ControlPlaneFiles {
    package static let auditPolicyPath = "/etc/kubernetes/audit-policy.yaml"
    package static let auditLogFolder = "/var/log/kubernetes/audit"
    /// A folder is mounted, not the file, so that a replaced file is seen without a new pod.
    package static let encryptionFolder = "/etc/kubernetes/encryption"
    package static let encryptionConfigurationPath = encryptionFolder + "/config.yaml"

    /// Mounts of the files above into the API server's pod; none outside production.
    static func volumes(_ context: KubeadmContext) -> [OrderedValue] {
        guard context.isProduction else { return [] }
        return [
            mount("audit-policy", auditPolicyPath, readOnly: true, type: "File"),
            mount("audit-log", auditLogFolder, readOnly: false, type: "DirectoryOrCreate"),
            mount("encryption", encryptionFolder, readOnly: true, type: "Directory"),
        ]
    }

    private static func mount(_ name: String, _ path: String, readOnly: Bool, type: String) -> OrderedValue {
        var mount: OrderedMap = ["name": .string(name), "hostPath": .string(path), "mountPath": .string(path)]
        if readOnly { mount["readOnly"] = true }
        mount["pathType"] = .string(type)
        return .map(mount)
    }

    /// EncryptionConfiguration: Secrets are written with secretbox; what was written before stays readable.
    ///
    /// - Parameter key: 32 random bytes in base64, the same on every control plane, or a placeholder.
    package static func encryptionConfiguration(key: String) -> String {
        YAMLWriter.text(of: [
            "apiVersion": "apiserver.config.k8s.io/v1",
            "kind": "EncryptionConfiguration",
            "resources": [
                [
                    "resources": ["secrets"],
                    "providers": [
                        ["secretbox": ["keys": [["name": "key1", "secret": .string(key)]]]],
                        ["identity": [:]],
                    ],
                ]
            ],
        ])
    }

    /// The audit policy: who changed what, never the content of Secrets and tokens, and not the cluster's own
    /// heartbeat.
    package static func auditPolicy() -> String {
        YAMLWriter.text(of: [
            "apiVersion": "audit.k8s.io/v1",
            "kind": "Policy",
            "omitStages": ["RequestReceived"],
            "rules": [
                // The heartbeat of the cluster.
                ["level": "None", "nonResourceURLs": ["/healthz*", "/livez*", "/readyz*", "/version", "/metrics"]],
                ["level": "None", "resources": [resources("coordination.k8s.io", ["leases"])]],
                ["level": "None", "resources": [resources("", ["events"]), resources("events.k8s.io", ["events"])]],
                [
                    "level": "None", "users": ["system:kube-proxy"], "verbs": ["get", "list", "watch"],
                    "resources": [
                        resources("", ["endpoints", "services", "nodes"]),
                        resources("discovery.k8s.io", ["endpointslices"]),
                    ],
                ],
                [
                    "level": "None", "userGroups": ["system:nodes"], "verbs": ["get", "update", "patch"],
                    "resources": [resources("", ["nodes/status", "pods/status"])],
                ],
                // Never a body that holds a secret.
                [
                    "level": "Metadata",
                    "resources": [
                        resources("", ["secrets", "configmaps", "serviceaccounts/token"]),
                        resources("authentication.k8s.io", ["tokenreviews"]),
                        resources("certificates.k8s.io", ["certificatesigningrequests"]),
                    ],
                ],
                // What gives rights is kept whole.
                [
                    "level": "RequestResponse", "verbs": ["create", "update", "patch", "delete", "deletecollection"],
                    "resources": [
                        resources("rbac.authorization.k8s.io", []),
                        resources("admissionregistration.k8s.io", []),
                    ],
                ],
                ["level": "Metadata", "verbs": ["get", "list", "watch"]],
                ["level": "Request", "verbs": ["create", "update", "patch", "delete", "deletecollection"]],
                ["level": "Metadata"],
            ],
        ])
    }

    private static func resources(_ group: String, _ names: [String]) -> OrderedValue {
        names.isEmpty ? ["group": .string(group)] : ["group": .string(group), "resources": .strings(names)]
    }
}
