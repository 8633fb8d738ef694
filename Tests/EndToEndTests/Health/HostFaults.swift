/// What goes wrong on a host, and room that is gone; a worker is enough for all of it.
extension HealthFault {
    static let hosts = onWorker.map { fault in
        var fault = fault
        fault.cluster = .ofTwo
        return fault
    }

    private static let onWorker: [HealthFault] = [
        HealthFault(
            what: "the kubelet of a worker is stopped",
            proves: ["node.kubelet": .fail, "node.lease": .fail, "node.ready": .fail],
            mayFollow: ["network", "workload", "dns", "certificates", "node", "capacity"], within: 120,
            make: { try await $0.console("worker-1", "systemctl stop kubelet") },
            undo: { try await $0.console("worker-1", "systemctl start kubelet") }),
        HealthFault(
            what: "containerd of a worker is stopped", proves: ["node.runtime": .fail],
            mayFollow: ["node", "network", "workload", "dns"],
            make: { try await $0.console("worker-1", "systemctl stop containerd") },
            undo: { try await $0.console("worker-1", "systemctl start containerd") }),
        HealthFault(
            what: "a node's status says that its network is unavailable (written as an add-on would)",
            proves: ["node.pressure": .fail],
            mayFollow: ["node", "capacity"],
            make: { fleet in
                try await fleet.setNetworkUnavailable(true, of: "worker-1")
            },
            undo: { try await $0.setNetworkUnavailable(false, of: "worker-1") }),
        HealthFault(
            what: "the file system of /var/lib/etcd is full (a small one is mounted there, on a worker)",
            proves: ["node.disk": .fail],
            make: {
                try await $0.console(
                    "worker-1",
                    "mkdir -p /var/lib/etcd && mount -t tmpfs -o size=8m tmpfs /var/lib/etcd && head -c 8000000 /dev/zero >/var/lib/etcd/fill"
                )
            }, undo: { try await $0.console("worker-1", "umount /var/lib/etcd") }),
        HealthFault(
            what: "a file system of a worker is mounted read-only (on /var/lib/etcd)",
            proves: ["node.filesystem": .fail],
            make: {
                try await $0.console(
                    "worker-1", "mkdir -p /var/lib/etcd && mount -t tmpfs -o ro,size=8m tmpfs /var/lib/etcd")
            }, undo: { try await $0.console("worker-1", "umount /var/lib/etcd") }),
        HealthFault(
            what: "the kernel of a worker no longer forwards", proves: ["node.kernel-settings": .fail],
            mayFollow: ["network", "dns"],
            make: { try await $0.console("worker-1", "echo 0 >/proc/sys/net/ipv4/ip_forward") },
            undo: { try await $0.console("worker-1", "echo 1 >/proc/sys/net/ipv4/ip_forward") }),
        HealthFault(
            what: "the resolver of a host points to the host itself", proves: ["dns.upstream-loop": .fail],
            make: {
                try await $0.console(
                    "worker-1",
                    "cp -p /etc/resolv.conf /root/resolv.conf 2>/dev/null || : >/root/resolv.conf; cat /root/resolv.conf >/tmp/r; echo nameserver 127.0.0.53 >>/tmp/r; cat /tmp/r >/etc/resolv.conf"
                )
            }, undo: { try await $0.console("worker-1", "cat /root/resolv.conf >/etc/resolv.conf") }),
        HealthFault(
            what: "a worker cannot reach the kubelets of other hosts", proves: ["network.host-ports": .warn],
            make: {
                try await $0.console("worker-1", "iptables -I OUTPUT -p tcp --dport 10250 ! -o lo -j DROP")
            }, undo: { try await $0.console("worker-1", "iptables -D OUTPUT -p tcp --dport 10250 ! -o lo -j DROP") }),
        HealthFault(
            what: "the kubelet of a worker dies once", proves: ["node.kubelet-restarts": .warn],
            // A kubelet of 1.20 takes its pods for not ready until it has asked them again.
            mayFollow: ["node", "dns", "workload"],
            make: { try await $0.console("worker-1", "systemctl kill --kill-who=main -s KILL kubelet") },
            undo: { try await $0.console("worker-1", "systemctl restart kubelet") }),
        HealthFault(
            what: "a worker was renamed, and its kubelet is told no name", proves: ["node.name": .fail],
            make: {
                try await $0.console(
                    "worker-1",
                    """
                    cp -p /var/lib/kubelet/kubeadm-flags.env /root/flags
                    sed -i 's/--hostname-override=[^ "]*//' /var/lib/kubelet/kubeadm-flags.env
                    hostname another
                    """)
            },
            undo: {
                try await $0.console(
                    "worker-1", "hostname worker-1; cp -p /root/flags /var/lib/kubelet/kubeadm-flags.env")
            }),
        HealthFault(
            what: "the clock of a worker is half a minute ahead (a double of date says so: hosts share one clock)",
            proves: ["node.clock": .fail],
            make: {
                try await $0.console(
                    "worker-1",
                    """
                    cp /usr/bin/date /root/date
                    printf '#!/bin/sh\\nexec /root/date -d "30 seconds" "$@"\\n' >/root/ahead && chmod 755 /root/ahead
                    mount --bind /root/ahead /usr/bin/date
                    """)
            }, undo: { try await $0.console("worker-1", "umount /usr/bin/date") }),
        HealthFault(
            what: "swap is on, and the kubelet does not know (a double of /proc/swaps says so: hosts share one kernel)",
            proves: ["node.swap": .warn],
            make: {
                try await $0.console(
                    "worker-1",
                    """
                    cp -p /var/lib/kubelet/config.yaml /root/kubelet.yaml
                    sed -i 's/^failSwapOn: .*/failSwapOn: true/' /var/lib/kubelet/config.yaml
                    printf 'Filename\\tType\\tSize\\tUsed\\tPriority\\n/swapfile\\tfile\\t1048572\\t0\\t-2\\n' >/root/swaps
                    mount --bind /root/swaps /proc/swaps
                    """)
            },
            undo: {
                try await $0.console(
                    "worker-1", "umount /proc/swaps; cp -p /root/kubelet.yaml /var/lib/kubelet/config.yaml")
            }),
        HealthFault(
            what: "a worker tracks connections for an eighth of the kernel's table",
            proves: ["node.conntrack": .fail], limits: "node.conntrack: {warn: 5, fail: 10}",
            make: {
                // Each port is a connection of its own; they are forgotten after half a minute.
                try await $0.console(
                    "worker-1",
                    #"""
                    perl -MSocket -e 'open F, "/proc/sys/net/netfilter/nf_conntrack_max"; $n = <F> / 8;
                        for $host (1 .. 1 + $n / 60000) {
                            socket(S, PF_INET, SOCK_DGRAM, 0);
                            for (1 .. ($n > 60000 ? 60000 : $n)) { send(S, "x", 0, pack_sockaddr_in($_, inet_aton("127.0.1.$host"))) }
                            $n -= 60000;
                        }'
                    """#)
            }, undo: { _ in }),
        HealthFault(
            what: "a worker takes no more pods than it has", proves: ["capacity.pods": .fail],
            mayFollow: ["node.kubelet", "node.lease", "dns", "workload"],
            make: { fleet in
                let pods = try await fleet.kubectl(
                    "get", "pods", "--all-namespaces", "--field-selector", "spec.nodeName=worker-1", "-o", "name")
                let count = pods.split(separator: "\n").count
                try await fleet.console(
                    "worker-1",
                    """
                    cp -p /var/lib/kubelet/config.yaml /root/kubelet.yaml
                    sed -i '/^maxPods:/d' /var/lib/kubelet/config.yaml
                    echo 'maxPods: \(count)' >>/var/lib/kubelet/config.yaml && systemctl restart kubelet
                    """)
            },
            undo: {
                try await $0.console(
                    "worker-1", "cp -p /root/kubelet.yaml /var/lib/kubelet/config.yaml && systemctl restart kubelet")
            }),
        HealthFault(
            what: "pods run that only one node takes", proves: ["capacity.node-loss": .warn],
            make: { try await $0.make(movable) }, undo: { try await $0.unmake(movable) }),
        HealthFault(
            what: "the cluster's version gets no fixes any more (1.20; nothing has to be made for it)",
            proves: ["versions.support": .warn], make: { _ in }, undo: { _ in }),
    ]

    private static let movable = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: movable}
        spec:
          selector: {matchLabels: {app: movable}}
          template:
            metadata: {labels: {app: movable}}
            spec:
              terminationGracePeriodSeconds: 0
              containers: [{name: main, image: "k8s.gcr.io/martlet/busybox:1.35", command: [sleep, "3600"]}]

        """
}
