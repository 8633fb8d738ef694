/// Probes that read from hosts over SSH.
package enum HostProbes {
    /// Those whose question is the same in every cluster.
    package static let all: [HealthProbe] =
        [
            KubeletHealthz.probe, KubeletRestarts.probe, NodeName.probe, RuntimeHealth.probe, HostClock.probe,
            DiskSpace.probe,
            HostFilesystems.probe, KernelFaults.probe, KernelSettings.probe, HostSwap.probe, ConnectionTracking.probe,
        ] + [
            ControlPlaneComponents.probe, ManifestEquality.probe,
        ] + [
            EtcdQuorum.probe, EtcdMembers.probe, EtcdLeader.probe, EtcdLatency.fsync, EtcdLatency.commit,
            EtcdPeerLatency.probe, EtcdSize.probe, EtcdSlack.probe, EtcdAlarms.probe, EtcdBackup.probe,
            EtcdVersion.probe,
        ] + [
            UpstreamLoop.probe, KubeProxyHealth.probe,
        ] + [
            LeafCertificates.probe, AuthorityCertificates.probe, KubeletCertificates.probe, CertificateNames.probe,
            SameAuthority.probe,
        ]

    /// All, with those that need to know the hosts of the cluster.
    ///
    /// - Parameter peers: names and IPv4 addresses of the nodes.
    package static func all(peers: [(name: String, address: String, isControlPlane: Bool)]) -> [HealthProbe] {
        all + [HostPorts.probe(peers: peers)]
    }
}
