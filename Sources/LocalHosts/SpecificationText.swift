/// Writes a cluster specification (YAML) for a fleet.
package enum SpecificationText {
    /// What the fleet does not know of itself.
    package struct Cluster: Sendable {
        package var version: String
        /// A folder or tar with everything that the cluster needs.
        package var bundle: String

        package init(version: String, bundle: String) {
            self.version = version
            self.bundle = bundle
        }
    }

    package static func yaml(_ record: FleetRecord, store: FleetStore, cluster: Cluster) -> String {
        let folder = store.folder(record.name)
        let controlPlanes = record.hosts.filter { $0.roles.contains("control-plane") }
        let endpoint =
            controlPlanes.count == 1
            ? "  type: host\n"
            : "  type: keepalived\n  address: \(record.virtualAddress)\n  port: 8443\n"
        let hosts = record.hosts.map { host in
            """
              - name: \(host.name)
                address: \(host.address)
                roles: [\(host.roles.joined(separator: ", "))]

            """
        }
        return """
            apiVersion: martlet/v1
            kind: Cluster
            name: \(record.name)
            profile: lab
            kubernetes:
              driver: kubeadm
              version: \(cluster.version)
              source:
                bundle: \(scalar(cluster.bundle))
            endpoint:
            \(endpoint)network:
              pods: 10.244.0.0/16
              services: 10.96.0.0/12
              plugin: routed
            packages:
              source: bundle
            ssh:
              user: \(record.user)
              identityFile: \(scalar(folder.identity))
              knownHostsFile: \(scalar(folder.knownHosts))
            hosts:
            \(hosts.joined())
            """
    }

    /// A YAML scalar: plain where that is safe, else in double quotes.
    static func scalar(_ text: String) -> String {
        let safe = text.unicodeScalars.allSatisfy {
            ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
                || "/._-+@".unicodeScalars.contains($0)
        }
        if safe, let first = text.first, first == "/" || first == "." || first.isLetter { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
