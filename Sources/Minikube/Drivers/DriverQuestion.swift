internal import ClusterModel
internal import Planning

/// Asks the driver what minikube asks it (`status` in pkg/minikube/registry/drvs/*), and what its bounds depend on.
///
/// Lines `driver works WORDS`, `driver missing NAMES` or `driver fails WORDS`; `daemon PROCESSORS BYTES` and `rootless WORD` of
/// container engines; `kvm there`; `key missing` or `key locked`.
struct DriverQuestion {
    let minikube: MinikubeSpec
    let kubernetes: KubernetesVersion

    var text: String {
        switch minikube.driver {
        case .docker:
            trial(["docker"], "timeout 8 docker version --format '{{.Server.Os}}-{{.Server.Version}}'") + """

                timeout 8 docker info --format 'daemon {{.NCPU}} {{.MemTotal}}' 2>/dev/null </dev/null || true
                case $(timeout 8 docker info --format '{{.SecurityOptions}}' 2>/dev/null </dev/null) in
                *name=rootless*) echo 'rootless true' ;; *) echo 'rootless false' ;; esac
                """
        case .podman:
            MinikubeShell.asPodman + "\n"
                + trial(["podman"], "as_podman timeout 8 podman version --format '{{.Version}}'") + """

                    as_podman timeout 8 podman info --format 'daemon {{.Host.CPUs}} {{.Host.MemTotal}}' 2>/dev/null </dev/null || true
                    as_podman timeout 8 podman info --format 'rootless {{.Host.Security.Rootless}}' 2>/dev/null </dev/null || true
                    """
        case .kvm2:
            """
            LIBVIRT_DEFAULT_URI=qemu:///system; export LIBVIRT_DEFAULT_URI
            [ ! -e /dev/kvm ] || echo 'kvm there'
            \(trial(["virsh"], "timeout 8 virsh domcapabilities --virttype kvm && timeout 8 virsh list"))
            """
        case .none: MinikubeShell.asRoot + "\n" + trial(needs.programs, folders: needs.folders, "as_root true")
        case .ssh: target
        }
    }

    private var needs: DriverNeeds { .of(minikube, kubernetes: kubernetes) ?? DriverNeeds(programs: []) }

    private func trial(_ programs: [String], folders: [String] = [], _ command: String) -> String {
        """
        missing=
        for program in \(programs.joined(separator: " ")); do
          command -v "$program" >/dev/null || missing="$missing $program"
        done
        for folder in \(folders.joined(separator: " ")); do [ -d "$folder" ] || missing="$missing $folder"; done
        if [ -n "$missing" ]; then echo "driver missing$missing"
        elif answer=$({ \(command); } 2>&1 </dev/null); then printf 'driver works %s\\n' "$(printf %s "$answer" | head -n 1)"
        else printf 'driver fails %s\\n' "$(printf %s "$answer" | tr '\\n' ' ')"; fi
        """
    }

    /// Logs in as minikube will: with the key and nothing else, without looking at the host key.
    ///
    /// sudo must ask for nothing there. A key with a passphrase is refused (`PreCreateCheck` in pkg/drivers/ssh/ssh.go).
    private var target: String {
        guard let target = minikube.target else { return "echo 'driver works'" }
        let login = Shell.quote("\(target.user ?? "root")@\(target.address)")
        let options =
            "-o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ConnectTimeout=8 "
            + "-p \(target.port ?? 22)"
        let check = Shell.quote("[ \"$(id -u)\" = 0 ] || sudo -n true")
        let key = target.identityFile.map(MinikubeShell.path)
        let keyCheck =
            key.map {
                """
                if [ ! -r \($0) ]; then echo 'key missing'
                elif command -v ssh-keygen >/dev/null && ! ssh-keygen -y -P '' -f \($0) >/dev/null 2>&1 </dev/null; then
                  echo 'key locked'
                fi
                """
            } ?? ":"
        let identity = key.map { "-i \($0) -o IdentitiesOnly=yes " } ?? ""
        return """
            \(keyCheck)
            if ! command -v ssh >/dev/null; then echo 'driver works'
            elif answer=$(timeout 20 ssh \(identity)\(options) \(login) \(check) 2>&1 </dev/null); then echo 'driver works'
            else printf 'driver fails %s\\n' "$(printf %s "$answer" | tr '\\n' ' ')"; fi
            """
    }
}
