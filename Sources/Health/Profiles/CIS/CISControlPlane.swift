/// Section 3: how users come in and what is logged.
enum CISControlPlane {
    static let controls = [
        CISControl.manual(
            "3.1.1", "People do not sign in with client certificates",
            why: "A certificate cannot be taken back before it ends; tokens of an identity provider can.",
            remedy: "let people sign in with OIDC, and keep certificates for components",
            reason: "who holds which certificate is known to people only"),
        CISControl(
            "3.2.1", "There is an audit policy",
            why: "Without a policy the API server keeps no audit log, whatever else is set.",
            remedy: "set --audit-policy-file in kubeadm's ClusterConfiguration (apiServer.extraArgs)", isScored: false,
            .flags(.apiServer, [FlagRule("audit-policy-file", .isSet)])),
        CISControl(
            "3.2.2", "The audit policy covers what matters and no Secret's content",
            why: """
                Reads the rules in their order: something must be kept, and no rule may write the content of Secrets. Whether \
                the rest is what you need is for you to judge.
                """,
            remedy: "give secrets, configmaps and tokenreviews the level Metadata before any rule with bodies",
            isScored: false,
            .controlPlanes([AuditPolicy.question]) { host, otherwise in
                [try AuditPolicyJudgement.judge(host, otherwise: otherwise)]
            }),
    ]
}

/// What the CIS profile and the production profile both ask of the audit policy.
enum AuditPolicyJudgement {
    static func judge(_ host: HealthHost, otherwise: HealthStatus) throws -> Judgement {
        let threshold = "something is kept, and no content of Secrets"
        guard let text = try host.answer(AuditPolicy.question) else {
            return Judgement(otherwise, host.subject, "the API server has no audit policy", threshold: threshold)
        }
        let policy = try AuditPolicy(text)
        if policy.isSilent {
            return Judgement(otherwise, host.subject, "the policy keeps nothing", threshold: threshold)
        }
        if let rule = policy.ruleWithSecretBodies {
            return Judgement(
                otherwise, host.subject, "rule \(rule) of the policy writes the content of Secrets",
                threshold: threshold)
        }
        return Judgement(.pass, host.subject, "\(HostWords.count(policy.rules.count, "rule"))", threshold: threshold)
    }
}
