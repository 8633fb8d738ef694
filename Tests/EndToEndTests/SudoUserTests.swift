import Foundation
import Synchronization
import TestSupport
import Testing

extension SmallFleets {
    /// A cluster whose hosts let nobody in as root: one user, who gives a password to sudo on cp-1 and none on worker-1.
    ///
    /// The scenarios build on each other, in this order: made, grown, damaged, refused, shrunk, taken down.
    @Suite(
        "A cluster reached through sudo", .serialized,
        .hosts("test-sudo", controlPlanes: 1, workers: 1, user: "martlet"))
    struct SudoUserTests {
        /// With what a shell, YAML or sudo's prompt could take for their own.
        private static let password = #"a "word" & $HOME \n #1 %p"#
        private static let hosts = ["cp-1", "worker-1"]
        /// The hosts before anything was done to them, by name.
        private static let fresh = Mutex<[String: HostSnapshot]>([:])

        private let fleet: TestFleet
        /// Both hosts.
        private let spec: Spec
        /// The control plane only.
        private let alone: Spec

        init() throws {
            fleet = try FleetScope.fleet("test-sudo")
            let file = fleet.folder + "/sudo-password"
            spec = try Self.spec(fleet, "both", passwordFrom: "{ file: \(file) }")
            alone = try spec.copy("alone") { $0.remove(host: "worker-1") }
            _ = FileManager.default.createFile(
                atPath: file, contents: Data((Self.password + "\n").utf8), attributes: [.posixPermissions: 0o600])
        }

        private static func spec(_ fleet: TestFleet, _ name: String, passwordFrom source: String) throws -> Spec {
            try fleet.spec.copy(name) { $0.add(toHost: "cp-1", ["    ssh:", "      sudoPassword: \(source)"]) }
        }

        private func plan(_ spec: Spec) async throws -> Outcome { try await fleet.martlet("plan", "-f", spec.path) }

        // MARK: Made and grown

        @Test(.timeLimit(.minutes(8))) func aWholeApplyNeedsNoRootLogin() async throws {
            for host in Self.hosts {
                try await fleet.console(
                    host, "echo 'PermitRootLogin no' >/etc/ssh/sshd_config.d/00-no-root.conf && systemctl reload ssh")
            }
            try await fleet.console(
                "cp-1",
                """
                printf 'martlet:%s\\n' '\(Self.password)' | chpasswd
                echo 'martlet ALL=(ALL:ALL) ALL' >/etc/sudoers.d/martlet
                """)
            for host in Self.hosts {
                let snapshot = try await HostSnapshot.take(fleet, host)
                Self.fresh.withLock { $0[host] = snapshot }
            }
            let asRoot = try await plan(try fleet.spec.copy("root") { $0.set("user", "root") })
            #expect(asRoot.status == 69 && asRoot.errors.contains("ssh.auth"), "\(asRoot.said)")

            let offset = fleet.journalSize
            let outcome = try await fleet.apply(alone)
            #expect(outcome.status == 0, "\(outcome.said)")
            #expect(!outcome.errors.contains("connection lost"), "\(outcome.said)")
            try await fleet.expectComplete(alone, nodes: 1)
            // Where a password must never turn up.
            let log = try await fleet.console("cp-1", "journalctl -q --no-pager")
            #expect(log.contains("sudo"), "sudo's own record is among them")
            for text in [outcome.output, outcome.errors, fleet.journalLines(since: offset).joined(), log] {
                #expect(!text.contains(Self.password))
            }
        }

        @Test func aHostJoins() async throws {
            let outcome = try await fleet.apply(spec)
            #expect(outcome.status == 0, "\(outcome.said)")
            try await fleet.expectComplete(spec, nodes: 2)
            let tokens = try await fleet.console("cp-1", "kubeadm token list --kubeconfig /etc/kubernetes/admin.conf")
            #expect(!tokens.contains("martlet apply"), "a token was left: \(tokens)")
        }

        @Test func aHalfJoinedWorkerJoins() async throws {
            // As kubeadm leaves a host when it dies between the bootstrap credentials and the node's own.
            try await fleet.console(
                "worker-1",
                """
                systemctl stop kubelet
                mv /etc/kubernetes/kubelet.conf /etc/kubernetes/bootstrap-kubelet.conf
                rm -rf /var/lib/kubelet/pki
                """)
            try await fleet.restore(spec)
            try await fleet.expectComplete(spec, nodes: 2)
        }

