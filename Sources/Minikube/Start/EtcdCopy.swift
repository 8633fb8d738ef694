internal import ClusterModel
internal import Planning

/// A copy of etcd's data, taken while the cluster is down, so that it is whole; the one before stays beside it.
struct EtcdCopy {
    let minikube: MinikubeSpec
    /// Nothing has to be stopped first.
    let isDown: Bool

    private var name: String { Shell.quote(minikube.profile) }

    /// The command that writes etcd's folder as a tar to `$copy.new`; nil for drivers whose machines cannot be read while they are down.
    ///
    /// The machine of the driver ssh goes on when the cluster is stopped.
    private var read: String? {
        switch minikube.driver {
        case .docker: "docker cp \(name):/var/lib/minikube/etcd - >\"$copy.new\""
        case .podman: "as_podman podman cp \(name):/var/lib/minikube/etcd - >\"$copy.new\""
        case .none: "as_root tar -c -C /var/lib/minikube etcd >\"$copy.new\""
        case .ssh:
            "minikube ssh -p \(name) -- 'sudo -n tar -c -C /var/lib/minikube etcd | base64' </dev/null | tr -d '\\r' | "
                + "base64 -d >\"$copy.new\""
        case .kvm2: nil
        }
    }

    /// With the driver ssh it waits in vain for the machine to go down, and fails after three minutes.
    private var stop: String { "minikube stop -p \(name) >/dev/null 2>&1 </dev/null || true" }

    var isPossible: Bool { read != nil }

    /// nil if none can be taken.
    ///
    /// - Parameter isNeeded: without a copy nothing goes on; false: a person has accepted that there may be none.
    func action(isNeeded: Bool) -> Action? {
        guard let read else { return nil }
        let script = MinikubeShell(minikube: minikube).about(
            """
            \(MinikubeShell.asPodman)
            # Nothing of an earlier start is shown as the progress of this one.
            : >"$profile/martlet-events.jsonl"
            \(isDown ? ":" : stop)
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
                (isDown ? "" : "stop the cluster and ") + "copy etcd's data to ~/.local/share/martlet/minikube", script,
                timeoutSeconds: 900)
        )
    }
}
