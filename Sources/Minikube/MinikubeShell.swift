internal import ClusterModel
internal import Planning

/// The shell text that every question and every action about a profile begins with.
struct MinikubeShell {
    let minikube: MinikubeSpec

    /// Programs that martlet brings; before all others in PATH.
    static let programs = "$HOME/.local/share/martlet/bin"

    /// Finds the programs and minikube's folder (`MiniPath` in pkg/minikube/localpath/localpath.go), and keeps minikube from asking
    /// the internet for news and from decorating its messages (`OverrideEnv` in pkg/minikube/out/out.go).
    ///
    /// The folders behind are where people put programs of their own.
    var prelude: String {
        """
        PATH="\(Self.programs):$PATH:$HOME/.local/bin:$HOME/bin:/snap/bin"
        MINIKUBE_WANTUPDATENOTIFICATION=false
        MINIKUBE_IN_STYLE=false
        export PATH MINIKUBE_WANTUPDATENOTIFICATION MINIKUBE_IN_STYLE
        state=${MINIKUBE_HOME:-$HOME}
        case $state in */.minikube) ;; *) state=$state/.minikube ;; esac
        """ + rootless
    }

    /// As minikube decides it: its variable, or its setting (`PersistentPreRun` in cmd/minikube/cmd/root.go).
    private var rootless: String {
        guard minikube.driver.isContainer else { return "" }
        if minikube.isRootless { return "\nMINIKUBE_ROOTLESS=true; export MINIKUBE_ROOTLESS" }
        return """

            if grep -Eq '"rootless": *true' "$state/config/config.json" 2>/dev/null; then
              MINIKUBE_ROOTLESS=true; export MINIKUBE_ROOTLESS
            fi
            """
    }

    /// As root, without a password, also where the user is root already.
    static let asRoot = """
        as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n -- "$@"; fi; }
        """

    /// minikube runs podman through sudo unless it shall do without root (`PrefixCmd` in pkg/drivers/kic/oci/cli_runner.go).
    static let asPodman = """
        \(asRoot)
        as_podman() { if [ "${MINIKUBE_ROOTLESS:-}" = true ]; then "$@"; else as_root "$@"; fi; }
        """

    /// The prelude and `profile`, the folder of the profile.
    func about(_ text: String) -> String {
        "\(prelude)\nprofile=\"$state\"/profiles/\(Shell.quote(minikube.profile))\n\(text)"
    }

    /// A path in which a leading `~` means the home folder of the user of the host.
    static func path(_ path: String) -> String {
        path.hasPrefix("~/") ? "\"$HOME\"/" + Shell.quote(String(path.dropFirst(2))) : Shell.quote(path)
    }
}
