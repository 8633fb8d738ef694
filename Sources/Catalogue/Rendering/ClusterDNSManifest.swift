package import ClusterModel

/// The cluster's DNS for bundles that bring no CoreDNS: the text of `manifests/cluster-dns/cluster-dns.yaml`.
package enum ClusterDNSManifest {
    /// - Parameters:
    ///   - image: the DNS server's image with its tag; its program takes the flags of the manifest.
    ///   - domain: the cluster's domain, for example `cluster.local`.
    ///   - clusterIP: the address that kubelets know as the cluster's DNS (``DNSAddress``).
    ///   - version: decides the API version of the PodDisruptionBudget.
    package static func render(
        image: String, domain: String, clusterIP: String, replicas: Int = 2, version: KubernetesVersion
    ) -> String {
        let values = [
            "image": YAMLWriter.scalar(image),
            "domain": YAMLWriter.scalar(domain),
            "clusterIP": YAMLWriter.scalar(clusterIP),
            "replicas": String(replicas),
            "podDisruptionBudgetAPI": KubernetesFacts(version).podDisruptionBudgetAPI,
        ]
        return TemplateText.fill(template, values)
    }

    /// Valid from Kubernetes 1.20 to 1.36.
    ///
    /// The server runs as root because it binds port 53, with that one capability and nothing else. Pods are spread by
    /// preference, so that a cluster with one node has its DNS, too.
    package static let template = """
        # DNS of a cluster whose bundle has no CoreDNS; martlet fills in what stands in double braces.
        apiVersion: v1
        kind: ServiceAccount
        metadata:
          name: cluster-dns
          namespace: kube-system
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata:
          name: martlet:cluster-dns
        rules:
          - apiGroups: [""]
            resources: [services, endpoints, namespaces]
            verbs: [list, watch]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata:
          name: martlet:cluster-dns
        roleRef:
          apiGroup: rbac.authorization.k8s.io
          kind: ClusterRole
          name: martlet:cluster-dns
        subjects:
          - kind: ServiceAccount
            name: cluster-dns
            namespace: kube-system
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: kube-dns
          namespace: kube-system
          labels:
            k8s-app: kube-dns
            kubernetes.io/cluster-service: "true"
            kubernetes.io/name: cluster-dns
          annotations:
            prometheus.io/scrape: "true"
            prometheus.io/port: "9153"
        spec:
          clusterIP: {{clusterIP}}
          selector:
            k8s-app: kube-dns
          ports:
            - name: dns
              protocol: UDP
              port: 53
              targetPort: dns
            - name: dns-tcp
              protocol: TCP
              port: 53
              targetPort: dns-tcp
            - name: metrics
              protocol: TCP
              port: 9153
              targetPort: metrics
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: cluster-dns
          namespace: kube-system
          labels:
            k8s-app: kube-dns
            app.kubernetes.io/name: cluster-dns
            app.kubernetes.io/managed-by: martlet
        spec:
          replicas: {{replicas}}
          strategy:
            type: RollingUpdate
            rollingUpdate:
              maxUnavailable: 1
              maxSurge: 1
          selector:
            matchLabels:
              k8s-app: kube-dns
          template:
            metadata:
              labels:
                k8s-app: kube-dns
                app.kubernetes.io/name: cluster-dns
            spec:
              serviceAccountName: cluster-dns
              priorityClassName: system-cluster-critical
              # The upstream servers are those of the node.
              dnsPolicy: Default
              enableServiceLinks: false
              nodeSelector:
                kubernetes.io/os: linux
              tolerations:
                - key: node-role.kubernetes.io/control-plane
                  operator: Exists
                  effect: NoSchedule
                - key: node-role.kubernetes.io/master
                  operator: Exists
                  effect: NoSchedule
                - key: CriticalAddonsOnly
                  operator: Exists
                # A lost node must not keep half of the DNS for five minutes.
                - key: node.kubernetes.io/not-ready
                  operator: Exists
                  effect: NoExecute
                  tolerationSeconds: 30
                - key: node.kubernetes.io/unreachable
                  operator: Exists
                  effect: NoExecute
                  tolerationSeconds: 30
              affinity:
                podAntiAffinity:
                  preferredDuringSchedulingIgnoredDuringExecution:
                    - weight: 100
                      podAffinityTerm:
                        topologyKey: kubernetes.io/hostname
                        labelSelector:
                          matchLabels:
                            k8s-app: kube-dns
              topologySpreadConstraints:
                - maxSkew: 1
                  topologyKey: topology.kubernetes.io/zone
                  whenUnsatisfiable: ScheduleAnyway
                  labelSelector:
                    matchLabels:
                      k8s-app: kube-dns
              securityContext:
                seccompProfile:
                  type: RuntimeDefault
              containers:
                - name: cluster-dns
                  image: {{image}}
                  imagePullPolicy: IfNotPresent
                  args:
                    - --domain
                    - {{domain}}
                    - --listen
                    - ":53"
                    - --health
                    - ":8080"
                    - --ready
                    - ":8181"
                    - --metrics
                    - ":9153"
                  ports:
                    - name: dns
                      protocol: UDP
                      containerPort: 53
                    - name: dns-tcp
                      protocol: TCP
                      containerPort: 53
                    - name: metrics
                      protocol: TCP
                      containerPort: 9153
                  resources:
                    requests:
                      cpu: 50m
                      memory: 32Mi
                    limits:
                      memory: 128Mi
                  livenessProbe:
                    httpGet:
                      path: /health
                      port: 8080
                    initialDelaySeconds: 15
                    periodSeconds: 10
                    timeoutSeconds: 5
                    failureThreshold: 5
                  readinessProbe:
                    httpGet:
                      path: /ready
                      port: 8181
                    periodSeconds: 2
                    timeoutSeconds: 2
                    failureThreshold: 3
                  securityContext:
                    allowPrivilegeEscalation: false
                    readOnlyRootFilesystem: true
                    capabilities:
                      add: [NET_BIND_SERVICE]
                      drop: [ALL]
        ---
        apiVersion: {{podDisruptionBudgetAPI}}
        kind: PodDisruptionBudget
        metadata:
          name: cluster-dns
          namespace: kube-system
        spec:
          maxUnavailable: 1
          selector:
            matchLabels:
              k8s-app: kube-dns

        """
}
