import ConfigTree

/// What k0sctl, KubeOne, Kubespray, RKE, kubeadm and Ansible call the fields of a spec.
///
/// Sources: k0sctl's README, KubeOne's API reference (v1beta2), Kubespray's inventory documentation, RKE's cluster.yml
/// reference, kubeadm's configuration API (v1beta3).
enum SpecWords {
    static let root: OtherWords = [
        "metadata": "name", "clusterName": "name", "cluster_name": "name",
        "nodes": "hosts", "machines": "hosts", "servers": "hosts",
        "version": "kubernetes.version", "versions": "kubernetes.version", "kubernetesVersion": "kubernetes.version",
        "kubeVersion": "kubernetes.version", "driver": "kubernetes.driver", "source": "kubernetes.source",
        "controlPlaneEndpoint": "endpoint", "apiEndpoint": "endpoint", "loadBalancer": "endpoint", "vip": "endpoint",
        "networking": "network", "clusterNetwork": "network", "cni": "network.plugin",
        "networkPlugin": "network.plugin", "kubeNetworkPlugin": "network.plugin",
        "podSubnet": "network.pods", "podCIDR": "network.pods", "clusterCIDR": "network.pods",
        "podNetworkCIDR": "network.pods", "kubePodsSubnet": "network.pods",
        "serviceSubnet": "network.services", "serviceCIDR": "network.services",
        "serviceClusterIPRange": "network.services", "kubeServiceAddresses": "network.services",
        "dnsDomain": "network.domain", "clusterDomain": "network.domain",
        "imageRepository": "images.repository", "registry": "images.repository", "mirrors": "images.mirrors",
        "registryMirrors": "images.mirrors", "containerRuntime": "components.containerd",
        "containerd": "components.containerd", "kubelet": "components.kubelet", "kubeProxy": "components.kubeProxy",
        "apiServer": "components.apiServer", "controllerManager": "components.controllerManager",
        "scheduler": "components.scheduler", "etcd": "components.etcd",
        "ignorePreflightErrors": "components.ignorePreflightErrors",
        "user": "ssh.user", "sshUser": "ssh.user", "sshKey": "ssh.identityFile", "privateKey": "ssh.identityFile",
        "sshKeyPath": "ssh.identityFile", "bastion": "ssh.jump", "bastionHost": "ssh.jump",
    ]

    static let network: OtherWords = [
        "podSubnet": "pods", "podCIDR": "pods", "clusterCIDR": "pods", "podNetworkCIDR": "pods", "cidr": "pods",
        "serviceSubnet": "services", "serviceCIDR": "services", "serviceClusterIPRange": "services",
        "dnsDomain": "domain", "clusterDomain": "domain", "cni": "plugin", "provider": "plugin", "type": "plugin",
        "networkPlugin": "plugin",
    ]

    static let pluginWord: OtherWords = [
        "flannel": "{ preset: flannel, version: ... }", "calico": "{ preset: calico, version: ... }",
        "cilium": "{ preset: cilium, version: ... }", "bridge": "routed", "kubenet": "routed",
    ]

    static let plugin: OtherWords = ["name": "preset", "type": "preset", "url": "manifest", "file": "manifest"]

    static let endpoint: OtherWords = [
        "host": "address", "ip": "address", "vip": "address", "kind": "type", "mode": "type", "vrid": "virtualRouterID",
        "routerId": "virtualRouterID", "device": "interface",
    ]

    static let endpointType: OtherWords = [
        "vrrp": "keepalived", "vip": "keepalived", "kube-vip": "keepalived", "haproxy": "keepalived",
        "loadBalancer": "external", "lb": "external", "none": "host", "local": "host",
    ]

    static let host: OtherWords = [
        "hostname": "name", "host": "address", "ip": "address", "publicAddress": "address", "ansibleHost": "address",
        "externalIP": "address", "publicIP": "address",
        "privateAddress": "internalAddress", "privateIP": "internalAddress", "internalIP": "internalAddress",
        "accessIP": "internalAddress", "internal": "internalAddress",
        "role": "roles", "type": "roles", "groups": "roles",
        "user": "ssh.user", "sshUser": "ssh.user", "sshUsername": "ssh.user", "ansibleUser": "ssh.user",
        "port": "ssh.port", "sshPort": "ssh.port", "ansiblePort": "ssh.port",
        "sshKey": "ssh.identityFile", "sshKeyPath": "ssh.identityFile", "sshPrivateKeyFile": "ssh.identityFile",
        "privateKey": "ssh.identityFile", "identityFile": "ssh.identityFile", "keyPath": "ssh.identityFile",
        "ansibleSSHPrivateKeyFile": "ssh.identityFile", "bastion": "ssh.jump", "jump": "ssh.jump",
        "nodeLabels": "labels", "nodeTaints": "taints",
    ]

    static let role: OtherWords = [
        "master": "control-plane", "controller": "control-plane", "controlplane": "control-plane",
        "server": "control-plane", "kube_control_plane": "control-plane", "manager": "control-plane",
        "node": "worker", "agent": "worker", "minion": "worker", "kube_node": "worker", "compute": "worker",
    ]

    static let ssh: OtherWords = [
        "username": "user", "login": "user", "keyPath": "identityFile", "key": "identityFile",
        "privateKey": "identityFile", "privateKeyFile": "identityFile", "sshKey": "identityFile",
        "identityFiles": "identityFile", "keyFile": "identityFile",
        "bastion": "jump", "proxyJump": "jump", "jumpHost": "jump", "gateway": "jump",
        "password": "sudoPassword", "becomePassword": "sudoPassword", "knownHosts": "knownHostsFile",
        "userKnownHostsFile": "knownHostsFile", "fingerprint": "hostKey", "hostKeys": "hostKey",
    ]

    static let apiServer: OtherWords = [
        "certSANs": "certificateNames", "sans": "certificateNames", "args": "extraArgs", "flags": "extraArgs",
    ]

    static let component: OtherWords = ["args": "extraArgs", "flags": "extraArgs", "extraArguments": "extraArgs"]
}
