extension ComponentFields {
    /// Fields of KubeletConfiguration with their minor versions, read from the types of k8s.io/kubelet (config/v1beta1,
    /// v0.20.0 to v0.36.0) and of k8s.io/component-base.
    ///
    /// Fields of structures shared between kinds carry the versions of the structure.
    static let kubeletFields: [ComponentField] = [
        ComponentField("enableServer", .boolean),
        ComponentField("staticPodPath", .string),
        ComponentField("syncFrequency", .duration),
        ComponentField("fileCheckFrequency", .duration),
        ComponentField("httpCheckFrequency", .duration),
        ComponentField("staticPodURL", .string),
        ComponentField("staticPodURLHeader", .map(.strings)),
        ComponentField("address", .string),
        ComponentField("port", .integer),
        ComponentField("readOnlyPort", .integer),
        ComponentField("tlsCertFile", .string),
        ComponentField("tlsPrivateKeyFile", .string),
        ComponentField("tlsCipherSuites", .strings),
        ComponentField("tlsMinVersion", .choice(["VersionTLS10", "VersionTLS11", "VersionTLS12", "VersionTLS13"])),
        ComponentField("rotateCertificates", .boolean),
        ComponentField("serverTLSBootstrap", .boolean),
        ComponentField(
            "authentication",
            .record([
                ComponentField(
                    "x509",
                    .record([
                        ComponentField("clientCAFile", .string)
                    ])),
                ComponentField(
                    "webhook",
                    .record([
                        ComponentField("enabled", .boolean),
                        ComponentField("cacheTTL", .duration),
                    ])),
                ComponentField(
                    "anonymous",
                    .record([
                        ComponentField("enabled", .boolean)
                    ])),
            ])),
        ComponentField(
            "authorization",
            .record([
                ComponentField("mode", .choice(["AlwaysAllow", "Webhook"])),
                ComponentField(
                    "webhook",
                    .record([
                        ComponentField("cacheAuthorizedTTL", .duration),
                        ComponentField("cacheUnauthorizedTTL", .duration),
                    ])),
            ])),
        ComponentField("registryPullQPS", .integer),
        ComponentField("registryBurst", .integer),
        ComponentField("eventRecordQPS", .integer),
        ComponentField("eventBurst", .integer),
        ComponentField("enableDebuggingHandlers", .boolean),
        ComponentField("enableContentionProfiling", .boolean),
        ComponentField("healthzPort", .integer),
        ComponentField("healthzBindAddress", .string),
        ComponentField("oomScoreAdj", .integer),
        ComponentField("clusterDomain", .string),
        ComponentField("clusterDNS", .strings),
        ComponentField("streamingConnectionIdleTimeout", .duration),
        ComponentField("nodeStatusUpdateFrequency", .duration),
        ComponentField("nodeStatusReportFrequency", .duration),
        ComponentField("nodeLeaseDurationSeconds", .integer),
        ComponentField("imageMinimumGCAge", .duration),
        ComponentField("imageGCHighThresholdPercent", .integer),
        ComponentField("imageGCLowThresholdPercent", .integer),
        ComponentField("volumeStatsAggPeriod", .duration),
        ComponentField("kubeletCgroups", .string),
        ComponentField("systemCgroups", .string),
        ComponentField("cgroupRoot", .string),
        ComponentField("cgroupsPerQOS", .boolean),
        ComponentField("cgroupDriver", .string),
        ComponentField("cpuManagerPolicy", .choice(["none", "static"])),
        ComponentField("cpuManagerReconcilePeriod", .duration),
        ComponentField("topologyManagerPolicy", .choice(["none", "best-effort", "restricted", "single-numa-node"])),
        ComponentField("topologyManagerScope", .choice(["container", "pod"])),
        ComponentField("qosReserved", .map(.string)),
        ComponentField("runtimeRequestTimeout", .duration),
        ComponentField("hairpinMode", .choice(["promiscuous-bridge", "hairpin-veth", "none"])),
        ComponentField("maxPods", .integer),
        ComponentField("podCIDR", .string),
        ComponentField("podPidsLimit", .integer),
        ComponentField("resolvConf", .string),
        ComponentField("runOnce", .boolean),
        ComponentField("cpuCFSQuota", .boolean),
        ComponentField("cpuCFSQuotaPeriod", .duration),
        ComponentField("nodeStatusMaxImages", .integer),
        ComponentField("maxOpenFiles", .integer),
        ComponentField("contentType", .string),
        ComponentField("kubeAPIQPS", .integer),
        ComponentField("kubeAPIBurst", .integer),
        ComponentField("serializeImagePulls", .boolean),
        ComponentField("evictionHard", .map(.string)),
        ComponentField("evictionSoft", .map(.string)),
        ComponentField("evictionSoftGracePeriod", .map(.string)),
        ComponentField("evictionPressureTransitionPeriod", .duration),
        ComponentField("evictionMaxPodGracePeriod", .integer),
        ComponentField("evictionMinimumReclaim", .map(.string)),
        ComponentField("podsPerCore", .integer),
        ComponentField("enableControllerAttachDetach", .boolean),
        ComponentField("protectKernelDefaults", .boolean),
        ComponentField("makeIPTablesUtilChains", .boolean),
        ComponentField("iptablesMasqueradeBit", .integer),
        ComponentField("iptablesDropBit", .integer),
        ComponentField("featureGates", .map(.boolean)),
        ComponentField("failSwapOn", .boolean),
        ComponentField("containerLogMaxSize", .string),
        ComponentField("containerLogMaxFiles", .integer),
        ComponentField("configMapAndSecretChangeDetectionStrategy", .choice(["Get", "Cache", "Watch"])),
        ComponentField("systemReserved", .map(.string)),
        ComponentField("kubeReserved", .map(.string)),
        ComponentField("reservedSystemCPUs", .string),
        ComponentField("showHiddenMetricsForVersion", .string),
        ComponentField("systemReservedCgroup", .string),
        ComponentField("kubeReservedCgroup", .string),
        ComponentField("enforceNodeAllocatable", .strings),
        ComponentField("allowedUnsafeSysctls", .strings),
        ComponentField("volumePluginDir", .string),
        ComponentField("providerID", .string),
        ComponentField("kernelMemcgNotification", .boolean),
        ComponentField(
            "logging",
            .record([
                ComponentField("format", .string),
                ComponentField("sanitization", .boolean, until: 23),
                ComponentField("flushFrequency", .integer, since: 23, until: 27),
                ComponentField("flushFrequency", .duration, since: 28),
                ComponentField("verbosity", .integer, since: 23),
                ComponentField(
                    "vmodule",
                    .list(
                        .record([
                            ComponentField("filePattern", .string),
                            ComponentField("verbosity", .integer),
                        ])), since: 23),
                ComponentField(
                    "options",
                    .record([
                        ComponentField(
                            "json",
                            .record([
                                ComponentField("splitStream", .boolean, since: 23),
                                ComponentField("infoBufferSize", .string, since: 23),
                            ]), since: 23),
                        ComponentField(
                            "text",
                            .record([
                                ComponentField("splitStream", .boolean, since: 30),
                                ComponentField("infoBufferSize", .string, since: 30),
                            ]), since: 30),
                    ]), since: 23),
            ])),
        ComponentField("enableSystemLogHandler", .boolean),
        ComponentField("shutdownGracePeriod", .duration),
        ComponentField("shutdownGracePeriodCriticalPods", .duration),
        ComponentField("memoryManagerPolicy", .choice(["None", "Static"]), since: 21),
        ComponentField(
            "reservedMemory",
            .list(
                .record([
                    ComponentField("numaNode", .integer, since: 21),
                    ComponentField("limits", .map(.string), since: 21),
                ])), since: 21),
        ComponentField("enableProfilingHandler", .boolean, since: 21),
        ComponentField("enableDebugFlagsHandler", .boolean, since: 21),
        ComponentField("cpuManagerPolicyOptions", .map(.string), since: 22),
        ComponentField(
            "memorySwap",
            .record([
                ComponentField(
                    "swapBehavior",
                    .choice(["LimitedSwap", Word("UnlimitedSwap", since: 22, until: 29), Word("NoSwap", since: 30)]),
                    since: 22)
            ]), since: 22),
        ComponentField("seccompDefault", .boolean, since: 22),
        ComponentField("memoryThrottlingFactor", .number, since: 22),
        ComponentField(
            "shutdownGracePeriodByPodPriority",
            .list(
                .record([
                    ComponentField("priority", .integer, since: 23),
                    ComponentField("shutdownGracePeriodSeconds", .integer, since: 23),
                ])), since: 23),
        ComponentField(
            "registerWithTaints",
            .list(
                .record([
                    ComponentField("key", .string, since: 23),
                    ComponentField("value", .string, since: 23),
                    ComponentField("effect", .choice(["NoSchedule", "PreferNoSchedule", "NoExecute"]), since: 23),
                ])), since: 23),
        ComponentField("registerNode", .boolean, since: 23),
        ComponentField(
            "tracing",
            .record([
                ComponentField("endpoint", .string, since: 25),
                ComponentField("samplingRatePerMillion", .integer, since: 25),
            ]), since: 25),
        ComponentField("localStorageCapacityIsolation", .boolean, since: 25),
        ComponentField("topologyManagerPolicyOptions", .map(.string), since: 26),
        ComponentField("maxParallelImagePulls", .integer, since: 27),
        ComponentField("enableSystemLogQuery", .boolean, since: 27),
        ComponentField("containerRuntimeEndpoint", .string, since: 27),
        ComponentField("imageServiceEndpoint", .string, since: 27),
        ComponentField("imageMaximumGCAge", .duration, since: 29),
        ComponentField("podLogsDir", .string, since: 30),
        ComponentField("containerLogMaxWorkers", .integer, since: 30),
        ComponentField("containerLogMonitorInterval", .duration, since: 30),
        ComponentField("failCgroupV1", .boolean, since: 31),
        ComponentField("singleProcessOOMKill", .boolean, since: 32),
        ComponentField(
            "crashLoopBackOff",
            .record([
                ComponentField("maxContainerRestartPeriod", .duration, since: 32)
            ]), since: 32),
        ComponentField(
            "imagePullCredentialsVerificationPolicy",
            .choice(["NeverVerify", "NeverVerifyPreloadedImages", "NeverVerifyAllowlistedImages", "AlwaysVerify"]),
            since: 33),
        ComponentField("preloadedImagesVerificationAllowlist", .strings, since: 33),
        ComponentField("mergeDefaultEvictionSettings", .boolean, since: 33),
        ComponentField(
            "userNamespaces",
            .record([
                ComponentField("idsPerPod", .integer, since: 33)
            ]), since: 33),
        ComponentField("tlsCurvePreferences", .list(.integer), since: 36),
        ComponentField("memoryReservationPolicy", .choice(["None", "TieredReservation"]), since: 36),
    ]

