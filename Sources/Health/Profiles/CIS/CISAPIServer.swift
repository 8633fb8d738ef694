/// Section 1.2: flags of the API server.
enum CISAPIServer {
    static let controls: [CISControl] =
        identity + kubelets + authorization + admission + serving + audit + accounts + stores

    private static let edit = "in kubeadm's ClusterConfiguration (apiServer.extraArgs) and the API server's manifest"

    private static func flag(
        _ number: Int, _ title: String, why: String, remedy: String, isScored: Bool = true,
        endsWith: (minor: Int, reason: String)? = nil, _ rules: FlagRule...
    ) -> CISControl {
        CISControl(
            "1.2.\(number)", title, why: why, remedy: "\(remedy) \(edit)", isScored: isScored, endsWith: endsWith,
            .flags(.apiServer, rules))
    }

    private static let identity = [
        flag(
            1, "Requests without credentials are refused",
            why: """
                With it on, a request without credentials is the user system:anonymous and may do what roles allow that user. \
                kubeadm's join and plain health checks of balancers need it, which is why it is often left on knowingly.
                """,
            remedy: "set --anonymous-auth=false", isScored: false,
            FlagRule("anonymous-auth", .equals("false"), default: "true", ignoredWith: "authentication-config")),
        flag(
            2, "No file of fixed tokens",
            why: "Tokens of such a file never end, lie on the disk in clear text and change only with a restart.",
            remedy: "remove --token-auth-file", FlagRule("token-auth-file", .isNotSet)),
    ]

    private static let kubelets = [
        flag(
            3, "Kubelets are reached over TLS",
            why:
                "Logs and sessions of pods travel over this connection. From 1.22 on there is no other way and no such flag.",
            remedy: "remove --kubelet-https",
            endsWith: (22, "the flag went with Kubernetes 1.22, which knows TLS only"),
            FlagRule("kubelet-https", .equals("true"), default: "true")),
        flag(
            4, "The API server proves to kubelets who it is",
            why: "A kubelet that refuses strangers must be able to tell the API server from them.",
            remedy: "set --kubelet-client-certificate and --kubelet-client-key",
            FlagRule("kubelet-client-certificate", .isSet), FlagRule("kubelet-client-key", .isSet)),
        flag(
            5, "The API server verifies kubelets",
            why: """
                Without an authority it takes any certificate for a kubelet's, so that somebody in between can read sessions. It \
                needs serving certificates that the cluster signed; kubeadm sets neither.
                """,
            remedy: "let the cluster sign the kubelets' serving certificates, then set --kubelet-certificate-authority",
            FlagRule("kubelet-certificate-authority", .isSet)),
    ]

    private static let authorization = [
        flag(
            6, "Not everything is allowed to everybody",
            why: "AlwaysAllow turns every user that is known into an administrator.",
            remedy: "set --authorization-mode=Node,RBAC",
            FlagRule(
                "authorization-mode", .excludes("AlwaysAllow"), default: "AlwaysAllow",
                ignoredWith: "authorization-config")),
        flag(
            7, "A kubelet may read only what its pods need",
            why: "The mode Node ties a kubelet's rights to the pods of its own node.",
            remedy: "set --authorization-mode=Node,RBAC",
            FlagRule(
                "authorization-mode", .includes("Node"), default: "AlwaysAllow", ignoredWith: "authorization-config")),
        flag(
            8, "Rights come from roles",
            why: "With RBAC every right is an object of the API that can be listed and reviewed.",
            remedy: "set --authorization-mode=Node,RBAC",
            FlagRule(
                "authorization-mode", .includes("RBAC"), default: "AlwaysAllow", ignoredWith: "authorization-config")),
    ]

    private static let policyEnd = (minor: 25, reason: "PodSecurityPolicy went with Kubernetes 1.25")

