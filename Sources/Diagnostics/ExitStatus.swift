/// Exit statuses of the program; scripts rely on them.
package enum ExitStatus: Int32, Sendable, Codable, Hashable, CaseIterable {
    /// Done, or nothing to do.
    case done = 0
    /// A step, check or probe failed.
    case failed = 1
    /// Only with `--detailed-exit-code`: changes pending, drift, lab not passed.
    case pending = 2
    case usage = 64
    /// A spec, lab, bundle or framework file is invalid.
    case invalid = 65
    /// A host is unreachable, its key does not match, or authentication failed.
    case unreachable = 69
    /// Somebody else holds the lock.
    case locked = 75
    /// This machine lacks something (a library, an asset).
    case lacking = 78
    case interrupted = 130

    package var meaning: String {
        switch self {
        case .done: "done, or nothing to do"
        case .failed: "a step, check or probe failed"
        case .pending: "only with --detailed-exit-code: changes are pending"
        case .usage: "the command line is wrong"
        case .invalid: "a spec, lab, bundle or framework file is invalid"
        case .unreachable: "a host is unreachable, its key does not match, or authentication failed"
        case .locked: "somebody else holds the lock"
        case .lacking: "this machine lacks something (a library, an asset)"
        case .interrupted: "interrupted; the hosts are consistent, run again"
        }
    }
}
