package import Foundation

/// What an autoscaler does next, and why.
package struct PoolDecision: Sendable, Hashable, Encodable {
    package enum Kind: String, Sendable, Hashable, Encodable {
        /// A spare becomes a node.
        case join
        /// A node is drained and becomes a spare.
        case remove
        /// Nothing yet: something is under way, or a node's time is not over.
        case wait
        /// Nothing is to be done.
        case stay
    }

    package var kind: Kind
    /// Of `join` and `remove`.
    package var host: String?
    package var reason: String
    /// What else was considered.
    package var notes: [String]
    /// Nodes of the pool now.
    package var nodes: Int
    /// Work waits for a spare that is not to be had.
    package var isShort = false
}

/// Bounds and patience of an autoscaler.
package struct PoolSettings: Sendable, Hashable {
    /// How long a node must be unneeded before it is taken out, in seconds.
    ///
    /// Ten minutes, as the Cluster Autoscaler's `--scale-down-unneeded-time`.
    package var idle: TimeInterval
    /// A node whose pods ask for less than this part of it may be unneeded, as `--scale-down-utilization-threshold`.
    package var threshold: Double
    /// A node that is not ready for longer than this is no promise any more, as `--max-node-provision-time`.
    package var startLimit: TimeInterval = 900

    package init(idle: TimeInterval = 600, threshold: Double = 0.5) {
        self.idle = idle
        self.threshold = threshold
    }
}

/// What an autoscaler remembers from one look to the next.
///
/// Only times: after a restart they begin anew, so that nothing is taken out too early.
package struct PoolMemory: Sendable, Hashable {
    package var unneededSince: [String: Date] = [:]
    /// Hosts whose join failed, and until when they are left alone.
    package var failedUntil: [String: Date] = [:]

    package init() {}

    /// What was unneeded before a node came may be needed now: times begin anew (`--scale-down-delay-after-add`).
    package mutating func nodeHasJoined() { unneededSince = [:] }

    package mutating func joinHasFailed(_ host: String, now: Date) {
        failedUntil[host] = now.addingTimeInterval(300)
    }
}