    private static let admission = [
        flag(
            9, "Events are limited in number",
            why: "A faulty or hostile client can fill etcd with events; the plug-in EventRateLimit bounds them.",
            remedy: "add EventRateLimit to --enable-admission-plugins with a file of limits", isScored: false,
            FlagRule("enable-admission-plugins", .includes("EventRateLimit"))),
        flag(
            10, "The plug-in that admits everything is off",
            why: "AlwaysAdmit takes the place of every other judgement about objects.",
            remedy: "remove AlwaysAdmit from --enable-admission-plugins",
            FlagRule("enable-admission-plugins", .excludes("AlwaysAdmit"))),
        flag(
            11, "Images are pulled with the pod's own credentials each time",
            why: """
                Otherwise a pod may use a private image that another one pulled. It makes every start depend on the registry, so \
                that clusters without a mirror choose against it.
                """,
            remedy: "add AlwaysPullImages to --enable-admission-plugins where the registry is always there",
            isScored: false,
            FlagRule("enable-admission-plugins", .includes("AlwaysPullImages"))),
        flag(
            12, "Security contexts are limited by a plug-in",
            why:
                "Where no pod security policy is asked, SecurityContextDeny at least refuses some ways to become root.",
            remedy: "add PodSecurityPolicy (with policies) or SecurityContextDeny to --enable-admission-plugins",
            isScored: false, endsWith: policyEnd,
            FlagRule("enable-admission-plugins", .includesAny(["SecurityContextDeny", "PodSecurityPolicy"]))),
        flag(
            13, "Pods get an account of their own",
            why: "The plug-in ServiceAccount gives pods the identity that rights are bound to.",
            remedy: "remove ServiceAccount from --disable-admission-plugins",
            FlagRule("disable-admission-plugins", .excludes("ServiceAccount"))),
        flag(
            14, "Nothing is made in a namespace that is gone",
            why: "The plug-in NamespaceLifecycle refuses objects in namespaces that are missing or being deleted.",
            remedy: "remove NamespaceLifecycle from --disable-admission-plugins",
            FlagRule("disable-admission-plugins", .excludes("NamespaceLifecycle"))),
        flag(
            15, "Pods are judged by pod security policies",
            why:
                "Without that plug-in (or, from 1.23 on, pod security levels) any user who may make a pod may become root on a node.",
            remedy: "write policies first, then add PodSecurityPolicy to --enable-admission-plugins",
            endsWith: policyEnd,
            FlagRule("enable-admission-plugins", .includes("PodSecurityPolicy"))),
        flag(
            16, "A kubelet may change only its own node and pods",
            why: "NodeRestriction keeps a node that was broken into from changing others.",
            remedy: "add NodeRestriction to --enable-admission-plugins",
            FlagRule("enable-admission-plugins", .includes("NodeRestriction"))),
    ]

    private static let insecureEnd = (minor: 24, reason: "the flags of the port without TLS went with Kubernetes 1.24")

    private static let serving = [
        flag(
            17, "No address without TLS is set",
            why: "What is served there asks for no credentials at all.", remedy: "remove --insecure-bind-address",
            endsWith: insecureEnd, FlagRule("insecure-bind-address", .isNotSet)),
        // Hosts are asked from 1.20 on only (the spec knows no older version), where the default is 0.
        flag(
            18, "No port without TLS is open",
            why: "What is served there asks for no credentials at all. From 1.20 on another port than 0 is refused.",
            remedy: "set --insecure-port=0 (up to 1.23)", endsWith: insecureEnd,
            FlagRule("insecure-port", .equals("0"), default: "0")),
        flag(
            19, "The port with TLS is open",
            why: "Without it the only way to the API would be one without TLS.", remedy: "set --secure-port=6443",
            endsWith: (26, "editions of the benchmark for Kubernetes 1.26 and newer have no such control"),
            FlagRule("secure-port", .isNot("0"), default: "6443")),
        flag(
            20, "The API server offers no profiles of itself",
            why: "Profiles show the insides of the program and cost time to make.", remedy: "set --profiling=false",
            FlagRule("profiling", .equals("false"), default: "true")),
    ]

