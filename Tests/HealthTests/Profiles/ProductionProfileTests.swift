import Foundation
import Testing

@testable import Health

@Suite("Production profile")
struct ProductionProfileTests {
    static func findings(_ world: ProfileWorld, _ id: String? = nil) throws -> [Finding] {
        HealthEvaluation.findings(
            HealthProfile.production.probes.filter { id == nil || $0.id == id }, try world.evidence)
    }

    /// Where nothing is skipped for the version's sake.
    static var newest: ProfileWorld {
        var world = ProfileWorld()
        world.version = "v1.33.1"
        world.labels = ["shop": "baseline"]
        return world
    }

    @Test("A hardened cluster passes all that can be measured")
    func hardened() throws {
        let trials = Set(ProductionRehearsals.probes.map(\.id))
        for finding in try Self.findings(Self.newest) {
            #expect(finding.status == (trials.contains(finding.id) ? .skipped : .pass), "\(finding)")
        }
    }

    @Test("Each fault is seen by its probe, with its reason, and by no other", arguments: faults)
    func fault(_ fault: ProfileFault) throws {
        var world = Self.newest
        fault.make(&world)
        let bad = try Self.findings(world, fault.probe).filter { $0.status != .pass }
        #expect(!bad.isEmpty, "not seen")
        for finding in bad {
            #expect(finding.status == fault.status, "\(finding)")
            #expect((finding.measured + " " + finding.evidence.joined()).contains(fault.says), "\(finding)")
        }
        let others = Set(try Self.findings(world).filter { $0.status != .pass && $0.status != .skipped }.map(\.id))
        #expect(others == [fault.probe], "\(others.sorted())")
    }

