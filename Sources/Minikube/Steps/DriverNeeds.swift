internal import ClusterModel
internal import Planning

/// Debian's packages of the driver, where the spec allows it.
let minikubeDriver = MinikubeStep(
    "minikube-driver", .system, "Install what the driver needs",
    explanation: """
        Only with `installDriver: true`, on a host with apt, as root or through sudo without a password: Docker, Podman, libvirt with \
        QEMU, or what the driver none looks for in PATH. The user is added to the driver's group; that counts from the next login on, so \
        that the next `martlet apply` goes on. Without it the plan says what is missing.
        """
) { context in
    guard context.minikube.installsDriver, let needs = DriverNeeds.of(context.minikube.driver) else { return [] }
    return [
        Goal(
            "minikube-driver", .system, "the driver \(context.minikube.driver.rawValue) is installed",
            because: "minikube makes its machines with it",
            ensure: [
                Check(
                    .script(
                        "minikube-driver-programs",
                        """
                        PATH="$PATH:/usr/sbin:/sbin"
                        for program in \(needs.programs.joined(separator: " ")); do command -v $program >/dev/null || exit 1; done
                        echo there
                        """), .present, title: needs.programs.joined(separator: ", "))
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

/// What a driver needs on Debian (site/content/en/docs/drivers of minikube: docker.md, podman.md, kvm2.md, none.md).
struct DriverNeeds {
    var programs: [String]
    var packages: [String]
    /// Whose members may use it.
    var group: String?

    static func of(_ driver: MinikubeSpec.Driver) -> DriverNeeds? {
        switch driver {
        case .docker: DriverNeeds(programs: ["docker", "dockerd"], packages: ["docker.io"], group: "docker")
        case .podman: DriverNeeds(programs: ["podman"], packages: ["podman"])
        case .kvm2:
            DriverNeeds(
                programs: ["virsh"], packages: ["libvirt-daemon-system", "libvirt-clients", "qemu-system-x86"],
                group: "libvirt")
        case .none:
            DriverNeeds(
                programs: ["conntrack", "iptables", "socat"],
                packages: ["conntrack", "iptables", "socat", "ebtables", "ethtool"])
        case .ssh: nil
        }
    }
}
