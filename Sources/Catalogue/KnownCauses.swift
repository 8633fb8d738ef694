package import Planning

/// Causes that are known by their trace in a log of the host, from reports about kubeadm and from our own runs.
package enum KnownCauses {
    package static let all: [KnownCause] = [
        cause(
            "no space left", "a disk is full, or has no room for another file",
            "free space on the host; `df -h` shows which file system, `df -i` whether it is the number of files"),
        cause(
            "can't get final child's PID from pipe",
            "the runtime may not lower oom_score_adj: the host is a container without CAP_SYS_RESOURCE",
            "set `components.containerd.restrictOOMScoreAdj: true`"),
        cause(
            "misconfiguration: kubelet cgroup driver", "kubelet and containerd use different control-group drivers",
            "remove `components.containerd.systemdCgroup` and `components.kubelet.cgroupDriver` from the spec"),
        cause(
            "is different from docker cgroup driver", "kubelet and the runtime use different control-group drivers",
            "remove `components.containerd.systemdCgroup` from the spec"),
        cause(
            "running with swap on is not supported", "the host has swap and the kubelet does not accept it",
            "use `profile: production` (turns swap off), or set `components.kubelet.failSwapOn: false`"),
        cause(
            "failed to pull image", "an image is not on the host and cannot be pulled",
            "check the bundle's images (`martlet bundle inspect`) or the host's way to the registry"),
        cause(
            "unknown service runtime.v1", "containerd is too old for this Kubernetes, or its CRI plug-in is off",
            "use a bundle that brings its own containerd"),
        cause(
            "kubelet is configured to not run on a host using cgroup v1",
            "this kubelet refuses control groups of version 1",
            "set `components.kubelet.failCgroupV1: false`, or boot the host with version 2"),
        cause(
            "certificate has expired", "a certificate on the host has expired",
            "check the host's clock; renew with `kubeadm certs renew all` on a control plane"),
        cause(
            "x509: certificate is valid for", "a certificate does not name the address in use",
            "add the address under `components.apiServer.certificateNames`"),
        cause(
            "too many learner members", "etcd admits one learner at a time and another is still catching up",
            "wait until it is in sync, then run `martlet apply` again"),
        // Names of kubeadm's own checks before it begins (cmd/kubeadm/app/preflight/checks.go).
        cause("[error port-", "a port that Kubernetes needs is taken", "`ss -ltnp` on the host shows by whom"),
        cause(
            "[error mem]", "the host has less memory than kubeadm asks of a control plane (1700 MB)",
            "give the host more memory"),
        cause(
            "[error numcpu]", "the host has fewer processors than kubeadm asks of a control plane (2)",
            "give the host another processor"),
        cause(
            "[error diravailable-", "a folder that kubeadm fills is not empty: something else ran here before",
            "move what is in it away, or run `martlet reset` for the cluster that the host belonged to"),
        cause(
            "address already in use", "a port that Kubernetes needs is taken", "`ss -ltnp` on the host shows by whom"),
        // What kubeadm says of the discovery of a cluster (cmd/kubeadm/app/discovery/token/token.go).
        cause(
            "none of the public keys", "another cluster answers at the endpoint",
            "check `endpoint.address`: it has to lead to the control planes of this spec"),
        cause(
            "couldn't validate the identity of the api server",
            "the host does not reach the API server at the endpoint",
            "open the way from the host to the endpoint's address and port: firewalls, routes, security groups"),
        cause(
            "unable to fetch the kubeadm-config", "the endpoint does not lead to a working API server",
            "check `martlet status`, and haproxy and keepalived on the control planes"),
        cause(
            "read-only file system", "a file system is mounted read-only: on purpose, or because its disk has errors",
            "`findmnt -O ro` and `dmesg` on the host tell which and why; mount it writable"),
        // The words of coreutils, not those of programs that try something and go on without it.
        cause(
            "': operation not permitted", "the host refuses a change of a file even to root",
            "`lsattr` on the host shows whether the file is immutable (`chattr -i` undoes that)"),
        cause(
            "unknown flag: --", "a component of the control plane does not know one of its arguments",
            "take it out of `components` in the spec: arguments come and go with versions of Kubernetes"),
        cause(
            "unrecognized feature gate", "this version of Kubernetes does not know a feature gate of the spec",
            "take it out of `components` in the spec"),
        cause(
            "lookup localhost", "the host does not know the name localhost",
            "add the line `127.0.0.1 localhost` to /etc/hosts on the host"),
        cause(
            "unable to load bootstrap kubeconfig", "the kubelet's own certificate is missing or has expired",
            "remove /etc/kubernetes/kubelet.conf on the host: the next `martlet apply` gives it a new one"),
        cause(
            "but remove is disabled", "a package that is needed conflicts with one that is installed",
            "remove that package on the host, or use a bundle that brings its own containerd: martlet removes nothing"),
        cause(
            "held packages", "a package that is needed is held at what it is",
            "`apt-mark showhold` on the host lists them, `apt-mark unhold` lets go"),
        cause(
            "held broken packages", "no version of a package that is needed fits those that are installed or held",
            "`apt-mark showhold` on the host lists what is held; `apt-get -s install` says what does not fit"),
        cause(
            "is not valid yet", "the host's clock is behind", "set the time and let a time service keep it"),
        cause(
            "does not have a release file", "one of the host's package archives does not answer as such",
            "mend or remove it below /etc/apt, or use `packages.source: bundle`"),
        cause(
            "could not get lock /var/lib/apt", "another package manager has been busy for five minutes",
            "wait for it (`fuser /var/lib/apt/lists/lock` on the host), then run again"),
        cause(
            "could not get lock /var/lib/dpkg", "another package manager has been busy for five minutes",
            "wait for it (`fuser /var/lib/dpkg/lock-frontend` on the host), then run again"),
        cause(
            "dpkg was interrupted", "an installation on the host broke off before",
            "run `dpkg --configure -a` on the host"),
        cause(
            "temporary failure resolving", "the host cannot resolve the name of its package archive",
            "mend the host's DNS, or use `packages.source: bundle`"),
        cause(
            "unable to locate package", "the host's archives do not have the package",
            "add an archive that has it, or use `packages.source: bundle`"),
        cause(
            "failed to admit pod", "the kubelet refused a static pod before it knew what the node has",
            "`systemctl restart kubelet` on the host, then run `martlet apply` again"),
        // Last: such a file may be meant and have nothing to do with it.
        cause(
            "a unit is changed by /",
            "perhaps a file that martlet did not write keeps the kubelet or containerd from starting",
            "`systemctl cat kubelet containerd` on the host shows what it changes"),
        cause(
            "too many open files", "a limit of the kernel is reached",
            "raise fs.inotify.max_user_instances on the machine that carries the host"),
    ]

    private static func cause(_ trace: String, _ meaning: String, _ remedy: String) -> KnownCause {
        KnownCause(trace: trace, meaning: meaning, remedy: remedy)
    }
}
