import Foundation

@testable import Health

extension CISControlTests {
    static let faults: [ProfileFault] = files + apiServer + programs + kubelet + access + policies

    private static let manifests = "/etc/kubernetes/manifests/"

    private static let files: [ProfileFault] =
        [
            (1, manifests + "kube-apiserver.yaml"), (3, manifests + "kube-controller-manager.yaml"),
            (5, manifests + "kube-scheduler.yaml"), (7, manifests + "etcd.yaml"), (13, "/etc/kubernetes/admin.conf"),
            (15, "/etc/kubernetes/scheduler.conf"), (17, "/etc/kubernetes/controller-manager.conf"),
        ].flatMap { (number: Int, path: String) -> [ProfileFault] in
            [.mode("cis.1.1.\(number)", path, "664"), .owner("cis.1.1.\(number + 1)", path)]
        } + [
            .mode("cis.1.1.9", as: .warn, "/etc/cni/net.d/10-net.conflist", "666"),
            .owner("cis.1.1.10", as: .warn, "/etc/cni/net.d/10-net.conflist"),
            ProfileFault("cis.1.1.9", .warn, "/var/lib/cni/networks/net/10.1.0.2") {
                $0.files["/var/lib/cni/networks/net/10.1.0.2"] = ("666", "root:root")
            },
            .mode("cis.1.1.11", "/var/lib/etcd", "755"),
            ProfileFault("cis.1.1.12", .fail, "root:root") { $0.files["/var/lib/etcd"]?.owner = "root:root" },
            .owner("cis.1.1.19", "/etc/kubernetes/pki/ca.key"),
            ProfileFault("cis.1.1.20", .warn, "/etc/kubernetes/pki/etcd/ca.crt is 666") {
                $0.files["/etc/kubernetes/pki/etcd/ca.crt"] = ("666", "root:root")
            },
            .mode("cis.1.1.21", as: .warn, "/etc/kubernetes/pki/ca.key", "640"),
            .mode("cis.4.1.1", "/etc/systemd/system/kubelet.service", "664"),
            .owner("cis.4.1.2", "/etc/systemd/system/kubelet.service"),
            .mode("cis.4.1.3", as: .warn, "/etc/kubernetes/kube-proxy.conf", "664"),
            .owner("cis.4.1.4", as: .warn, "/etc/kubernetes/kube-proxy.conf"),
            .mode("cis.4.1.5", "/etc/kubernetes/kubelet.conf", "664"),
            .owner("cis.4.1.6", "/etc/kubernetes/kubelet.conf"),
            .mode("cis.4.1.7", as: .warn, "/etc/kubernetes/pki/ca.crt", "666"),
            .owner("cis.4.1.8", as: .warn, "/etc/kubernetes/pki/ca.crt"),
            .mode("cis.4.1.9", "/var/lib/kubelet/config.yaml", "646"),
            .owner("cis.4.1.10", "/var/lib/kubelet/config.yaml"),
        ]

