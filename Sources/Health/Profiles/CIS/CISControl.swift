internal import Planning

/// One control of the benchmark: its number, what is expected in our own words, and how it is measured.
struct CISControl: Sendable {
    enum Measure: Sendable {
        /// Flags of a program that runs on every control plane; all rules must hold.
        case flags(ClusterProgram, [FlagRule])
        /// Settings of the kubelet of every host.
        case kubelet([KubeletRule])
        case files(CISFiles)
        /// Questions to control planes of their own.
        case controlPlanes([Probe], judge: @Sendable (HealthHost, HealthStatus) throws -> [Judgement])
        case api(Set<APIList>, judge: @Sendable (HealthEvidence, HealthStatus) throws -> [Judgement])
        /// Neither a host nor the API can tell; says why.
        case manual(String)
    }

    var number: String
    var title: String
    var why: String
    var remedy: String
    /// What the benchmark leaves to judgement is a warning when it does not hold.
    var isScored: Bool
    /// The first minor version of Kubernetes 1 that lacks what it is about, or whose edition of the benchmark lacks the
    /// control, and which of these it is.
    var endsWith: (minor: Int, reason: String)?
    var measure: Measure

    init(
        _ number: String, _ title: String, why: String, remedy: String, isScored: Bool = true,
        endsWith: (minor: Int, reason: String)? = nil, _ measure: Measure
    ) {
        self.number = number
        self.title = title
        self.why = why
        self.remedy = remedy
        self.isScored = isScored
        self.endsWith = endsWith
        self.measure = measure
    }

    /// A control that a person must look at.
    static func manual(_ number: String, _ title: String, why: String, remedy: String, reason: String) -> CISControl {
        CISControl(number, title, why: why, remedy: remedy, isScored: false, .manual(reason))
    }

    var isManual: Bool {
        if case .manual = measure { true } else { false }
    }

    var probe: HealthProbe {
        let status: HealthStatus = isScored ? .fail : .warn
        var needs: Set<APIList> = endsWith == nil ? [] : [.version]
        var kind = HealthProbe.Kind.ssh
        var questions: [Probe] = []
        var isForControlPlanesOnly = true
        let judge: @Sendable (HealthEvidence) throws -> [Judgement]
        switch measure {
        case .flags(let program, let rules):
            questions = [ProcessArguments.question]
            judge = { evidence in
                HealthProbe.eachHost(evidence, controlPlanesOnly: true) { host in
                    if program == .etcd, let reason = ProcessArguments.reasonForNoEtcd(on: host) {
                        return [Judgement(.skipped, host.subject, reason)]
                    }
                    return [
                        try FlagRule.judge(
                            rules, ProcessArguments(of: program, on: host), host.subject, otherwise: status)
                    ]
                }
            }
        case .kubelet(let rules):
            questions = KubeletSettings.questions
            isForControlPlanesOnly = false
            judge = { evidence in
                HealthProbe.eachHost(evidence) { host in
                    [KubeletRule.judge(rules, try KubeletSettings(on: host), host.subject, otherwise: status)]
                }
            }
        case .files(let files):
            questions = [FileModes.question]
            isForControlPlanesOnly = files.isForControlPlanesOnly
            judge = { evidence in
                HealthProbe.eachHost(evidence, controlPlanesOnly: files.isForControlPlanesOnly) { host in
                    [try files.judge(FileModes(on: host), host.subject, otherwise: status)]
                }
            }
        case .controlPlanes(let asked, let judgeHost):
            questions = asked
            judge = { evidence in
                HealthProbe.eachHost(evidence, controlPlanesOnly: true) { try judgeHost($0, status) }
            }
        case .api(let lists, let judgeEvidence):
            kind = .api
            isForControlPlanesOnly = false
            needs.formUnion(lists)
            judge = { try judgeEvidence($0, status) }
        case .manual(let reason):
            kind = .api
            isForControlPlanesOnly = false
            judge = { _ in [Judgement(.skipped, "cluster", "manual: \(reason)")] }
        }
        let end = endsWith
        return HealthProbe(
            id: "cis.\(number)", group: .security, kind: kind, title: title,
            why: """
                \(why) Control \(number) of the \(CISBenchmark.name), which kube-bench counts as \
                \(isScored ? "automated" : "manual").
                """,
            remedy: remedy, needs: needs, questions: questions, isForControlPlanesOnly: isForControlPlanesOnly
        ) { evidence, _ in
            if let end, let minor = CISBenchmark.minor(evidence), minor >= end.minor {
                return [Judgement(.skipped, "cluster", "\(end.reason), and the cluster has 1.\(minor)")]
            }
            return try judge(evidence)
        }
    }
}

/// Files whose mode or owner a control is about.
struct CISFiles: Sendable {
    enum Expectation: Sendable {
        /// No bit beyond these.
        case mode(Int)
        case owner(String)
    }

    var expectation: Expectation
    var isForControlPlanesOnly: Bool
    /// What to say where there is none; nil says that it could not be measured.
    var missing: String?
    var select: @Sendable (FileModes) -> [FileModes.File]

    init(
        _ expectation: Expectation, onAllHosts: Bool = false, missing: String? = nil,
        _ select: @escaping @Sendable (FileModes) -> [FileModes.File]
    ) {
        self.expectation = expectation
        isForControlPlanesOnly = !onAllHosts
        self.missing = missing
        self.select = select
    }

    static func path(
        _ path: String, _ expectation: Expectation, onAllHosts: Bool = false, missing: String? = nil
    ) -> CISFiles {
        CISFiles(expectation, onAllHosts: onAllHosts, missing: missing) { [$0.file(path)].compactMap { $0 } }
    }

    func judge(_ modes: FileModes, _ subject: String, otherwise: HealthStatus) throws -> Judgement {
        switch expectation {
        case .mode(let mode):
            try FileModes.judge(
                select(modes), subject, threshold: "mode \(String(mode, radix: 8)) or less", otherwise: otherwise,
                missing: missing
            ) { $0.isWithin(mode) }
        case .owner(let owner):
            try FileModes.judge(
                select(modes), subject, threshold: "owner \(owner)", otherwise: otherwise, missing: missing
            ) { $0.owner == owner }
        }
    }
}
