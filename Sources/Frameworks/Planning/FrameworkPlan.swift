package import Diagnostics

/// What an installation, an upgrade or a removal would change: a value, sorted, the same that is printed and carried out.
///
/// Not a `Plan` of `Planning`: that one is made of goals on hosts, with probes in shell and one batch for each host. Here
/// objects of one API are compared with what they must be, and phases with waits between them are the order. The rules are
/// the same: pure, comparable, without secrets, looked at again right before each change.
package struct FrameworkPlan: Sendable, Hashable, Codable {
    package enum Purpose: String, Sendable, Codable {
        case install
        case upgrade
        case remove
    }

    package struct Change: Sendable, Hashable, Codable {
        package enum Verb: String, Sendable, Codable {
            case create
            case update
            /// Deleted and made again: some fields cannot change.
            case replace
            case unchanged
            case delete
            /// It is not ours, or it cannot be changed now.
            case refused
        }

        /// What stands in the way, where something does.
        package enum Obstacle: String, Sendable, Codable {
            /// Somebody else made it.
            case foreign
            /// It, or its namespace, is being deleted.
            case terminating
            /// The cluster has no such kind.
            case unserved
        }

        package var object: ObjectID
        package var verb: Verb
        package var obstacle: Obstacle?
        /// Why, where the verb does not say it.
        package var reason: String?
        package var differences: [FieldDifference]

        package init(_ object: ObjectID, _ verb: Verb, reason: String? = nil, differences: [FieldDifference] = []) {
            self.object = object
            self.verb = verb
            self.reason = reason
            self.differences = differences
        }

        /// Refused, because of this.
        init(_ object: ObjectID, _ obstacle: Obstacle, reason: String) {
            self.init(object, .refused, reason: reason)
            self.obstacle = obstacle
        }
    }

    package struct Phase: Sendable, Hashable, Codable {
        package var id: String
        package var title: String
        package var changes: [Change]
        /// Requests and jobs, in words.
        package var actions: [String]
        /// They are still to be done.
        package var runsActions: Bool
        /// What is waited for, in words.
        package var waits: [String]

        package init(
            id: String, title: String, changes: [Change], actions: [String], runsActions: Bool, waits: [String]
        ) {
            self.id = id
            self.title = title
            self.changes = changes
            self.actions = actions
            self.runsActions = runsActions
            self.waits = waits
        }

        package var hasChanges: Bool { runsActions || changes.contains { $0.verb != .unchanged } }
    }

    package static let formatVersion = 1

    package var formatVersion = FrameworkPlan.formatVersion
    package var purpose: Purpose
    package var framework: String
    package var channel: String
    package var version: String
    /// What is there now; nil if it is not installed.
    package var installedVersion: String?
    package var kubernetes: String
    package var phases: [Phase]
    /// Of an older version, and no longer described.
    package var prune: [Change]
    /// To be known before it is approved.
    package var notices: [String]

    package init(
        purpose: Purpose, framework: String, channel: String, version: String, installedVersion: String? = nil,
        kubernetes: String, phases: [Phase] = [], prune: [Change] = [], notices: [String] = []
    ) {
        self.purpose = purpose
        self.framework = framework
        self.channel = channel
        self.version = version
        self.installedVersion = installedVersion
        self.kubernetes = kubernetes
        self.phases = phases
        self.prune = prune
        self.notices = notices
    }

    package var changes: [Change] { phases.flatMap(\.changes) + prune }
    package var hasChanges: Bool { !prune.isEmpty || phases.contains(where: \.hasChanges) }

    /// How many of each verb.
    package var counts: [Change.Verb: Int] {
        changes.reduce(into: [:]) { $0[$1.verb, default: 0] += 1 }
    }

    /// What stands in the way, as diagnostics: one for each object, or for all that have the same cause if these are many.
    package var refusals: [Diagnostic] {
        let refused = changes.filter { $0.verb == .refused }
        func cause(_ change: Change) -> [String?] { [change.obstacle?.rawValue, change.reason] }
        let causes = Dictionary(grouping: refused, by: cause)
        return refused.compactMap { change in
            let alike = causes[cause(change)] ?? []
            if alike.count > Self.mostRefusals, alike.first?.object != change.object { return nil }
            let (code, hint) =
                switch change.obstacle {
                case .terminating: ("framework.terminating", "wait until it is gone, then run this again")
                case .unserved:
                    ("framework.not-served", "`martlet framework show` names the versions that a channel is for")
                default:
                    (
                        "framework.refused",
                        "remove or rename it, or take it over with --adopt if it is the framework's own"
                    )
                }
            let reason = change.reason ?? "it cannot be changed"
            guard alike.count > Self.mostRefusals else {
                return Diagnostic(code: code, "\(change.object): \(reason)", hint: hint)
            }
            let first = alike.prefix(Self.mostRefusals).map(\.object.description).joined(separator: ", ")
            return Diagnostic(
                code: code, "\(alike.count) objects: \(reason)",
                detail: "\(first) and \(alike.count - Self.mostRefusals) more", hint: hint)
        }
    }

    /// More with one cause are told together.
    private static let mostRefusals = 5
}

/// A field that is not what it must be; values of Secrets are never in it.
package struct FieldDifference: Sendable, Hashable, Codable {
    package var path: String
    /// nil is absent.
    package var found: String?
    package var wanted: String?

    package init(_ path: String, found: String?, wanted: String?) {
        self.path = path
        self.found = found
        self.wanted = wanted
    }
}
