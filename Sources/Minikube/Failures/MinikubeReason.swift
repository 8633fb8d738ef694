internal import Diagnostics

/// What a reason of minikube means to martlet.
///
/// pkg/minikube/reason/reason.go and known_issues.go (names, exit statuses); drivers make their own below `PROVIDER_`
/// (`validateDriver` in cmd/minikube/cmd/start.go).
struct MinikubeReason: Sendable, Hashable {
    /// Behind `minikube.`.
    var code: String
    /// What to do with martlet; minikube's advice names commands of minikube.
    var remedy: String
    var exitCode: ExitStatus

    /// The reason by its name, else by the beginning of its name, else by its exit status.
    static func of(_ name: String, exitCode: Int) -> MinikubeReason {
        if let exact = named[name] { return exact }
        if let family = families.first(where: { name.hasPrefix($0.prefix) }) { return family.reason }
        return classes.last { exitCode >= $0.from }?.reason ?? other
    }

    private static func reason(_ code: String, _ remedy: String, _ exitCode: ExitStatus = .failed) -> MinikubeReason {
        MinikubeReason(code: code, remedy: remedy, exitCode: exitCode)
    }

    static let named: [String: MinikubeReason] = [
        "RSRC_INSUFFICIENT_CORES": reason(
            "cpus", "lower `kubernetes.minikube.cpus`, or use a machine with 2 processors or more", .lacking),
        "RSRC_DOCKER_CORES": reason("cpus", "give Docker 2 processors or more", .lacking),
        "RSRC_INSUFFICIENT_REQ_MEMORY": reason(
            "memory", "set `kubernetes.minikube.memory` to 1800 or more", .invalid),
        "RSRC_INSUFFICIENT_SYS_MEMORY": reason("memory", "use a machine with more memory", .lacking),
        "RSRC_INSUFFICIENT_CONTAINER_MEMORY": reason("memory", "give the driver 1800 MiB or more", .lacking),
        "RSRC_OVER_ALLOC_MEM": reason("memory", "lower `kubernetes.minikube.memory`", .lacking),
        "RSRC_DOCKER_MEMORY": reason("memory", "give Docker more memory", .lacking),
        "RSRC_DOCKER_STORAGE": reason("disk", "free space where Docker keeps its data (`docker system df`)", .lacking),
        "RSRC_PODMAN_STORAGE": reason("disk", "free space where Podman keeps its data (`podman system df`)", .lacking),
        "RSRC_INSUFFICIENT_STORAGE": reason("disk", "free space on the host (`df -h`)", .lacking),
        "K8S_OLD_UNSUPPORTED": reason(
            "kubernetes-version", "choose a newer `kubernetes.version` or an older `kubernetes.minikube.version`",
            .invalid),
        "K8S_NEW_UNSUPPORTED": reason(
            "kubernetes-version", "choose an older `kubernetes.version` or a newer `kubernetes.minikube.version`",
            .invalid),
        "K8S_DOWNGRADE_UNSUPPORTED": reason(
            "downgrade",
            "a cluster cannot go back to an older Kubernetes; replace it with `martlet apply --replace PROFILE`"),
        "MK_KVERSION_USAGE": reason("kubernetes-version", "write `kubernetes.version` as v1.MINOR.PATCH", .invalid),
        "MK_PATCH_NOT_FOUND": reason(
            "kubernetes-version", "write `kubernetes.version` with its patch number", .invalid),
        "MK_USAGE": reason("refused", "minikube refuses what the spec says; see its message", .invalid),
        "MK_INTERRUPTED": reason("interrupted", "run `martlet apply` again", .interrupted),
        "MK_RESERVED_PROFILE": reason("profile", "choose another `kubernetes.minikube.profile`", .invalid),
        "MK_ADDON_ENABLE": reason("addon", "look at the addon's pods, then run `martlet apply` again"),
        "MK_ENABLE": reason("addon", "look at the addon's pods, then run `martlet apply` again"),
        "MK_ADDON_DISABLE": reason("addon", "look at the addon's pods, then run `martlet apply` again"),
        "MK_DISABLE": reason("addon", "look at the addon's pods, then run `martlet apply` again"),
        "MK_ADDON_DISABLE_PAUSED": reason("paused", "run `martlet apply`: it resumes the cluster first"),
        "MK_ADDON_ENABLE_PAUSED": reason("paused", "run `martlet apply`: it resumes the cluster first"),
        "SVC_ADDON_UNSUPPORTED": reason("addon", "this minikube does not have the addon with this driver", .invalid),
        "DRV_AS_ROOT": reason(
            "as-root", "let another user than root run it (`ssh.user`), or set `kubernetes.minikube.allowRoot: true`"),
        "DRV_NEEDS_ROOT": reason("needs-root", "the driver none needs root, or sudo without a password"),
        "DRV_UNSUPPORTED_MULTINODE": reason("nodes", "this driver makes one machine: set `nodes: 1`", .invalid),
        "DRV_UNSUPPORTED_PROFILE": reason("profile", "the driver none knows the profile `minikube` only", .invalid),
        "DRV_UNSUPPORTED_OS": reason("driver", "choose a driver for this machine", .invalid),
        "DRV_DOCKER_NOT_RUNNING": reason(
            "driver-down", "start Docker on the host (`systemctl start docker`)", .lacking),
        "DRV_CP_ENDPOINT": reason("endpoint", "replace the cluster with `martlet apply --replace PROFILE`"),
        "GUEST_DRIVER_MISMATCH": reason(
            "driver-mismatch",
            "replace the cluster with `martlet apply --replace PROFILE`, or go back to the old driver"),
        "GUEST_MISSING_CONNTRACK": reason(
            "program-missing", "install the programs that minikube names, or set `installDriver: true`", .lacking),
        "GUEST_MISSING_CRICTL": reason("program-missing", "install crictl on the host", .lacking),
        "NOT_FOUND_CRI_DOCKERD": reason("program-missing", "install cri-dockerd on the host", .lacking),
        "NOT_FOUND_DOCKERD": reason("program-missing", "install Docker on the host", .lacking),
        "NOT_FOUND_CNI_PLUGINS": reason("program-missing", "install containernetworking-plugins on the host", .lacking),
        "GUEST_PROVISION": reason(
            "machine", "look at the driver's own log on the host, then run `martlet apply` again"),
        "GUEST_PROVISION_CONTAINER_EXITED": reason("machine", "look at `docker logs` of the machine's container"),
        "GUEST_NODE_ADD": reason("node", "run `martlet apply` again; it adds what is missing"),
        "GUEST_NODE_START": reason("node", "look at `minikube logs` of the profile, then run `martlet apply` again"),
        "GUEST_NODE_PROVISION": reason(
            "node", "look at the driver's own log on the host, then run `martlet apply` again"),
        "GUEST_START": reason("start", "look at `minikube logs` of the profile, then run `martlet apply` again"),
        "GUEST_STOP_TIMEOUT": reason("stop", "look at the driver on the host, then try again"),
        "GUEST_CERT": reason("certificates", "look at `minikube logs` of the profile"),
        "HOST_CONFIG_LOAD": reason(
            "profile-broken", "the profile's config.json cannot be read: mend it, or `martlet minikube delete`"),
        "HOST_HOME_PERMISSION": reason("permission", "give minikube's folder on the host back to the user who runs it"),
        "HOST_KUBECONFIG_PERMISSION": reason("permission", "give ~/.kube/config on the host back to the user"),
        "HOST_KUBECONFIG_UPDATE": reason("permission", "make ~/.kube/config on the host readable and writable"),
        "HOST_KUBECONFIG_WRITE": reason("permission", "make ~/.kube/config on the host writable"),
        "HOST_JUJU_LOCK_PERMISSION": reason(
            "permission", "remove the lock files of another user from /tmp on the host"),
        "PROVIDER_DOCKER_NEWGRP": reason(
            "docker-permission", "the user may not use Docker's socket: add it to the group docker and log in anew",
            .lacking),
        "PROVIDER_DOCKER_NOT_RUNNING": reason(
            "driver-down", "start Docker on the host (`systemctl start docker`)", .lacking),
        "PROVIDER_DOCKER_NOT_FOUND": reason("driver-missing", "install Docker, or set `installDriver: true`", .lacking),
        "PROVIDER_PODMAN_NOT_FOUND": reason("driver-missing", "install Podman, or set `installDriver: true`", .lacking),
        "PROVIDER_KVM2_NOT_FOUND": reason("driver-missing", "install libvirt, or set `installDriver: true`", .lacking),
        "PR_KVM_USER_PERMISSION": reason(
            "kvm-permission", "the user may not use libvirt: add it to the group libvirt and log in anew", .lacking),
        "K8S_INSTALL_FAILED": reason("kubernetes", "look at `minikube logs` of the profile"),
        "K8S_INSTALL_FAILED_CONTAINER_RUNTIME_NOT_RUNNING": reason(
            "runtime", "look at the container runtime of the machine"),
        "RUNTIME_ENABLE": reason("runtime", "look at the container runtime of the machine"),
        "K8S_FAIL_CONNECT": reason(
            "internet", "choose a Kubernetes that this minikube knows, or give the host the internet"),
    ]

