/// Faults that only active probes see; for `martlet health --active`.
extension HealthFault {
    /// Rules of the kernel that a fault makes carry this comment, by which the undoing finds them.
    private static let mark = "-m comment --comment martlet-fault"

    /// The pod range of another node, as this host routes it.
    private static let range =
        "R=$(ip -4 route show | awk '$2 == \"via\" && $1 ~ /^10\\.244\\./ { print $1; exit }'); test -n \"$R\""

    private static func forget(_ table: String, _ chain: String) -> String {
        """
        iptables -t \(table) -S \(chain) | grep martlet-fault | sed 's/^-A/-D/' |
            while read -r rule; do eval iptables -t \(table) $rule; done
        """
    }

    private static func rule(
        _ what: String, proves: [String: HealthAnswer.Status], mayFollow: [String], table: String, chain: String,
        _ match: String, before: String = ":", isSlow: Bool = false
    ) -> HealthFault {
        HealthFault(
            what: what, proves: proves, mayFollow: mayFollow, asks: ["--active", "--only", "network,dns"],
            isSlow: isSlow, within: 180,
            make: {
                try await $0.console(
                    "worker-1", "\(before) && iptables -t \(table) -I \(chain) \(match) \(mark) -j DROP")
            },
            undo: { try await $0.console("worker-1", forget(table, chain)) })
    }

    static let active: [HealthFault] = [
        rule(
            "a worker drops what its pods send to those of one other node", proves: ["network.pods": .fail],
            mayFollow: ["network", "dns", "end-to-end"], table: "filter", chain: "FORWARD", "-d $R", before: range,
            isSlow: true),
        rule(
            "a worker drops only datagrams to the pods of one other node", proves: ["network.pods": .fail],
            mayFollow: ["network", "dns"], table: "filter", chain: "FORWARD", "-p udp -d $R", before: range,
            isSlow: true),
        rule(
            "a worker drops large packets and says nothing", proves: ["network.mtu": .fail],
            mayFollow: ["network", "end-to-end"], table: "filter", chain: "FORWARD",
            "-p tcp -m length --length 1200:65535", before: range, isSlow: true),
        rule(
            "a worker's firewall closes its node ports", proves: ["network.node-port": .fail], mayFollow: [],
            table: "mangle", chain: "PREROUTING", "-p tcp --dport 30000:32767", isSlow: true),
        rule(
            "a worker's pods do not reach cluster addresses", proves: ["network.service": .fail],
            mayFollow: ["end-to-end"], table: "mangle", chain: "PREROUTING",
            "-p tcp -d 10.96.0.0/12 --dport 8080"),
        rule(
            "a worker's pods do not reach the API", proves: ["network.api-service": .fail], mayFollow: [],
            table: "mangle", chain: "PREROUTING", "-p tcp -s 10.244.0.0/16 -d 10.96.0.1 --dport 443"),
        HealthFault(
            what: "cluster DNS is scaled to zero, seen by pods",
            proves: ["dns.resolution": .fail, "dns.search": .fail],
            mayFollow: ["dns"], asks: ["--active", "--only", "dns"], isSlow: true, within: 180,
            make: { try await $0.kubectl("-n", "kube-system", "scale", "deployment/cluster-dns", "--replicas=0") },
            undo: { try await $0.kubectl("-n", "kube-system", "scale", "deployment/cluster-dns", "--replicas=2") }),
        HealthFault(
            what: "somebody relies on a network policy that this network does not enforce",
            proves: ["network.policy": .warn], asks: ["--active", "--only", "network"], within: 180,
            make: { try await $0.make(policy) },
            undo: { try await $0.unmake(policy) }),
        HealthFault(
            what: "the default storage class has no provisioner", proves: ["storage.claim": .fail],
            mayFollow: ["storage"], asks: ["--active", "--only", "storage"], isSlow: true, within: 180,
            make: { try await $0.make(storageClass) },
            undo: { try await $0.unmake(storageClass) }),
        HealthFault(
            what: "all schedulers are stopped", proves: ["end-to-end.workload": .fail],
            mayFollow: ["network", "dns", "control-plane", "storage", "workload"], asks: ["--active"],
            isSlow: true, within: 300,
            make: { fleet in
                for host in ["cp-1", "cp-2", "cp-3"] {
                    try await fleet.console(host, "mv /etc/kubernetes/manifests/kube-scheduler.yaml /root/")
                }
            },
            undo: { fleet in
                for host in ["cp-1", "cp-2", "cp-3"] {
                    try await fleet.console(host, "mv /root/kube-scheduler.yaml /etc/kubernetes/manifests/")
                }
            }),
        HealthFault(
            what: "the balancers reach only the API server of their own host", proves: [ControlPlane.loss: .fail],
            limits: "\(ControlPlane.loss): {warn: 5, fail: 10}", asks: ControlPlane.ask, isSlow: true, within: 400,
            make: { fleet in
                for host in ControlPlane.hosts { try await fleet.console(host, ControlPlane.rules("-I")) }
            },
            undo: { fleet in
                for host in ControlPlane.hosts { try await fleet.console(host, ControlPlane.rules("-D")) }
            }),
    ]

    private static let policy = """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: nobody-in, namespace: default}
        spec: {podSelector: {}, policyTypes: [Ingress]}

        """

    private static let storageClass = """
        apiVersion: storage.k8s.io/v1
        kind: StorageClass
        metadata: {name: empty, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}
        provisioner: example.invalid/nobody

        """
}

/// For taking control planes away.
enum ControlPlane {
    static let loss = "end-to-end.control-plane-loss"
    static let ask = ["--disruptive", "--confirm", "test-ha", "--only", loss]
    static let hosts = ["cp-1", "cp-2", "cp-3"]

    /// What leaves for the API servers of other hosts is refused.
    static func rules(_ operation: String) -> String {
        "iptables -w \(operation) OUTPUT -p tcp --dport 6443 -m addrtype ! --dst-type LOCAL -j REJECT"
    }
}
