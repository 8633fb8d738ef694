/// Faults that controls of `--profile cis` see; the cluster is of profile `lab`, of which many controls are not true anyway.
extension HealthFault {
    private static let ask = ["--profile", "cis", "--only", "cis"]

    private static func all(_ ids: [String], _ status: HealthAnswer.Status) -> [String: HealthAnswer.Status] {
        Dictionary(uniqueKeysWithValues: ids.map { ("cis.\($0)", status) })
    }

    static let profiles: [HealthFault] = [
        HealthFault(
            what: "files of a control plane belong to nobody and are open to all",
            proves: all(
                (1...8).map { "1.1.\($0)" } + ["1.1.11"] + (13...19).map { "1.1.\($0)" }
                    + ["4.1.1", "4.1.2", "4.1.5", "4.1.6", "4.1.9", "4.1.10"], .fail
            ).merging(all(["1.1.9", "1.1.10", "1.1.20", "1.1.21", "4.1.7", "4.1.8"], .warn)) { first, _ in first },
            asks: ask,
            make: { try await $0.console("cp-3", openFiles) },
            undo: {
                try await $0.console(
                    "cp-3",
                    "while read -r mode owner path; do chown $owner \"$path\" && chmod $mode \"$path\"; done </root/modes"
                )
            }),
        HealthFault(
            what: "a kubelet's settings let everybody in",
            proves: all(["4.2.1", "4.2.2", "4.2.3", "4.2.7", "4.2.11"], .fail).merging(all(["4.2.4", "4.2.12"], .warn))
            { first, _ in first },
            asks: ask,
            make: {
                try await $0.console(
                    "worker-1",
                    """
                    cd /var/lib/kubelet && cp -p config.yaml /root/kubelet.yaml
                    sed -i -e '/^  anonymous:/,/enabled:/s/enabled: .*/enabled: true/' -e 's/^  mode: .*/  mode: AlwaysAllow/' \\
                        -e 's/^    clientCAFile: .*/    clientCAFile: ""/' -e '/^rotateCertificates:/d' \\
                        -e '/^makeIPTablesUtilChains:/d' -e '/^readOnlyPort:/d' config.yaml
                    printf '%s\\n' 'rotateCertificates: false' 'makeIPTablesUtilChains: false' 'readOnlyPort: 10255' \\
                        'featureGates: {RotateKubeletServerCertificate: false}' >>config.yaml
                    """)
            }, undo: { try await $0.console("worker-1", "cp -p /root/kubelet.yaml /var/lib/kubelet/config.yaml") }),
        HealthFault(
            what: "somebody is given every right, and works in the default namespace with it",
            proves: all(
                ["5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.5", "5.1.7", "5.4.1", "5.7.2", "5.7.3", "5.7.4"], .warn),
            asks: ask,
            make: { try await $0.make(rights) }, undo: { try await $0.unmake(rights) }),
    ]

