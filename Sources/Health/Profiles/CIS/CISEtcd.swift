/// Section 2: flags of etcd.
enum CISEtcd {
    private static let edit = "in kubeadm's ClusterConfiguration (etcd.local.extraArgs) and etcd's manifest"

    private static func flag(_ number: Int, _ title: String, why: String, remedy: String, _ rules: FlagRule...)
        -> CISControl
    {
        CISControl("2.\(number)", title, why: why, remedy: "\(remedy) \(edit)", .flags(.etcd, rules))
    }

    static let controls =
        [
            flag(
                1, "etcd serves clients over TLS",
                why: "Otherwise every object, Secrets included, crosses the network in clear text.",
                remedy: "set --cert-file and --key-file", FlagRule("cert-file", .isSet), FlagRule("key-file", .isSet)),
            flag(
                2, "etcd lets in only clients with a certificate",
                why: "Who reaches etcd without one would be above every right of the API.",
                remedy: "set --client-cert-auth=true", FlagRule("client-cert-auth", .equals("true"), default: "false")),
            flag(
                3, "etcd signs no certificate for itself",
                why: "Clients cannot verify such a certificate.", remedy: "remove --auto-tls",
                FlagRule("auto-tls", .isNot("true"), default: "false")),
            flag(
                4, "Members of etcd speak TLS among themselves",
                why: "All writes go from the leader to the others.", remedy: "set --peer-cert-file and --peer-key-file",
                FlagRule("peer-cert-file", .isSet), FlagRule("peer-key-file", .isSet)),
            flag(
                5, "Members of etcd ask each other for a certificate",
                why: "A stranger who may join gets a copy of everything.", remedy: "set --peer-client-cert-auth=true",
                FlagRule("peer-client-cert-auth", .equals("true"), default: "false")),
            flag(
                6, "Members of etcd sign no certificate for themselves",
                why: "The others cannot verify such a certificate.", remedy: "remove --peer-auto-tls",
                FlagRule("peer-auto-tls", .isNot("true"), default: "false")),
        ] + [ownAuthority]

    /// Compares the paths that etcd and the API server name.
    private static let ownAuthority = CISControl(
        "2.7", "etcd has an authority of its own",
        why: """
            With the cluster's authority every user's certificate would open etcd, past all rights. Compares the file that etcd \
            trusts with the one by which the API server knows clients.
            """,
        remedy: "make an authority for etcd alone and set --trusted-ca-file \(edit)", isScored: false,
        .controlPlanes([ProcessArguments.question]) { host, otherwise in
            let threshold = "another file than the API server's --client-ca-file"
            if let reason = ProcessArguments.reasonForNoEtcd(on: host) {
                return [Judgement(.skipped, host.subject, reason)]
            }
            let etcd = try ProcessArguments(of: .etcd, on: host)
            guard let trusted = etcd["trusted-ca-file"] else {
                return [Judgement(otherwise, host.subject, "--trusted-ca-file is not set", threshold: threshold)]
            }
            let clients = try ProcessArguments(of: .apiServer, on: host)["client-ca-file"]
            return [
                Judgement(
                    trusted == clients ? otherwise : .pass, host.subject, "--trusted-ca-file=\(trusted)",
                    threshold: threshold)
            ]
        })
}
