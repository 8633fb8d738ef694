internal import ClusterModel
internal import Planning

/// The shell text that every question and every action about a profile begins with.
enum MinikubeShell {
    /// Programs that martlet brings; before all others in PATH.
    static let programs = "$HOME/.local/share/martlet/bin"

    /// Finds the programs and minikube's folder (`MiniPath` in pkg/minikube/localpath/localpath.go), and keeps minikube from asking
    /// the internet for news and from decorating its messages (`OverrideEnv` in pkg/minikube/out/out.go).
    static let prelude = """
        PATH="\(programs):$PATH"
        MINIKUBE_WANTUPDATENOTIFICATION=false
        MINIKUBE_IN_STYLE=false
        export PATH MINIKUBE_WANTUPDATENOTIFICATION MINIKUBE_IN_STYLE
        state=${MINIKUBE_HOME:-$HOME}
        case $state in */.minikube) ;; *) state=$state/.minikube ;; esac
        """

    /// As root, without a password, also where the user is root already.
    static let asRoot = """
        as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n -- "$@"; fi; }
        """

    /// The prelude and `profile`, the folder of a profile.
    static func about(_ profile: String, _ text: String) -> String {
        "\(prelude)\nprofile=\"$state\"/profiles/\(Shell.quote(profile))\n\(text)"
    }

    /// A path in which a leading `~` means the home folder of the user of the host.
    static func path(_ path: String) -> String {
        path.hasPrefix("~/") ? "\"$HOME\"/" + Shell.quote(String(path.dropFirst(2))) : Shell.quote(path)
    }
}
