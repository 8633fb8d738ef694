internal import Planning

/// What a cluster for production has beyond working: the parts of the usual checklists that can be read.
enum ProductionProfile {
    static let probes: [HealthProbe] =
        ProductionAPIServer.probes + ProductionSecrets.probes + ProductionControlPlane.probes + ProductionEtcd.probes
        + ProductionKubelet.probes + ProductionHosts.probes + ProductionFiles.probes + ProductionAccess.probes
        + ProductionWorkloads.probes + ProductionRehearsals.probes

    /// A probe of flags of a program on every control plane.
    static func flags(
        _ id: String, _ group: HealthProbe.Group, _ title: String, why: String, remedy: String,
        otherwise: HealthStatus = .fail, _ rules: [(program: ClusterProgram, rules: [FlagRule])]
    ) -> HealthProbe {
        HealthProbe(
            id: "production.\(id)", group: group, kind: .ssh, title: title, why: why, remedy: remedy,
            questions: [ProcessArguments.question], isForControlPlanesOnly: true
        ) { evidence, _ in
            HealthProbe.eachHost(evidence, controlPlanesOnly: true) { host in
                if rules.contains(where: { $0.program == .etcd }),
                    let reason = ProcessArguments.reasonForNoEtcd(on: host)
                {
                    return [Judgement(.skipped, host.subject, reason)]
                }
                let judgements = try rules.map { program, rules in
                    try FlagRule.judge(
                        rules, ProcessArguments(of: program, on: host), host.subject, otherwise: otherwise)
                }
                // One finding for each host: several programs may be the cause.
                let broken = judgements.indices.filter { judgements[$0].status != .pass }
                let shown = broken.isEmpty ? Array(judgements.indices) : broken
                return [
                    Judgement(
                        broken.isEmpty ? .pass : otherwise, host.subject,
                        shown.map { "\(rules[$0].program.rawValue): \(judgements[$0].measured)" }
                            .joined(separator: "; "),
                        threshold: Set(judgements.map(\.threshold)).sorted().joined(separator: "; "))
                ]
            }
        }
    }
}
