/// A function as a framework knows it.
package struct FunctionRecord: Sendable, Hashable, Codable {
    package enum State: String, Sendable, Hashable, Codable {
        case ready
        /// Nothing runs, and the next request wakes it.
        case idle
        case pending
        case failed
    }

    package var name: String
    /// The name of the installed framework.
    package var framework: String
    package var namespace: String
    package var state: State
    /// Why it is not ready; empty if it is.
    package var reason: String
    package var image: String?
    package var runtime: String?
    /// Wanted and able to answer; nil where the framework does not tell.
    package var replicas: Int?
    package var available: Int?
    /// Answered so far, as the framework counts.
    package var invocations: Int?
    package var url: String?
    package var triggers: [String]
    /// RFC 3339.
    package var created: String?
    /// The framework's own terms and what they are here: `revision`, `fprocess`, `kind`.
    package var terms: [String: String]

    package init(
        name: String, framework: String, namespace: String, state: State, reason: String = "", image: String? = nil,
        runtime: String? = nil, replicas: Int? = nil, available: Int? = nil, invocations: Int? = nil,
        url: String? = nil, triggers: [String] = [], created: String? = nil, terms: [String: String] = [:]
    ) {
        self.name = name
        self.framework = framework
        self.namespace = namespace
        self.state = state
        self.reason = reason
        self.image = image
        self.runtime = runtime
        self.replicas = replicas
        self.available = available
        self.invocations = invocations
        self.url = url
        self.triggers = triggers
        self.created = created
        self.terms = terms
    }
}

/// What `deploy` did.
package enum FunctionChange: String, Sendable, Hashable, Codable {
    case created
    case updated
}

/// A line that an instance wrote.
package struct FunctionLogLine: Sendable, Hashable, Codable {
    /// RFC 3339; nil if it is not known.
    package var time: String?
    /// The pod or activation.
    package var instance: String
    package var text: String

    package init(time: String? = nil, instance: String, text: String) {
        self.time = time
        self.instance = instance
        self.text = text
    }
}
