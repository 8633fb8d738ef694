internal import ClusterModel
internal import Planning

/// What is done to a profile, as shell.
struct StartScript {
    let options: StartOptions
    /// Of the spec, for the record beside the profile.
    let owner: ProfileOwner

    private var minikube: MinikubeSpec { options.minikube }
    private var name: String { Shell.quote(minikube.profile) }

    /// Starts minikube with events as JSON in a file beside the profile, where whoever shows the progress reads them.
    ///
    /// A start that outlived its martlet holds the lock in that folder and is waited for. If minikube has reset a cluster that had
    /// started before, the step fails even though minikube is content.
    func start(isNew: Bool) -> Action {
        let hadStarted = owner.phase == .started
        var script = MinikubeShell.about(
            minikube.profile,
            """
            mkdir -p "$profile"
            exec 9>"$profile/martlet.lock"
            flock -w 1800 9 || { echo 'another start of this profile goes on for half an hour' >&2; exit 75; }
            \(record(hadStarted ? .started : .starting))
            events="$profile/martlet-events.jsonl" errors="$profile/martlet-errors.log"
            : >"$events"
            code=0
            minikube start \(command(isNew: isNew)) >"$events" 2>"$errors" </dev/null || code=$?
            """)
        if hadStarted {
            script += """

                if grep -Eq '\(Self.resetTrace)' "$events"; then
                  grep -E '\(Self.resetTrace)' "$events" | tail -n 1 >&2
                  echo 'martlet: the cluster was reset' >&2
                  exit 3
                fi
                """
        }
        script += """

            if [ $code -ne 0 ]; then
              grep '"io.k8s.sigs.minikube.error"' "$events" | tail -n 3 >&2 || true
              tail -n 5 "$errors" >&2
              exit $code
            fi
            \(record(.started))
            """
        return .script(
            .init(
                isNew ? "start minikube, profile \(minikube.profile)" : "start the profile \(minikube.profile) again",
                script,
                timeoutSeconds: 2400))
    }

    /// What minikube says before it throws a cluster's data away: `StartCluster` in
    /// pkg/minikube/bootstrapper/kubeadm/kubeadm.go, "will reset it" in v1.18.1, "will reset cluster" in v1.38.1.
    static let resetTrace = "will reset (it|cluster)"

    private func command(isNew: Bool) -> String {
        var words = options.arguments(isNew: isNew).map(Shell.quote)
        if let key = minikube.target?.identityFile { words.append("--ssh-key=" + MinikubeShell.path(key)) }
        return words.joined(separator: " ")
    }

    private func record(_ phase: ProfileOwner.Phase) -> String {
        func quoted(_ text: String) -> String {
            text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        }
        let json =
            "{\"cluster\":\"\(quoted(owner.cluster))\",\"phase\":\"\(phase.rawValue)\",\"spec\":\"\(quoted(owner.spec))\"}"
        return "printf '%s\\n' \(Shell.quote(json)) >\"$profile/martlet.json\""
    }

    /// Nothing but the record that the profile is this spec's.
    var takeOver: Action {
        .script(
            .init(
                "record that the profile \(minikube.profile) belongs to \(owner.cluster)",
                MinikubeShell.about(minikube.profile, record(.started))))
    }

    /// The progress of a start, for people: `8 of 19: Creating docker container ...`.
    ///
    /// The data of a step are its number, message, name and the number of steps, sorted by name (`NewStep` in
    /// pkg/minikube/out/register/log.go; Go sorts the keys of a map).
    var progress: Probe {
        .script(
            "minikube-progress",
            MinikubeShell.about(
                minikube.profile,
                """
                grep -h '"io.k8s.sigs.minikube.step"' "$profile/martlet-events.jsonl" 2>/dev/null | tail -n 1 | \\
                sed -n 's/.*"currentstep":"\\([^"]*\\)","message":"\\(.*\\)","name":"[^"]*","totalsteps":"\\([^"]*\\)".*/\\1 of \\3: \\2/p' | \\
                sed 's/\\\\"/"/g'
                """))
    }

    /// A copy of etcd's data, taken while the cluster is down, so that it is whole; the one before stays beside it.
    ///
    /// nil for drivers whose machines cannot be read while they are down.
    ///
    /// - Parameter isNeeded: without a copy nothing goes on; false: a person has accepted that there may be none.
    func copy(isNeeded: Bool) -> Action? {
        let read: String
        switch minikube.driver {
        case .docker: read = "docker cp \(name):/var/lib/minikube/etcd - >\"$copy.new\""
        // minikube runs podman as root (pkg/drivers/kic/oci/cli_runner.go).
        case .podman: read = "as_root podman cp \(name):/var/lib/minikube/etcd - >\"$copy.new\""
        case .none: read = "as_root tar -c -C /var/lib/minikube etcd >\"$copy.new\""
        case .ssh, .kvm2: return nil
        }
        let script = MinikubeShell.about(
            minikube.profile,
            """
            \(MinikubeShell.asRoot)
            # Nothing of an earlier start is shown as the progress of this one.
            : >"$profile/martlet-events.jsonl"
            minikube stop -p \(name) >/dev/null 2>&1 </dev/null || true
            umask 077
            mkdir -p "$HOME/.local/share/martlet/minikube"
            copy="$HOME/.local/share/martlet/minikube/"\(name)-etcd.tar
            if ! \(read) || ! tar -t <"$copy.new" | grep -q member/; then
              rm -f "$copy.new"
              echo 'no copy of the data of etcd could be taken' >&2
              exit \(isNeeded ? 1 : 0)
            fi
            [ ! -e "$copy" ] || mv -f "$copy" "$copy.before"
            mv "$copy.new" "$copy"
            """)
        return .script(
            .init(
                "stop the cluster and copy etcd's data to ~/.local/share/martlet/minikube", script, timeoutSeconds: 600)
        )
    }

    /// One command of minikube about the profile.
    func command(_ summary: String, _ words: String, timeoutSeconds: Int = 300) -> Action {
        .script(
            .init(
                summary, MinikubeShell.about(minikube.profile, Self.failing("minikube \(words) -p \(name)")),
                timeoutSeconds: timeoutSeconds))
    }

    /// Shows what minikube says only if it fails.
    private static func failing(_ command: String) -> String {
        """
        code=0
        output=$(\(command) 2>&1 </dev/null) || code=$?
        [ $code -eq 0 ] || { printf '%s\\n' "$output" | tail -n 6 >&2; exit $code; }
        """
    }
}
