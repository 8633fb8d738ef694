/// Section 4.2: settings of the kubelet of every node.
///
/// Defaults are those of a kubelet with a file of settings (`SetDefaults_KubeletConfiguration`).
enum CISKubelet {
    private static let edit = "in the kubelet's file of settings (components.kubelet of the spec), then restart it"

    private static func setting(
        _ number: Int, _ title: String, why: String, remedy: String, isScored: Bool = true,
        endsWith: (minor: Int, reason: String)? = nil, _ rules: KubeletRule...
    ) -> CISControl {
        CISControl(
            "4.2.\(number)", title, why: why, remedy: "\(remedy) \(edit)", isScored: isScored, endsWith: endsWith,
            .kubelet(rules))
    }

    static let controls = [
        setting(
            1, "The kubelet refuses requests without credentials",
            why: "Who reaches its port could otherwise read logs and run commands in pods.",
            remedy: "set authentication.anonymous.enabled: false",
            KubeletRule(
                "authentication.anonymous.enabled", flag: "anonymous-auth", .equals("false"), default: "false")),
        setting(
            2, "The kubelet asks the API server who may do what",
            why: "AlwaysAllow lets everybody with any credentials run commands in pods.",
            remedy: "set authorization.mode: Webhook",
            KubeletRule("authorization.mode", flag: "authorization-mode", .isNot(["AlwaysAllow"]), default: "Webhook")),
        setting(
            3, "The kubelet verifies certificates of clients",
            why: "Without an authority the API server cannot prove to it who it is.",
            remedy: "set authentication.x509.clientCAFile",
            KubeletRule("authentication.x509.clientCAFile", flag: "client-ca-file", .isSet)),
        setting(
            4, "The kubelet's port without credentials is closed",
            why: "It shows pods, their environment and their use of resources to everybody.",
            remedy: "set readOnlyPort: 0", isScored: false,
            KubeletRule("readOnlyPort", flag: "read-only-port", .equals("0"), default: "0")),
        setting(
            5, "Idle sessions end",
            why: "Sessions that never end hold connections and memory.",
            remedy:
                "give --streaming-connection-idle-timeout another value than 0, or set streamingConnectionIdleTimeout",
            isScored: false,
            KubeletRule(
                "streamingConnectionIdleTimeout", flag: "streaming-connection-idle-timeout",
                // In a file a zero means the default (SetDefaults_KubeletConfiguration); as a flag it means never.
                .isNotAsFlag(["0", "0s", "0h0m0s"]), default: "4h")),
        setting(
            6, "The kubelet does not start on other kernel settings than its own",
            why: "Otherwise it changes the host's settings silently to what it wants.",
            remedy: "set protectKernelDefaults: true and the kernel's settings before it",
            // The setting is still there; production.kubelet-kernel asks for it in every version.
            endsWith: (25, "editions of the benchmark for Kubernetes 1.25 and newer have no such control"),
            KubeletRule(
                "protectKernelDefaults", flag: "protect-kernel-defaults", .equals("true"), default: "false")),
        setting(
            7, "The kubelet keeps its chains of iptables",
            why: "Without them addresses of pods are not translated as kube-proxy expects.",
            remedy: "set makeIPTablesUtilChains: true",
            KubeletRule(
                "makeIPTablesUtilChains", flag: "make-iptables-util-chains", .equals("true"), default: "true")),
        CISControl(
            "4.2.8", "The node has the host's own name",
            why:
                "A name that is given may not fit certificates, and logs of host and cluster then speak of two machines.",
            remedy: "remove --hostname-override from /var/lib/kubelet/kubeadm-flags.env, and name the host itself",
            isScored: false,
            .kubelet([KubeletRule("--hostname-override", flag: "hostname-override", .isUnset)])),
        setting(
            9, "No event is dropped",
            why: "The kubelet sends at most so many events a second; 0 sends all, at the price of load on etcd.",
            remedy: "set eventRecordQPS: 0 where every event counts", isScored: false,
            KubeletRule("eventRecordQPS", flag: "event-qps", .equals("0"), default: "its default rate")),
        setting(
            10, "The kubelet serves a certificate that was chosen",
            why: """
                Otherwise it signs one for itself, which the API server cannot verify. serverTLSBootstrap gets one from the \
                cluster and counts as well.
                """,
            remedy: "set serverTLSBootstrap: true with somebody who approves the requests", isScored: false,
            KubeletRule(
                "serverTLSBootstrap", flag: "rotate-server-certificates",
                .isTrueOrAllSet([("tlsCertFile", "tls-cert-file"), ("tlsPrivateKeyFile", "tls-private-key-file")]))),
        setting(
            11, "The kubelet renews its client certificate",
            why: "Without it the node falls out of the cluster when the certificate ends.",
            remedy: "set rotateCertificates: true",
            KubeletRule("rotateCertificates", flag: "rotate-certificates", .equals("true"), default: "false")),
        setting(
            12, "The kubelet's serving certificate may be renewed",
            why: "The gate RotateKubeletServerCertificate is on by default and must stay so.",
            remedy: "remove the gate RotateKubeletServerCertificate", isScored: false,
            KubeletRule("featureGates.RotateKubeletServerCertificate", .isNot(["false"]), default: "true")),
        setting(
            13, "The kubelet offers only strong cipher suites",
            why: "A client that offers weak suites only must not be served.",
            remedy: "set tlsCipherSuites to suites with ECDHE and GCM or CHACHA20", isScored: false,
            KubeletRule("tlsCipherSuites", flag: "tls-cipher-suites", .isWithin(CISBenchmark.strongSuites))),
    ]
}