    private static let audit = [
        flag(
            21, "An audit log is kept",
            why: "Without it nobody can tell afterwards who changed what.",
            remedy: "set --audit-log-path together with --audit-policy-file", FlagRule("audit-log-path", .isSet)),
        flag(
            22, "Audit logs are kept for 30 days or more",
            why: "What is noticed late must still be found.", remedy: "set --audit-log-maxage=30",
            FlagRule("audit-log-maxage", .atLeast(30))),
        flag(
            23, "Ten audit logs or more are kept",
            why: "Too few files push the beginning of an incident out.", remedy: "set --audit-log-maxbackup=10",
            FlagRule("audit-log-maxbackup", .atLeast(10))),
        flag(
            24, "An audit log grows to 100 MB or more",
            why: "Small files are changed often, and the oldest are deleted soon.",
            remedy: "set --audit-log-maxsize=100",
            FlagRule("audit-log-maxsize", .atLeast(100))),
        .manual(
            "1.2.25", "The time limit of requests fits",
            why:
                "A limit that is too long lets slow clients hold connections; one that is too short breaks slow networks.",
            remedy: "choose --request-timeout for your slowest clients \(edit); the default is one minute",
            reason: "which limit is right depends on the network and its users"),
    ]

    private static let accounts = [
        flag(
            26, "Tokens of deleted accounts end",
            why: "Without the lookup a token stays good after its account was deleted.",
            remedy: "remove --service-account-lookup",
            FlagRule("service-account-lookup", .equals("true"), default: "true")),
        flag(
            27, "Tokens of accounts have a key of their own",
            why: "Otherwise the key of the serving certificate signs tokens as well.",
            remedy: "set --service-account-key-file", FlagRule("service-account-key-file", .isSet)),
    ]

    private static let stores = [
        flag(
            28, "etcd knows the API server by its certificate",
            why: "etcd holds everything; it must let nobody in but the API server.",
            remedy: "set --etcd-certfile and --etcd-keyfile", FlagRule("etcd-certfile", .isSet),
            FlagRule("etcd-keyfile", .isSet)),
        flag(
            29, "The API server has a certificate that was chosen",
            why: "Otherwise it signs one for itself, which no client can verify.",
            remedy: "set --tls-cert-file and --tls-private-key-file", FlagRule("tls-cert-file", .isSet),
            FlagRule("tls-private-key-file", .isSet)),
        flag(
            30, "Certificates of clients are verified",
            why: "The file names the authority whose certificates stand for users.", remedy: "set --client-ca-file",
            FlagRule("client-ca-file", .isSet)),
        flag(
            31, "The API server verifies etcd",
            why: "Otherwise somebody in between could answer in etcd's place.", remedy: "set --etcd-cafile",
            FlagRule("etcd-cafile", .isSet)),
        flag(
            32, "Secrets are encrypted in etcd",
            why: "Who gets hold of a disk or a backup of etcd reads every Secret otherwise.",
            remedy: "set --encryption-provider-config", isScored: false,
            FlagRule("encryption-provider-config", .isSet)),
        CISControl(
            "1.2.33", "Encryption uses a provider of the benchmark's list",
            why: """
                The first provider of an entry writes; identity there writes clear text, and aesgcm is safe only with keys that \
                are changed by themselves. Secrets must be among the resources.
                """,
            remedy: "make secretbox, kms or aescbc the first provider for secrets", isScored: false,
            .controlPlanes([EncryptionProviders.question]) { host, otherwise in
                let threshold = "secretbox, kms or aescbc first"
                guard let providers = try EncryptionProviders.read(on: host) else {
                    return [Judgement(otherwise, host.subject, "nothing is encrypted", threshold: threshold)]
                }
                return [
                    Judgement(
                        providers.isAppropriate ? .pass : otherwise, host.subject, providers.words, threshold: threshold
                    )
                ]
            }),
        flag(
            34, "Only strong cipher suites are offered",
            why: "A client that offers weak suites only must not be served.",
            remedy: "set --tls-cipher-suites to suites with ECDHE and GCM or CHACHA20", isScored: false,
            FlagRule("tls-cipher-suites", .isWithin(CISBenchmark.strongSuites))),
    ]
}

extension CISBenchmark {
    /// TLS 1.2 suites that the benchmark takes for strong, under the names that Go 1.15 knew and those since.
    static let strongSuites = [
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "TLS_RSA_WITH_AES_256_GCM_SHA384", "TLS_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    ]
}
