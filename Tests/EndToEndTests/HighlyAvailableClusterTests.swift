import Foundation
import TestSupport
import Testing

extension HighlyAvailableFleet {
    /// Used, damaged, mended, made smaller and larger; the scenarios build on each other, in this order.
    @Suite("A highly available cluster", .serialized)
    struct HighlyAvailableClusterTests {
        private let fleet: TestFleet
        private var spec: Spec { fleet.spec }

        init() throws { fleet = try HighlyAvailableFleet.fleet() }

        @Test func podsReachPodsServicesAndNamesFromEveryNode() async throws {
            try await fleet.restore(spec)
            try Self.workload.write(toFile: fleet.folder + "/web.yaml", atomically: true, encoding: .utf8)
            try await fleet.kubectl("apply", "-f", fleet.folder + "/web.yaml")
            try await fleet.kubectl("rollout", "status", "daemonset/web", "--timeout=90s")
            let pods = try await fleet.kubectl("get", "pods", "-l", "app=web", "-o", "name").split(separator: "\n")
            #expect(pods.count == 4)
            for pod in pods {
                // Five answers of a service with four pods; a broken route to one node would show as a timeout.
                let answers = try await fleet.kubectl(
                    "exec", String(pod), "--", "sh", "-c",
                    "for i in 1 2 3 4 5 6 7 8; do timeout 5 wget -qO- http://web.default.svc.cluster.local || echo FAILED; done"
                )
                #expect(!answers.contains("FAILED"), "\(pod): \(answers)")
                let nonsense = try await fleet.tryKubectl([
                    "exec", String(pod), "--", "sh", "-c",
                    "timeout 5 wget -qO- http://nonsense.default.svc.cluster.local",
                ])
                #expect(nonsense.status != 0)
            }
            for host in ["cp-1", "cp-2", "cp-3", "worker-1"] {
                let answer = try await fleet.console(
                    "cp-1", "curl -s --max-time 5 http://\(spec.address(of: host) ?? ""):30080")
                #expect(answer.hasPrefix("web-"), "NodePort on \(host): \(answer)")
            }
            try await fleet.kubectl("delete", "-f", fleet.folder + "/web.yaml", "--wait=false")
        }

        @Test func whatDriftedIsShownAndMended() async throws {
            try await fleet.console("cp-2", "echo '# edited' >>/etc/haproxy/haproxy.cfg")
            try await fleet.console("worker-1", "systemctl stop kubelet")
            let plan = try await fleet.plan(spec)
            #expect(plan.pending.sorted() == ["haproxy@cp-2", "kubelet@worker-1"])
            let text = try await fleet.martlet("plan", "-f", spec.path)
            #expect(text.output.contains("-# edited"), "the difference is shown: \(text.said)")
            try await fleet.restore(spec)
            try await fleet.expectComplete(spec, nodes: 4)
        }

        @Test func aCutCertificateAndALostManifestAreMadeAnew() async throws {
            try await fleet.console(
                "cp-3",
                "truncate -s 0 /etc/kubernetes/pki/apiserver.crt; rm /etc/kubernetes/manifests/kube-scheduler.yaml")
            let plan = try await fleet.plan(spec)
            #expect(plan.pending.contains("control-plane-join@cp-3"), "\(plan.pending)")
            #expect(!plan.pending.contains("join-credentials@cp-1"), "a member of etcd is mended, not joined again")
            try await fleet.restore(spec)
            try await fleet.expectComplete(spec, nodes: 4)
        }

