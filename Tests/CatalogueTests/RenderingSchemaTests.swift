import ClusterModel
import Testing

@testable import Catalogue

/// Every field that is rendered must be known to the version: kubeadm loses others with no more than a warning.
///
/// The names are those of cmd/kubeadm/app/apis/kubeadm/{v1beta2,v1beta3,v1beta4}/types.go, and of the kubelet's and
/// kube-proxy's configuration types; a pair names the type of a nested field.
@Suite("Fields of every version")
struct RenderingSchemaTests {
    struct Field {
        var type: String?
        var since: KubeadmAPI = .v1beta2
        var until: KubeadmAPI = .v1beta4
    }

    static let scalar = Field()
    static func nested(_ type: String, since: KubeadmAPI = .v1beta2) -> Field { Field(type: type, since: since) }
    static func since(_ api: KubeadmAPI) -> Field { Field(since: api) }
    static func until(_ api: KubeadmAPI) -> Field { Field(until: api) }

    static let types: [String: [String: Field]] = [
        "InitConfiguration": [
            "apiVersion": scalar, "kind": scalar, "bootstrapTokens": nested("BootstrapToken"),
            "nodeRegistration": nested("NodeRegistration"), "localAPIEndpoint": nested("APIEndpoint"),
            "certificateKey": scalar, "skipPhases": since(.v1beta3), "dryRun": since(.v1beta4),
            "timeouts": nested("Timeouts", since: .v1beta4),
        ],
        "JoinConfiguration": [
            "apiVersion": scalar, "kind": scalar, "nodeRegistration": nested("NodeRegistration"), "caCertPath": scalar,
            "discovery": nested("Discovery"), "controlPlane": nested("JoinControlPlane"), "skipPhases": since(.v1beta3),
            "dryRun": since(.v1beta4), "timeouts": nested("Timeouts", since: .v1beta4),
        ],
        "ClusterConfiguration": [
            "apiVersion": scalar, "kind": scalar, "etcd": nested("Etcd"), "networking": nested("Networking"),
            "kubernetesVersion": scalar, "controlPlaneEndpoint": scalar, "apiServer": nested("APIServer"),
            "controllerManager": nested("Component"), "scheduler": nested("Component"), "dns": nested("DNS"),
            "proxy": nested("Proxy", since: .v1beta4), "certificatesDir": scalar, "imageRepository": scalar,
            "featureGates": scalar, "clusterName": scalar, "encryptionAlgorithm": since(.v1beta4),
        ],
        "BootstrapToken": [
            "token": scalar, "description": scalar, "ttl": scalar, "expires": scalar, "usages": scalar,
            "groups": scalar,
        ],
        "NodeRegistration": [
            "name": scalar, "criSocket": scalar, "taints": nested("Taint"), "kubeletExtraArgs": nested("Arguments"),
            "ignorePreflightErrors": scalar, "imagePullPolicy": since(.v1beta3), "imagePullSerial": since(.v1beta4),
        ],
        "Taint": ["key": scalar, "value": scalar, "effect": scalar],
        "APIEndpoint": ["advertiseAddress": scalar, "bindPort": scalar],
        "Discovery": [
            "bootstrapToken": nested("TokenDiscovery"), "file": scalar, "tlsBootstrapToken": scalar,
            "timeout": until(.v1beta3),
        ],
        "TokenDiscovery": [
            "token": scalar, "apiServerEndpoint": scalar, "caCertHashes": scalar, "unsafeSkipCAVerification": scalar,
        ],
        "JoinControlPlane": ["localAPIEndpoint": nested("APIEndpoint"), "certificateKey": scalar],
        "Networking": ["serviceSubnet": scalar, "podSubnet": scalar, "dnsDomain": scalar],
        "Etcd": ["local": nested("LocalEtcd"), "external": scalar],
        "LocalEtcd": [
            "imageRepository": scalar, "imageTag": scalar, "dataDir": scalar, "extraArgs": nested("Arguments"),
            "serverCertSANs": scalar, "peerCertSANs": scalar, "extraEnvs": since(.v1beta4),
        ],
        "Component": [
            "extraArgs": nested("Arguments"), "extraVolumes": nested("HostPathMount"), "extraEnvs": since(.v1beta4),
        ],
        "APIServer": [
            "extraArgs": nested("Arguments"), "extraVolumes": nested("HostPathMount"), "extraEnvs": since(.v1beta4),
            "certSANs": scalar, "timeoutForControlPlane": until(.v1beta3),
        ],
        "HostPathMount": [
            "name": scalar, "hostPath": scalar, "mountPath": scalar, "readOnly": scalar, "pathType": scalar,
        ],
        "DNS": [
            "type": until(.v1beta2), "imageRepository": scalar, "imageTag": scalar, "disabled": since(.v1beta4),
        ],
        "Timeouts": [
            "controlPlaneComponentHealthCheck": scalar, "kubeletHealthCheck": scalar, "kubernetesAPICall": scalar,
            "etcdAPICall": scalar, "tlsBootstrap": scalar, "discovery": scalar, "upgradeManifests": scalar,
        ],
    ]

