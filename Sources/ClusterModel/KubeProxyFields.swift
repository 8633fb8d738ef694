extension ComponentFields {
    /// Fields of KubeProxyConfiguration with their minor versions, read from the types of k8s.io/kube-proxy
    /// (config/v1alpha1, v0.20.0 to v0.36.0) and of k8s.io/component-base.
    ///
    /// Fields of structures shared between kinds carry the versions of the structure.
    static let kubeProxyFields: [ComponentField] = [
        ComponentField("featureGates", .map(.boolean)),
        ComponentField("bindAddress", .string),
        ComponentField("healthzBindAddress", .string),
        ComponentField("metricsBindAddress", .string),
        ComponentField("bindAddressHardFail", .boolean),
        ComponentField("enableProfiling", .boolean),
        ComponentField("clusterCIDR", .string),
        ComponentField("hostnameOverride", .string),
        ComponentField(
            "clientConnection",
            .record([
                ComponentField("kubeconfig", .string),
                ComponentField("acceptContentTypes", .string),
                ComponentField("contentType", .string),
                ComponentField("qps", .number),
                ComponentField("burst", .integer),
            ])),
        ComponentField(
            "iptables",
            .record([
                ComponentField("masqueradeBit", .integer),
                ComponentField("masqueradeAll", .boolean),
                ComponentField("syncPeriod", .duration),
                ComponentField("minSyncPeriod", .duration),
                ComponentField("localhostNodePorts", .boolean, since: 26),
            ])),
        ComponentField(
            "ipvs",
            .record([
                ComponentField("syncPeriod", .duration),
                ComponentField("minSyncPeriod", .duration),
                ComponentField("scheduler", .string),
                ComponentField("excludeCIDRs", .strings),
                ComponentField("strictARP", .boolean),
                ComponentField("tcpTimeout", .duration),
                ComponentField("tcpFinTimeout", .duration),
                ComponentField("udpTimeout", .duration),
            ])),
        ComponentField("oomScoreAdj", .integer),
        ComponentField(
            "mode", .choice([Word("userspace", until: 25), "iptables", "ipvs", Word("nftables", since: 29)])),
        ComponentField("portRange", .string),
        ComponentField("udpIdleTimeout", .duration, until: 25),
        ComponentField(
            "conntrack",
            .record([
                ComponentField("maxPerCore", .integer),
                ComponentField("min", .integer),
                ComponentField("tcpEstablishedTimeout", .duration),
                ComponentField("tcpCloseWaitTimeout", .duration),
                ComponentField("tcpBeLiberal", .boolean, since: 29),
                ComponentField("udpTimeout", .duration, since: 29),
                ComponentField("udpStreamTimeout", .duration, since: 29),
            ])),
        ComponentField("configSyncPeriod", .duration),
        ComponentField("nodePortAddresses", .strings),
        ComponentField(
            "winkernel",
            .record([
                ComponentField("networkName", .string),
                ComponentField("sourceVip", .string),
                ComponentField("enableDSR", .boolean),
                ComponentField("rootHnsEndpointName", .string, since: 24),
                ComponentField("forwardHealthCheckVip", .boolean, since: 24),
            ])),
        ComponentField("showHiddenMetricsForVersion", .string),
        ComponentField(
            "detectLocalMode",
            .choice([
                "ClusterCIDR", "NodeCIDR", Word("BridgeInterface", since: 24), Word("InterfaceNamePrefix", since: 24),
            ])),
        ComponentField(
            "detectLocal",
            .record([
                ComponentField("bridgeInterface", .string, since: 24),
                ComponentField("interfaceNamePrefix", .string, since: 24),
            ]), since: 24),
        ComponentField(
            "logging",
            .record([
                ComponentField("format", .string, since: 28),
                ComponentField("flushFrequency", .duration, since: 28),
                ComponentField("verbosity", .integer, since: 28),
                ComponentField(
                    "vmodule",
                    .list(
                        .record([
                            ComponentField("filePattern", .string),
                            ComponentField("verbosity", .integer),
                        ])), since: 28),
                ComponentField(
                    "options",
                    .record([
                        ComponentField(
                            "json",
                            .record([
                                ComponentField("splitStream", .boolean, since: 28),
                                ComponentField("infoBufferSize", .string, since: 28),
                            ]), since: 28),
                        ComponentField(
                            "text",
                            .record([
                                ComponentField("splitStream", .boolean, since: 30),
                                ComponentField("infoBufferSize", .string, since: 30),
                            ]), since: 30),
                    ]), since: 28),
            ]), since: 28),
        ComponentField(
            "nftables",
            .record([
                ComponentField("masqueradeBit", .integer, since: 29),
                ComponentField("masqueradeAll", .boolean, since: 29),
                ComponentField("syncPeriod", .duration, since: 29),
                ComponentField("minSyncPeriod", .duration, since: 29),
            ]), since: 29),
        ComponentField("windowsRunAsService", .boolean, since: 31),
    ]

    /// What martlet and kubeadm decide, and why a second opinion would break the node.
    static let kubeProxyOwned: [String: String] = [
        "apiVersion": "the version of the configuration follows from `kubernetes.version`",
        "kind": "it is always KubeProxyConfiguration",
        "clusterCIDR": "it follows from `network.pods`",
        "clientConnection.kubeconfig": "kubeadm writes the kubeconfig and names its file",
        "hostnameOverride": "it differs on each host; kubeadm sets it",
        "winkernel": "it is for Windows, and all hosts run Linux",
        "windowsRunAsService": "it is for Windows, and all hosts run Linux",
    ]
}
