/// Section 1.3: flags of the controller manager.
enum CISControllerManager {
    private static let edit = "in kubeadm's ClusterConfiguration (controllerManager.extraArgs) and its manifest"

    private static func flag(
        _ number: Int, _ title: String, why: String, remedy: String, isScored: Bool = true, _ rules: FlagRule...
    ) -> CISControl {
        CISControl(
            "1.3.\(number)", title, why: why, remedy: "\(remedy) \(edit)", isScored: isScored,
            .flags(.controllerManager, rules))
    }

    static let controls = [
        flag(
            1, "The number of ended pods is bounded",
            why: "Ended pods stay in etcd until the threshold is passed; the default keeps 12500 of them.",
            remedy: "set --terminated-pod-gc-threshold", isScored: false,
            FlagRule("terminated-pod-gc-threshold", .isSet)),
        flag(
            2, "The controller manager offers no profiles of itself",
            why: "Profiles show the insides of the program and cost time to make.", remedy: "set --profiling=false",
            FlagRule("profiling", .equals("false"), default: "true")),
        flag(
            3, "Each controller has an account of its own",
            why: "With one account for all, each controller has the rights of all.",
            remedy: "set --use-service-account-credentials=true",
            FlagRule("use-service-account-credentials", .equals("true"), default: "false")),
        flag(
            4, "Tokens of accounts are signed with a key of their own",
            why: "Without that key no account gets a token that can be changed by changing the key.",
            remedy: "set --service-account-private-key-file", FlagRule("service-account-private-key-file", .isSet)),
        flag(
            5, "Pods are told the cluster's authority",
            why: "A pod that does not know the authority cannot verify the API server.", remedy: "set --root-ca-file",
            FlagRule("root-ca-file", .isSet)),
        flag(
            6, "Kubelets' serving certificates are renewed",
            why: "The gate RotateKubeletServerCertificate is on by default; turned off, serving certificates run out.",
            remedy: "remove RotateKubeletServerCertificate=false from --feature-gates",
            FlagRule("feature-gates", .excludes("RotateKubeletServerCertificate=false"))),
        flag(
            7, "The controller manager listens on the host itself only",
            why: "Its metrics and health are for the host; the default address is every one the host has.",
            remedy: "set --bind-address=127.0.0.1", FlagRule("bind-address", .equals("127.0.0.1"), default: "0.0.0.0")),
    ]
}
