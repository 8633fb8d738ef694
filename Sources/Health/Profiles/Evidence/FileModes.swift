internal import Planning

/// Modes and owners of the files and folders of Kubernetes on a host.
struct FileModes: Sendable {
    struct File: Sendable, Hashable {
        var path: String
        var mode: Int
        /// `root:root`.
        var owner: String

        var isRoot: Bool { owner == "root:root" }
        /// Whether the mode has no bit that the other has not.
        func isWithin(_ other: Int) -> Bool { mode & ~other == 0 }
        var words: String { "\(path) is \(String(mode, radix: 8)) \(owner)" }
    }

    let files: [File]

    /// Lines `file=MODE OWNER:GROUP PATH` for what exists; links are followed.
    ///
    /// Of the leases of the pod network, one file for each pod, only those that others may write or that are not root's.
    static let question = Probe.script(
        "health.file-modes",
        """
        \(HostShell.requiring("stat"))
        \(HostShell.requiring("find"))
        \(HostShell.requiring("tr"))
        \(HostShell.requiring("sed"))
        show() { for path; do [ -e "$path" ] && stat -L -c 'file=%a %U:%G %n' -- "$path"; done; }
        below() { [ -d "$1" ] && find -L "$@" -exec stat -L -c 'file=%a %U:%G %n' -- {} +; }
        flag() {
          for folder in /proc/[0-9]*; do
            name=
            { read -r name <"$folder/comm"; } 2>/dev/null
            [ "$name" = "$1" ] || continue
            tr '\\000' '\\n' <"$folder/cmdline" 2>/dev/null | sed -n "s|^--$2=||p"
          done
        }
        {
          data=$(flag etcd data-dir)
          printf 'data=%s\\n' $data
          show $data
          settings=$(flag kubelet config)
          show ${settings:-\(KubeletSettings.defaultPath)}
          echo "settings=${settings:-\(KubeletSettings.defaultPath)}"
          show /etc/kubernetes/admin.conf /etc/kubernetes/super-admin.conf /etc/kubernetes/scheduler.conf
          show /etc/kubernetes/controller-manager.conf /etc/kubernetes/kubelet.conf
          show /etc/kubernetes/proxy.conf /etc/kubernetes/kube-proxy.conf /var/lib/kube-proxy/kubeconfig.conf
          show /etc/kubernetes/audit-policy.yaml
          for unit in /etc/systemd/system /usr/lib/systemd/system /lib/systemd/system; do
            show "$unit/kubelet.service"
            below "$unit/kubelet.service.d" -type f
          done
          below /etc/kubernetes/manifests -type f
          below /etc/kubernetes/pki
          below /etc/kubernetes/encryption
          below /etc/cni/net.d -type f
          below /var/lib/cni/networks -type f \\( -perm /133 -o ! -user root -o ! -group root \\)
        } 2>/dev/null
        true
        """)

    /// etcd's folder, as its process names it; nil where etcd does not run.
    let dataFolder: String?
    /// The kubelet's file of settings.
    let kubeletSettings: String

    init(on host: HealthHost) throws {
        self.init(try host.keyedAnswer(Self.question))
    }

    init(_ answer: HostAnswer) {
        dataFolder = answer["data"].flatMap { $0.isEmpty ? nil : $0 }
        kubeletSettings = answer["settings"] ?? KubeletSettings.defaultPath
        var seen: Set<String> = []
        files = answer.all("file").compactMap { line in
            let words = line.split(separator: " ", maxSplits: 2)
            guard words.count == 3, let mode = Int(words[0], radix: 8) else { return nil }
            let path = String(words[2])
            // /lib is a link to /usr/lib on most hosts.
            let name = path.hasPrefix("/lib/") ? "/usr" + path : path
            return seen.insert(name).inserted ? File(path: path, mode: mode, owner: String(words[1])) : nil
        }
    }

    /// The file itself and all that is below it.
    func below(_ folder: String) -> [File] { files.filter { $0.path == folder || $0.path.hasPrefix(folder + "/") } }

    func file(_ path: String) -> File? { files.first { $0.path == path } }

    /// One judgement about some of the files.
    ///
    /// - Parameter missing: nil if their absence says that nothing was measured.
    static func judge(
        _ files: [File], _ subject: String, threshold: String, otherwise: HealthStatus, missing: String? = nil,
        _ isRight: (File) -> Bool
    ) throws -> Judgement {
        guard !files.isEmpty else {
            guard let missing else { throw Unmeasured("there is no such file on this host") }
            return Judgement(.skipped, subject, missing, threshold: threshold)
        }
        let wrong = files.filter { !isRight($0) }
        let more = wrong.count > 1 ? " and \(wrong.count - 1) more" : ""
        return Judgement(
            wrong.isEmpty ? .pass : otherwise, subject,
            (wrong.first ?? files[0]).words
                + (wrong.isEmpty && files.count > 1 ? " and \(files.count - 1) more" : more),
            threshold: threshold, evidence: wrong.prefix(8).map(\.words))
    }
}