    private static let apiServer: [ProfileFault] =
        [
            .flag("cis.1.2.1", as: .warn, .apiServer, "anonymous-auth", nil),
            .flag("cis.1.2.1", as: .warn, .apiServer, "anonymous-auth", "true"),
            .flag("cis.1.2.2", .apiServer, "token-auth-file", "/etc/tokens"),
            .flag("cis.1.2.3", .apiServer, "kubelet-https", "false"),
            .flag("cis.1.2.4", .apiServer, "kubelet-client-key", nil),
            .flag("cis.1.2.4", .apiServer, "kubelet-client-certificate", nil),
            .flag("cis.1.2.5", .apiServer, "kubelet-certificate-authority", nil),
            .flag("cis.1.2.6", .apiServer, "authorization-mode", "AlwaysAllow"),
            .flag("cis.1.2.6", .apiServer, "authorization-mode", nil),
            .flag("cis.1.2.7", .apiServer, "authorization-mode", "RBAC"),
            .flag("cis.1.2.8", .apiServer, "authorization-mode", "Node"),
            .flag("cis.1.2.13", .apiServer, "disable-admission-plugins", "ServiceAccount"),
            .flag("cis.1.2.14", .apiServer, "disable-admission-plugins", "NamespaceLifecycle,Priority"),
            .flag("cis.1.2.17", .apiServer, "insecure-bind-address", "0.0.0.0"),
            .flag("cis.1.2.18", .apiServer, "insecure-port", "8080"),
            .flag("cis.1.2.19", .apiServer, "secure-port", "0"), .flag("cis.1.2.20", .apiServer, "profiling", nil),
            .flag("cis.1.2.20", .apiServer, "profiling", "true"),
            .flag("cis.1.2.21", .apiServer, "audit-log-path", nil),
            .flag("cis.1.2.22", .apiServer, "audit-log-maxage", "29"),
            .flag("cis.1.2.23", .apiServer, "audit-log-maxbackup", nil),
            .flag("cis.1.2.24", .apiServer, "audit-log-maxsize", "99"),
            .flag("cis.1.2.26", .apiServer, "service-account-lookup", "false"),
            .flag("cis.1.2.27", .apiServer, "service-account-key-file", nil),
            .flag("cis.1.2.28", .apiServer, "etcd-certfile", nil), .flag("cis.1.2.28", .apiServer, "etcd-keyfile", nil),
            .flag("cis.1.2.29", .apiServer, "tls-cert-file", nil),
            .flag("cis.1.2.29", .apiServer, "tls-private-key-file", nil),
            .flag("cis.1.2.30", .apiServer, "client-ca-file", nil), .flag("cis.1.2.31", .apiServer, "etcd-cafile", nil),
            .flag("cis.1.2.32", as: .warn, .apiServer, "encryption-provider-config", nil),
            ProfileFault("cis.1.2.33", .warn, "nothing is encrypted") { $0.encryption = nil },
            ProfileFault("cis.1.2.33", .warn, "identity, secretbox") {
                $0.encryption = "file=/e\nword=secrets\nword=providers\nword=identity\nword=secretbox"
            },
            ProfileFault("cis.1.2.33", .warn, "Secrets are not named") {
                $0.encryption = "file=/e\nword=providers\nword=secretbox"
            },
            ProfileFault("cis.1.2.33", .warn, "aesgcm") {
                $0.encryption = "file=/e\nword=secrets\nword=providers\nword=aesgcm"
            },
            .flag("cis.1.2.34", as: .warn, .apiServer, "tls-cipher-suites", nil),
            .flag(
                "cis.1.2.34", as: .warn, .apiServer, "tls-cipher-suites",
                "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_RSA_WITH_RC4_128_SHA"),
            .flag("cis.3.2.1", as: .warn, .apiServer, "audit-policy-file", nil),
            ProfileFault("cis.3.2.2", .warn, "no audit policy") { $0.auditPolicy = nil },
            ProfileFault("cis.3.2.2", .warn, "keeps nothing") {
                $0.auditPolicy = "kind: Policy\nrules:\n- level: None\n"
            },
            ProfileFault("cis.3.2.2", .warn, "rule 1 of the policy writes the content of Secrets") {
                $0.auditPolicy =
                    "kind: Policy\nrules:\n- level: RequestResponse\n  verbs: [create]\n- level: Metadata\n"
            },
        ] + admission

    private static let admission =
        [
            ("cis.1.2.9", HealthStatus.warn, "EventRateLimit"), ("cis.1.2.11", .warn, "AlwaysPullImages"),
            ("cis.1.2.12", .warn, "PodSecurityPolicy"), ("cis.1.2.15", .fail, "PodSecurityPolicy"),
            ("cis.1.2.16", .fail, "NodeRestriction"), ("cis.5.5.1", .warn, "ImagePolicyWebhook"),
        ].map { id, status, plugin in
            ProfileFault(id, status, "enable-admission-plugins") { world in
                let all = world.flags[.apiServer]?["enable-admission-plugins"]?.split(separator: ",") ?? []
                world.flags[.apiServer]?["enable-admission-plugins"] = all.filter { $0 != plugin }.joined(
                    separator: ",")
            }
        } + [
            ProfileFault("cis.1.2.10", .fail, "AlwaysAdmit") {
                $0.flags[.apiServer]?["enable-admission-plugins", default: ""] += ",AlwaysAdmit"
            }
        ]

