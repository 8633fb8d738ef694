import ClusterModel

/// Where a cluster's DNS answers.
package enum DNSAddress {
    /// The tenth address of the services' network; nil if that is not IPv4 or too small.
    ///
    /// Source: cmd/kubeadm/app/constants, GetDNSIP; kubelets get the same address as `clusterDNS`.
    package static func address(services: String) -> String? {
        IPv4Network(services)?.address(at: 10)
    }
}
