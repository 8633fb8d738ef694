import ClusterModel

extension KubeadmConfiguration {
    /// KubeProxyConfiguration (kubeproxy.config.k8s.io/v1alpha1); kubeadm fills in the pods' network and the
    /// kubeconfig.
    static func kubeProxyConfiguration(_ context: KubeadmContext) -> OrderedMap {
        var document: OrderedMap = [
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
        ]
        // 0 leaves net.netfilter.nf_conntrack_max as it is: only the machine's own network namespace may write it.
        if context.hostIsContainer { document["conntrack"] = ["maxPerCore": 0, "min": 0] }
        return document.merging(OrderedMap(sorted: context.spec.components.kubeProxy))
    }
}
