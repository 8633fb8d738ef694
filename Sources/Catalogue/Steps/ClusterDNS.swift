internal import Bundles
internal import ClusterModel
internal import Planning

/// The cluster's DNS: kubeadm's CoreDNS where its image is there, else the small server of the bundle.
let clusterDNS = StepDefinition(
    "cluster-dns", .services, "Serve names of services inside the cluster",
    explanation: """
        With an image of CoreDNS kubeadm's own add-on is used. A bundle without it brings a small DNS server that answers for \
        services and pods and forwards the rest; martlet deploys it under the same Service address. CoreDNS does not start on hosts \
        that know no name server; where none of them does, the forwarding is taken out of its Corefile, and put back later.
        """
) { context in
    if case .coreDNS = context.cluster.dns { return CoreDNSForwarding.goals(context) }
    guard context.isPrimary, case .martlet(let image) = context.cluster.dns,
        let address = DNSAddress.address(services: context.spec.network.services)
    else { return [] }
    let text = ClusterDNSManifest.render(
        image: image, domain: context.spec.network.domain, clusterIP: address,
        replicas: context.spec.hosts.count > 1 ? 2 : 1, version: context.spec.kubernetes.version)
    return [
        appliedManifest(
            "cluster-dns", .services, "the cluster's DNS is deployed", because: "pods find services by name",
            file: "/etc/martlet/manifests/cluster-dns.yaml", text: text,
            ensure: [
                Check(
                    BaseProbes.api(context.host), .contains(["deployment.apps/cluster-dns", "service/kube-dns"]),
                    title: "DNS objects")
            ],
            // After the joins: pods that start earlier would all sit on the first control plane.
            requires: joins(context.spec, primary: context.host.name))
    ]
}