    /// These restart programs of a control plane.
    static let slowProfiles: [HealthFault] = [
        HealthFault(
            what: "an API server takes fixed tokens, asks no roles and no plug-ins",
            proves: all(
                ["1.2.2", "1.2.6", "1.2.7", "1.2.8", "1.2.10", "1.2.13", "1.2.14", "1.2.16", "1.2.26"], .fail),
            asks: ask, isSlow: true, within: 120,
            make: { fleet in
                try await fleet.console("cp-3", "echo none,nobody,1 >/etc/kubernetes/pki/tokens.csv")
                try await fleet.console(
                    "cp-3",
                    flags(
                        "kube-apiserver",
                        [
                            "token-auth-file": "/etc/kubernetes/pki/tokens.csv", "authorization-mode": "AlwaysAllow",
                            "enable-admission-plugins": "AlwaysAdmit",
                            "disable-admission-plugins": "ServiceAccount,NamespaceLifecycle",
                            "service-account-lookup": "false",
                        ]), seconds: 150)
            },
            undo: {
                try await $0.console(
                    "cp-3", restore("kube-apiserver") + "\nrm /etc/kubernetes/pki/tokens.csv", seconds: 150)
            }),
        HealthFault(
            what: "a controller manager and a scheduler listen everywhere, with one account for all controllers",
            proves: all(["1.3.3", "1.3.6", "1.3.7", "1.4.2"], .fail), asks: ask, isSlow: true, within: 120,
            make: { fleet in
                try await fleet.console(
                    "cp-3",
                    flags(
                        "kube-controller-manager",
                        [
                            "bind-address": "0.0.0.0", "use-service-account-credentials": "false",
                            "feature-gates": "RotateKubeletServerCertificate=false",
                        ]), seconds: 150)
                try await fleet.console("cp-3", flags("kube-scheduler", ["bind-address": "0.0.0.0"]), seconds: 150)
            },
            undo: {
                try await $0.console(
                    "cp-3", restore("kube-controller-manager") + "\n" + restore("kube-scheduler"), seconds: 150)
            }),
        HealthFault(
            what: "a member of etcd asks nobody for a certificate",
            proves: all(["2.2", "2.5"], .fail), asks: ask, isSlow: true, within: 120,
            make: {
                try await $0.console(
                    "cp-3", flags("etcd", ["client-cert-auth": "false", "peer-client-cert-auth": "false"]),
                    seconds: 150)
            }, undo: { try await $0.console("cp-3", restore("etcd"), seconds: 150) }),
    ]

    /// What they were is kept, for the way back.
    private static let openFiles = """
        cd /etc/kubernetes && UNIT=$(systemctl show -p FragmentPath --value kubelet)
        set -- manifests/*.yaml admin.conf scheduler.conf controller-manager.conf kubelet.conf pki pki/*.crt pki/*.key \\
            /etc/cni/net.d/* /var/lib/etcd "$UNIT" /var/lib/kubelet/config.yaml
        stat -c '%a %U:%G %n' -- "$@" | sed "s| \\([^/ ]*:[^ ]*\\) \\([^/]\\)| \\1 $PWD/\\2|" >/root/modes
        chown nobody:nogroup "$@" && chmod a+rwx "$@"
        """

    private static func file(_ program: String) -> String { "/etc/kubernetes/manifests/\(program).yaml" }

    /// Gives the program of a manifest other flags; what was there is kept in /root.
    private static func flags(_ program: String, _ values: [String: String]) -> String {
        let names = values.keys.sorted()
        let drop = names.map { "-e '/^    - --\($0)=/d'" }.joined(separator: " ")
        let add = names.map { "\\n    - --\($0)=\(values[$0] ?? "")" }.joined()
        return """
            cp -p \(file(program)) /root/\(program).before
            sed \(drop) -e 's|^    - \(program)$|&\(add)|' /root/\(program).before >/root/\(program).yaml
            \(exchange(program))
            """
    }

    /// Puts the kept manifest back.
    private static func restore(_ program: String) -> String {
        "mv /root/\(program).before /root/\(program).yaml\n\(exchange(program))"
    }

    /// Ends the program before it starts with another manifest: two of them would meet at one port, and restart.
    private static func exchange(_ program: String) -> String {
        """
        rm \(file(program))
        for i in $(seq 1 120); do pidof \(program) >/dev/null || break; sleep 0.5; done
        mv /root/\(program).yaml \(file(program))
        for i in $(seq 1 120); do pidof \(program) >/dev/null && break; sleep 0.5; done
        """
    }

    private static let rights = """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: {name: anything}
        rules: [{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata: {name: anything}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: anything}
        subjects: [{kind: User, name: somebody}]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata: {name: administrators}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
        subjects: [{kind: User, name: somebody}]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata: {name: masters}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
        subjects: [{kind: Group, name: "system:masters"}]
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: in-a-variable}
        stringData: {word: none}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: careless}
        spec:
          terminationGracePeriodSeconds: 0
          containers:
          - name: main
            image: k8s.gcr.io/martlet/busybox:1.35
            command: [sleep, "3600"]
            env: [{name: WORD, valueFrom: {secretKeyRef: {name: in-a-variable, key: word}}}]

        """
}
