package import ClusterModel

/// Documents for `kubeadm init` and `kubeadm join`.
///
/// Only fields that the types of the version know are written
/// (cmd/kubeadm/app/apis/kubeadm/{v1beta2,v1beta3,v1beta4}/types.go): kubeadm merely warns about a field that it does
/// not know and goes on without it. Secrets are passed as plain strings or as placeholders and are written as they are.
package enum KubeadmConfiguration {
    /// InitConfiguration, ClusterConfiguration, KubeletConfiguration and KubeProxyConfiguration for the first control
    /// plane.
    ///
    /// Without a token kubeadm makes one of its own that lives for a day. With a certificate key the caller passes
    /// `--upload-certs`; the key cannot be a flag beside `--config`.
    package static func initDocuments(
        _ context: KubeadmContext, host: HostSpec, token: String?, certificateKey: String?
    ) -> String {
        YAMLWriter.stream([
            initConfiguration(context, host: host, token: token, certificateKey: certificateKey),
            clusterConfiguration(context),
            kubeletConfiguration(context),
            kubeProxyConfiguration(context),
        ])
    }

    /// JoinConfiguration of a control plane or a worker, by the host's roles.
    ///
    /// - Parameters:
    ///   - caCertificateHash: `sha256:` and the hexadecimal SHA-256 of the CA's public key information.
    ///   - apiServerEndpoint: `address:port` of an API server or of the endpoint before them.
    ///   - certificateKey: of the certificates that the first control plane uploaded; nil where martlet copies them.
    package static func joinDocument(
        _ context: KubeadmContext, host: HostSpec, token: String, caCertificateHash: String, apiServerEndpoint: String,
        certificateKey: String?
    ) -> String {
        YAMLWriter.text(
            of: .map(
                joinConfiguration(
                    context, host: host, token: token, caCertificateHash: caCertificateHash,
                    apiServerEndpoint: apiServerEndpoint, certificateKey: certificateKey)))
    }

    /// Phases for `kubeadm init --skip-phases`.
    ///
    /// From v1beta4 on the document itself turns the DNS add-on off, which later upgrades respect, too.
    package static func skipPhases(_ context: KubeadmContext) -> [String] {
        context.usesKubeadmDNS || context.facts.kubeadmAPI >= .v1beta4 ? [] : ["addon/coredns"]
    }

    /// How long a token for joining lives; martlet deletes it at the end of a run.
    ///
    /// The same as the uploaded certificates.
    static let tokenLifetime = "2h0m0s"

    static func initConfiguration(
        _ context: KubeadmContext, host: HostSpec, token: String?, certificateKey: String?
    ) -> OrderedMap {
        var document: OrderedMap = [
            "apiVersion": .string(context.facts.kubeadmAPI.apiVersion),
            "kind": "InitConfiguration",
        ]
        if let token {
            document["bootstrapTokens"] = [
                [
                    "token": .string(token), "description": "martlet: joins of one run", "ttl": .string(tokenLifetime),
                    "usages": ["signing", "authentication"],
                    "groups": ["system:bootstrappers:kubeadm:default-node-token"],
                ]
            ]
        }
        document["localAPIEndpoint"] = localAPIEndpoint(host)
        document["nodeRegistration"] = nodeRegistration(context, host: host)
        if let certificateKey { document["certificateKey"] = .string(certificateKey) }
        if context.facts.kubeadmAPI >= .v1beta4 { document["timeouts"] = timeouts(context) }
        return document
    }

    static func joinConfiguration(
        _ context: KubeadmContext, host: HostSpec, token: String, caCertificateHash: String, apiServerEndpoint: String,
        certificateKey: String?
    ) -> OrderedMap {
        let api = context.facts.kubeadmAPI
        var discovery: OrderedMap = [
            "bootstrapToken": [
                "token": .string(token),
                "apiServerEndpoint": .string(apiServerEndpoint),
                "caCertHashes": [.string(caCertificateHash)],
            ],
            "tlsBootstrapToken": .string(token),
        ]
        if api < .v1beta4 { discovery["timeout"] = .string(discoveryTimeout) }
        var document: OrderedMap = [
            "apiVersion": .string(api.apiVersion),
            "kind": "JoinConfiguration",
            "discovery": .map(discovery),
            "nodeRegistration": nodeRegistration(context, host: host),
        ]
        if host.isControlPlane {
            var controlPlane: OrderedMap = ["localAPIEndpoint": localAPIEndpoint(host)]
            if let certificateKey { controlPlane["certificateKey"] = .string(certificateKey) }
            document["controlPlane"] = .map(controlPlane)
        }
        if api >= .v1beta4 { document["timeouts"] = timeouts(context) }
        return document
    }

    private static func localAPIEndpoint(_ host: HostSpec) -> OrderedValue {
        ["advertiseAddress": .string(host.internalAddress), "bindPort": .int(KubernetesFacts.apiServerPort)]
    }

    /// The API server answers before a host joins: what keeps it from this host for longer, a firewall say, does not pass by itself.
    static let discoveryTimeout = "2m0s"

    /// How long kubeadm waits for the control plane: its default of four minutes, twice as long on small lab machines.
    static func controlPlaneTimeout(_ context: KubeadmContext) -> String { context.isProduction ? "4m0s" : "8m0s" }

    /// v1beta4 gathers the time limits of all commands in one place.
    private static func timeouts(_ context: KubeadmContext) -> OrderedValue {
        [
            "controlPlaneComponentHealthCheck": .string(controlPlaneTimeout(context)),
            "kubeletHealthCheck": .string(controlPlaneTimeout(context)),
            "tlsBootstrap": "5m0s",
            "discovery": .string(discoveryTimeout),
        ]
    }
}
