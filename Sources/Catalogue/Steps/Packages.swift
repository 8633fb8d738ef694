internal import Bundles
internal import ClusterModel
internal import Planning

/// Packages of the distribution: what kubeadm's preflight asks for, the runtime, and the endpoint's programs.
let packages = StepDefinition(
    "packages", .system, "Install the distribution's packages that Kubernetes needs",
    explanation: """
        kubeadm's preflight refuses a host without conntrack, iptables and friends; containerd runs the containers; haproxy and \
        keepalived hold the endpoint on control planes. With `packages.source: bundle` they come from the bundle through a \
        local archive, and apt takes only what is missing; otherwise from the host's own archives. What martlet installed is \
        noted in /var/lib/martlet/installed-packages, so that `martlet reset` can take it away again.
        """
) { context in
    let wanted = wantedPackages(context)
    let ensure = wanted.map { Check(.package($0), .present, title: "package \($0)") }
    return [
        Goal(
            "packages", .system, "packages \(wanted.joined(separator: ", "))",
            because: "kubeadm and the runtime need them",
            ensure: ensure,
            by: context.spec.packages.source == .bundle ? fromBundle(wanted, context) : fromArchives(wanted),
            pool: .copy, blocked: blocked(wanted, context), diagnose: .journal(["containerd", "haproxy", "keepalived"]))
    ]
}

private func wantedPackages(_ context: HostContext) -> [String] {
    var wanted = ["conntrack", "ebtables", "ethtool", "iproute2", "ipset", "iptables", "kmod", "procps", "socat"]
    if !context.cluster.release.bringsRuntime { wanted += ["containerd", "runc"] }
    if context.host.isControlPlane {
        wanted.append("curl")
        if context.spec.endpoint.kind == .keepalived { wanted += ["haproxy", "keepalived"] }
    }
    return wanted
}

private func blocked(_ wanted: [String], _ context: HostContext) -> String? {
    guard let system = context.state.system else { return nil }
    guard system.isDebianLike else {
        return "\(system.distribution) is not supported: martlet installs packages on Debian and Ubuntu"
    }
    return nil
}

/// Waits for another package manager instead of failing, keeps configuration files that are there, and never takes a package
/// away to make room for another: Docker's own containerd, for example, conflicts with the distribution's.
private let apt =
    "apt-get -q -y --no-remove -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold "
    + "-o Dpkg::Options::=--force-confdef"

private let listsLog = "/run/martlet-lists.log"

/// Reads the archives' lists anew.
///
/// `DPkg::Lock::Timeout` is not about the lock of the lists, which the daily run of apt holds when a machine has just booted. One
/// archive that does not answer says nothing of the others: whether the packages can be had is for the installation to find out.
private func updating(_ command: String) -> String {
    """
    tries=0
    until \(command) update >\(listsLog) 2>&1; do
      tries=$((tries + 1))
      [ $tries -lt 100 ] && grep -q 'Could not get lock' \(listsLog) || break
      sleep 3
    done
    """
}

/// Notes what was not installed before.
private func installing(_ wanted: [String], _ command: String) -> String {
    """
    mkdir -p /var/lib/martlet
    # A host that lost power in the middle of an installation has packages that are only unpacked.
    [ -z "$(dpkg --audit)" ] || dpkg --force-confold --force-confdef --configure -a >/run/martlet-packages.log 2>&1 || true
    dpkg-query -W -f '${Package}\\n' | sort >/run/martlet-packages.before
    \(command) install --no-install-recommends \(wanted.joined(separator: " ")) >/run/martlet-packages.log 2>&1 || {
      grep -hE '^(E|W):' \(listsLog) | tail -n 4 >&2
      grep -E -A 3 'will be REMOVED' /run/martlet-packages.log >&2 || true
      grep -E '^(E|W):|dpkg: error| (Depends|Conflicts|Breaks): ' /run/martlet-packages.log | tail -n 8 >&2
      exit 1
    }
    dpkg-query -W -f '${Package}\\n' | sort >/run/martlet-packages.after
    comm -13 /run/martlet-packages.before /run/martlet-packages.after >>/var/lib/martlet/installed-packages
    rm -f /run/martlet-packages.before /run/martlet-packages.after /run/martlet-packages.log \(listsLog)
    """
}

private func fromArchives(_ wanted: [String]) -> [Action] {
    [
        .run(
            "install \(wanted.joined(separator: ", "))", "\(updating(apt))\n\(installing(wanted, apt))",
            timeoutSeconds: 900)
    ]
}

/// A local archive made of the bundle's packages; apt resolves among them and takes only what the host lacks.
private func fromBundle(_ wanted: [String], _ context: HostContext) -> [Action] {
    let folder = "/var/lib/martlet/packages"
    let distribution = context.state.system?.distribution ?? ""
    let available = context.cluster.release.packages(for: distribution)
    let copies = available.map { package in
        Action.putBlob(path: "\(folder)/\(package.name).deb", mode: 0o644, blob: package.artefact.blob)
    }
    let lists = "/var/lib/martlet/package-lists"
    let archive =
        "\(apt) -o Dir::Etc::SourceList=\(folder)/sources.list -o Dir::Etc::SourceParts=/dev/null "
        + "-o Dir::State::Lists=\(lists) -o APT::Get::List-Cleanup=0"
    return copies + [
        .run(
            "install \(wanted.joined(separator: ", ")) from the bundle",
            """
            cd \(folder)
            for deb in *.deb; do
              dpkg-deb -f "$deb" | sed '/^$/d'
              echo "Filename: ./$deb"
              echo "Size: $(stat -c %s "$deb")"
              set -- $(sha256sum "$deb")
              echo "SHA256: $1"
              echo
            done >Packages
            echo "deb [trusted=yes] file:\(folder) ./" >sources.list
            mkdir -p \(lists)/partial
            \(updating(archive))
            \(installing(wanted, archive))
            rm -rf \(folder) \(lists)
            """, timeoutSeconds: 600)
    ]
}
