package import ClusterModel

/// The address of the API on the control planes themselves: keepalived moves it, haproxy spreads connections behind it.
package enum EndpointConfiguration {
    package static let haproxyPath = "/etc/haproxy/haproxy.cfg"
    package static let keepalivedPath = "/etc/keepalived/keepalived.conf"

    /// `haproxy.cfg`, the same on every control plane, for haproxy 2.2 and newer.
    ///
    /// TLS is passed through. A server is out after two failed checks of `/readyz`, one second apart, and its
    /// connections are closed so that clients come back through another one; watches may be silent for an hour. The
    /// check needs no credentials; where the spec closes the API server for anonymous requests, only its TLS handshake
    /// is checked.
    package static func haproxy(_ spec: ClusterSpec) -> String {
        let isAnonymous = spec.components.apiServer["anonymous-auth"] != "false"
        let check =
            isAnonymous
            ? """
                option httpchk GET /readyz
                http-check expect status 200

            """ : ""
        let servers = spec.controlPlanes.map {
            "    server \($0.name) \($0.internalAddress):\(KubernetesFacts.apiServerPort)\n"
        }
        return """
            # Written by martlet.
            global
                # Standard output is the journal.
                log stdout format raw local0 notice
                maxconn 8000
                user haproxy
                group haproxy

            defaults
                mode tcp
                log global
                option dontlognull
                option dontlog-normal
                option redispatch
                option clitcpka
                option srvtcpka
                retries 2
                timeout connect 3s
                timeout client 1h
                timeout server 1h
                timeout tunnel 1h
                timeout check 2s

            frontend kubernetes-api
                bind *:\(spec.endpoint.port)
                default_backend control-planes

            backend control-planes
                balance leastconn

            """ + check + """
                    default-server check check-ssl verify none inter 1s fall 2 rise 1 on-marked-down shutdown-sessions

                """ + servers.joined()
    }

    /// `keepalived.conf` of one control plane, for keepalived 2.0 and newer.
    ///
    /// VRRP version 3 with two advertisements a second: another host takes the address about 1.6 s after the holder
    /// fell silent, and at once when it stops in order. All hosts start as BACKUP with `nopreempt`, so that a host that
    /// comes back does not take the address again and cut every connection a second time; priorities by the order of
    /// the spec only decide who is first when several want it. Version 3 has no authentication (RFC 5798):
    /// advertisements are taken from the listed peers only.
    ///
    /// The check looks for haproxy's listening socket in `/proc/net/tcp`; that needs no package and starts one process.
    /// A host that fails it gives the address away.
    ///
    /// - Parameters:
    ///   - host: one of the spec's control planes.
    ///   - interface: the network interface that carries the host's own address.
    package static func keepalived(_ spec: ClusterSpec, host: HostSpec, interface: String) -> String {
        let order = spec.controlPlanes.firstIndex { $0.name == host.name } ?? spec.controlPlanes.count
        let peers = spec.controlPlanes.filter { $0.name != host.name }.map { "        \($0.internalAddress)\n" }
        let peerBlock = peers.isEmpty ? "" : "    unicast_peer {\n" + peers.joined() + "    }\n"
        return """
            # Written by martlet.
            global_defs {
                router_id \(host.name)
                vrrp_version 3
                vrrp_garp_master_refresh 60
                script_user root
                enable_script_security
            }

            vrrp_script haproxy {
                script "/bin/grep -q \(listeningSocket(port: spec.endpoint.port)) /proc/net/tcp"
                interval 1
                timeout 1
                fall 2
                rise 2
            }

            vrrp_instance kubernetes_api {
                state BACKUP
                nopreempt
                interface \(interface)
                virtual_router_id \(spec.endpoint.virtualRouterID)
                priority \(max(1, 200 - order))
                advert_int 0.5
                unicast_src_ip \(host.internalAddress)

            """ + peerBlock + """
                    virtual_ipaddress {
                        \(spec.endpoint.address)/32 dev \(interface)
                    }
                    track_script {
                        haproxy
                    }
                }

                """
    }

    /// A pattern for the line of a socket that listens on a port of all IPv4 addresses (proc(5): addresses in
    /// hexadecimal, state 0A).
    ///
    /// Dots stand for the spaces, because keepalived splits the command at them.
    static func listeningSocket(port: Int) -> String {
        let digits = String(port, radix: 16, uppercase: true)
        let padded = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        return "00000000:\(padded).00000000:0000.0A"
    }
}
