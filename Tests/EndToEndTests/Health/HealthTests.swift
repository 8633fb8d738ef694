import Foundation
import TestSupport
import Testing

extension HighlyAvailableFleet {
    /// Every fault is really made on a real cluster, seen by its probe, and undone.
    @Suite("Health", .serialized) struct HealthTests {
        private let fleet: TestFleet
        private var spec: Spec { fleet.spec }

        init() throws { fleet = try HighlyAvailableFleet.fleet() }

        @Test func aFreshClusterRaisesNoAlarm() async throws {
            try await fleet.restore(spec)
            let answer = try await fleet.health(spec)
            #expect(answer.alarms.isEmpty, "\(answer.alarms)")
            print("health: \(answer.cost.seconds) s, \(answer.cost.apiCalls) calls, \(answer.cost.apiBytes) bytes")
            let active = try await fleet.health(spec, ["--active"])
            #expect(active.alarms.isEmpty, "\(active.alarms)")
            for probe in Self.activeProbes { #expect(active.passes(probe), "\(probe)") }
            #expect(active.cost.seconds < 60, "\(active.cost)")
            print("health --active: \(active.cost.seconds) s, \(active.cost.apiCalls) calls")
        }

        /// Those that a fresh cluster has something for; it has no storage class and no policy.
        private static let activeProbes = [
            "network.pods", "network.mtu", "network.service", "network.node-port", "network.api-service",
            "dns.resolution",
            "dns.search", "end-to-end.workload",
        ]

        @Test func anActiveRunLeavesNothingWhateverHappens() async throws {
            try await fleet.calm(before: "active runs that are interrupted")
            let arguments = ["health", "-f", spec.path, "--active", "--only", "dns"]
            // Another one is under way: refused. Interrupted: removed.
            let first = try fleet.start(arguments)
            _ = try await eventually("its namespace", within: 30) { try await activeNamespace() }
            let second = try await fleet.start(arguments).wait(seconds: 60)
            #expect(second.status == 75, "\(second.said)")
            #expect(second.errors.contains("health.active-running"), "\(second.said)")
            first.kill(SIGINT)
            let interrupted = try await first.wait(seconds: 60)
            #expect(interrupted.status == 130, "\(interrupted.said)")
            #expect(try await activeNamespace() == nil)
            // Killed: what it left is refused while it may be alive, and removed by the next run when its time is over.
            let third = try fleet.start(arguments)
            let left = try await eventually("its namespace", within: 30) { try await activeNamespace() }
            third.kill()
            _ = try await third.wait(seconds: 10)
            let refused = try await fleet.start(arguments).wait(seconds: 60)
            #expect(refused.status == 75, "\(refused.said)")
            try await fleet.kubectl("label", "--overwrite", "namespace", left, "martlet.dev/expires=1")
            let answer = try await fleet.health(spec, ["--active", "--only", "dns"])
            #expect(answer.alarms.isEmpty, "\(answer.alarms)")
            _ = try await eventually("what was left is gone", within: 90) {
                try await activeNamespace() == nil ? true : nil
            }
        }

        /// The name of a namespace of active probes; nil if there is none.
        private func activeNamespace() async throws -> String? {
            let names = try await fleet.kubectl("get", "namespaces", "-l", "martlet.dev/owner=health", "-o", "name")
            return names.split(separator: "\n").first.map { String($0.dropFirst("namespace/".count)) }
        }

        @Test func anAPIThatIsNotReachedFromHereIsAskedThroughSSH() async throws {
            try await fleet.calm(before: "the detour")
            let endpoint = try await fleet.kubectl("config", "view", "-o", "jsonpath={.clusters[0].cluster.server}")
            let address = try #require(
                endpoint.split(separator: "/").last?.split(separator: ":").first.map(String.init))
            // Of this machine, not of the hosts: they still reach it.
            let route = ["route", "add", "prohibit", "\(address)/32"]
            _ = try await Running("/usr/sbin/ip", route).wait(seconds: 10)
            let answer = try? await fleet.health(spec)
            _ = try await Running("/usr/sbin/ip", ["route", "del"] + route.dropFirst(2)).wait(seconds: 10)
            #expect(answer?.alarms.isEmpty ?? false, "\(String(describing: answer?.alarms))")
            #expect(answer?.endpoint.hasSuffix(" over SSH to cp-1") ?? false, "\(answer?.endpoint ?? "no answer")")
        }

        @Test func theAPIAnswersWhileAControlPlaneIsAway() async throws {
            try await fleet.calm(before: "the loss")
            let refused = try await fleet.start(["health", "-f", spec.path, "--disruptive"]).wait(seconds: 30)
            #expect(refused.status == 64 && refused.errors.contains("health.no-terminal"), "\(refused.said)")
            let answer = try await fleet.health(spec, ControlPlane.ask)
            #expect(answer.findings.map(\.subject) == ControlPlane.hosts.map { "host/\($0)" }, "\(answer.findings)")
            #expect(answer.passes(ControlPlane.loss), "\(answer.findings)")
            print("loss of a control plane: \(answer.findings.map(\.measured))")
            try await fleet.forgetDisturbance()
        }

        @Test func aClaimThatIsServedPasses() async throws {
            try await fleet.calm(before: "a claim")
            try await fleet.console("worker-1", "install -d -m 0777 /var/lib/test-volume")
            try await fleet.make(Self.volume)
            let answer = try await fleet.health(spec, ["--active", "--only", "storage.claim"])
            try await fleet.unmake(Self.volume)
            #expect(answer.passes("storage.claim"), "\(answer.findings)")
        }

