internal import ClusterModel
internal import Planning

/// The questions to the host that runs minikube; they depend on the spec only.
struct MinikubeProbes {
    let minikube: MinikubeSpec

    var all: [Probe] { [host, version, profiles, settings, machines, stored, owner, addons, kubectl] }

    private func script(_ name: String, _ text: String) -> Probe {
        .script("minikube-\(name)", MinikubeShell.about(minikube.profile, text))
    }

    /// Lines `NAME VALUE`: who asks, what the machine has, and whether the driver works.
    var host: Probe {
        script(
            "host",
            """
            printf 'uid %s\\nuser %s\\nhome %s\\narch %s\\ncpus %s\\n' "$(id -u)" "$(id -un)" "$HOME" "$(uname -m)" "$(nproc)"
            awk '/^MemTotal:/ { print "memory " int($2 / 1024) }' /proc/meminfo
            \(MinikubeShell.asRoot)
            \(driverQuestion)
            """)
    }

    /// Asks the driver what minikube asks it (`status` in pkg/minikube/registry/drvs/*).
    private var driverQuestion: String {
        func trial(_ program: String, _ command: String) -> String {
            """
            if ! command -v \(program) >/dev/null; then echo 'driver missing \(program)'
            elif answer=$(\(command) 2>&1 </dev/null); then printf 'driver works %s\\n' "$(printf %s "$answer" | head -n 1)"
            else printf 'driver fails %s\\n' "$(printf %s "$answer" | tr '\\n' ' ')"; fi
            """
        }
        switch minikube.driver {
        case .docker:
            return trial("docker", "timeout 8 docker version --format '{{.Server.Os}}-{{.Server.Version}}'")
                + "\ntimeout 8 docker info --format 'daemon {{.NCPU}} {{.MemTotal}}' 2>/dev/null </dev/null || true"
        case .podman: return trial("podman", "as_root timeout 8 podman version --format '{{.Version}}'")
        case .kvm2:
            return trial("virsh", "LIBVIRT_DEFAULT_URI=qemu:///system timeout 8 virsh domcapabilities --virttype kvm")
        case .none:
            return trial("conntrack", "as_root true")
        case .ssh: return "echo 'driver works'"
        }
    }

    /// `commit` and `minikubeVersion` (cmd/minikube/cmd/version.go); absent if there is no minikube.
    var version: Probe {
        .script(
            "minikube-version",
            """
            \(MinikubeShell.prelude)
            command -v minikube >/dev/null || exit 1
            timeout 25 minikube version -o json </dev/null | sed -n 's/.*"minikubeVersion":"\\([^"]*\\)".*/\\1/p'
            """)
    }

    /// The program itself, as installed by martlet; absent if it is not there.
    static func program(_ name: String) -> Probe {
        .script(
            "minikube-program-\(name)",
            """
            \(MinikubeShell.prelude)
            [ -x "\(MinikubeShell.programs)/\(name)" ] || exit 1
            sha256sum <"\(MinikubeShell.programs)/\(name)" | cut -d' ' -f1
            """)
    }

    var kubectl: Probe {
        .script("minikube-kubectl", "\(MinikubeShell.prelude)\ncommand -v kubectl")
    }

    /// `valid` and `invalid` (cmd/minikube/cmd/config/profile_list.go).
    var profiles: Probe {
        .script(
            "minikube-profiles",
            "\(MinikubeShell.prelude)\ncommand -v minikube >/dev/null || exit 1\ntimeout 25 minikube profile list -o json </dev/null"
        )
    }

    /// Lines `- KEY: VALUE` (cmd/minikube/cmd/config/view.go).
    var settings: Probe {
        .script(
            "minikube-settings",
            "\(MinikubeShell.prelude)\ncommand -v minikube >/dev/null || exit 1\ntimeout 25 minikube config view </dev/null"
        )
    }

