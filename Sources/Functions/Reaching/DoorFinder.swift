package import Diagnostics
internal import KubernetesAPI
internal import WebClient

/// Finds the way to a Service: load balancer, node port, ingress, and at last the API server's proxy.
package struct DoorFinder: Sendable {
    package let client: DoorClient

    package init(_ client: DoorClient) { self.client = client }

    /// - Parameter path: answered with any status by what listens there.
    package func find(_ address: ServiceAddress, path: String = "/") async throws(Diagnostic) -> ServiceDoor {
        for url in await candidates(address) {
            let door = ServiceDoor(.direct(url: url), isInsecure: address.isInsecure)
            let request = DoorRequest(.get, path, timeout: .seconds(3))
            if (try? await client.send(request, through: door)) != nil { return door }
        }
        let port = (address.isSecure ? "https:" : "") + address.service
        return ServiceDoor(.proxy(namespace: address.namespace, service: port, port: address.port))
    }

    /// Addresses that may be open, best first.
    func candidates(_ address: ServiceAddress) async -> [String] {
        let scheme = address.isSecure ? "https" : "http"
        var found: [String] = []
        if let host = address.host { found.append("\(scheme)://\(host)") }
        let name = address.outside ?? address.service
        let path = "/api/v1/namespaces/\(PathText.escaped(address.namespace))/services/\(PathText.escaped(name))"
        guard let service = try? await client.cluster.get(path) else { return found }
        let port = Self.port(of: service, address.outsidePort ?? address.port)
        for entry in service["status"]?["loadBalancer"]?["ingress"]?.array ?? [] {
            guard let host = entry["ip"]?.string ?? entry["hostname"]?.string, let number = port?["port"]?.int else {
                continue
            }
            found.append("\(scheme)://\(Self.bracketed(host)):\(number)")
        }
        guard let nodePort = port?["nodePort"]?.int, nodePort > 0,
            let nodes = try? await client.cluster.list("/api/v1/nodes", labels: nil, fields: nil)
        else { return found }
        // Every node answers on a node port; three are enough to find one that is up.
        found += nodes.items.compactMap(Self.address).prefix(3).map { "\(scheme)://\(Self.bracketed($0)):\(nodePort)" }
        return found
    }

    /// By number or name; the only one if there is no other.
    static func port(of service: JSONValue, _ wanted: String) -> JSONValue? {
        let ports = service["spec"]?["ports"]?.array ?? []
        return ports.first { $0["name"]?.string == wanted || $0["port"]?.int.map(String.init) == wanted }
            ?? (ports.count == 1 ? ports[0] : nil)
    }

    /// Of a node that is ready (core/v1 NodeStatus).
    static func address(_ node: JSONValue) -> String? {
        let conditions = node["status"]?["conditions"]?.array ?? []
        guard conditions.contains(where: { $0["type"]?.string == "Ready" && $0["status"]?.string == "True" }),
            node["metadata"]?["labels"]?["type"]?.string != "virtual-kubelet"
        else { return nil }
        return (node["status"]?["addresses"]?.array ?? []).first { $0["type"]?.string == "InternalIP" }?["address"]?
            .string
    }

    private static func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }
}
