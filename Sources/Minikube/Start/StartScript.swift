internal import ClusterModel
internal import Planning

/// What is done to a profile, as shell.
struct StartScript {
    let options: StartOptions
    /// Of the spec, for the record beside the profile.
    let owner: ProfileOwner

    private var minikube: MinikubeSpec { options.minikube }
    private var name: String { Shell.quote(minikube.profile) }
    private var shell: MinikubeShell { MinikubeShell(minikube: minikube) }
    private var record: ProfileRecord { ProfileRecord(owner: owner) }

    /// Starts minikube with events as JSON in a file beside the profile, where whoever shows the progress reads them.
    ///
    /// A start that outlived its martlet holds the lock in that folder and is waited for. If minikube has reset a cluster that had
    /// started before, the step fails even though minikube is content.
    func start(isNew: Bool) -> Action {
        let hadStarted = owner.phase == .started
        var script = shell.about(
            """
            mkdir -p "$profile"
            exec 9>"$profile/martlet.lock"
            flock -w 1800 9 || { echo 'another start of this profile goes on for half an hour' >&2; exit 75; }
            \(record.write(hadStarted ? .started : .starting))
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
            \(record.write(.started))
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

    /// Nothing but the record that the profile is this spec's.
    var takeOver: Action {
        .script(
            .init(
                "record that the profile \(minikube.profile) belongs to \(owner.cluster)",
                shell.about(record.write(.started))))
    }

    /// The progress of a start, for people: `8 of 19: Creating docker container ...`.
    ///
    /// The data of a step are its number, message, name and the number of steps, sorted by name (`NewStep` in
    /// pkg/minikube/out/register/log.go; Go sorts the keys of a map).
    var progress: Probe {
        .script(
            "minikube-progress",
            shell.about(
                """
                grep -h '"io.k8s.sigs.minikube.step"' "$profile/martlet-events.jsonl" 2>/dev/null | tail -n 1 | \\
                sed -n 's/.*"currentstep":"\\([^"]*\\)","message":"\\(.*\\)","name":"[^"]*","totalsteps":"\\([^"]*\\)".*/\\1 of \\3: \\2/p' | \\
                sed 's/\\\\"/"/g'
                """))
    }

    /// Writes the profile into the user's kubeconfig again (cmd/minikube/cmd/update-context.go).
    var refer: Action { command("write the profile into the kubeconfig", "update-context") }

    /// One command of minikube about the profile.
    ///
    /// - Parameters:
    ///   - environment: `NAME=VALUE` before it.
    ///   - tolerated: minikube's reason of a failure that is none.
    ///   - afterwards: shell that runs if it went well.
    func command(
        _ summary: String, _ words: String, environment: String = "", timeoutSeconds: Int = 300,
        tolerated: String? = nil,
        afterwards: String = ""
    ) -> Action {
        let command = (environment.isEmpty ? "" : environment + " ") + "minikube \(words) -p \(name)"
        return .script(
            .init(
                summary, shell.about(Self.failing(command, tolerated) + "\n" + afterwards),
                timeoutSeconds: timeoutSeconds))
    }

    /// Shows what minikube says only if it fails.
    private static func failing(_ command: String, _ tolerated: String?) -> String {
        let tolerance = tolerated.map { "case $output in *'Exiting due to \($0):'*) code=0 ;; esac\n" } ?? ""
        return """
            code=0
            output=$(\(command) 2>&1 </dev/null) || code=$?
            \(tolerance)[ $code -eq 0 ] || { printf '%s\\n' "$output" | tail -n 6 >&2; exit $code; }
            """
    }
}