    /// Lines `MACHINE HOST KUBELET APISERVER KUBECONFIG`; absent if there is no profile.
    ///
    /// From an object, or a list of them for several machines (`statusJSON` in cmd/minikube/cmd/status.go). Their exit status is a
    /// sum of 1, 2 and 4, which says less.
    var machines: Probe {
        script(
            "machines",
            """
            command -v minikube >/dev/null || exit 1
            [ -e "$profile/config.json" ] || exit 1
            text=$(timeout 25 minikube status -p \(Shell.quote(minikube.profile)) -o json 2>/dev/null </dev/null)
            code=$?
            [ $code -ne 124 ] || exit 124
            lines=$(printf '%s\\n' "$text" | tr -d '\\n' | sed 's/},{/}\\
            {/g' | \\
            sed -n 's/.*"Name":"\\([^"]*\\)","Host":"\\([^"]*\\)","Kubelet":"\\([^"]*\\)","APIServer":"\\([^"]*\\)","Kubeconfig":"\\([^"]*\\)".*/\\1 \\2 \\3 \\4 \\5/p')
            if [ -n "$lines" ]; then printf '%s\\n' "$lines"; else echo "no machine answers (status $code)"; fi
            """)
    }

    /// The profile as minikube stores it (`SaveProfile` in pkg/minikube/config/profile.go).
    var stored: Probe { script("stored", "[ -e \"$profile/config.json\" ] || exit 1\ncat \"$profile/config.json\"") }

    /// What martlet left beside it; absent for a profile that somebody else made.
    var owner: Probe { script("owner", "[ -e \"$profile/martlet.json\" ] || exit 1\ncat \"$profile/martlet.json\"") }

    /// By name, `Profile` and `Status` (`printAddonsJSON` in cmd/minikube/cmd/config/addons_list.go).
    var addons: Probe {
        script(
            "addons",
            """
            command -v minikube >/dev/null || exit 1
            timeout 25 minikube addons list -p \(Shell.quote(minikube.profile)) -o json </dev/null
            """)
    }

    /// `true` or `false` of the stored profile, where enabling an addon is written down (`SetAndSave` in pkg/addons/addons.go);
    /// empty for one that was never touched.
    func addon(_ name: String) -> Probe {
        script(
            "addon-\(name)",
            """
            [ -e "$profile/config.json" ] || exit 1
            sed -n '/^    "Addons": {$/,/^    }/s/^ *"\(name)": \\(true\\|false\\).*/\\1/p' "$profile/config.json"
            """)
    }

    /// A kubeconfig with the certificates in it, of this profile only; absent if minikube has none.
    ///
    /// The address is the one that minikube wrote into the user's kubeconfig, which it alone knows for every driver
    /// (`ControlPlaneEndpoint` in pkg/minikube/driver/endpoint.go); other clusters in that file stay there.
    static func kubeconfigScript(_ name: String) -> String {
        MinikubeShell.about(
            name,
            """
            for file in "$state/ca.crt" "$profile/client.crt" "$profile/client.key"; do [ -s "$file" ] || exit 1; done
            files=${KUBECONFIG:-$HOME/.kube/config}
            server=$(awk -v name=\(Shell.quote(name)) '
              /^- cluster:/ { server = "" }
              /^    server: / { server = $2 }
              /^  name: / { if ($2 == name && server != "") { print server; exit } }' "${files%%:*}" 2>/dev/null)
            [ -n "$server" ] || exit 1
            encoded() { base64 <"$1" | tr -d '\\n'; }
            cat <<END
            apiVersion: v1
            clusters:
            - cluster:
                certificate-authority-data: $(encoded "$state/ca.crt")
                server: $server
              name: \(name)
            contexts:
            - context:
                cluster: \(name)
                user: \(name)
              name: \(name)
            current-context: \(name)
            kind: Config
            preferences: {}
            users:
            - name: \(name)
              user:
                client-certificate-data: $(encoded "$profile/client.crt")
                client-key-data: $(encoded "$profile/client.key")
            END
            """)
    }
}
