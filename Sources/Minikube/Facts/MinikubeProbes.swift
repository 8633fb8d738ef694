internal import ClusterModel
internal import Planning

/// The questions to the host that runs minikube; they depend on the spec only.
struct MinikubeProbes {
    let minikube: MinikubeSpec
    let kubernetes: KubernetesVersion

    var all: [Probe] { [host, version, profiles, settings, machines, stored, owner, addons] }

    private var shell: MinikubeShell { MinikubeShell(minikube: minikube) }
    private var name: String { Shell.quote(minikube.profile) }

    private func script(_ name: String, _ text: String) -> Probe { .script("minikube-\(name)", shell.about(text)) }

    /// Lines `NAME VALUE`: who asks, what the machine has, and whether the driver works.
    var host: Probe {
        script(
            "host",
            """
            printf 'uid %s\\nuser %s\\nhome %s\\nhostname %s\\narch %s\\ncpus %s\\n' \\
              "$(id -u)" "$(id -un)" "$HOME" "$(uname -n)" "$(uname -m)" "$(nproc)"
            awk '/^MemTotal:/ { print "memory " int($2 / 1024) }' /proc/meminfo
            \(DriverQuestion(minikube: minikube, kubernetes: kubernetes).text)
            """)
    }

    /// `commit` and `minikubeVersion` (cmd/minikube/cmd/version.go); absent if there is no minikube.
    var version: Probe {
        script(
            "version",
            """
            command -v minikube >/dev/null || exit 1
            timeout 25 minikube version -o json </dev/null | sed -n 's/.*"minikubeVersion":"\\([^"]*\\)".*/\\1/p'
            """)
    }

    /// The program itself, as installed by martlet; absent if it is not there.
    static func program(_ name: String) -> Probe {
        .script(
            "minikube-program-\(name)",
            """
            [ -x "\(MinikubeShell.programs)/\(name)" ] || exit 1
            sha256sum <"\(MinikubeShell.programs)/\(name)" | cut -d' ' -f1
            """)
    }

    /// `valid` and `invalid` (cmd/minikube/cmd/config/profile_list.go).
    var profiles: Probe {
        script(
            "profiles", "command -v minikube >/dev/null || exit 1\ntimeout 25 minikube profile list -o json </dev/null")
    }

    /// Lines `- KEY: VALUE` (cmd/minikube/cmd/config/view.go).
    var settings: Probe {
        script("settings", "command -v minikube >/dev/null || exit 1\ntimeout 25 minikube config view </dev/null")
    }

    /// Lines `MACHINE HOST KUBELET APISERVER KUBECONFIG`; absent if there is no profile.
    ///
    /// From an object, or a list of them for several machines (`statusJSON` in cmd/minikube/cmd/status.go). Their exit status is a
    /// sum of 1, 2 and 4, which says less. Newer versions answer `null` if one of several machines is not there (`GetStatus` in
    /// pkg/minikube/cluster/status.go): then each is asked by itself.
    var machines: Probe {
        script(
            "machines",
            """
            command -v minikube >/dev/null || exit 1
            [ -e "$profile/config.json" ] || exit 1
            ask() {
              text=$(timeout 25 minikube status -p \(name) -o json "$@" 2>/dev/null </dev/null)
              code=$?
              [ $code -ne 124 ] || exit 124
              printf '%s\\n' "$text" | tr -d '\\n' | sed 's/},{/}\\
            {/g' | \\
              sed -n 's/.*"Name":"\\([^"]*\\)","Host":"\\([^"]*\\)","Kubelet":"\\([^"]*\\)","APIServer":"\\([^"]*\\)","Kubeconfig":"\\([^"]*\\)".*/\\1 \\2 \\3 \\4 \\5/p'
              return $code
            }
            lines=$(ask); code=$?
            [ $code -ne 124 ] || exit 124
            if [ -z "$lines" ]; then
              nodes=$(sed -n '/^    "Nodes": \\[/,/^    \\]/s/^            "Name": "\\(.*\\)",$/\\1/p' "$profile/config.json")
              [ "$(printf '%s\\n' "$nodes" | wc -l)" -le 1 ] || lines=$(
                for node in \(name) $nodes; do ask -n "$node"; echo; done)
            fi
            if [ -n "$lines" ]; then printf '%s\\n' "$lines"; else echo "no machine answers (status $code)"; fi
            """)
    }

    /// The profile as minikube stores it (`SaveProfile` in pkg/minikube/config/profile.go).
    var stored: Probe { script("stored", "[ -e \"$profile/config.json\" ] || exit 1\ncat \"$profile/config.json\"") }

    /// What martlet left beside it; absent for a profile that somebody else made.
    var owner: Probe { script("owner", "[ -e \"$profile/martlet.json\" ] || exit 1\ncat \"$profile/martlet.json\"") }

    /// By name (`printAddonsJSON` in cmd/minikube/cmd/config/addons_list.go); versions before v1.24.0 tell only for a profile that is
    /// there.
    var addons: Probe {
        script(
            "addons",
            "command -v minikube >/dev/null || exit 1\ntimeout 25 minikube addons list -p \(name) -o json </dev/null")
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

    /// Lines `FIELD VALUE` of the stored profile, lists item by item and with their length, so that what is there too much is seen.
    ///
    /// Go indents by four spaces for each level; without minikube's own extra options but those of the spec.
    ///
    /// - Parameter extraConfig: keys that the spec names.
    func fields(extraConfig: [String]) -> Probe {
        let own = StoredProfile.ownExtraConfig.subtracting(extraConfig).sorted().joined(separator: " ")
        return script(
            "fields",
            """
            [ -e "$profile/config.json" ] || exit 1
            awk -v own=' \(own) ' '
              function value(line) {
                sub(/^ *"[A-Za-z]+": /, "", line); sub(/,$/, "", line); sub(/^"/, "", line); sub(/"$/, "", line)
                return line
              }
              /^    "Driver": / { print "driver " value($0) }
              /^    "CPUs": / { print "cpus " value($0) }
              /^    "Memory": / { print "memory " value($0) }
              /^    "DiskSize": / { print "disk " value($0) }
              /^        "KubernetesVersion": / { print "kubernetes " value($0) }
              /^        "ContainerRuntime": / { print "containerRuntime " value($0) }
              /^        "CNI": / { print "cni " value($0) }
              /^    "RegistryMirror": \\[$/ { list = "registryMirrors"; next }
              /^    "InsecureRegistry": \\[$/ { list = "insecureRegistries"; next }
              /^    \\]/ { list = "" }
              list != "" {
                item = $0; sub(/^ *"/, "", item); sub(/",?$/, "", item)
                print list " " item; count[list]++
              }
              /^                "Component": / { component = value($0) }
              /^                "Key": / { key = component "." value($0) }
              /^                "Value": / && index(own, " " key " ") == 0 {
                print "extraConfig " key "=" value($0); count["extraConfig"]++
              }
              END {
                print "registryMirrors in all " count["registryMirrors"] + 0
                print "insecureRegistries in all " count["insecureRegistries"] + 0
                print "extraConfig in all " count["extraConfig"] + 0
              }' "$profile/config.json"
            """)
    }

    /// A kubeconfig with the certificates in it, of this profile only; fails if minikube has none.
    ///
    /// The address is the one that minikube wrote into the user's kubeconfig, which it alone knows for every driver
    /// (`ControlPlaneEndpoint` in pkg/minikube/driver/endpoint.go); other clusters in that file stay there.
    var kubeconfigScript: String {
        let name = minikube.profile
        return shell.about(
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
