/// Certificates and authorities as they should not be.
extension HealthFault {
    static let certificates: [HealthFault] = [
        HealthFault(
            what: "an authority ends in 300 days (made anew with its key)",
            proves: ["certificates.authorities": .fail],
            // The other hosts have it as it was.
            mayFollow: ["certificates.same-authority"],
            make: {
                try await $0.console(
                    "cp-3",
                    """
                    cd /etc/kubernetes/pki && cp -p front-proxy-ca.crt /root/
                    openssl x509 -in /root/front-proxy-ca.crt -signkey front-proxy-ca.key -days 300 -out front-proxy-ca.crt 2>/dev/null
                    """)
            }, undo: { try await $0.console("cp-3", "cp -p /root/front-proxy-ca.crt /etc/kubernetes/pki/") }),
        HealthFault(
            what: "the certificate by which a kubelet logs in ends in five days (made so, signed by the cluster)",
            proves: ["certificates.kubelet": .fail],
            make: { try await $0.console("cp-3", agedLogin) },
            undo: {
                try await $0.console(
                    "cp-3", "rm -r /root/ca && cd /var/lib/kubelet/pki && mv kept kubelet-client-current.pem")
            }),
        HealthFault(
            what: "an API server's certificate lacks the name of its host",
            proves: ["certificates.names": .fail],
            mayFollow: ["certificates.expiry"], within: 150,
            make: { fleet in
                try await fleet.console(
                    "cp-3",
                    """
                    cd /etc/kubernetes/pki && cp -p apiserver.crt /root/
                    NAMES=$(openssl x509 -in apiserver.crt -noout -ext subjectAltName | tail -n 1 | sed 's/IP Address:/IP:/g; s/DNS:cp-3, //; s/^ *//')
                    printf 'subjectAltName=%s\\nextendedKeyUsage=serverAuth\\nkeyUsage=digitalSignature,keyEncipherment\\n' "$NAMES" >/root/names
                    openssl req -new -key apiserver.key -subj /CN=kube-apiserver |
                      openssl x509 -req -CA ca.crt -CAkey ca.key -set_serial 0x$(openssl rand -hex 8) -days 365 -extfile /root/names -out /root/new.crt 2>/dev/null
                    mv /root/new.crt apiserver.crt
                    """)
                // By itself it would read the file within a minute.
                try await fleet.console("cp-3", restartServer, seconds: 90)
            },
            undo: { fleet in
                try await fleet.console("cp-3", "cp -p /root/apiserver.crt /etc/kubernetes/pki/")
                try await fleet.console("cp-3", restartServer, seconds: 90)
            }),
    ]

    /// `openssl ca`, because that alone takes a beginning in the past.
    private static let agedLogin = """
        mkdir /root/ca && cd /root/ca && : >index && cat >conf <<END
        [ca]
        default_ca=all
        [all]
        database=/root/ca/index
        new_certs_dir=/root/ca
        rand_serial=yes
        default_md=sha256
        policy=any
        [any]
        organizationName=optional
        commonName=supplied
        [use]
        extendedKeyUsage=clientAuth
        END
        openssl req -new -newkey rsa:2048 -nodes -keyout key -subj /O=system:nodes/CN=system:node:cp-3 -out request 2>/dev/null
        openssl ca -batch -notext -config conf -cert /etc/kubernetes/pki/ca.crt -keyfile /etc/kubernetes/pki/ca.key \\
          -in request -out certificate -extensions use \\
          -startdate $(date -u -d '-360 days' +%Y%m%d%H%M%SZ) -enddate $(date -u -d '5 days' +%Y%m%d%H%M%SZ) 2>/dev/null
        cat certificate key >aged.pem && cd /var/lib/kubelet/pki && mv kubelet-client-current.pem kept &&
          ln -s /root/ca/aged.pem kubelet-client-current.pem
        """
}
