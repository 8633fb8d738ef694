internal import ClusterModel
internal import Planning

/// Debian's packages of the driver, where the spec allows it.
let minikubeDriver = MinikubeStep(
    "minikube-driver", .system, "Install what the driver needs",
    explanation: """
        Only with `installDriver: true`, on a host with apt, as root or through sudo without a password: Docker, Podman, libvirt with \
        QEMU, or those programs of the driver none that Debian has (cri-dockerd, crictl, cri-o and the plug-ins below /opt/cni/bin are \
        not among them). The user is added to the driver's group; that counts from the next login on, so that the next `martlet apply` \
        goes on. Without it the plan says what is missing.
        """
) { context in
    guard context.minikube.installsDriver,
        let needs = DriverNeeds.of(context.minikube, kubernetes: context.spec.kubernetes.version)
    else { return [] }
    return [
        Goal(
            "minikube-driver", .system, "the driver \(context.minikube.driver.rawValue) is installed",
            because: "minikube makes its machines with it",
            ensure: [
                Check(
                    .script(
                        "minikube-driver-programs",
                        """
                        for program in \(needs.installable.joined(separator: " ")); do
                          command -v $program >/dev/null || exit 1
                        done
                        echo there
                        """), .present, title: needs.installable.joined(separator: ", "))
            ],
            by: [
                .script(
                    .init(
                        "install \(needs.packages.joined(separator: ", "))",
                        """
                        \(MinikubeShell.asRoot)
                        command -v apt-get >/dev/null || { echo 'there is no apt-get on this host' >&2; exit 1; }
                        log=$(mktemp)
                        trap 'rm -f "$log"' EXIT
                        install() {
                          as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
                        --no-install-recommends install \(needs.packages.joined(separator: " ")) >"$log" 2>&1
                        }
                        install || { as_root apt-get -q update >/dev/null 2>&1; install; } || {
                          grep -E '^(E|W):|a password is required' "$log" | tail -n 5 >&2
                          exit 1
                        }
                        \(needs.group.map { "[ \"$(id -u)\" = 0 ] || as_root usermod -aG \($0) \"$(id -un)\"" } ?? ":")
                        """, timeoutSeconds: 900))
            ])
    ]
}