        // MARK: Damaged

        @Test func aFullDiskIsNamed() async throws {
            let folder = "/var/lib/martlet/images"
            try await fleet.console(
                "worker-1",
                """
                ctr -n k8s.io images rm $(ctr -n k8s.io images ls -q | grep -E '/kube-proxy:') >/dev/null
                mkdir -p \(folder) && mount -t tmpfs -o size=1m tmpfs \(folder)
                """)
            let outcome = try await fleet.apply(spec)
            try await fleet.console("worker-1", "umount \(folder)")
            #expect(outcome.status == 1, "\(outcome.said)")
            #expect(
                outcome.errors.contains("worker-1") && outcome.errors.lowercased().contains("no space left"),
                "\(outcome.said)")
            try await fleet.restore(spec)
            try await fleet.expectComplete(spec, nodes: 2)
        }

        /// What a killed apply had begun goes on in several shells of a host; the next apply waits for all of them.
        ///
        /// Else it would begin the same import, and the end of the first one would take the archive away under the second.
        @Test func theNextApplyWaitsForAllThatAKilledOneHadBegun() async throws {
            // The shell that holds the lock on descriptor 8 is ready first; a second import of the same would be the slowest.
            try await fleet.console(
                "worker-1",
                """
                ctr -n k8s.io images rm $(ctr -n k8s.io images ls -q | grep -E '/(kube-proxy|busybox):') >/dev/null
                touch /run/first-import
                cat >/usr/local/sbin/ctr <<'END'
                #!/bin/sh
                case "$*" in *' import '*)
                  if [ ! -e /run/first-import ]; then sleep 9; elif [ -e /proc/$$/fd/8 ]; then sleep 4; else sleep 6; fi ;;
                esac
                exec /usr/bin/ctr "$@"
                END
                chmod 755 /usr/local/sbin/ctr
                """)
            let killed = try fleet.startApply(spec)
            try await eventually("two imports at a time", within: 60) {
                let count = try await fleet.attempt("worker-1", "pgrep -cf '^/bin/sh /usr/local/sbin/ctr .* import '")
                return count.output.hasPrefix("2") ? true : nil
            }
            killed.kill()
            _ = try await killed.wait(seconds: 10)
            try await fleet.console("worker-1", "rm /run/first-import")
            let offset = fleet.journalSize
            let outcome = try await fleet.apply(spec)
            try await fleet.console("worker-1", "rm /usr/local/sbin/ctr")
            #expect(outcome.status == 0, "\(outcome.said)")
            #expect(
                !fleet.journalSteps("started", since: offset).contains { $0.hasPrefix("image-") }, "\(outcome.said)")
            try await fleet.expectComplete(spec, nodes: 2)
        }

        // MARK: Getting in

        @Test func whoMayNotBecomeRootIsToldWhy() async throws {
            let unasked = try await plan(fleet.spec)
            #expect(unasked.status == 69, "\(unasked.said)")
            #expect(
                unasked.errors.contains("cp-1") && unasked.errors.contains("ssh.sudo.password-required"),
                "\(unasked.said)")

            try await fleet.console("worker-1", "mv /etc/sudoers.d/martlet /root/sudoers.kept")
            let outcome = try await plan(spec)
            try await fleet.console("worker-1", "mv /root/sudoers.kept /etc/sudoers.d/martlet")
            #expect(outcome.status == 69, "\(outcome.said)")
            #expect(outcome.errors.contains("worker-1") && outcome.errors.contains("ssh.sudo"), "\(outcome.said)")
        }

        @Test func theEnvironmentMayHoldThePassword() async throws {
            let variable = "MARTLET_TEST_SUDO_PASSWORD"
            let named = try Self.spec(fleet, "environment", passwordFrom: "{ environment: \(variable) }")
            let arguments = ["plan", "-f", named.path]
            let right = try await fleet.start(arguments, environment: [variable: Self.password]).wait(seconds: 60)
            #expect(right.status == 0 && right.output.contains("Nothing to do"), "\(right.said)")
            let wrong = try await fleet.start(arguments, environment: [variable: "wrong"]).wait(seconds: 60)
            #expect(wrong.status == 69 && wrong.errors.contains("ssh.sudo.wrong-password"), "\(wrong.said)")
            let missing = try await fleet.start(arguments).wait(seconds: 60)
            #expect(missing.status == 64 && missing.errors.contains(variable), "\(missing.said)")
        }

        @Test func aJumpHostLeadsToAHostThatTakesNobodyElse() async throws {
            let address = try #require(spec.address(of: "cp-1"))
            let home = fleet.folder + "/home"
            try FileManager.default.createDirectory(
                atPath: home + "/.ssh", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try """
            Host \(address)
              IdentityFile \(try #require(spec.value("identityFile")))
              UserKnownHostsFile \(try #require(spec.value("knownHostsFile")))

            """.write(toFile: home + "/.ssh/config", atomically: true, encoding: .utf8)
            let jumping = try spec.copy("jump") {
                $0.add(toHost: "worker-1", ["    ssh:", "      jump: martlet@\(address)"])
            }
            // The worker takes connections from the jump host only.
            let rule = "INPUT -p tcp --dport 22 ! -s \(address) -j REJECT --reject-with tcp-reset"
            try await fleet.console("worker-1", "iptables -w -I \(rule)")
            let direct = try await plan(spec)
            let through = try await fleet.martlet("plan", "-f", jumping.path, home: home)
            try await fleet.console("worker-1", "iptables -w -D \(rule)")
            #expect(direct.status == 69 && direct.errors.contains("worker-1"), "\(direct.said)")
            #expect(through.status == 0 && through.output.contains("Nothing to do"), "\(through.said)")
        }

        @Test func aCommandRunsOnAllHosts() async throws {
            let same = try await fleet.martlet("exec", "-f", spec.path, "--", "echo same")
            #expect(same.status == 0, "\(same.said)")
            #expect(same.output == "── cp-1, worker-1 (2)\nsame\n", "\(same.said)")
            let one = try await fleet.martlet("exec", "-f", spec.path, "--", "[ $(hostname) = cp-1 ]")
            #expect(one.status == 1, "\(one.said)")
            #expect(one.output.contains("── worker-1  exit 1"), "\(one.said)")
            // One of them is given a password, which is not the command's input.
            let root = try await fleet.martlet("exec", "-f", spec.path, "--sudo", "--", "id -u; cat")
            #expect(root.output == "── cp-1, worker-1 (2)\n0\n", "\(root.said)")
        }

        // MARK: Shrunk and taken down

        @Test func aHostLeavesOnlyWhenToldTo() async throws {
            let warned = try await plan(alone)
            #expect(warned.errors.contains("worker-1") && warned.errors.contains("--prune"), "\(warned.said)")
            let kept = try await fleet.apply(alone)
            #expect(kept.status == 0, "\(kept.said)")
            #expect(
                try await fleet.kubectl("get", "nodes", "-o", "name").contains("worker-1"), "taken out without --prune")
            let pruned = try await fleet.apply(alone, "--prune")
            #expect(pruned.status == 0, "\(pruned.said)")
            try await fleet.expectComplete(alone, nodes: 1)
            let reset = try await fleet.martlet("reset", "-f", spec.path, "--confirm", fleet.name, "--host", "worker-1")
            #expect(reset.status == 0, "\(reset.said)")
            try await expectFresh("worker-1")
            try await fleet.expectComplete(alone, nodes: 1)
        }

        @Test func aResetLeavesTheHostsAsTheyWere() async throws {
            let wrong = try await fleet.martlet("reset", "-f", spec.path, "--confirm", "another")
            #expect(wrong.status == 64, "\(wrong.said)")
            let full = try await changes(of: "cp-1")
            #expect(full.contains("new: path /etc/kubernetes/admin.conf") && full.contains("new: process kubelet"))
            let outcome = try await fleet.martlet("reset", "-f", spec.path, "--confirm", fleet.name)
            #expect(outcome.status == 0, "\(outcome.said)")
            for host in Self.hosts { try await expectFresh(host) }
        }

        private func expectFresh(_ host: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
            let changes = try await changes(of: host)
            #expect(changes.isEmpty, "\(host): \(changes.prefix(40))", sourceLocation: sourceLocation)
        }

        /// How the host differs from what it was before the first apply.
        private func changes(of host: String) async throws -> [String] {
            let before = try #require(Self.fresh.withLock { $0[host] })
            return before.difference(to: try await HostSnapshot.take(fleet, host))
        }
    }
}
