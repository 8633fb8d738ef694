import Foundation
import TestSupport
import Testing

extension SmallFleets {
    /// One control plane and one worker: killed, cut, rebooted and refused in the middle, and the same end state every time.
    @Suite("A run that is interrupted", .serialized, .hosts("test-cut", controlPlanes: 1, workers: 1))
    struct InterruptionTests {
        private let fleet: TestFleet
        private var spec: Spec { fleet.spec }

        init() throws { fleet = try FleetScope.fleet("test-cut") }

        /// The apply is killed at four steps of its way, each time resumed by the next, and a host reboots in the last one.
        @Test func killedAnywhereItIsResumedByRunningAgain() async throws {
            for step in ["packages@", "image-", "control-plane-init@", "worker-join@"] {
                let offset = fleet.journalSize
                let running = try fleet.startApply(spec)
                try await fleet.untilStep(step, of: running, since: offset)
                try await Task.sleep(for: .milliseconds(700))
                running.kill()
                let outcome = try await running.wait(seconds: 600)
                #expect(outcome.status == 128 + SIGKILL)
            }
            try await fleet.restore(spec)
            try await fleet.expectComplete(spec, nodes: 2)
        }

        @Test func twoAppliesAtOnceAreOneTooMany() async throws {
            try await fleet.console("worker-1", "rm -f /opt/cni/bin/* /usr/local/bin/kubectl /usr/local/bin/crictl")
            let offset = fleet.journalSize
            let first = try fleet.startApply(spec)
            try await fleet.untilStep("", of: first, since: offset)
            let second = try await fleet.apply(spec, seconds: 60)
            #expect(second.status == 75, "\(second.said)")
            #expect(second.errors.contains("pid \(first.pid)"), "the holder is named: \(second.said)")
            let outcome = try await first.wait(seconds: 300)
            #expect(outcome.status == 0, "\(outcome.said)")
            try await fleet.expectComplete(spec, nodes: 2)
        }

        @Test func aConnectionThatIsCutAndAHostThatRebootsCostOnlyTime() async throws {
            try await fleet.console("worker-1", "rm -f /usr/local/bin/kubelet /usr/local/bin/kubeadm /opt/cni/bin/*")
            let offset = fleet.journalSize
            let running = try fleet.startApply(spec)
            try await fleet.untilStep("kubernetes-binaries@worker-1", of: running, since: offset)
            // The sessions of the server, not the server: as a firewall or a lost link would end them.
            try await fleet.console("worker-1", "for pid in $(pgrep -f '[s]shd: root'); do kill -9 $pid; done; true")
            try await Task.sleep(for: .seconds(1))
            try await fleet.console("worker-1", "systemctl reboot || true")
            let outcome = try await running.wait(seconds: 400)
            #expect(outcome.status == 0, "\(outcome.said)")
            try await fleet.settle(spec)
            try await fleet.expectComplete(spec, nodes: 2)
        }

        @Test func aWrongHostKeyAndAWrongClientKeyAreRefused() async throws {
            let folder = fleet.folder
            let known = try String(contentsOfFile: spec.value("knownHostsFile") ?? "", encoding: .utf8)
            let lines = known.split(separator: "\n").map(String.init)
            // Every host's key under every other host's name.
            let keys = lines.map { $0.split(separator: " ").dropFirst().joined(separator: " ") }
            let swapped = lines.indices.map { "\(lines[$0].split(separator: " ")[0]) \(keys[keys.count - 1 - $0])" }
            try swapped.joined(separator: "\n").appending("\n").write(
                toFile: folder + "/wrong_hosts", atomically: true, encoding: .utf8)
            let wrongHosts = try spec.copy("wrong-hosts") { $0.set("knownHostsFile", folder + "/wrong_hosts") }
            let refused = try await fleet.martlet("plan", "-f", wrongHosts.path)
            #expect(refused.status == 69, "\(refused.said)")
            #expect(refused.errors.contains("ssh.host-key-mismatch"), "\(refused.said)")
            #expect(refused.errors.contains("wrong_hosts"), "the file is named: \(refused.said)")

            let made = try await Running(
                "/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", folder + "/stranger"]
            ).wait(seconds: 20)
            #expect(made.status == 0)
            let wrongKey = try spec.copy("wrong-key") { $0.set("identityFile", folder + "/stranger") }
            let stranger = try await fleet.martlet("plan", "-f", wrongKey.path)
            #expect(stranger.status == 69, "\(stranger.said)")
            #expect(stranger.errors.contains("ssh.auth"), "\(stranger.said)")
        }

        @Test func aChangedConfigurationReachesTheRunningCluster() async throws {
            let changed = try spec.copy("changed") { lines in
                lines.insert(
                    contentsOf: [
                        "components:", "  kubelet:", "    maxPods: 77", "  apiServer:",
                        "    certificateNames: [api.test.example]",
                    ], at: lines.firstIndex(of: "hosts:") ?? 0)
            }
            let plan = try await fleet.plan(changed)
            #expect(
                plan.pending.sorted() == ["api-certificate@cp-1", "configuration@cp-1", "configuration@worker-1"],
                "\(plan.pending)")
            let outcome = try await fleet.apply(changed)
            #expect(outcome.status == 0, "\(outcome.said)")
            try await eventually("every node takes 77 pods") {
                let pods = try await fleet.kubectl("get", "nodes", "-o", "jsonpath={.items[*].status.capacity.pods}")
                return pods == "77 77" ? true : nil
            }
            let names = try await fleet.console(
                "cp-1", "openssl x509 -in /etc/kubernetes/pki/apiserver.crt -noout -ext subjectAltName")
            #expect(names.contains("api.test.example"))
            try await fleet.expectComplete(changed, nodes: 2)
        }

        @Test func aForeignAuthorityIsRefusedAndAResetLeavesTheHostsAsTheyWere() async throws {
            let stop = try await fleet.martlet("reset", "-f", spec.path, "--confirm", "wrong")
            #expect(stop.status == 64, "\(stop.said)")
            // A worker of some other cluster must never be taken over silently.
            try await fleet.console(
                "worker-1", "cp /etc/kubernetes/pki/ca.crt /root/ca.crt; sed -i 's/A/B/' /etc/kubernetes/pki/ca.crt")
            let foreign = try await fleet.plan(spec)
            #expect(foreign.blocked)
            #expect(foreign.refusals.contains { $0.contains("another cluster") }, "\(foreign.refusals)")
            try await fleet.console("worker-1", "mv /root/ca.crt /etc/kubernetes/pki/ca.crt")
            let reset = try await fleet.martlet("reset", "-f", spec.path, "--confirm", fleet.name)
            #expect(reset.status == 0, "\(reset.said)")
            for host in ["cp-1", "worker-1"] {
                let left = try await fleet.console(
                    host,
                    """
                    ls -d /etc/kubernetes /etc/cni/net.d/10-martlet.conflist /usr/local/bin/kube* /var/lib/martlet 2>/dev/null
                    dpkg -l containerd runc 2>/dev/null | grep '^ii'
                    iptables-save | grep -c KUBE | grep -v '^0$'
                    pgrep -x kubelet
                    true
                    """)
                #expect(left.isEmpty, "left on \(host): \(left)")
            }
        }
    }
}