    static let families: [(prefix: String, reason: MinikubeReason)] = [
        ("INET_", reason("internet", "give the host the internet, or `kubernetes.minikube.cache` and a mirror")),
        ("PROVIDER_", reason("driver-fails", "mend the driver on the host, as minikube advises", .lacking)),
        ("PR_", reason("driver-fails", "mend the driver on the host, as minikube advises", .lacking)),
        ("RSRC_", reason("resources", "give the machine what minikube asks for", .lacking)),
        ("HOST_", reason("host", "mend the host, as minikube advises")),
        ("IF_", reason("network", "look at the host's network, as minikube advises")),
    ]

    /// Beginnings of the ranges of pkg/minikube/reason/exitcodes.go.
    static let classes: [(from: Int, reason: MinikubeReason)] = [
        (10, reason("program", "see minikube's message")),
        (20, reason("resources", "give the machine what minikube asks for", .lacking)),
        (30, reason("host", "mend the host, as minikube advises")),
        (40, reason("internet", "give the host the internet, or `kubernetes.minikube.cache` and a mirror")),
        (50, reason("driver", "mend the driver on the host, as minikube advises")),
        (60, reason("driver-fails", "mend the driver on the host, as minikube advises", .lacking)),
        (70, reason("network", "look at the host's network, as minikube advises")),
        (80, reason("machine", "look at `minikube logs` of the profile")),
        (90, reason("runtime", "look at the container runtime of the machine")),
        (100, reason("kubernetes", "look at `minikube logs` of the profile")),
        (110, reason("service", "look at the service in the cluster")),
        (128, reason("killed", "a signal ended minikube; run `martlet apply` again")),
    ]

    static let other = reason("failed", "see minikube's message, then run `martlet apply` again")
}
