/// Who answers the cluster's DNS questions.
package enum ClusterDNS: Sendable, Hashable, Codable {
    /// kubeadm's own add-on.
    case coreDNS
    /// A deployment of martlet's with this image, by its full reference.
    case martlet(image: String)
}
