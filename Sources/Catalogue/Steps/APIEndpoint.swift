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
    return [
        service(
            "haproxy", EndpointConfiguration.haproxyPath, context.cluster.haproxy,
            validate: "haproxy -c -q -f \(EndpointConfiguration.haproxyPath)"),
        service(
            "keepalived", EndpointConfiguration.keepalivedPath, keepalived,
            validate: "keepalived --config-test -f \(EndpointConfiguration.keepalivedPath)"),
    ]
}

private func service(_ name: String, _ path: String, _ text: String, validate: String) -> Goal {
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
        ], requires: ["packages"] + (name == "keepalived" ? ["haproxy"] : []), settleSeconds: 10,
        diagnose: .journal([name]))
}
