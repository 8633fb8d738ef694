/// The faults, in the order in which they are made; each is undone before the next. Others of a kind are in files of their own.
extension HealthFault {
    /// A new process of the host's API server, which has read its files.
    static let restartServer = """
        crictl rm -f $(crictl ps --name kube-apiserver -q) >/dev/null
        for i in $(seq 1 60); do curl -sk https://127.0.0.1:6443/readyz | grep -q ok && exit 0; sleep 1; done; exit 1
        """

    /// All that need no pods to be seen.
    static let passive = all + hosts + certificates + etcd

    private static let all: [HealthFault] = [
        HealthFault(
            what: "a worker is cordoned", proves: ["node.cordoned": .warn],
            make: { try await $0.kubectl("cordon", "worker-1") }, undo: { try await $0.kubectl("uncordon", "worker-1") }
        ),
        HealthFault(
            what: "a control plane is cordoned", proves: ["node.cordoned": .fail],
            make: { try await $0.kubectl("cordon", "cp-2") }, undo: { try await $0.kubectl("uncordon", "cp-2") }),
        HealthFault(
            what: "the scheduler of a control plane is given a flag that does not exist",
            proves: [
                "control-plane.restarts": .fail, "control-plane.components": .fail,
                "control-plane.manifests-equal": .fail,
            ], within: 120,
            make: {
                try await $0.console(
                    "cp-3",
                    "sed -i 's|^    - kube-scheduler$|    - kube-scheduler\\n    - --nonsense=1|' /etc/kubernetes/manifests/kube-scheduler.yaml"
                )
            },
            undo: {
                try await $0.console("cp-3", "sed -i '/--nonsense=1/d' /etc/kubernetes/manifests/kube-scheduler.yaml")
            }),
        HealthFault(
            what: "etcd of one control plane is stopped",
            proves: ["etcd.quorum": .warn, "control-plane.api-servers": .fail],
            mayFollow: ["etcd", "control-plane", "certificates", "network", "node"], within: 90,
            make: { try await $0.console("cp-3", "mv /etc/kubernetes/manifests/etcd.yaml /root/") },
            undo: { try await $0.console("cp-3", "mv /root/etcd.yaml /etc/kubernetes/manifests/") }),
        HealthFault(
            what: "etcd has a member that never started", proves: ["etcd.members": .fail],
            mayFollow: ["etcd"],
            make: {
                // etcd takes a new member only when all others have been connected for a while.
                let add = etcdctl(#"cluster/member/add -d '{"peerURLs":["https://10.255.255.1:2380"]}'"#)
                try await $0.console("cp-1", "for i in $(seq 1 30); do \(add) && exit 0; sleep 1; done; exit 1")
            },
            undo: {
                try await $0.console(
                    "cp-1",
                    """
                    ID=$(\(etcdctl("cluster/member/list -d '{}'")) | tr '{' '\\n' | grep 10.255.255.1 | sed 's/.*"ID":"\\([0-9]*\\)".*/\\1/')
                    \(etcdctl(#"cluster/member/remove -d "{\"ID\":\"$ID\"}""#))
                    """)
            }),
        HealthFault(
            what: "an alarm of etcd is raised through its API (no space; no disk was full)",
            proves: ["etcd.alarms": .fail],
            mayFollow: ["node.lease", "control-plane", "etcd"],
            make: {
                try await $0.console(
                    "cp-1", etcdctl(#"maintenance/alarm -d '{"action":"ACTIVATE","memberID":"1","alarm":"NOSPACE"}'"#))
            },
            undo: {
                try await $0.console(
                    "cp-1", etcdctl(#"maintenance/alarm -d '{"action":"DEACTIVATE","memberID":"1","alarm":"NOSPACE"}'"#)
                )
            }),
        HealthFault(
            what: "cluster DNS is scaled to zero", proves: ["dns.replicas": .fail],
            make: { try await $0.kubectl("-n", "kube-system", "scale", "deployment/cluster-dns", "--replicas=0") },
            undo: {
                try await $0.kubectl("-n", "kube-system", "scale", "deployment/cluster-dns", "--replicas=2")
            }),
        HealthFault(
            what: "kube-proxy is taken from all nodes", proves: ["network.kube-proxy": .fail],
            make: {
                try await $0.kubectl(
                    "-n", "kube-system", "patch", "daemonset", "kube-proxy", "--type=merge", "-p",
                    #"{"spec":{"template":{"spec":{"nodeSelector":{"none":"here"}}}}}"#)
            },
            undo: {
                try await $0.kubectl(
                    "-n", "kube-system", "patch", "daemonset", "kube-proxy", "--type=json", "-p",
                    #"[{"op":"remove","path":"/spec/template/spec/nodeSelector/none"}]"#)
            }),
        HealthFault(
            what: "every fourth new connection to the API endpoint is refused",
            proves: ["control-plane.endpoint": .fail], mayFollow: ["control-plane.latency"],
            make: { fleet in
                for host in ["cp-1", "cp-2", "cp-3"] {
                    try await fleet.console(
                        host,
                        "iptables -I INPUT -p tcp --dport 8443 -m conntrack --ctstate NEW -m statistic --mode nth --every 4 --packet 0 -j REJECT --reject-with tcp-reset"
                    )
                }
            },
            undo: { fleet in
                for host in ["cp-1", "cp-2", "cp-3"] { try await fleet.console(host, "iptables -D INPUT 1") }
            }),
        HealthFault(
            what: "two storage classes are the default", proves: ["storage.default-class": .fail],
            make: { fleet in
                try await fleet.make(storageClass("first") + storageClass("second"))
            }, undo: { try await $0.unmake(storageClass("first") + storageClass("second")) }),
        HealthFault(
            what: "a claim waits for a class without a provisioner", proves: ["storage.claims": .fail],
            limits: "storage.claims: {fail: 2}",
            make: { try await $0.make(storageClass("first") + claim) },
            undo: { try await $0.unmake(claim + storageClass("first")) }),
        HealthFault(
            what: "a certificate signing request is not answered", proves: ["certificates.requests": .fail],
            limits: "certificates.requests: {warn: 1, fail: 2}",
            make: { fleet in
                let request = try await fleet.console(
                    "cp-1",
                    "openssl req -new -newkey rsa:2048 -nodes -keyout /dev/null -subj /CN=somebody 2>/dev/null | base64 -w0"
                )
                try await fleet.make(signingRequest(request))
            }, undo: { try await $0.kubectl("delete", "csr", "somebody") }),
        HealthFault(
            what: "a bootstrap token never ends", proves: ["certificates.bootstrap-tokens": .fail],
            make: { try await $0.console("cp-1", "kubeadm token create abcdef.0123456789abcdef --ttl 0") },
            undo: { try await $0.console("cp-1", "kubeadm token delete abcdef") }),
        HealthFault(
            what: "the API server's certificate is renewed on disk and not loaded",
            proves: ["certificates.expiry": .fail],
            make: {
                // Once a minute the API server reads its files again; with the key of before it cannot use what it finds.
                try await $0.console(
                    "cp-2",
                    """
                    cp -a /etc/kubernetes/pki /root/pki && kubeadm certs renew apiserver &&
                      cp -p /root/pki/apiserver.key /etc/kubernetes/pki/
                    """)
            },
            undo: {
                try await $0.console("cp-2", "cp -a /root/pki/. /etc/kubernetes/pki/ && rm -r /root/pki")
            }),
        HealthFault(
            what: "a host has another cluster's authority", proves: ["certificates.same-authority": .fail],
            mayFollow: ["certificates"],
            make: {
                try await $0.console(
                    "worker-1",
                    "cd /etc/kubernetes/pki && cp -p ca.crt /root/ca.crt && openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -subj /CN=kubernetes -days 3650 -out ca.crt 2>/dev/null"
                )
            }, undo: { try await $0.console("worker-1", "cp -p /root/ca.crt /etc/kubernetes/pki/ca.crt") }),
        HealthFault(
            what: "pods request most of the processors", proves: ["capacity.requests": .warn],
            mayFollow: ["capacity"], limits: "capacity.requests: {warn: 60, fail: 99}",
            make: { try await $0.make(greedy) }, undo: { try await $0.unmake(greedy) }),
        HealthFault(
            what: "a pod fits nowhere", proves: ["capacity.pending": .warn], mayFollow: ["capacity"],
            limits: "capacity.pending: {after: 1}",
            make: { try await $0.make(huge) }, undo: { try await $0.unmake(huge) }),
        HealthFault(
            what: "an image that cannot be had", proves: ["workload.crashing": .warn],
            mayFollow: ["capacity"],
            make: { try await $0.make(unobtainable) }, undo: { try await $0.unmake(unobtainable) }),
        HealthFault(
            what: "a running pod never becomes ready", proves: ["workload.unready": .warn],
            mayFollow: ["capacity"], limits: "workload.unready: {after: 2}",
            make: { try await $0.make(unready) }, undo: { try await $0.unmake(unready) }),
        HealthFault(
            what: "an admission webhook's backend does not exist", proves: ["control-plane.webhooks": .fail],
            make: { try await $0.make(webhook) }, undo: { try await $0.unmake(webhook) }),
        HealthFault(
            what: "an aggregated API's service does not exist", proves: ["control-plane.aggregated-apis": .fail],
            make: { try await $0.make(apiService) }, undo: { try await $0.unmake(apiService) }),
        HealthFault(
            what: "one of three control planes is no longer one", proves: ["control-plane.count": .fail],
            mayFollow: ["capacity"],
            make: {
                try await $0.kubectl(
                    "label", "node", "cp-3", "node-role.kubernetes.io/control-plane-", "node-role.kubernetes.io/master-"
                )
            },
            undo: {
                try await $0.kubectl(
                    "label", "node", "cp-3", "node-role.kubernetes.io/control-plane=", "node-role.kubernetes.io/master="
                )
            }),
        HealthFault(
            what: "a node object says that its kubelet is five minor versions older (no such machine)",
            proves: ["versions.skew": .fail],
            mayFollow: ["node", "capacity", "workload", "control-plane.count"],
            make: { try await $0.make(oldNode) }, undo: { try await $0.unmake(oldNode) }),
        HealthFault(
            what: "somebody asks for an API that goes away", proves: ["versions.deprecated-apis": .warn],
            make: { fleet in
                for host in ["cp-1", "cp-2", "cp-3"] {
                    try await fleet.console(
                        host,
                        "kubectl --kubeconfig /etc/kubernetes/admin.conf --server https://127.0.0.1:6443 get --raw /apis/extensions/v1beta1/namespaces/default/ingresses/some 2>&1 | grep -q NotFound"
                    )
                }
            },
            undo: { fleet in
                for host in ["cp-1", "cp-2", "cp-3"] { try await fleet.console(host, restartServer, seconds: 90) }
            }),
        HealthFault(
            what: "the API servers stand still nine tenths of the time", proves: ["control-plane.latency": .warn],
            mayFollow: ["control-plane", "node.lease", "etcd"],
            make: { fleet in
                for host in ControlPlane.hosts { try await fleet.console(host, stutter) }
            },
            undo: { fleet in
                for host in ControlPlane.hosts {
                    try await fleet.console(host, "rm /run/stutter; sleep 1; kill -CONT $(pidof kube-apiserver)")
                }
            }),
    ]

    /// Ten small requests take longer than the 40 ms that a server runs for at a time.
    ///
    /// It ends by itself, should nobody end it.
    private static let stutter = """
        touch /run/stutter
        setsid sh -c 'P=$(pidof kube-apiserver); i=0
          while [ -e /run/stutter ] && [ $i -lt 400 ]; do i=$((i + 1)); kill -STOP $P; sleep 0.4; kill -CONT $P; sleep 0.04; done' \\
          >/dev/null 2>&1 </dev/null &
        """

    private static func etcdctl(_ call: String) -> String {
        "curl -sf --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/healthcheck-client.crt --key /etc/kubernetes/pki/etcd/healthcheck-client.key https://127.0.0.1:2379/v3/\(call)"
    }

    // MARK: Objects

    private static func storageClass(_ name: String) -> String {
        """
        apiVersion: storage.k8s.io/v1
        kind: StorageClass
        metadata: {name: \(name), annotations: {storageclass.kubernetes.io/is-default-class: "true"}}
        provisioner: example.org/none
        ---

        """
    }

    private static let claim = """
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: waits}
        spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}
        ---

        """

    private static func signingRequest(_ request: String) -> String {
        """
        apiVersion: certificates.k8s.io/v1
        kind: CertificateSigningRequest
        metadata: {name: somebody}
        spec: {signerName: kubernetes.io/kube-apiserver-client, usages: [client auth], request: \(request)}

        """
    }

    private static let image = "k8s.gcr.io/martlet/busybox:1.35"

    private static func pods(_ kind: String, _ name: String, _ container: String, _ more: String = "") -> String {
        """
        apiVersion: apps/v1
        kind: \(kind)
        metadata: {name: \(name)}
        spec:
          selector: {matchLabels: {app: \(name)}}
          template:
            metadata: {labels: {app: \(name)}}
            spec:
              terminationGracePeriodSeconds: 0
              \(more)
              containers: [{name: main, command: [sleep, "3600"], \(container)}]

        """
    }

    private static let greedy = pods(
        "DaemonSet", "greedy", "image: \"\(image)\", resources: {requests: {cpu: 900m}}",
        "tolerations: [{operator: Exists}]")
    private static let huge = pods("Deployment", "huge", "image: \"\(image)\", resources: {requests: {cpu: \"100\"}}")
    private static let unobtainable = pods("DaemonSet", "unobtainable", "image: \"example.invalid/none:1\"")
    private static let unready = pods(
        "DaemonSet", "unready", "image: \"\(image)\", readinessProbe: {exec: {command: [\"false\"]}, periodSeconds: 1}")

    private static let webhook = """
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingWebhookConfiguration
        metadata: {name: nobody}
        webhooks:
        - name: nobody.example.org
          clientConfig: {service: {namespace: default, name: nobody, path: /}}
          rules: [{apiGroups: [example.org], apiVersions: [v1], operations: [CREATE], resources: [things]}]
          admissionReviewVersions: [v1]
          sideEffects: None

        """

    private static let apiService = """
        apiVersion: apiregistration.k8s.io/v1
        kind: APIService
        metadata: {name: v1.nobody.example.org}
        spec:
          group: nobody.example.org
          version: v1
          groupPriorityMinimum: 100
          versionPriority: 100
          insecureSkipTLSVerify: true
          service: {namespace: default, name: nobody}

        """

    private static let oldNode = """
        apiVersion: v1
        kind: Node
        metadata: {name: old}
        status: {nodeInfo: {kubeletVersion: v1.15.9, architecture: "", bootID: "", containerRuntimeVersion: "", kernelVersion: "", kubeProxyVersion: "", machineID: "", operatingSystem: "", osImage: "", systemUUID: ""}}

        """
}