    private static let programs: [ProfileFault] = [
        .flag("cis.1.3.1", as: .warn, .controllerManager, "terminated-pod-gc-threshold", nil),
        .flag("cis.1.3.2", .controllerManager, "profiling", nil),
        .flag("cis.1.3.3", .controllerManager, "use-service-account-credentials", nil),
        .flag("cis.1.3.3", .controllerManager, "use-service-account-credentials", "false"),
        .flag("cis.1.3.4", .controllerManager, "service-account-private-key-file", nil),
        .flag("cis.1.3.5", .controllerManager, "root-ca-file", nil),
        .flag("cis.1.3.6", .controllerManager, "feature-gates", "A=true,RotateKubeletServerCertificate=false"),
        .flag("cis.1.3.7", .controllerManager, "bind-address", "0.0.0.0"),
        .flag("cis.1.3.7", .controllerManager, "bind-address", nil),
        .flag("cis.1.4.1", .scheduler, "profiling", nil), .flag("cis.1.4.2", .scheduler, "bind-address", "10.0.0.11"),
        .flag("cis.2.1", .etcd, "cert-file", nil), .flag("cis.2.1", .etcd, "key-file", nil),
        .flag("cis.2.2", .etcd, "client-cert-auth", nil), .flag("cis.2.2", .etcd, "client-cert-auth", "false"),
        .flag("cis.2.3", .etcd, "auto-tls", "true"), .flag("cis.2.4", .etcd, "peer-cert-file", nil),
        .flag("cis.2.4", .etcd, "peer-key-file", nil), .flag("cis.2.5", .etcd, "peer-client-cert-auth", nil),
        .flag("cis.2.6", .etcd, "peer-auto-tls", "true"),
        ProfileFault("cis.2.6", .fail, "peer-auto-tls") { $0.etcdVariables = ["ETCD_PEER_AUTO_TLS=true"] },
        .flag("cis.2.7", as: .warn, .etcd, "trusted-ca-file", nil),
        .flag("cis.2.7", as: .warn, .etcd, "trusted-ca-file", "/etc/kubernetes/pki/ca.crt"),
    ]

