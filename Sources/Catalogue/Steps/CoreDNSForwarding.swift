internal import ClusterModel
internal import Planning

/// What kubeadm's CoreDNS does with names of other domains on hosts that know no name server.
///
/// kubeadm's Corefile has `forward . /etc/resolv.conf` (cmd/kubeadm/app/phases/addons/dns/manifests.go), and a pod with the policy
/// `Default` has the file of its host. Without a `nameserver` in it CoreDNS ends at once with `plugin/forward: no nameservers found`
/// (coredns plugin/forward/setup.go), so that a cluster away from every network would have no DNS at all.
enum CoreDNSForwarding {
    /// Says on the primary that the lines are taken out.
    static let markPath = "/etc/martlet/manifests/coredns-without-forwarding"
    static let mark = """
        Written by martlet. No host had a name server, so CoreDNS forwards nothing; its Corefile has the lines as #martlet#.

        """

    /// The goals of the primary; none where the spec names another file than the host's own.
    static func goals(_ context: HostContext) -> [Goal] {
        let cluster = context.cluster
        guard context.isPrimary, cluster.kubeadm.usesKubeadmDNS, context.spec.components.kubelet["resolvConf"] == nil
        else { return [] }
        // Before anything was asked every host counts as one without: then the question about the mark is among the first.
        let isWithout = withNameServer(cluster).isEmpty
        // After the joins: all pods would sit on the first control plane otherwise.
        let requires = joins(context.spec, primary: context.host.name)
        guard isWithout else {
            return [
                Goal(
                    "cluster-dns", .services, "CoreDNS forwards names of other domains",
                    because: "the hosts know name servers", ensure: [Check(.file(markPath), .absent)],
                    by: [
                        .run("let CoreDNS forward again", change(putBack) + "\nrm -f \(markPath)", timeoutSeconds: 120)
                    ],
                    requires: requires, diagnose: .kubernetes)
            ]
        }
        return [
            Goal(
                "cluster-dns", .services, "CoreDNS runs although no host knows a name server",
                because: "it does not start where it shall forward to none",
                ensure: [
                    .file(markPath, mark),
                    Check(
                        BaseProbes.api(context.host), .contains(["deployment.apps/coredns"]), title: "CoreDNS"),
                ],
                by: [
                    .run("let CoreDNS forward nothing", change(takeOut), timeoutSeconds: 120), .put(markPath, mark),
                ], requires: requires, settleSeconds: 10, diagnose: .kubernetes)
        ]
    }

    /// Hosts that answered and know one, sorted.
    static func withNameServer(_ cluster: ClusterContext) -> [String] {
        cluster.states.filter { $0.value.system?.nameServer != nil }.keys.sorted()
    }

    /// Filters a Corefile: the block becomes comments, so that it can be put back as it was.
    static let takeOut = #"""
        awk '
        !out && /^[ \t]*forward[ \t]+\.[ \t]+\/etc\/resolv\.conf([ \t]|$)/ { out = 1; depth = 0 }
        out {
          line = $0
          depth += gsub(/\{/, "", line) - gsub(/\}/, "", line)
          print "#martlet# " $0
          if (depth <= 0) out = 0
          next
        }
        { print }'
        """#

    /// The other way round.
    static let putBack = "sed 's/^#martlet# //'"

    /// Passes the Corefile through a filter; pods are made anew only if it differs.
    ///
    /// The file is applied for its one field, so that other files in the ConfigMap stay.
    private static func change(_ filter: String) -> String {
        """
        mkdir -p /run/martlet
        old=/run/martlet/Corefile.old new=/run/martlet/Corefile
        \(BaseProbes.kubectl) -n kube-system get configmap coredns -o 'jsonpath={.data.Corefile}' >$old
        [ -s $old ] || { echo 'the ConfigMap kube-system/coredns has no Corefile' >&2; exit 1; }
        \(filter) <$old >$new
        if ! cmp -s $old $new; then
          \(BaseProbes.kubectl) -n kube-system create configmap coredns --from-file=Corefile=$new --dry-run=client -o yaml >$old
          \(BaseProbes.kubectl) apply --server-side --force-conflicts --field-manager=martlet -f $old >/dev/null
          \(BaseProbes.kubectl) -n kube-system rollout restart deployment/coredns >/dev/null
        fi
        rm -f $old $new
        """
    }
}
