internal import Bundles
internal import ClusterModel
package import Diagnostics
internal import Planning

/// What is wrong with the hosts before anything is written; an error stops the plan.
package enum Preflight {
    package static func diagnostics(_ context: ClusterContext) -> [Diagnostic] {
        var result: [Diagnostic] = []
        for host in context.spec.hosts {
            guard let system = context.states[host.name]?.system else { continue }
            result += machine(host, system, context)
        }
        result += endpointNetwork(context)
        result += endpointOwner(context)
        result += identity(context)
        result += clocks(context)
        result += nameServers(context)
        if !context.strangers.isEmpty, !context.prune {
            let names = context.strangers.joined(separator: ", ")
            result.append(
                Diagnostic(
                    .warning, code: "cluster.extra-nodes", "\(names) in the cluster, but not in the spec",
                    hint: "add them to the spec, or take them out with `martlet apply --prune`"))
        }
        for pool in context.spec.pools {
            let count = context.spec.hosts(of: pool).count
            guard count > pool.maximum else { continue }
            result.append(
                Diagnostic(
                    .warning, code: "cluster.pool-maximum",
                    "the pool \(pool.name) has \(count) nodes, and \(pool.maximum) are its most",
                    hint: "drain the others and take them out with `martlet apply --prune`"))
        }
        return result
    }

    private static func machine(_ host: HostSpec, _ system: HostState.System, _ context: ClusterContext) -> [Diagnostic]
    {
        var result: [Diagnostic] = []
        func problem(_ severity: Diagnostic.Severity, _ code: String, _ summary: String, _ hint: String) {
            result.append(Diagnostic(severity, code: "preflight.\(code)", summary, hint: hint, host: host.name))
        }
        if !system.hasSystemd {
            problem(
                .error, "systemd", "systemd is not running on the host",
                "Kubernetes' services are run by systemd; use a host that has it")
        }
        if let other = system.otherKubernetes {
            problem(
                .error, "other-kubernetes", "\(other) starts on the host at boot: it is the node of another Kubernetes",
                "take it off the host first, as its makers say (k3s-uninstall.sh, `k0s reset`, `snap remove microk8s`)")
        }
        let architecture = context.release.architecture
        if let machine = Architecture(machine: system.machine), machine != architecture {
            problem(
                .error, "architecture", "the host is \(machine.rawValue), the release is for \(architecture.rawValue)",
                "use a bundle for \(machine.rawValue)")
        }
        if context.spec.packages.source == .bundle, context.release.packages(for: system.distribution).isEmpty {
            problem(
                .error, "packages", "the bundle has no packages for \(system.distribution)",
                "set `packages.source: distribution`, or make a bundle with packages for it")
        }
        if host.isControlPlane, context.spec.profile == .production {
            if system.cpus < 2 {
                problem(
                    .error, "cpus", "\(system.cpus) processor, kubeadm wants 2 on a control plane",
                    "give it more, or use `profile: lab`")
            }
            if system.memoryKiB < 1_700 * 1024 {
                problem(
                    .error, "memory", "\(system.memoryKiB / 1024) MiB of memory, kubeadm wants 1700 on a control plane",
                    "give it more, or use `profile: lab`")
            }
        }
        if system.interfaces[host.internalAddress] == nil, !system.interfaces.isEmpty {
            problem(
                .error, "address", "no interface carries \(host.internalAddress)",
                "set `internalAddress` of the host to one of \(system.interfaces.keys.filter { $0 != "127.0.0.1" }.sorted().joined(separator: ", "))"
            )
        }
        return result
    }

    /// The address that keepalived moves is reached by the hosts' own network: they have no route to any other.
    ///
    /// Not an error: where every address has a route of its own (/32), there may be one for this.
    private static func endpointNetwork(_ context: ClusterContext) -> [Diagnostic] {
        let endpoint = context.spec.endpoint
        guard endpoint.kind == .keepalived, let address = IPv4Address(endpoint.address) else { return [] }
        let outside = context.spec.controlPlanes.compactMap { host -> (name: String, network: IPv4Network)? in
            guard let own = IPv4Address(host.internalAddress),
                let prefix = context.states[host.name]?.system?.prefixes[host.internalAddress], prefix < 32
            else { return nil }
            let network = IPv4Network(around: own, prefix: prefix)
            return network.contains(address) ? nil : (host.name, network)
        }
        guard let first = outside.first else { return [] }
        return [
            Diagnostic(
                .warning, code: "preflight.endpoint-network",
                "the endpoint \(endpoint.address) lies outside the network \(first.network) of the control plane \(first.name)",
                detail: "the other hosts have no way to it, unless a router does",
                hint: "set `endpoint.address` to a free address of \(first.network)", host: first.name)
        ]
    }

    /// Two machines with one address: each node would reach now this one, now that one.
    private static func endpointOwner(_ context: ClusterContext) -> [Diagnostic] {
        let address = context.spec.endpoint.address
        let states = context.spec.controlPlanes.map { ($0.name, context.states[$0.name]) }
        // One of our own is no stranger though another host sees one, and may be one that did not answer.
        let mayBeOurs = states.contains { $0.1?.system == nil || $0.1?.system?.interfaces[address] != nil }
        guard !mayBeOurs, !states.contains(where: { $0.1?.kubeadm.isTouched ?? true }),
            let (host, owner) = states.lazy.compactMap({ name, state in state?.endpointOwner.map { (name, $0) } }).first
        else { return [] }
        return [
            Diagnostic(
                code: "preflight.endpoint-taken", "the endpoint \(address) belongs to another machine already",
                detail: "\(owner) answers for it",
                hint: "set `endpoint.address` to an address of that network that nobody has", host: host)
        ]
    }

    /// CoreDNS' pods may come to lie on any host, and do not start on one without.
    private static func nameServers(_ context: ClusterContext) -> [Diagnostic] {
        let with = CoreDNSForwarding.withNameServer(context)
        guard context.kubeadm.usesKubeadmDNS, context.spec.components.kubelet["resolvConf"] == nil, !with.isEmpty
        else { return [] }
        return context.spec.hosts.filter { host in
            context.states[host.name]?.system.map { $0.nameServer == nil } ?? false
        }.map { host in
            Diagnostic(
                .warning, code: "preflight.name-server", "the host knows no name server, and others do",
                detail: "CoreDNS forwards to the one in /etc/resolv.conf and does not start on this host",
                hint: "give it one (`nameserver ADDRESS` in /etc/resolv.conf)", host: host.name)
        }
    }

    /// Machines that were cloned from each other share what must be unique.
    private static func identity(_ context: ClusterContext) -> [Diagnostic] {
        var owners: [String: [String]] = [:]
        for host in context.spec.hosts {
            guard let id = context.states[host.name]?.system?.machineID, !id.isEmpty else { continue }
            owners[id, default: []].append(host.name)
        }
        return owners.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }.map { hosts in
            Diagnostic(
                code: "preflight.machine-id", "\(hosts.joined(separator: ", ")) have the same /etc/machine-id",
                detail: "they are copies of one machine, or two names of the same one",
                hint: "remove /etc/machine-id on the copies and run `systemd-machine-id-setup` there")
        }
    }

    /// Certificates and leases need clocks that agree; the answers of one run lie within its own duration of each other.
    private static func clocks(_ context: ClusterContext) -> [Diagnostic] {
        let clocks = context.spec.hosts.compactMap { host in
            context.states[host.name]?.system.map { (host.name, $0.clock) }
        }.filter { $0.1 > 0 }
        guard let earliest = clocks.min(by: { $0.1 < $1.1 }), let latest = clocks.max(by: { $0.1 < $1.1 }),
            latest.1 - earliest.1 > 60
        else { return [] }
        return [
            Diagnostic(
                code: "preflight.clock",
                "the clocks of \(earliest.0) and \(latest.0) are \(Int(latest.1 - earliest.1)) s apart",
                hint: "set the time and let a time service (chrony, systemd-timesyncd) keep it")
        ]
    }
}
