import Foundation
import Planning
import Testing

@testable import Health

/// A cluster as profiles see it: one control plane and one worker, hardened so that everything passes that can.
struct ProfileWorld: Sendable {
    /// Flags by program; without a value it is a flag alone.
    var flags: [ClusterProgram: [String: String]] = Self.hardened
    var etcdVariables: [String] = []
    /// Lines of the kubelet's file.
    var kubelet = Self.kubeletFile
    var files: [String: (mode: String, owner: String)] = Self.rightFiles
    /// `present`, what the question prints; nil for a host without it.
    var encryption: String? = """
        file=/etc/kubernetes/encryption/config.yaml
        word=secrets
        word=providers
        word=secretbox
        word=identity
        """
    var auditPolicy: String? = """
        apiVersion: audit.k8s.io/v1
        kind: Policy
        rules:
        - level: None
          users: ["system:kube-proxy"]
          verbs: ["watch"]
          resources:
          - group: ""
            resources: ["endpoints"]
        - level: Metadata
          resources:
          - group: ""
            resources: ["secrets", "configmaps"]
        - level: RequestResponse
        """
    var auditLog: String? = "file=/var/log/audit.log\nsize=1000\nage=3"
    var kernel = ProductionHosts.settings.map { "\($0.name)=\(Int($0.wanted))" }
    var runtime: String? = "systemd=true\nread=1"
    var containerd = "1.7.24"
    var packages = "package=hold installed kubelet\npackage=hold installed kubeadm\nread=1"
    var controlPlanes = 2