        private static let volume = """
            apiVersion: storage.k8s.io/v1
            kind: StorageClass
            metadata: {name: by-hand, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}
            provisioner: kubernetes.io/no-provisioner
            volumeBindingMode: WaitForFirstConsumer
            ---
            apiVersion: v1
            kind: PersistentVolume
            metadata: {name: by-hand}
            spec:
              capacity: {storage: 1Mi}
              accessModes: [ReadWriteOnce]
              persistentVolumeReclaimPolicy: Retain
              storageClassName: by-hand
              local: {path: /var/lib/test-volume}
              nodeAffinity:
                required:
                  nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [worker-1]}]}]

            """

        @Test func anApplyThatLeavesSomethingBrokenFailsAndNamesIt() async throws {
            // Neither is a step's business, or the apply would mend it: only the gate sees it.
            let rule = "INPUT -i lo -p tcp --dport 10256 -j REJECT"
            try await fleet.console("worker-1", "iptables -w -I \(rule)")
            try await fleet.console("cp-2", "echo '# edited' >>/etc/haproxy/haproxy.cfg")
            let outcome = try await fleet.apply(spec, "--health-timeout", "20", seconds: 200)
            try await fleet.console("worker-1", "iptables -w -D \(rule)")
            #expect(outcome.status == 1, "\(outcome.said)")
            #expect(outcome.errors.contains("health.network.kube-proxy"), "\(outcome.said)")
            #expect(outcome.errors.contains("worker-1"), "\(outcome.said)")
            #expect(!outcome.said.contains("healthy:"), "\(outcome.said)")
        }

        @Test func everyFaultIsSeenByItsProbeAndOnlyByThoseThatMust() async throws {
            try await FaultTrial(fleet).prove(on: .highlyAvailable)
            guard !HealthFault.isChosen else { return }
            // What only pods see is well again, too.
            let answer = try await fleet.health(spec, ["--active", "--only", "active"])
            #expect(answer.alarms.isEmpty, "\(answer.alarms)")
        }

        @Test func whatCannotBeMeasuredIsUnknown() async throws {
            try await fleet.calm(before: "unknown")
            // A host that refuses: its probes are unknown, the others go on.
            try await fleet.console("worker-1", "systemctl stop ssh")
            let silent = try await fleet.health(spec)
            try await fleet.console("worker-1", "systemctl start ssh")
            #expect(silent.verdict == .unknown)
            #expect(
                silent.alarms.allSatisfy { $0.status == .unknown && $0.subject == "host/worker-1" }, "\(silent.alarms)")
            #expect(silent.has("node.kubelet", .unknown))
            // Rights that do not reach: those probes are unknown, the others go on.
            try await fleet.make(Self.reader)
            let secret = try await fleet.kubectl(
                "get", "secret", "-o",
                #"jsonpath={.items[?(@.metadata.annotations.kubernetes\.io/service-account\.name=="reader")].data.token}"#
            )
            let token = String(decoding: Data(base64Encoded: secret) ?? Data(), as: UTF8.self)
            let config = try await fleet.kubectl("config", "view", "--raw", "-o", "jsonpath={.clusters[0].cluster}")
            let path = fleet.folder + "/reader.kubeconfig"
            try """
            {"apiVersion":"v1","kind":"Config","current-context":"c","contexts":[{"name":"c","context":{"cluster":"c","user":"u"}}],
             "clusters":[{"name":"c","cluster":\(config)}],"users":[{"name":"u","user":{"token":"\(token)"}}]}
            """.write(toFile: path, atomically: true, encoding: .utf8)
            let limited = try await fleet.health(arguments: ["--kubeconfig", path])
            #expect(limited.has("capacity.requests", .unknown), "pods are forbidden")
            #expect(limited.findings.contains { $0.id == "node.ready" && $0.status == .pass }, "nodes may be read")
            try await fleet.unmake(Self.reader)
            // No API server at all: hosts still answer. For less time than Kubernetes' own programs do without one.
            let rule = "INPUT -p tcp --dport 6443 -j REJECT --reject-with tcp-reset"
            for host in ControlPlane.hosts { try await fleet.console(host, "iptables -w -I \(rule)") }
            let dead = try? await fleet.health(spec)
            for host in ControlPlane.hosts { try await fleet.console(host, "iptables -w -D \(rule)") }
            #expect(dead?.has("node.ready", .unknown) == true, "\(String(describing: dead?.alarms))")
            #expect(dead?.findings.contains { $0.id == "node.kubelet" && $0.status == .pass } == true)
            // Leaders that could not renew their lease end and are started again: that would stay an alarm for a day.
            try await eventually("the end", within: 150, every: .seconds(3)) {
                try await fleet.forgetDisturbance()
                return try await fleet.health(spec).alarms.isEmpty ? true : nil
            }
        }

        @Test func theLimitsOfOneVerdictAreKept() async throws {
            try await fleet.calm(before: "measuring")
            // Beside another fleet: what the program needs is what it needs when nobody else is busy for a moment.
            var seconds: [Double] = []
            while seconds.count < 5 || ((seconds.min() ?? 0) >= 1.5 && seconds.count < 40) {
                seconds.append(try await fleet.health(spec).cost.seconds)
            }
            let best = seconds.min() ?? .infinity
            print("health: best of \(seconds.count) verdicts \(best) s")
            #expect(best < 1.5, "\(seconds)")
        }

        private static let reader = """
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: reader}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata: {name: reader}
            rules: [{apiGroups: [""], resources: [nodes], verbs: [list, get]}]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata: {name: reader}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
            subjects: [{kind: ServiceAccount, name: reader, namespace: default}]

            """
    }
}