    /// Paths of fields that the version does not know.
    static func unknown(_ value: OrderedValue, type: String, api: KubeadmAPI, path: String) -> [String] {
        switch value {
        case .map(let map):
            if type == "Arguments" { return api < .v1beta4 ? [] : ["\(path): a map of arguments"] }
            return map.entries.flatMap { entry -> [String] in
                let here = "\(path).\(entry.key)"
                guard let field = types[type]?[entry.key], field.since <= api, api <= field.until else { return [here] }
                guard let type = field.type else { return [] }
                return unknown(entry.value, type: type, api: api, path: here)
            }
        case .list(let values):
            if type == "Arguments" {
                guard api >= .v1beta4 else { return ["\(path): a list of arguments"] }
                return values.filter { value in
                    guard case .map(let map) = value else { return true }
                    return map.entries.map(\.key) != ["name", "value"]
                }.map { _ in "\(path): not a name and a value" }
            }
            return values.flatMap { unknown($0, type: type, api: api, path: path) }
        default:
            return []
        }
    }

    static var contexts: [KubeadmContext] {
        (20...36).flatMap { minor -> [KubeadmContext] in
            let version = KubernetesVersion(1, minor, 0)
            var ownDNS = RenderingFixtures.context(version, profile: .production)
            ownDNS.usesKubeadmDNS = false
            ownDNS.failCgroupV1 = true
            return Profile.allCases.map { RenderingFixtures.context(version, profile: $0) } + [
                RenderingFixtures.overridden(version), ownDNS,
            ]
        }
    }

    @Test("no document has a field that its version does not know", arguments: contexts)
    func kubeadmFields(context: KubeadmContext) {
        let api = context.facts.kubeadmAPI
        let hosts = context.spec.hosts
        var documents = [
            KubeadmConfiguration.initConfiguration(context, host: hosts[0], token: "t", certificateKey: "k"),
            KubeadmConfiguration.clusterConfiguration(context),
        ]
        documents += hosts.map { host in
            KubeadmConfiguration.joinConfiguration(
                context, host: host, token: "t", caCertificateHash: "h", apiServerEndpoint: "e", certificateKey: "k")
        }
        for document in documents {
            guard case .string(let kind)? = document["kind"] else {
                Issue.record("a document without a kind")
                continue
            }
            #expect(Self.unknown(.map(document), type: kind, api: api, path: kind) == [])
        }
    }

    /// Fields of KubeletConfiguration and the first minor version in which they may be set; fields that are older than
    /// 1.20 have 0.
    static let kubeletFields: [String: Int] = [
        "apiVersion": 0, "kind": 0, "cgroupDriver": 0, "clusterDNS": 0, "clusterDomain": 0, "containerLogMaxSize": 0,
        "containerLogMaxFiles": 0, "protectKernelDefaults": 0, "podPidsLimit": 0, "tlsMinVersion": 0, "kubeReserved": 0,
        "systemReserved": 0, "evictionHard": 0, "failSwapOn": 0, "imageGCHighThresholdPercent": 0, "maxPods": 0,
        "featureGates": 0, "shutdownGracePeriod": 21, "shutdownGracePeriodCriticalPods": 21, "seccompDefault": 25,
        "failCgroupV1": 31,
    ]

    @Test("the kubelet and kube-proxy know their fields", arguments: contexts)
    func componentFields(context: KubeadmContext) {
        let minor = context.spec.kubernetes.version.minor
        for entry in KubeadmConfiguration.kubeletConfiguration(context).entries {
            #expect(Self.kubeletFields[entry.key].map { $0 <= minor } == true, "\(entry.key) in 1.\(minor)")
        }
        let proxy: Set = ["apiVersion", "kind", "conntrack", "mode", "ipvs"]
        for entry in KubeadmConfiguration.kubeProxyConfiguration(context).entries {
            #expect(proxy.contains(entry.key), "\(entry.key)")
        }
    }

    @Test("the check sees what it is for")
    func seesUnknownFields() {
        let document: OrderedValue = [
            "kind": "JoinConfiguration", "clusterName": "x", "discovery": ["timeout": "1m"],
            "nodeRegistration": ["kubeletExtraArgs": ["a": "b"]],
        ]
        #expect(
            Self.unknown(document, type: "JoinConfiguration", api: .v1beta4, path: "J") == [
                "J.clusterName", "J.discovery.timeout", "J.nodeRegistration.kubeletExtraArgs: a map of arguments",
            ])
        #expect(Self.unknown(document, type: "JoinConfiguration", api: .v1beta3, path: "J") == ["J.clusterName"])
    }
}
