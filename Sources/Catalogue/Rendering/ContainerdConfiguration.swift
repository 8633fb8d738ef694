internal import ConfigTree

/// Files of the container runtime: `config.toml`, registry mirrors, the unit of a bundled containerd, `crictl.yaml`.
package struct ContainerdConfiguration: Sendable, Hashable {
    /// The release line, which decides the format of `config.toml`.
    package enum Release: Sendable, Hashable, CaseIterable {
        /// 1.6 and 1.7: format 2, one CRI plug-in (containerd docs/cri/config.md of those releases).
        case one
        /// 2.0: format 3, the CRI plug-in is split into images and runtime.
        case two
        /// 2.1 and newer: as before, but plug-ins have a list of folders; 2.3 no longer reads the single one
        /// (containerd RELEASES.md, deprecated config properties).
        case twoOne

        /// nil unless the text begins like `1.6.20~ds1`, `v1.7.2` or `2.1.4`.
        package init?(version: String) {
            let digits = version.hasPrefix("v") ? version.dropFirst() : Substring(version)
            let parts = digits.split(separator: ".").map { Int($0.prefix { $0.isASCII && $0.isNumber }) }
            guard parts.count >= 2, let major = parts[0], let minor = parts[1] else { return nil }
            switch (major, minor) {
            case (1, 6...): self = .one
            case (2, 0): self = .two
            case (2, _): self = .twoOne
            default: return nil
            }
        }
    }

    package var release: Release
    /// The pause image with its tag; must be on the host where there is no registry.
    package var sandboxImage: String
    /// Must agree with the kubelet's driver.
    package var cgroupDriver: CgroupDriver
    /// True where a host lacks CAP_SYS_RESOURCE: a sandbox that asks for a lower `oom_score_adj` than the runtime's own
    /// would fail with `can't get final child's PID from pipe: EOF`.
    package var restrictOOMScoreAdj: Bool
    /// Where the CNI plug-ins are.
    package var cniBinaries: String

    package init(
        release: Release, sandboxImage: String, cgroupDriver: CgroupDriver = .systemd,
        restrictOOMScoreAdj: Bool = false,
        cniBinaries: String = PodNetwork.pluginFolder
    ) {
        self.release = release
        self.sandboxImage = sandboxImage
        self.cgroupDriver = cgroupDriver
        self.restrictOOMScoreAdj = restrictOOMScoreAdj
        self.cniBinaries = cniBinaries
    }

    package static let path = "/etc/containerd/config.toml"
    package static let registryFolder = "/etc/containerd/certs.d"
    package static let unitPath = "/etc/systemd/system/containerd.service"
    package static let crictlPath = "/etc/crictl.yaml"

    /// The text of `config.toml`; what is not named keeps containerd's default, `/var/lib/containerd` and
    /// `/run/containerd` among it.
    package var text: String {
        switch release {
        case .one: formatTwo
        case .two: formatThree(binaries: "bin_dir = \(quoted(cniBinaries))")
        case .twoOne: formatThree(binaries: "bin_dirs = [\(quoted(cniBinaries))]")
        }
    }

    private var formatTwo: String {
        """
        # Written by martlet.
        version = 2

        [plugins."io.containerd.grpc.v1.cri"]
          sandbox_image = \(quoted(sandboxImage))
          restrict_oom_score_adj = \(restrictOOMScoreAdj)

        [plugins."io.containerd.grpc.v1.cri".cni]
          bin_dir = \(quoted(cniBinaries))
          conf_dir = \(quoted(PodNetwork.configurationFolder))

        [plugins."io.containerd.grpc.v1.cri".containerd]
          default_runtime_name = "runc"

        [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
          runtime_type = "io.containerd.runc.v2"

        [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
          SystemdCgroup = \(cgroupDriver == .systemd)

        [plugins."io.containerd.grpc.v1.cri".registry]
          config_path = \(quoted(Self.registryFolder))

        """
    }

    private func formatThree(binaries: String) -> String {
        """
        # Written by martlet.
        version = 3

        [plugins."io.containerd.cri.v1.images".pinned_images]
          sandbox = \(quoted(sandboxImage))

        [plugins."io.containerd.cri.v1.images".registry]
          config_path = \(quoted(Self.registryFolder))

        [plugins."io.containerd.cri.v1.runtime"]
          restrict_oom_score_adj = \(restrictOOMScoreAdj)

        [plugins."io.containerd.cri.v1.runtime".cni]
          \(binaries)
          conf_dir = \(quoted(PodNetwork.configurationFolder))

        [plugins."io.containerd.cri.v1.runtime".containerd]
          default_runtime_name = "runc"

        [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
          runtime_type = "io.containerd.runc.v2"

        [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
          SystemdCgroup = \(cgroupDriver == .systemd)

        """
    }

    /// One `hosts.toml` for each mirrored registry: path on the host to content, sorted by path.
    ///
    /// The registry itself stays the last resort (containerd docs/hosts.md).
    package static func mirrorFiles(_ mirrors: [String: [String]]) -> [(path: String, text: String)] {
        mirrors.sorted { $0.key < $1.key }.map { registry, urls in
            let hosts = urls.map { "\n[host.\(quoted($0))]\n  capabilities = [\"pull\", \"resolve\"]\n" }.joined()
            return (
                path: "\(registryFolder)/\(registry)/hosts.toml",
                text: "# Written by martlet.\nserver = \(quoted(server(of: registry)))\n" + hosts
            )
        }
    }

    /// Docker Hub's registry answers under a name of its own.
    private static func server(of registry: String) -> String {
        registry == "docker.io" ? "https://registry-1.docker.io" : "https://\(registry)"
    }

    /// The unit of a containerd that a bundle brings below `/usr/local/bin`.
    package static let unit = """
        # Written by martlet.
        [Unit]
        Description=containerd container runtime
        Documentation=https://containerd.io
        After=network.target local-fs.target

        [Service]
        Type=notify
        ExecStartPre=-/sbin/modprobe overlay
        ExecStart=/usr/local/bin/containerd
        Environment=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
        Restart=always
        RestartSec=5
        Delegate=yes
        KillMode=process
        OOMScoreAdjust=-999
        LimitNOFILE=1048576
        LimitNPROC=infinity
        LimitCORE=infinity
        TasksMax=infinity

        [Install]
        WantedBy=multi-user.target

        """

    /// `/etc/crictl.yaml`.
    package static func crictl(socket: String = KubeadmContext.containerdSocket) -> String {
        let url = socket.hasPrefix("unix://") ? socket : "unix://" + socket
        return YAMLWriter.text(of: [
            "runtime-endpoint": .string(url), "image-endpoint": .string(url), "timeout": 10, "debug": false,
        ])
    }

    private func quoted(_ text: String) -> String { Self.quoted(text) }

    /// A basic string of TOML; its escapes are those of JSON.
    private static func quoted(_ text: String) -> String { JSONText.quoted(text) }
}
