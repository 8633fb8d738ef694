internal import ClusterModel
internal import Planning

/// The virtual address of the API: haproxy and keepalived on the control planes.
let apiEndpoint = StepDefinition(
    "endpoint", .endpoint, "Serve the API's address on the control planes",
    explanation: """
        Every client knows only the endpoint. keepalived moves its address to a control plane that is alive, haproxy there \
        spreads connections over the API servers that answer /readyz. Both come from the distribution. With \
        `endpoint.type: external` or `host` there is nothing to do.
        """
) { context in
    guard context.host.isControlPlane, context.spec.endpoint.kind == .keepalived else { return [] }
    let interface =
        context.spec.endpoint.interface ?? context.state.system?.interfaces[context.host.internalAddress] ?? "eth0"
    let keepalived = EndpointConfiguration.keepalived(context.spec, host: context.host, interface: interface)
    let free = ["endpoint-address@\(context.cluster.primary.name)"]
    return [
        context.isPrimary ? freeAddress(context) : nil,
        service(
            "haproxy", EndpointConfiguration.haproxyPath, context.cluster.haproxy,
            validate: "haproxy -c -q -f \(EndpointConfiguration.haproxyPath)"),
        service(
            "keepalived", EndpointConfiguration.keepalivedPath, keepalived,
            validate: "keepalived --config-test -f \(EndpointConfiguration.keepalivedPath)", after: free),
    ].compactMap { $0 }
}

/// Before any control plane takes the address for the first time.
///
/// Whether a machine of the network segment has it is told by its answer to ARP, which no firewall keeps back.
private func freeAddress(_ context: HostContext) -> Goal? {
    let address = context.spec.endpoint.address
    let isHeld = context.spec.controlPlanes.contains {
        context.cluster.states[$0.name]?.system?.interfaces[address] != nil
    }
    guard !isHeld else { return nil }
    return Goal(
        "endpoint-address", .endpoint, "no other machine has the address \(address)",
        because: "two machines with one address take each other's packets", ensure: [],
        by: [
            .run(
                "see that the address is free",
                """
                ip neigh flush to \(address) 2>/dev/null || true
                curl -s -o /dev/null --connect-timeout 2 http://\(address):9/ || true
                set -- $(ip -4 neigh show to \(address))
                while [ $# -gt 1 ]; do
                  [ "$1" != lladdr ] || { echo "\(address) is the address of another machine already: $2 answers" >&2; exit 1; }
                  shift
                done
                """)
        ], requires: ["packages"], always: "no control plane has it yet")
}

private func service(_ name: String, _ path: String, _ text: String, validate: String, after: [String] = []) -> Goal {
    Goal(
        name, .endpoint, "\(name) is configured and runs",
        because: "the API stays reachable when a control plane is lost",
        ensure: [.file(path, text), .running("\(name).service")],
        by: [
            .run("put aside a configuration of \(name) that others wrote", ForeignFile.putAside(path)),
            .put(path, text),
            .run(
                "check the file and restart \(name)",
                """
                \(validate) >/run/martlet-\(name).log 2>&1 || { tail -n 5 /run/martlet-\(name).log >&2; exit 1; }
                systemctl enable -q \(name)
                systemctl reload-or-restart \(name) || systemctl restart \(name)
                """),
        ], requires: ["packages"] + (name == "keepalived" ? ["haproxy"] : []) + after, settleSeconds: 10,
        diagnose: .journal([name]))
}