    var version = "v1.20.2"
    var namespaces = ["default", "kube-system", "shop"]
    var labels: [String: String] = [:]
    var networkPolicies = ["default", "shop"].map(Self.denial)
    var serviceAccounts = [#"{"metadata":{"name":"default","namespace":"shop"},"automountServiceAccountToken":false}"#]
    var roles: [String] = []
    var clusterRoles = [
        Self.role("cluster-admin", #"{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}"#, isOwn: true)
    ]
    var roleBindings: [String] = []
    var clusterRoleBindings = [
        Self.binding("cluster-admin", "cluster-admin", #"{"kind":"Group","name":"system:masters"}"#, isOwn: true)
    ]
    var securityPolicies = [Self.securityPolicy()]
    var budgets = [
        """
        {"metadata":{"name":"dns","namespace":"kube-system"},"spec":{"selector":{"matchLabels":{"k8s-app":"kube-dns"}}},
         "status":{"disruptionsAllowed":1,"expectedPods":2,"currentHealthy":2,"desiredHealthy":1}}
        """
    ]
    var pods = [
        Self.pod("dns-a", "kube-system", node: "cp-1", labels: #""k8s-app":"kube-dns""#),
        Self.pod("dns-b", "kube-system", node: "w-1", labels: #""k8s-app":"kube-dns""#), Self.pod("web", "shop"),
    ]
    var apiServices = [
        #"{"metadata":{"name":"v1beta1.metrics.k8s.io"},"status":{"conditions":[{"type":"Available","status":"True"}]}}"#
    ]
    var anonymous = AnonymousAccess.unauthenticated

    // MARK: objects

    static func denial(_ namespace: String) -> String {
        #"{"metadata":{"name":"deny","namespace":"\#(namespace)"},"spec":{"podSelector":{},"policyTypes":["Ingress"]}}"#
    }

    static func role(_ name: String, namespace: String? = nil, _ rule: String, isOwn: Bool = false) -> String {
        let place = namespace.map { #","namespace":"\#($0)""# } ?? ""
        let label = isOwn ? #","labels":{"kubernetes.io/bootstrapping":"rbac-defaults"}"# : ""
        return #"{"metadata":{"name":"\#(name)"\#(place)\#(label)},"rules":[\#(rule)]}"#
    }

    static func binding(
        _ name: String, namespace: String? = nil, _ role: String, kind: String = "ClusterRole", _ subject: String,
        isOwn: Bool = false
    ) -> String {
        let place = namespace.map { #","namespace":"\#($0)""# } ?? ""
        let label = isOwn ? #","labels":{"kubernetes.io/bootstrapping":"rbac-defaults"}"# : ""
        return """
            {"metadata":{"name":"\(name)"\(place)\(label)},"roleRef":{"kind":"\(kind)","name":"\(role)"},
             "subjects":[\(subject)]}
            """
    }

    static func securityPolicy(_ change: String = "") -> String {
        """
        {"metadata":{"name":"restricted"},"spec":{"allowPrivilegeEscalation":false,
         "runAsUser":{"rule":"MustRunAsNonRoot"},"requiredDropCapabilities":["ALL"]\(change)}}
        """
    }

    static func pod(
        _ name: String, _ namespace: String, node: String = "w-1", labels: String = "", spec: String? = nil,
        container: String? = nil, requests: String = #""cpu":"100m""#
    ) -> String {
        let spec = spec ?? #""serviceAccountName":"web","securityContext":{"seccompProfile":{"type":"RuntimeDefault"}}"#
        let container = container ?? #""securityContext":{"runAsNonRoot":true}"#
        return """
            {"metadata":{"name":"\(name)","namespace":"\(namespace)","labels":{\(labels)}},
             "spec":{"nodeName":"\(node)",\(spec),"containers":[{"name":"c","resources":{"requests":{\(requests)}},\(container)}]},
             "status":{"phase":"Running"}}
            """
    }

    // MARK: hosts

    /// Flags that pass all controls that one can pass by flags.
    static let hardened: [ClusterProgram: [String: String]] = [
        .apiServer: [
            "anonymous-auth": "false", "kubelet-client-certificate": "/etc/kubernetes/pki/k.crt",
            "kubelet-client-key": "/etc/kubernetes/pki/k.key",
            "kubelet-certificate-authority": "/etc/kubernetes/pki/ca.crt", "authorization-mode": "Node,RBAC",
            "enable-admission-plugins":
                "NodeRestriction,EventRateLimit,AlwaysPullImages,PodSecurityPolicy,ImagePolicyWebhook",
            "insecure-port": "0", "secure-port": "6443", "profiling": "false", "audit-log-path": "/var/log/audit.log",
            "audit-policy-file": "/etc/kubernetes/audit-policy.yaml", "audit-log-maxage": "30",
            "audit-log-maxbackup": "10", "audit-log-maxsize": "100",
            "service-account-key-file": "/etc/kubernetes/pki/sa.pub", "etcd-certfile": "/etc/kubernetes/pki/e.crt",
            "etcd-keyfile": "/etc/kubernetes/pki/e.key", "tls-cert-file": "/etc/kubernetes/pki/s.crt",
            "tls-private-key-file": "/etc/kubernetes/pki/s.key", "client-ca-file": "/etc/kubernetes/pki/ca.crt",
            "etcd-cafile": "/etc/kubernetes/pki/etcd/ca.crt",
            "encryption-provider-config": "/etc/kubernetes/encryption/config.yaml",
            "tls-cipher-suites": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "tls-min-version": "VersionTLS12",
            "goaway-chance": "0.001",
        ],
        .controllerManager: [
            "terminated-pod-gc-threshold": "1000", "profiling": "false", "use-service-account-credentials": "true",
            "service-account-private-key-file": "/etc/kubernetes/pki/sa.key",
            "root-ca-file": "/etc/kubernetes/pki/ca.crt", "bind-address": "127.0.0.1",
            "tls-min-version": "VersionTLS12",
        ],
        .scheduler: ["profiling": "false", "bind-address": "127.0.0.1", "tls-min-version": "VersionTLS13"],
        .etcd: [
            "cert-file": "/etc/kubernetes/pki/etcd/server.crt", "key-file": "/etc/kubernetes/pki/etcd/server.key",
            "client-cert-auth": "true", "peer-cert-file": "/etc/kubernetes/pki/etcd/peer.crt",
            "peer-key-file": "/etc/kubernetes/pki/etcd/peer.key", "peer-client-cert-auth": "true",
            "trusted-ca-file": "/etc/kubernetes/pki/etcd/ca.crt",
            "peer-trusted-ca-file": "/etc/kubernetes/pki/etcd/ca.crt", "quota-backend-bytes": "4294967296",
            "experimental-initial-corrupt-check": "true",
        ],
        .kubelet: ["config": "/var/lib/kubelet/config.yaml", "kubeconfig": "/etc/kubernetes/kubelet.conf"],
    ]

    static let kubeletFile = """
        apiVersion: kubelet.config.k8s.io/v1beta1
        kind: KubeletConfiguration
        authentication:
          anonymous:
            enabled: false
          x509:
            clientCAFile: /etc/kubernetes/pki/ca.crt
        authorization:
          mode: Webhook
        cgroupDriver: systemd
        containerLogMaxFiles: 5
        containerLogMaxSize: 10Mi
        eventRecordQPS: 0
        evictionHard:
          imagefs.available: 15%
          memory.available: 200Mi
          nodefs.available: 10%
          nodefs.inodesFree: 5%
        kubeReserved:
          cpu: 100m
          memory: 256Mi
        podPidsLimit: 4096
        protectKernelDefaults: true
        rotateCertificates: true
        seccompDefault: true
        serverTLSBootstrap: true
        shutdownGracePeriod: 60s
        shutdownGracePeriodCriticalPods: 20s
        streamingConnectionIdleTimeout: 0s
        systemReserved:
          cpu: 100m
          memory: 256Mi
        tlsCipherSuites:
        - TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
        """

    static let rightFiles: [String: (mode: String, owner: String)] = [
        "/etc/kubernetes/manifests/kube-apiserver.yaml": ("600", "root:root"),
        "/etc/kubernetes/manifests/kube-controller-manager.yaml": ("600", "root:root"),
        "/etc/kubernetes/manifests/kube-scheduler.yaml": ("600", "root:root"),
        "/etc/kubernetes/manifests/etcd.yaml": ("600", "root:root"),
        "/etc/kubernetes/admin.conf": ("600", "root:root"), "/etc/kubernetes/scheduler.conf": ("600", "root:root"),
        "/etc/kubernetes/controller-manager.conf": ("600", "root:root"),
        "/etc/kubernetes/kubelet.conf": ("600", "root:root"),
        "/etc/kubernetes/kube-proxy.conf": ("600", "root:root"), "/etc/kubernetes/pki": ("755", "root:root"),
        "/etc/kubernetes/pki/ca.crt": ("644", "root:root"), "/etc/kubernetes/pki/ca.key": ("600", "root:root"),
        "/etc/cni/net.d/10-net.conflist": ("644", "root:root"), "/var/lib/etcd": ("700", "etcd:etcd"),
        "/var/lib/kubelet/config.yaml": ("644", "root:root"),
        "/etc/systemd/system/kubelet.service": ("644", "root:root"),
    ]

    var processes: String {
        flags.keys.sorted { $0.rawValue < $1.rawValue }.map { program in
            var lines = ["process=\(program.rawValue)"]
            lines += (flags[program] ?? [:]).sorted { $0.key < $1.key }.map { "argument=--\($0.key)=\($0.value)" }
            if program == .etcd { lines += etcdVariables.map { "variable=\($0)" } }
            return lines.joined(separator: "\n")
        }.joined(separator: "\n")
    }

    var fileModes: String {
        (["data=/var/lib/etcd", "settings=/var/lib/kubelet/config.yaml"]
            + files.sorted { $0.key < $1.key }.map { "file=\($0.value.mode) \($0.value.owner) \($0.key)" })
            .joined(separator: "\n")
    }

    func host(_ name: String, isControlPlane: Bool) -> HealthHost {
        var host = BenchHost(name, isControlPlane: isControlPlane).onMachine
            .answering(ProcessArguments.question, processes)
            .answering(KubeletSettings.question, "file=/var/lib/kubelet/config.yaml\n\(kubelet)")
            .answering(FileModes.question, fileModes)
            .answering(ProductionHosts.kernelQuestion, kernel.joined(separator: "\n"))
            .answering(ProductionHosts.packageQuestion, packages)
            .answering(
                RuntimeHealth.question,
                "status=0\nbefore=1.00\nafter=1.01\nClient:\n  Version:  9.9.9\nServer:\n  Version:  \(containerd)")
        for (question, answer) in [
            (EncryptionProviders.question, encryption), (AuditPolicy.question, auditPolicy),
            (AuditPolicy.logQuestion, auditLog), (ProductionHosts.runtimeQuestion, runtime),
        ] {
            host = answer.map { host.answering(question, $0) } ?? host.lacking(question)
        }
        return host.host
    }

    var evidence: HealthEvidence {
        get throws {
            func read<Value: Decodable & Sendable>(_ list: [String]) throws -> Answer<[Value]> {
                .value(try list.map { try JSONDecoder().decode(Value.self, from: Data($0.utf8)) })
            }
            var api = APIEvidence.unreachable("not asked")
            api.version = .value(version)
            api.nodes = try read([#"{"metadata":{"name":"cp-1"}}"#, #"{"metadata":{"name":"w-1"}}"#])
            api.namespaces = try read(
                namespaces.map { name in
                    let label = labels[name].map { #""pod-security.kubernetes.io/enforce":"\#($0)""# } ?? ""
                    return #"{"metadata":{"name":"\#(name)","labels":{\#(label)}}}"#
                })
            api.networkPolicies = try read(networkPolicies)
            api.serviceAccounts = try read(serviceAccounts)
            api.roles = try read(roles)
            api.clusterRoles = try read(clusterRoles)
            api.roleBindings = try read(roleBindings)
            api.clusterRoleBindings = try read(clusterRoleBindings)
            api.podSecurityPolicies = try read(securityPolicies)
            api.disruptionBudgets = try read(budgets)
            api.pods = try read(pods)
            api.apiServices = try read(apiServices)
            api.anonymous = .value(anonymous)
            let hosts = (1...controlPlanes).map { host("cp-\($0)", isControlPlane: true) }
            return HealthEvidence(now: APIProbeTests.now, api: api, hosts: hosts)
        }
    }
}

/// A fault of the world, the probe that must see it, and what it must say.
struct ProfileFault: Sendable, CustomTestStringConvertible {
    var probe: String
    var status: HealthStatus
    var says: String
    var make: @Sendable (inout ProfileWorld) -> Void
    var testDescription: String { "\(probe) \(status.rawValue): \(says)" }

    init(
        _ probe: String, _ status: HealthStatus, _ says: String,
        _ make: @escaping @Sendable (inout ProfileWorld) -> Void
    ) {
        self.probe = probe
        self.status = status
        self.says = says
        self.make = make
    }

    static func flag(
        _ probe: String, as status: HealthStatus = .fail, _ program: ClusterProgram, _ flag: String, _ value: String?
    ) -> ProfileFault {
        ProfileFault(probe, status, flag) { $0.flags[program]?[flag] = value }
    }

    static func mode(_ probe: String, as status: HealthStatus = .fail, _ path: String, _ mode: String) -> ProfileFault {
        ProfileFault(probe, status, "\(path) is \(mode)") { $0.files[path]?.mode = mode }
    }

    static func owner(_ probe: String, as status: HealthStatus = .fail, _ path: String) -> ProfileFault {
        ProfileFault(probe, status, "\(path) is") { $0.files[path]?.owner = "jane:jane" }
    }

    /// Puts other words in the place of some in the kubelet's file.
    static func kubelet(
        _ probe: String, as status: HealthStatus = .fail, _ says: String, _ old: String, _ new: String
    ) -> ProfileFault {
        ProfileFault(probe, status, says) { world in
            let changed = world.kubelet.replacingOccurrences(of: old, with: new)
            world.kubelet = changed == world.kubelet ? "nothing was changed" : changed
        }
    }
}