    @Test("Every probe that is no rehearsal was seen not to pass")
    func complete() {
        let seen = Set(Self.faults.map(\.probe)).union(ProductionRehearsals.probes.map(\.id))
        for probe in HealthProfile.production.probes { #expect(seen.contains(probe.id), "\(probe.id)") }
    }

    @Test("What does not apply is skipped with its reason")
    func skipped() throws {
        var world = ProfileWorld()
        world.controlPlanes = 1
        world.packages = "read=1"
        world.auditLog = "file=-"
        for (id, words) in [
            ("goaway", "one API server"), ("etcd-corruption-check", "one member"), ("kubelet-shutdown", "1.21"),
            ("kubelet-seccomp", "1.25"), ("pod-security", "1.23"), ("super-administrator", "1.29"),
            ("held-packages", "no package"), ("audit-growth", "output"), ("restore", "manual"),
        ] {
            let findings = try Self.findings(world, "production.\(id)")
            #expect(findings.map(\.status) == [.skipped], "\(id): \(findings)")
            #expect(findings.first?.measured.contains(words) == true, "\(findings)")
        }
    }

    @Test(
        "A kubelet from 1.31 on takes the driver from containerd 2; from an older one, or itself older, it does not",
        arguments: [
            ("v1.36.4", "v2.1.4", HealthStatus.pass, "which the kubelet takes over"),
            ("v1.31.0", "2.0.0", .pass, "which the kubelet takes over"),
            ("v1.36.4", "1.6.20~ds1", .fail, "kubelet cgroupfs, containerd systemd"),
            ("v1.30.9", "2.1.4", .fail, "kubelet cgroupfs, containerd systemd"),
            ("v1.36.4", "odd", .unknown, "does not tell its version"),
        ])
    func driverFromRuntime(_ version: String, _ containerd: String, _ status: HealthStatus, _ words: String) throws {
        var world = Self.newest
        world.version = version
        world.containerd = containerd
        world.kubelet = world.kubelet.replacingOccurrences(of: "cgroupDriver: systemd", with: "cgroupDriver: cgroupfs")
        for finding in try Self.findings(world, "production.cgroup-driver") {
            #expect(finding.status == status, "\(finding)")
            #expect(finding.measured.contains(words), "\(finding)")
        }
        // What is taken over may still be the wrong one.
        world.runtime = "read=1"
        world.kubelet = world.kubelet.replacingOccurrences(of: "cgroupDriver: cgroupfs", with: "cgroupDriver: systemd")
        for finding in try Self.findings(world, "production.cgroup-driver") {
            #expect(finding.status == (status == .pass ? .warn : status), "\(finding)")
        }
    }

    @Test("A pod that asks for room as a whole has its own, as its containers need not")
    func roomOfTheWholePod() throws {
        var world = Self.newest
        world.pods.append(
            ProfileWorld.pod(
                "whole", "kube-system", spec: #""resources":{"requests":{"cpu":"100m"}}"#, requests: ""))
        #expect(try Self.findings(world, "production.system-requests").map(\.status) == [.pass])
        world.pods.append(ProfileWorld.pod("none", "kube-system", requests: ""))
        #expect(try Self.findings(world, "production.system-requests").map(\.status) == [.warn])
    }

    @Test("etcd 3.6 looks for differences by a feature gate, as kubeadm 1.36 starts it")
    func corruptionCheckByGate() throws {
        var world = Self.newest
        world.flags[.etcd]?["experimental-initial-corrupt-check"] = nil
        for (gates, status) in [("InitialCorruptCheck=true", HealthStatus.pass), ("InitialCorruptCheck=false", .warn)] {
            world.flags[.etcd]?["feature-gates"] = gates
            for finding in try Self.findings(world, "production.etcd-corruption-check") {
                #expect(finding.status == status, "\(finding)")
            }
        }
    }

    @Test("A zero in the kubelet's file is the default, as kubeadm writes it")
    func zeroIsDefault() throws {
        for finding in try Self.findings(Self.newest, "production.kubelet-sessions") {
            #expect(finding.status == .pass && finding.measured.contains("0s, which means 4h"), "\(finding)")
        }
    }

    static let faults: [ProfileFault] = [
        .flag("production.audit-log", .apiServer, "audit-log-maxage", "7"),
        .flag("production.audit-log", .apiServer, "audit-policy-file", nil),
        ProfileFault("production.audit-policy", .fail, "rule 2 of the policy writes the content of Secrets") {
            $0.auditPolicy = """
                kind: Policy
                rules:
                - {level: None, nonResourceURLs: ["/healthz*"]}
                - {level: Request, resources: [{group: ""}]}
                """
        },
        ProfileFault("production.audit-policy", .fail, "no audit policy") { $0.auditPolicy = nil },
        ProfileFault("production.audit-growth", .fail, "2 h ago") { $0.auditLog = "file=/a\nsize=9\nage=7200" },
        ProfileFault("production.audit-growth", .warn, "15 min ago") { $0.auditLog = "file=/a\nsize=9\nage=900" },
        ProfileFault("production.audit-growth", .fail, "is empty") { $0.auditLog = "file=/a\nsize=0\nage=1" },
        ProfileFault("production.audit-growth", .fail, "is not there") { $0.auditLog = "file=/a" },
        ProfileFault("production.audit-growth", .fail, "no audit log") { $0.auditLog = nil },
        .flag("production.admission", .apiServer, "enable-admission-plugins", "EventRateLimit"),
        .flag("production.admission", .apiServer, "disable-admission-plugins", "ServiceAccount"),
        .flag("production.authorization", .apiServer, "authorization-mode", "RBAC"),
        .flag("production.authorization", .apiServer, "authorization-mode", "Node,RBAC,AlwaysAllow"),
        .flag("production.goaway", as: .warn, .apiServer, "goaway-chance", nil),
        ProfileFault("production.encryption", .fail, "identity, secretbox") {
            $0.encryption = "file=/e\nword=secrets\nword=providers\nword=identity\nword=secretbox"
        },
        ProfileFault("production.encryption", .fail, "nothing is encrypted") { $0.encryption = nil },
        .flag("production.tls-floor", .scheduler, "tls-min-version", "VersionTLS10").saying("kube-scheduler: --tls"),
        .flag("production.profiling", as: .warn, .controllerManager, "profiling", nil)
            .saying("kube-controller-manager: --profiling"),
        .flag("production.bind-addresses", .scheduler, "bind-address", nil).saying("which means 0.0.0.0"),
        .flag("production.etcd-tls", .etcd, "peer-client-cert-auth", "false"),
        .flag("production.etcd-quota", as: .warn, .etcd, "quota-backend-bytes", nil).saying("2 GiB"),
        .flag("production.etcd-quota", as: .warn, .etcd, "quota-backend-bytes", "17179869184").saying("16 GiB"),
        .flag("production.etcd-corruption-check", as: .warn, .etcd, "experimental-initial-corrupt-check", nil)
            .saying("never"),
        .kubelet("production.kubelet-authentication", "enabled is true", "enabled: false", "enabled: true"),
        .kubelet("production.kubelet-authentication", "AlwaysAllow", "mode: Webhook", "mode: AlwaysAllow"),
        .flag("production.kubelet-read-only-port", .kubelet, "read-only-port", "10255").saying("readOnlyPort is 10255"),
        .kubelet("production.kubelet-rotation", "which means false", "rotateCertificates: true\n", ""),
        .kubelet(
            "production.kubelet-serving-certificate", as: .warn, "not set", "serverTLSBootstrap: true\n", ""),
        .kubelet(
            "production.kubelet-tls-floor", "VersionTLS10", "podPidsLimit: 4096",
            "podPidsLimit: 4096\ntlsMinVersion: VersionTLS10"),
        .kubelet("production.kubelet-kernel", "which means false", "protectKernelDefaults: true\n", ""),
        .kubelet(
            "production.kubelet-reservations", as: .warn, "systemReserved.cpu", "systemReserved:\n  cpu: 100m",
            "systemReserved:"),
        .flag("production.kubelet-reservations", as: .warn, .kubelet, "kube-reserved", "cpu=100m").saying(
            "kubeReserved.memory"),
        .kubelet(
            "production.kubelet-eviction", as: .warn, "nodefs.available is off", "nodefs.available: 10%",
            "nodefs.available: 0%"),
        .kubelet(
            "production.kubelet-eviction", as: .warn, "imagefs.available is off", "  imagefs.available: 15%\n", ""),
        .kubelet("production.kubelet-pids", as: .warn, "which means -1", "podPidsLimit: 4096\n", ""),
        .kubelet("production.kubelet-logs", as: .warn, "containerLogMaxSize", "containerLogMaxSize: 10Mi\n", ""),
        .flag("production.kubelet-sessions", .kubelet, "streaming-connection-idle-timeout", "0").saying("is 0"),
        .kubelet(
            "production.kubelet-shutdown", as: .warn, "which means 0s", "shutdownGracePeriod: 60s\n", ""),
        .kubelet("production.kubelet-seccomp", as: .warn, "which means false", "seccompDefault: true\n", ""),
        ProfileFault("production.kernel-settings", .warn, "kernel.panic is 0") {
            $0.kernel = $0.kernel.map { $0 == "kernel.panic=10" ? "kernel.panic=0" : $0 }
        },
        ProfileFault("production.kernel-settings", .warn, "fs.inotify.max_user_instances is 128") {
            $0.kernel = $0.kernel.map {
                $0.hasPrefix("fs.inotify.max_user_i") ? "fs.inotify.max_user_instances=128" : $0
            }
        },
        ProfileFault("production.kernel-settings", .unknown, "does not tell kernel.panic") {
            $0.kernel = $0.kernel.map { $0 == "kernel.panic=10" ? "kernel.panic=" : $0 }
        },
        ProfileFault("production.cgroup-driver", .fail, "kubelet systemd, containerd cgroupfs") {
            $0.runtime = "systemd=false\nread=1"
        },
        ProfileFault("production.cgroup-driver", .warn, "kubelet cgroupfs, containerd cgroupfs") {
            $0.runtime = "read=1"
            $0.kubelet = $0.kubelet.replacingOccurrences(of: "cgroupDriver: systemd\n", with: "")
        },
        ProfileFault("production.held-packages", .warn, "kubelet may be upgraded") {
            $0.packages = "package=install installed kubelet\npackage=deinstall config-files kubectl\nread=1"
        },
        .mode("production.secret-files", "/etc/kubernetes/pki/ca.key", "644"),
        .owner("production.secret-files", "/etc/kubernetes/admin.conf"),
        .mode("production.settings-files", "/var/lib/kubelet/config.yaml", "666"),
        .mode("production.settings-files", "/var/lib/etcd", "755"),
        .owner("production.settings-files", "/etc/kubernetes/pki/ca.crt"),
        ProfileFault("production.super-administrator", .warn, "is there") {
            $0.files["/etc/kubernetes/super-admin.conf"] = ("600", "root:root")
        },
        ProfileFault("production.anonymous", .fail, "listed") { $0.anonymous = .allowed },
        ProfileFault("production.anonymous-bindings", .fail, "clusterrolebinding/open to view") {
            $0.clusterRoleBindings.append(
                ProfileWorld.binding("open", "view", #"{"kind":"Group","name":"system:unauthenticated"}"#))
        },
        ProfileFault("production.dns-budget", .warn, "without a budget") { $0.budgets = [] },
        ProfileFault("production.dns-budget", .warn, "on 1 node") {
            $0.pods = $0.pods.map { $0.replacingOccurrences(of: "cp-1", with: "w-1") }
        },
        ProfileFault("production.disruption-budgets", .warn, "poddisruptionbudget/kube-system/dns") {
            $0.budgets = $0.budgets.map {
                $0.replacingOccurrences(of: #""disruptionsAllowed":1"#, with: #""disruptionsAllowed":0"#)
            }
        },
        ProfileFault("production.metrics-server", .warn, "not registered") { $0.apiServices = [] },
        ProfileFault("production.metrics-server", .warn, "not available: MissingEndpoints") {
            $0.apiServices = $0.apiServices.map {
                $0.replacingOccurrences(of: #""status":"True""#, with: #""status":"False","reason":"MissingEndpoints""#)
            }
        },
        ProfileFault("production.system-requests", .warn, "pod/kube-system/proxy") {
            $0.pods.append(ProfileWorld.pod("proxy", "kube-system", requests: ""))
        },
        ProfileFault("production.default-deny", .warn, "namespace/shop") {
            $0.networkPolicies = $0.networkPolicies.map {
                $0.replacingOccurrences(of: #""podSelector":{}"#, with: #""podSelector":{"matchLabels":{"app":"web"}}"#)
            }
        },
        ProfileFault("production.default-deny", .warn, "namespace/shop") {
            $0.networkPolicies = $0.networkPolicies.map {
                $0.replacingOccurrences(of: #"["Ingress"]"#, with: #"["Ingress"],"ingress":[{}]"#)
            }
        },
        ProfileFault("production.pod-security", .warn, "namespace/shop") { $0.labels = ["shop": "privileged"] },
    ]
}
