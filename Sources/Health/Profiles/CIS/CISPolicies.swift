/// Sections 5.3 to 5.7: networks, Secrets, images, namespaces and pods.
enum CISPolicies {
    static let controls = [
        CISControl.manual(
            "5.3.1", "The pod network enforces network policies",
            why: "A NetworkPolicy is an object that many networks ignore without a word.",
            remedy: "use a pod network that enforces NetworkPolicy",
            reason: "only traffic shows whether a policy is enforced, and this catalogue makes none"),
        CISControl(
            "5.3.2", "Every namespace has a network policy",
            why: "Without one every pod of the cluster may talk to every pod of the namespace.",
            remedy: "make a NetworkPolicy in the named namespaces, one that denies by default first", isScored: false,
            .api([.namespaces, .networkPolicies]) { evidence, otherwise in
                let covered = Set(try evidence.api.networkPolicies.get().map(\.namespace))
                return CISAccess.list(
                    try evidence.api.namespaces.get().map(\.name).filter { name in
                        !Namespace.isSystem(name) && !covered.contains(name)
                    }.map { "namespace/\($0)" }, "one in each namespace that is not Kubernetes' own", otherwise)
            }),
        CISControl(
            "5.4.1", "Secrets are files, not variables",
            why: "Variables are inherited by child processes and end in logs and dumps.",
            remedy: "mount the Secret as a file in the named pods", isScored: false,
            .api([.pods]) { evidence, otherwise in
                CISAccess.list(
                    try evidence.api.pods.get().filter { pod in
                        (pod.spec?.allContainers ?? []).contains { container in
                            (container.env ?? []).contains { $0.valueFrom?.secretKeyRef != nil }
                                || (container.envFrom ?? []).contains { $0.secretRef != nil }
                        }
                    }.map(\.subject), "no pod with a Secret in a variable", otherwise)
            }),
        .manual(
            "5.4.2", "Secrets are kept outside of the cluster",
            why: "A store of its own has rights, rotation and a log of its own.",
            remedy: "consider a store of secrets with an operator or a driver",
            reason: "it is a decision about the surroundings of the cluster"),
        CISControl(
            "5.5.1", "Where images come from is verified",
            why: "The plug-in ImagePolicyWebhook asks a service before an image is run.",
            remedy: "set up ImagePolicyWebhook or another webhook that verifies images", isScored: false,
            .flags(.apiServer, [FlagRule("enable-admission-plugins", .includes("ImagePolicyWebhook"))])),
        CISControl(
            "5.7.1", "Namespaces separate what does not belong together",
            why:
                "Rights, quotas and policies are bounded by namespaces. Looks whether there is any beside Kubernetes' own.",
            remedy: "make namespaces for teams or applications", isScored: false,
            .api([.namespaces]) { evidence, otherwise in
                let own = try evidence.api.namespaces.get().filter { !$0.isOfKubernetes }.map(\.name).sorted()
                return [
                    Judgement(
                        own.isEmpty ? otherwise : .pass, "cluster",
                        own.isEmpty ? "only Kubernetes' own namespaces" : own.prefix(4).joined(separator: ", "),
                        threshold: "a namespace beside Kubernetes' own")
                ]
            }),
        pods(
            "5.7.2", "Pods run under a seccomp profile",
            why: "A profile keeps rarely used calls of the kernel away from the container.",
            remedy: "set securityContext.seccompProfile.type: RuntimeDefault",
            threshold: "a seccomp profile for every container"
        ) { pod in
            let ofPod = pod.spec?.securityContext?.seccompProfile?.type
            let annotation = pod.annotations["seccomp.security.alpha.kubernetes.io/pod"]
            return (pod.spec?.containers ?? []).contains { container in
                let type = container.securityContext?.seccompProfile?.type ?? ofPod ?? annotation
                return type == nil || type == "Unconfined" || type == "unconfined"
            }
        },
        pods(
            "5.7.3", "Pods have security contexts",
            why: "Without one a container runs as its image says, mostly as root.",
            remedy: "set securityContext in the named pods or their containers",
            threshold: "a security context for every container"
        ) { pod in
            !(pod.spec?.securityContext?.saysSomething ?? false)
                && (pod.spec?.containers ?? []).contains { !($0.securityContext?.saysSomething ?? false) }
        },
        CISControl(
            "5.7.4", "Nothing runs in the default namespace",
            why: "What is made without a thought ends there, beside everything else of that kind.",
            remedy: "move the named pods to a namespace of their own", isScored: false,
            .api([.pods]) { evidence, otherwise in
                CISAccess.list(
                    try evidence.api.pods.get().filter { $0.namespace == "default" }.map(\.subject),
                    "no pod in the namespace default", otherwise)
            }),
    ]

    /// Running pods outside of Kubernetes' namespaces that lack something.
    private static func pods(
        _ number: String, _ title: String, why: String, remedy: String, threshold: String,
        lacks: @escaping @Sendable (Pod) -> Bool
    ) -> CISControl {
        CISControl(
            number, title, why: "\(why) Pods in Kubernetes' own namespaces are left out.", remedy: remedy,
            isScored: false,
            .api([.pods]) { evidence, otherwise in
                CISAccess.list(
                    try evidence.api.pods.get().filter { pod in
                        !Namespace.isSystem(pod.namespace) && !pod.isDone && lacks(pod)
                    }.map(\.subject), threshold, otherwise)
            })
    }
}

extension Pod.Spec.SecurityContext {
    /// The API fills an empty context in for pods that have none.
    var saysSomething: Bool {
        runAsNonRoot != nil || runAsUser != nil || privileged != nil || readOnlyRootFilesystem != nil
            || allowPrivilegeEscalation != nil || seccompProfile != nil
    }
}
