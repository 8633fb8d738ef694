package import ClusterModel
package import Planning

/// The fixed set of questions that every host is asked, whatever its steps; their answers become `HostState`.
package enum BaseProbes {
    package static func probes(for host: HostSpec, _ endpoint: Endpoint) -> [Probe] {
        guard host.isControlPlane else { return [system, artefacts, images] }
        return [system, artefacts, images, api(host), members] + [endpointOwner(endpoint)].compactMap(\.self)
    }

    /// The hardware address of another machine that answers for the address which keepalived is to move; nil where it moves none.
    ///
    /// Only before the host belongs to a cluster. A packet to the discard port makes the kernel ask who has the address (ARP), which
    /// machines on a network answer in milliseconds; what the kernel knew from earlier is forgotten before. A router that answers
    /// for every address (proxy ARP) answers with the hardware address that it has itself.
    static func endpointOwner(_ endpoint: Endpoint) -> Probe? {
        guard endpoint.kind == .keepalived, IPv4Address(endpoint.address) != nil else { return nil }
        return Probe.script(
            "endpoint-owner",
            """
            [ ! -e /etc/kubernetes/kubelet.conf ] && command -v bash >/dev/null && command -v ip >/dev/null || exit 1
            address=\(endpoint.address)
            case "$(ip -o -4 addr show)" in *" $address/"*) exit 1 ;; esac
            hardware() { set -- $(ip -4 neigh show "$1"); while [ $# -gt 1 ]; do [ "$1" = lladdr ] && echo "$2" && return; shift; done; }
            ip -4 neigh flush to $address 2>/dev/null
            bash -c 'echo >/dev/udp/$1/9' - $address 2>/dev/null
            for try in 1 2 3 4 5; do
              owner=$(hardware $address)
              [ -n "$owner" ] && break
              sleep 0.1
            done
            [ -n "$owner" ] || exit 1
            set -- $(ip -4 route show default)
            [ -n "$3" ] && [ "$(hardware "$3")" = "$owner" ] && exit 1
            echo "$owner"
            """)
    }

    /// Shell builtins wherever possible: this runs on every host in every run.
    static let system = Probe.script(
        "system",
        """
        ID= VERSION_ID=
        [ -r /etc/os-release ] && . /etc/os-release
        echo "os=$ID-$VERSION_ID"
        echo "arch=$(uname -m)"
        read -r hostname </proc/sys/kernel/hostname && echo "hostname=$hostname"
        [ -r /etc/machine-id ] && read -r id </etc/machine-id && echo "machine-id=$id"
        cpus=0
        while read -r key rest; do case $key in processor) cpus=$((cpus + 1)) ;; esac; done </proc/cpuinfo
        echo "cpus=$cpus"
        while read -r key value rest; do case $key in MemTotal:) echo "memory-kib=$value"; break ;; esac; done </proc/meminfo
        swaps=-1
        while read -r line; do swaps=$((swaps + 1)); done </proc/swaps
        echo "swaps=$swaps"
        container=
        [ -r /run/systemd/container ] && read -r container </run/systemd/container
        echo "container=$container"
        [ -d /run/systemd/system ] && echo "systemd=yes"
        [ -f /sys/fs/cgroup/cgroup.controllers ] && echo "cgroup=2" || echo "cgroup=1"
        while read -r key value; do case $key in CapBnd:) echo "capabilities=$value"; break ;; esac; done </proc/self/status
        [ -e /proc/sys/net/bridge/bridge-nf-call-iptables ] && echo "bridge=yes"
        while read -r a b; do case "$a $b" in *overlay) echo "overlay=yes"; break ;; esac; done </proc/filesystems
        ip -o -4 addr show | while read -r n dev family address rest; do echo "address=$dev ${address%/*} ${address#*/}"; done
        conflist=/etc/cni/net.d/10-martlet.conflist
        [ -r $conflist ] && sed -n 's/.*"subnet": *"\\([0-9./]*\\)".*/pod-cidr=\\1/p' $conflist
        for service in chrony chronyd systemd-timesyncd ntp ntpsec ntpd; do
          [ -e /etc/systemd/system/multi-user.target.wants/$service.service ] && echo "time=$service"
          [ -e /etc/systemd/system/sysinit.target.wants/$service.service ] && echo "time=$service"
        done
        for service in k3s k3s-agent rke2-server rke2-agent k0scontroller k0sworker snap.microk8s.daemon-kubelite; do
          [ -e /etc/systemd/system/multi-user.target.wants/$service.service ] && echo "kubernetes=$service"
        done
        for file in /run/systemd/resolve/resolv.conf /etc/resolv.conf; do
          [ -r $file ] || continue
          while read -r key value rest; do case $key in nameserver) echo "name-server=$value"; break ;; esac; done <$file
          break
        done
        read -r seconds rest </proc/uptime && echo "uptime=$seconds"
        echo "clock=$(date +%s.%N)"
        true
        """)

    /// What kubeadm left on the host: sizes, what is cut short, and whose cluster it is.
    static let artefacts = Probe.script(
        "kubeadm-artefacts",
        """
        cd /etc/kubernetes 2>/dev/null || exit 1
        stat -c 'size=%s %n' *.conf manifests/*.yaml pki/*.crt pki/*.key pki/*.pub pki/etcd/*.crt pki/etcd/*.key 2>/dev/null
        grep -L -e '-----END' pki/*.crt pki/*.key pki/*.pub pki/etcd/*.crt pki/etcd/*.key 2>/dev/null | sed 's/^/broken=/'
        grep -L -e 'client-\\(key\\|certificate\\)' admin.conf controller-manager.conf scheduler.conf kubelet.conf 2>/dev/null | \
        sed 's/^/broken=/'
        grep -L '^status:' manifests/kube-*.yaml manifests/etcd.yaml 2>/dev/null | sed 's/^/broken=/'
        [ -s pki/ca.crt ] && set -- $(sha256sum pki/ca.crt) && echo "ca=$1"
        [ -d /var/lib/etcd/member ] && echo "etcd-data=yes"
        [ -s /var/lib/kubelet/config.yaml ] && echo "kubelet-config=yes"
        [ -s /etc/martlet/kubeadm.yaml ] && echo "applied=yes"
        [ -e /var/lib/kubelet/pki/kubelet-client-current.pem ] && echo "kubelet-client=yes"
        ls /run/martlet/kubeadm.running 2>/dev/null | sed 's/^/running=/'
        true
        """)

    /// One line per name of an image: the name and the checksum of the archive that martlet imported it from.
    static let images = Probe.script(
        "images",
        """
        command -v ctr >/dev/null || exit 1
        list=$(ctr --connect-timeout 2s -n k8s.io images ls 2>/dev/null) || exit 3
        printf '%s\\n' "$list" | while read -r name type digest rest; do
          case $name in REF | sha256:* | *@sha256:*) continue ;; esac
          sum=unrecorded
          case $rest in *martlet.archive=*) sum=${rest##*martlet.archive=}; sum=${sum%%,*}; sum=${sum%% *} ;; esac
          echo "$name $sum"
        done
        true
        """)

    static let kubectl = "kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout 8s"

    /// What the API server of this control plane says, without the endpoint in between.
    static func api(_ host: HostSpec) -> Probe {
        Probe.script(
            "api",
            """
            [ -s /etc/kubernetes/admin.conf ] && command -v kubectl >/dev/null || exit 1
            k="\(kubectl) --server https://\(host.internalAddress):6443"
            $k get nodes -o go-template='\(nodeTemplate)' || exit 3
            $k -n kube-system get configmap/kubeadm-config daemonset/kube-proxy rolebinding/kube-proxy service/kube-dns \
            deployment/coredns deployment/cluster-dns --ignore-not-found -o name || exit 3
            """)
    }

    /// Lines `node NAME READY VERSION POD-CIDR`, `label NAME KEY=VALUE`, `taint NAME KEY=VALUE:EFFECT`.
    private static let nodeTemplate =
        #"{{range .items}}{{$n := .metadata.name}}node {{$n}}{{range .status.conditions}}{{if eq .type "Ready"}} {{.status}}"#
        + #"{{end}}{{end}} {{.status.nodeInfo.kubeletVersion}}{{"\n"}}{{range $k, $v := .metadata.labels}}label {{$n}} "#
        + #"{{$k}}={{$v}}{{"\n"}}{{end}}{{range .spec.taints}}taint {{$n}} {{.key}}={{if .value}}{{.value}}{{end}}:{{.effect}}"#
        + #"{{"\n"}}{{end}}{{end}}"#

    /// etcd's own list of members, as its JSON gateway gives it (`/v3/cluster/member/list`, etcd 3.4 and later).
    static let members = Probe.script(
        "etcd-members",
        """
        [ -s /etc/kubernetes/pki/apiserver-etcd-client.key ] && [ -s /etc/kubernetes/manifests/etcd.yaml ] || exit 1
        \(etcdCurl) https://127.0.0.1:2379/v3/cluster/member/list -d '{}' || exit 3
        """)

    static let etcdCurl =
        "curl -sS --max-time 5 --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/apiserver-etcd-client.crt "
        + "--key /etc/kubernetes/pki/apiserver-etcd-client.key"
}
