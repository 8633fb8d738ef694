internal import Planning

/// What the API server logs, admits and allows.
enum ProductionAPIServer {
    static let probes = [auditLog, auditPolicy, auditGrowth, admission, authorization, goaway]

    private static let auditLog = ProductionProfile.flags(
        "audit-log", .controlPlane, "The API server keeps an audit log",
        why: """
            Reads the running API servers' flags: a policy, a file, and room for 30 days in ten files of 100 MB. Without the log \
            nobody can tell afterwards who changed what.
            """,
        remedy: "use `profile: production`, or set the audit flags under components.apiServer and run `martlet apply`",
        [
            (
                .apiServer,
                [
                    FlagRule("audit-policy-file", .isSet), FlagRule("audit-log-path", .isSet),
                    FlagRule("audit-log-maxage", .atLeast(30)), FlagRule("audit-log-maxbackup", .atLeast(10)),
                    FlagRule("audit-log-maxsize", .atLeast(100)),
                ]
            )
        ])

    private static let auditPolicy = HealthProbe(
        id: "production.audit-policy", group: .controlPlane, kind: .ssh,
        title: "The audit policy keeps no content of Secrets",
        why: """
            Reads the policy of the running API servers and follows its rules in their order. A rule with bodies that Secrets \
            reach first copies every Secret into a log, where other people read.
            """,
        remedy: "put a rule of level Metadata for secrets before the named one", questions: [AuditPolicy.question],
        isForControlPlanesOnly: true
    ) { evidence, _ in
        HealthProbe.eachHost(evidence, controlPlanesOnly: true) {
            [try AuditPolicyJudgement.judge($0, otherwise: .fail)]
        }
    }

    private static let auditGrowth = HealthProbe(
        id: "production.audit-growth", group: .controlPlane, kind: .ssh, title: "The audit log is being written",
        why: """
            Looks at the age of the audit log of each control plane. A running cluster writes it all the time, so that an old or \
            empty one says that it is not written any more (a full disk, a wrong path, rules that keep nothing).
            """,
        remedy: "look at the API server's log and at the room on the disk of its audit log",
        limits: [.init("warn", 600, "s"), .init("fail", 3600, "s")], questions: [AuditPolicy.logQuestion],
        isForControlPlanesOnly: true
    ) { evidence, limits in
        HealthProbe.eachHost(evidence, controlPlanesOnly: true) { host in
            let threshold = "written within \(HostWords.duration(limits["warn"]))"
            guard try host.answer(AuditPolicy.logQuestion) != nil else {
                return [Judgement(.fail, host.subject, "there is no audit log", threshold: threshold)]
            }
            let answer = try host.keyedAnswer(AuditPolicy.logQuestion)
            let file = try answer.text("file")
            if file == "-" {
                return [Judgement(.skipped, host.subject, "it goes to the API server's output", threshold: threshold)]
            }
            guard answer["age"] != nil else {
                return [Judgement(.fail, host.subject, "\(file) is not there", threshold: threshold)]
            }
            let age = try answer.number("age")
            guard try answer.number("size") > 0 else {
                return [Judgement(.fail, host.subject, "\(file) is empty", threshold: threshold)]
            }
            return [
                Judgement(
                    age >= limits["fail"] ? .fail : age >= limits["warn"] ? .warn : .pass, host.subject,
                    "written \(HostWords.duration(max(0, age))) ago", threshold: threshold)
            ]
        }
    }

    private static let admission = ProductionProfile.flags(
        "admission", .controlPlane, "Kubelets may change only what is theirs",
        why: """
            The plug-in NodeRestriction keeps a node that was broken into from changing others; AlwaysAdmit, and a plug-in turned \
            off that Kubernetes relies on, would undo more.
            """,
        remedy: "set enable-admission-plugins with NodeRestriction and no disable-admission-plugins for the core ones",
        [
            (
                .apiServer,
                [
                    FlagRule("enable-admission-plugins", .includes("NodeRestriction")),
                    FlagRule("enable-admission-plugins", .excludes("AlwaysAdmit")),
                    FlagRule("disable-admission-plugins", .excludes("ServiceAccount")),
                    FlagRule("disable-admission-plugins", .excludes("NamespaceLifecycle")),
                ]
            )
        ])

    private static let authorization = ProductionProfile.flags(
        "authorization", .controlPlane, "Rights come from roles",
        why: "Node and RBAC tie rights to objects that can be listed; AlwaysAllow gives everybody everything.",
        remedy: "set authorization-mode to Node,RBAC",
        [
            (
                .apiServer,
                ["Node", "RBAC"].map {
                    FlagRule(
                        "authorization-mode", .includes($0), default: "AlwaysAllow", ignoredWith: "authorization-config"
                    )
                } + [FlagRule("authorization-mode", .excludes("AlwaysAllow"), ignoredWith: "authorization-config")]
            )
        ])

    /// A chance above zero only: the value itself is a matter of taste.
    private static let goaway = HealthProbe(
        id: "production.goaway", group: .controlPlane, kind: .ssh,
        title: "Clients spread over the API servers again",
        why: """
            Connections last for days. After one API server was away all clients stay with the others, unless servers close a \
            small share of connections (--goaway-chance). It is for several servers behind one address.
            """,
        remedy: "set goaway-chance: 0.001 under components.apiServer", questions: [ProcessArguments.question],
        isForControlPlanesOnly: true
    ) { evidence, _ in
        guard evidence.controlPlanes.count > 1 else {
            return [Judgement(.skipped, "cluster", "there is one API server")]
        }
        return HealthProbe.eachHost(evidence, controlPlanesOnly: true) { host in
            let value = try ProcessArguments(of: .apiServer, on: host)["goaway-chance"]
            let chance = value.flatMap { Double($0) } ?? 0
            return [
                Judgement(
                    chance > 0 ? .pass : .warn, host.subject,
                    "--goaway-chance \(value.map { "is \($0)" } ?? "is not set")",
                    threshold: "above 0, at most 0.02")
            ]
        }
    }
}