    /// What martlet and kubeadm decide, and why a second opinion would break the node.
    static let kubeletOwned: [String: String] = [
        "apiVersion": "the version of the configuration follows from `kubernetes.version`",
        "kind": "it is always KubeletConfiguration",
        "staticPodPath": "kubeadm writes the control plane's pods to /etc/kubernetes/manifests",
        "staticPodURL": "kubeadm writes the control plane's pods to /etc/kubernetes/manifests",
        "staticPodURLHeader": "kubeadm writes the control plane's pods to /etc/kubernetes/manifests",
        "clusterDNS": "the address follows from `network.services`",
        "clusterDomain": "it follows from `network.domain`",
        "cgroupDriver": "it must equal containerd's; set `components.containerd.systemdCgroup`, and both follow",
        "containerRuntimeEndpoint": "martlet sets up containerd and names its socket",
        "imageServiceEndpoint": "martlet sets up containerd and names its socket",
        "authentication.x509.clientCAFile": "kubeadm makes the certificate authority and names its file",
        "rotateCertificates": "without rotation the node drops out of the cluster after a year",
        "podCIDR": "each node gets its own part of `network.pods`",
        "providerID": "it differs on each host",
        "registerNode": "a node that does not register never joins",
        "registerWithTaints": "taints belong to `hosts[].taints`",
        "enableServer": "logs, exec and health checks need the kubelet's server",
        "runOnce": "the kubelet would end after its first pods",
        "port": "the API server and the health checks expect the kubelet at port 10250",
        "healthzPort": "kubeadm waits for the kubelet at 127.0.0.1:10248",
        "healthzBindAddress": "kubeadm waits for the kubelet at 127.0.0.1:10248",
    ]
}
