/// Section 1.4: flags of the scheduler.
enum CISScheduler {
    private static let edit = "in kubeadm's ClusterConfiguration (scheduler.extraArgs) and its manifest"

    static let controls = [
        CISControl(
            "1.4.1", "The scheduler offers no profiles of itself",
            why: "Profiles show the insides of the program and cost time to make.",
            remedy: "set --profiling=false \(edit)",
            .flags(.scheduler, [FlagRule("profiling", .equals("false"), default: "true", ignoredWith: "config")])),
        CISControl(
            "1.4.2", "The scheduler listens on the host itself only",
            why: "Its metrics and health are for the host; the default address is every one the host has.",
            remedy: "set --bind-address=127.0.0.1 \(edit)",
            .flags(.scheduler, [FlagRule("bind-address", .equals("127.0.0.1"), default: "0.0.0.0")])),
    ]
}