    private static let kubelet: [ProfileFault] = [
        .kubelet("cis.4.2.1", "authentication.anonymous.enabled is true", "enabled: false", "enabled: true"),
        .flag("cis.4.2.1", .kubelet, "anonymous-auth", "true").saying("authentication.anonymous.enabled is true"),
        .kubelet("cis.4.2.2", "authorization.mode is AlwaysAllow", "mode: Webhook", "mode: AlwaysAllow"),
        .kubelet("cis.4.2.3", "clientCAFile is not set", "clientCAFile: /etc/kubernetes/pki/ca.crt", "other: 1"),
        .kubelet("cis.4.2.4", as: .warn, "readOnlyPort is 10255", "podPidsLimit: 4096", "readOnlyPort: 10255"),
        .flag("cis.4.2.5", as: .warn, .kubelet, "streaming-connection-idle-timeout", "0")
            .saying("streamingConnectionIdleTimeout is 0"),
        .kubelet(
            "cis.4.2.6", "protectKernelDefaults is false", "protectKernelDefaults: true", "protectKernelDefaults: false"
        ),
        .kubelet("cis.4.2.6", "which means false", "protectKernelDefaults: true\n", ""),
        .kubelet("cis.4.2.7", "makeIPTablesUtilChains is false", "podPidsLimit: 4096", "makeIPTablesUtilChains: false"),
        .flag("cis.4.2.8", as: .warn, .kubelet, "hostname-override", "other"),
        .kubelet("cis.4.2.9", as: .warn, "eventRecordQPS is 5", "eventRecordQPS: 0", "eventRecordQPS: 5"),
        .kubelet("cis.4.2.10", as: .warn, "serverTLSBootstrap is not set", "serverTLSBootstrap: true\n", ""),
        .kubelet("cis.4.2.11", "rotateCertificates is false", "rotateCertificates: true", "rotateCertificates: false"),
        .kubelet("cis.4.2.11", "which means false", "rotateCertificates: true\n", ""),
        .kubelet(
            "cis.4.2.12", as: .warn, "RotateKubeletServerCertificate is false", "podPidsLimit: 4096",
            "featureGates:\n  RotateKubeletServerCertificate: false"),
        .flag("cis.4.2.12", as: .warn, .kubelet, "feature-gates", "RotateKubeletServerCertificate=false")
            .saying("RotateKubeletServerCertificate is false"),
        .kubelet(
            "cis.4.2.13", as: .warn, "RC4", "- TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "- TLS_RSA_WITH_RC4_128_SHA"),
    ]

    private static func granted(_ rule: String) -> @Sendable (inout ProfileWorld) -> Void {
        { world in
            world.clusterRoles.append(ProfileWorld.role("wide", rule))
            world.clusterRoleBindings.append(ProfileWorld.binding("wide", "wide", #"{"kind":"User","name":"jane"}"#))
        }
    }

    private static let access: [ProfileFault] = [
        ProfileFault("cis.5.1.1", .warn, "clusterrolebinding/jane for User jane") {
            $0.clusterRoleBindings.append(
                ProfileWorld.binding("jane", "cluster-admin", #"{"kind":"User","name":"jane"}"#))
        },
        ProfileFault(
            "cis.5.1.2", .warn, "clusterrole/wide",
            granted(#"{"apiGroups":[""],"resources":["secrets"],"verbs":["list"]}"#)),
        ProfileFault("cis.5.1.2", .warn, "role/shop/reader") {
            $0.roles.append(
                ProfileWorld.role(
                    "reader", namespace: "shop", #"{"apiGroups":[""],"resources":["secrets"],"verbs":["get"]}"#))
            $0.roleBindings.append(
                ProfileWorld.binding("r", namespace: "shop", "reader", kind: "Role", #"{"kind":"User","name":"jane"}"#))
        },
        ProfileFault(
            "cis.5.1.3", .warn, "clusterrole/wide",
            granted(#"{"apiGroups":["apps"],"resources":["*"],"verbs":["get"]}"#)),
        ProfileFault(
            "cis.5.1.4", .warn, "clusterrole/wide",
            granted(#"{"apiGroups":[""],"resources":["pods"],"verbs":["create"]}"#)),
        ProfileFault("cis.5.1.5", .warn, "pod/shop/idle") {
            $0.pods.append(
                ProfileWorld.pod(
                    "idle", "shop",
                    spec:
                        #""serviceAccountName":"default","securityContext":{"seccompProfile":{"type":"RuntimeDefault"}}"#,
                    container:
                        #""volumeMounts":[{"mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}],"securityContext":{"runAsNonRoot":true}"#
                ))
        },
        ProfileFault("cis.5.1.6", .warn, "serviceaccount/shop/web") {
            $0.serviceAccounts.append(#"{"metadata":{"name":"web","namespace":"shop"}}"#)
        },
        ProfileFault("cis.5.1.7", .warn, "clusterrolebinding/masters") {
            $0.clusterRoleBindings.append(
                ProfileWorld.binding("masters", "view", #"{"kind":"Group","name":"system:masters"}"#))
        },
        ProfileFault(
            "cis.5.1.8", .warn, "clusterrole/wide",
            granted(#"{"apiGroups":[""],"resources":["users"],"verbs":["impersonate"]}"#)),
    ]

    private static let policies: [ProfileFault] =
        [
            (1, #","privileged":true"#), (2, #","hostPID":true"#), (3, #","hostIPC":true"#),
            (4, #","hostNetwork":true"#),
            (8, #","allowedCapabilities":["SYS_ADMIN"]"#),
        ].map { number, change in
            ProfileFault("cis.5.2.\(number)", .warn, "none of 1") {
                $0.securityPolicies = [ProfileWorld.securityPolicy(change)]
            }
        }
        + [
            (5, #""allowPrivilegeEscalation":false"#, #""allowPrivilegeEscalation":true"#),
            (6, "MustRunAsNonRoot", "RunAsAny"), (7, #"["ALL"]"#, #"["KILL"]"#),
        ].map { number, old, new in
            ProfileFault("cis.5.2.\(number)", .warn, "none of 1") {
                $0.securityPolicies = $0.securityPolicies.map { $0.replacingOccurrences(of: old, with: new) }
            }
        }
        + [
            ProfileFault("cis.5.3.2", .warn, "namespace/shop") {
                $0.networkPolicies = [ProfileWorld.denial("default")]
            },
            ProfileFault("cis.5.4.1", .warn, "pod/shop/leaky") {
                $0.pods.append(
                    ProfileWorld.pod(
                        "leaky", "shop",
                        container:
                            #""env":[{"name":"A","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}],"securityContext":{"runAsNonRoot":true}"#
                    ))
            },
            ProfileFault("cis.5.4.1", .warn, "pod/shop/whole") {
                $0.pods.append(
                    ProfileWorld.pod(
                        "whole", "shop",
                        container: #""envFrom":[{"secretRef":{"name":"s"}}],"securityContext":{"runAsNonRoot":true}"#))
            },
            ProfileFault("cis.5.7.1", .warn, "only Kubernetes' own") { $0.namespaces = ["default", "kube-system"] },
            ProfileFault("cis.5.7.2", .warn, "pod/shop/free") {
                $0.pods.append(ProfileWorld.pod("free", "shop", spec: #""serviceAccountName":"web""#))
            },
            ProfileFault("cis.5.7.3", .warn, "pod/shop/plain") {
                $0.pods.append(
                    ProfileWorld.pod(
                        "plain", "shop", spec: #""serviceAccountName":"web","securityContext":{}"#,
                        container: #""image":"i""#))
            },
            ProfileFault("cis.5.7.4", .warn, "pod/default/stray") {
                $0.pods.append(ProfileWorld.pod("stray", "default"))
            },
        ]
}

extension ProfileFault {
    func saying(_ words: String) -> ProfileFault {
        var copy = self
        copy.says = words
        return copy
    }
}
