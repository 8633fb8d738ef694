/// How the programs of the control plane serve.
enum ProductionControlPlane {
    private static let programs: [ClusterProgram] = [.apiServer, .controllerManager, .scheduler]

    static let probes = [
        // What is older than 1.2 is refused by default since Go's and Kubernetes' defaults say so (component-base,
        // DefaultTLSVersion): only a lowered floor breaks it.
        ProductionProfile.flags(
            "tls-floor", .security, "The control plane speaks TLS 1.2 or newer",
            why: "Reads --tls-min-version of the three programs. Older versions of TLS are broken; the default is 1.2.",
            remedy: "set tls-min-version: VersionTLS12 or VersionTLS13 under components",
            programs.map {
                (
                    $0,
                    [
                        FlagRule(
                            "tls-min-version", .isWithin(["VersionTLS12", "VersionTLS13"]), default: "VersionTLS12")
                    ]
                )
            }),
        ProductionProfile.flags(
            "profiling", .security, "The control plane offers no profiles of itself",
            why: "Profiles show the insides of the programs and cost time; they are on by default.",
            remedy: "use `profile: production`, or set profiling: \"false\" under components", otherwise: .warn,
            programs.map { ($0, [FlagRule("profiling", .equals("false"), default: "true", ignoredWith: "config")]) }),
        ProductionProfile.flags(
            "bind-addresses", .security, "Controller manager and scheduler listen on the host itself only",
            why: "Their metrics and health are for the host; the default address is every one the host has.",
            remedy: "set bind-address: 127.0.0.1 under components",
            [ClusterProgram.controllerManager, .scheduler].map {
                ($0, [FlagRule("bind-address", .equals("127.0.0.1"), default: "0.0.0.0")])
            }),
    ]
}
