/// What an author of a step states: checks that must pass, and the actions that make them pass.
package struct Goal: Sendable {
    /// Kebab-case, unique per host: `containerd-config`.
    package var id: String
    package var phase: Phase
    /// One line: what is true afterwards.
    package var title: String
    /// Why it is wanted; shown by `explain`.
    package var because: String
    package var ensure: [Check]
    package var by: [Action]
    /// Goals on the same host or, as `id@host`, on another that must hold before.
    package var requires: [String]
    package var pool: Pool?
    /// Longest time until `ensure` holds after the actions, in seconds.
    package var settleSeconds: Int
    /// Why it must not be done; shown instead of acting.
    package var blocked: String?
    /// Why it is done although its checks may pass: a value must be produced for other steps of the same plan.
    package var always: String?
    /// Said as the reason of a change instead of what the checks found.
    package var reason: String?
    /// How a failure is explained.
    package var diagnose: Diagnosis?
    /// Asked every second while the actions run; its answer is shown as what the step is doing.
    package var watch: Probe?

    package init(
        _ id: String, _ phase: Phase, _ title: String, because: String, ensure: [Check], by: [Action],
        requires: [String] = [], pool: Pool? = nil, settleSeconds: Int = 0, blocked: String? = nil,
        always: String? = nil, diagnose: Diagnosis? = nil
    ) {
        self.id = id
        self.phase = phase
        self.title = title
        self.because = because
        self.ensure = ensure
        self.by = by
        self.requires = requires
        self.pool = pool
        self.settleSeconds = settleSeconds
        self.blocked = blocked
        self.always = always
        self.diagnose = diagnose
    }
}

/// Where the real cause of a failure stands on the host.
package enum Diagnosis: Sendable, Hashable, Codable {
    /// Journal of the units since the step began.
    case journal([String])
    /// Journals of kubelet and containerd, and the last lines of failing static pods.
    case kubernetes
}

/// A named group of steps, in the order in which people think of them.
package enum Phase: String, Sendable, Hashable, Codable, CaseIterable {
    case preflight
    case system
    case runtime
    case kubernetes
    case endpoint
    case controlPlane = "control-plane"
    case network
    case workers
    case services
    case removal
    case verify

    /// Its place in the order.
    var position: Int {
        switch self {
        case .preflight: 0
        case .system: 1
        case .runtime: 2
        case .kubernetes: 3
        case .endpoint: 4
        case .controlPlane: 5
        case .network: 6
        case .workers: 7
        case .services: 8
        case .removal: 9
        case .verify: 10
        }
    }
}

/// A limit on how many steps of a kind run at once.
package enum Pool: String, Sendable, Hashable, Codable, CaseIterable {
    /// etcd admits one new member at a time.
    case etcd
    /// Copies from this machine; bounded by its network and disk.
    case copy
    /// A profile of minikube is read, changed and written again without a lock.
    case profile

    package var depth: Int {
        switch self {
        case .etcd, .profile: 1
        case .copy: 8
        }
    }
}
