/// What the base tree of every host consists of.
///
/// Its text is the key of the cache: another recipe is another tree.
struct TreeRecipe {
    static let suite = "bookworm"

    /// systemd and sshd, what kubeadm's preflight looks for, and what is good to have at hand on a broken host.
    static let packages = [
        "ca-certificates", "conntrack", "curl", "dbus", "ebtables", "ethtool", "ipset", "iproute2", "iptables",
        "iputils-ping", "kmod", "openssh-server", "procps", "socat", "sudo", "systemd", "systemd-sysv",
    ]

    /// Files with their modes, by their path in the tree.
    static let files: [(path: String, mode: UInt32, text: String)] = [
        ("/usr/local/lib/martlet/boot", 0o755, bootScript),
        ("/etc/systemd/system/martlet-boot.service", 0o644, bootUnit),
        ("/etc/ssh/sshd_config.d/martlet.conf", 0o644, sshdConfiguration),
        ("/etc/systemd/system.conf.d/martlet.conf", 0o644, managerConfiguration),
        ("/etc/default/locale", 0o644, "LANG=C.UTF-8\n"),
        ("/etc/sudoers.d/martlet", 0o440, "martlet ALL=(ALL:ALL) NOPASSWD: ALL\n"),
    ]

    /// Runs in the tree after the packages are there.
    static let finish = """
        set -eu
        useradd --create-home --shell /bin/bash martlet
        rm -f /etc/ssh/ssh_host_*
        systemctl enable martlet-boot.service
        systemctl mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
        fstrim.timer e2scrub_reap.service console-getty.service getty@tty1.service systemd-pstore.service
        : > /etc/machine-id
        apt-get clean
        """

    /// Whole text of the recipe, for the cache's key and to be kept beside the tree.
    static var text: String {
        var lines = ["suite \(suite)"] + packages.map { "package \($0)" }
        lines += files.map { "file \($0.path) \(String($0.mode, radix: 8))\n\($0.text)" }
        lines.append("finish\n\(finish)")
        return lines.joined(separator: "\n") + "\n"
    }

    /// Names the tree in the cache.
    ///
    /// The text beside the tree is compared as well, so a collision does no harm.
    static var key: String { String(Fingerprint.of(text), radix: 16) }

    private static let bootScript = """
        #!/bin/sh
        # What a machine has after its boot and a container lacks.
        mount --make-rshared /
        for folder in /sys/fs/cgroup/*/; do
            folder=${folder%/}
            if mountpoint -q "$folder"; then mount -o remount,bind,rw "$folder"; fi
        done
        . /etc/martlet/network
        ip link set lo up
        ip address replace "$ADDRESS" dev host0
        ip link set host0 up
        ip route replace default via "$GATEWAY" dev host0

        """

    private static let bootUnit = """
        [Unit]
        Description=Shared mounts, writable control groups and the network of a martlet host
        DefaultDependencies=no
        After=local-fs.target
        Before=network-pre.target network.target sysinit.target
        Wants=network-pre.target

        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart=/usr/local/lib/martlet/boot

        [Install]
        WantedBy=sysinit.target

        """

    /// A pod's first process may ignore SIGTERM; a reboot waits for it this long, twice, instead of 90 seconds.
    private static let managerConfiguration = """
        [Manager]
        DefaultTimeoutStopSec=10s

        """

    private static let sshdConfiguration = """
        HostKey /etc/ssh/ssh_host_ed25519_key
        HostKey /etc/ssh/ssh_host_ecdsa_key
        PermitRootLogin prohibit-password
        PasswordAuthentication no
        UseDNS no

        """
}