        @Test func theAPIAnswersThroughTheEndpointAgainWithinFiveSecondsOfItsHoldersEnd() async throws {
            let address = spec.value("address") ?? ""
            var holder = ""
            for host in ["cp-1", "cp-2", "cp-3"]
            where try await fleet.attempt(host, "ip -4 addr | grep -q 'inet \(address)/'").status == 0 {
                holder = host
            }
            #expect(!holder.isEmpty, "somebody holds \(address)")
            let enough = fleet.folder + "/enough"
            let poll = try Running(
                "/bin/sh",
                [
                    "-c",
                    "while [ ! -e \(enough) ]; do echo $(date +%s.%N) $(curl -sk --max-time 1 -o /dev/null -w '%{http_code}' https://\(address):8443/readyz); sleep 0.1; done",
                ])
            try await Task.sleep(for: .seconds(1))
            let stop = try await fleet.martlet("hosts", "stop", "\(fleet.name)/\(holder)")
            #expect(stop.status == 0, "\(stop.said)")
            // A silence that begins with its last moment must be over by then.
            try await Task.sleep(for: .seconds(5))
            try "".write(toFile: enough, atomically: true, encoding: .utf8)
            let lines = try await poll.wait(seconds: 120).output.split(separator: "\n").map { $0.split(separator: " ") }
            let good = lines.filter { $0.last == "200" }.compactMap { Double($0[0]) }
            let gap = zip(good, good.dropFirst()).map { $1 - $0 }.max() ?? .infinity
            #expect(gap < 5, "the longest time without an answer was \(gap) s")
            #expect(lines.last?.last == "200")
            print("endpoint: longest time without an answer \(gap) s")
            let status = try await fleet.martlet("status", "-f", spec.path)
            #expect(status.status != 0)
            #expect(status.output.contains("No answer over SSH: \(holder)"), "\(status.said)")
            let start = try await fleet.martlet("hosts", "start", "\(fleet.name)/\(holder)")
            #expect(start.status == 0, "\(start.said)")
            try await fleet.settle(spec)
            try await fleet.expectComplete(spec, nodes: 4)
        }

        @Test func aControlPlaneThatLostItsDataIsJoinedAgain() async throws {
            try await fleet.console(
                "cp-2",
                """
                systemctl stop kubelet
                for pod in $(crictl pods -q); do crictl stopp $pod >/dev/null; crictl rmp -f $pod >/dev/null; done
                rm -rf /var/lib/etcd/member /etc/kubernetes/manifests/*.yaml /etc/kubernetes/*.conf
                """, seconds: 120)
            let plan = try await fleet.plan(spec)
            #expect(plan.pending.contains("forget-cp-2@cp-1"), "the stale member of etcd is removed: \(plan.pending)")
            try await fleet.restore(spec)
            try await fleet.expectComplete(spec, nodes: 4)
        }

        @Test func aNodeLeavesOnlyWhenToldToAndComesBack() async throws {
            let smaller = try spec.copy("smaller") { $0.remove(host: "cp-3") }
            let warned = try await fleet.plan(smaller)
            #expect(!warned.pending.contains("remove-cp-3@cp-1"), "\(warned.pending)")
            let pruned = try await fleet.plan(smaller, "--prune")
            #expect(pruned.pending.contains("remove-cp-3@cp-1"), "\(pruned.pending)")
            let apply = try await fleet.apply(smaller, "--prune")
            #expect(apply.status == 0, "\(apply.said)")
            try await fleet.expectComplete(smaller, nodes: 3)
            let reset = try await fleet.martlet("reset", "-f", spec.path, "--host", "cp-3", "--confirm", fleet.name)
            #expect(reset.status == 0, "\(reset.said)")
            try await fleet.restore(spec)
            try await fleet.expectComplete(spec, nodes: 4)
        }

        @Test func quorumIsNeverGivenAway() async throws {
            // Both in one command: side by side.
            let both = ["cp-2", "cp-3"].map { "\(fleet.name)/\($0)" }
            _ = try await fleet.start(["hosts", "stop"] + both).wait(seconds: 120)
            let smaller = try spec.copy("one") { $0.remove(host: "cp-2") }
            let outcome = try await fleet.apply(smaller, "--prune", seconds: 120)
            #expect(outcome.status != 0, "\(outcome.said)")
            _ = try await fleet.start(["hosts", "start"] + both).wait(seconds: 120)
            try await fleet.settle(spec)
            try await fleet.expectComplete(spec, nodes: 4)
        }

        private static let workload = """
            apiVersion: apps/v1
            kind: DaemonSet
            metadata: {name: web}
            spec:
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec:
                  terminationGracePeriodSeconds: 1
                  tolerations: [{operator: Exists}]
                  containers:
                  - name: web
                    image: k8s.gcr.io/martlet/busybox:1.35
                    command: [sh, -c, "mkdir -p /tmp/www; hostname >/tmp/www/index.html; exec httpd -f -p 8080 -h /tmp/www"]
                    readinessProbe: {httpGet: {port: 8080, path: /}, periodSeconds: 1}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: web}
            spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]}

            """
    }
}
