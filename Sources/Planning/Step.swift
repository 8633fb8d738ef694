package enum ChangeKind: String, Sendable, Hashable, Codable {
    case noOp = "no-op"
    case create
    case update
    case run
    /// It must not or cannot be done; the reason says why.
    case blocked

    package var glyph: String {
        switch self {
        case .noOp: " "
        case .create: "+"
        case .update: "~"
        case .run: ">"
        case .blocked: "!"
        }
    }
}

/// A goal on a host, decided.
///
/// Kept also when nothing is to be done: "considered and found right" is information.
package struct Step: Sendable, Hashable, Codable {
    /// `containerd-config@cp-1`.
    package var id: String
    package var phase: Phase
    package var host: String
    package var title: String
    package var change: ChangeKind
    /// Why the change is needed, or why it is blocked; empty for a no-op.
    package var reason: String
    package var ensure: [Check]
    /// Empty for a no-op.
    package var actions: [Action]
    /// Ids of steps of this plan that must be done before.
    package var requires: [String]
    package var pool: Pool?
    package var settleSeconds: Int
    package var diagnose: Diagnosis?
    /// It acts although its checks may hold (`Goal.always`).
    package var isUnconditional: Bool
    /// Asked every second while the actions run (`Goal.watch`).
    package var watch: Probe?

    package init(
        id: String, phase: Phase, host: String, title: String, change: ChangeKind, reason: String, ensure: [Check],
        actions: [Action], requires: [String], pool: Pool? = nil, settleSeconds: Int = 0, diagnose: Diagnosis? = nil,
        isUnconditional: Bool = false, watch: Probe? = nil
    ) {
        self.id = id
        self.phase = phase
        self.host = host
        self.title = title
        self.change = change
        self.reason = reason
        self.ensure = ensure
        self.actions = actions
        self.requires = requires
        self.pool = pool
        self.settleSeconds = settleSeconds
        self.diagnose = diagnose
        self.isUnconditional = isUnconditional
        self.watch = watch
    }

    package var isChange: Bool { change != .noOp }
}
