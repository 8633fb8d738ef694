/// The kubelet's unit and the drop-in through which kubeadm passes its arguments.
///
/// Same contract as the drop-in of Kubernetes' own packages (docs, "The kubelet drop-in file for systemd"): kubeadm
/// writes `/var/lib/kubelet/config.yaml` and `kubeadm-flags.env`, the administrator owns `/etc/default/kubelet`.
package enum KubeletService {
    package static let unitPath = "/etc/systemd/system/kubelet.service"
    package static let dropInPath = "/etc/systemd/system/kubelet.service.d/10-kubeadm.conf"

    /// - Parameter binaries: the folder of the kubelet's binary.
    ///
    /// Without kubeadm's configuration the kubelet could only fail, so it waits for that; kubeadm writes the file and
    /// then starts the service.
    package static func unit(binaries: String = "/usr/local/bin") -> String {
        """
        # Written by martlet.
        [Unit]
        Description=kubelet, the node agent of Kubernetes
        Documentation=https://kubernetes.io/docs/
        Wants=network-online.target
        After=network-online.target containerd.service
        ConditionPathExists=/var/lib/kubelet/config.yaml
        StartLimitIntervalSec=0

        [Service]
        ExecStart=\(binaries)/kubelet
        Restart=always
        RestartSec=5

        [Install]
        WantedBy=multi-user.target

        """
    }

    package static func dropIn(binaries: String = "/usr/local/bin") -> String {
        """
        # Written by martlet.
        [Service]
        Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
        Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
        EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
        EnvironmentFile=-/etc/default/kubelet
        ExecStart=
        ExecStart=\(binaries)/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS

        """
    }
}
