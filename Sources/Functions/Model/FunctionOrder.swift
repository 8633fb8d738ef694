/// A function as somebody wants it, in terms that all frameworks share.
package struct FunctionOrder: Sendable, Hashable {
    /// What is run.
    package enum Code: Sendable, Hashable {
        /// A container image that does what the framework expects of one.
        case image(String)
        /// A file or folder of source text.
        case source(SourcePackage)
    }

    package var name: String
    package var code: Code
    /// Of source; nil is chosen by the file's ending.
    package var runtime: String?
    /// `file.function`, in the framework's way; nil is its default.
    package var handler: String?
    /// An image for source, instead of the runtime's own.
    package var runtimeImage: String?
    /// The command that handles a request, for images with a watchdog (OpenFaaS).
    package var command: String?
    package var environment: [String: String]
    /// Names of Secrets in the functions' namespace.
    package var secrets: [String]
    package var labels: [String: String]
    package var annotations: [String: String]
    /// For one request, in whole seconds; nil is the framework's default.
    package var timeout: Int?
    /// Kubernetes quantities: `128Mi`, `500m`.
    package var memory: String?
    package var cpu: String?
    package var minimum: Int?
    package var maximum: Int?
    package var triggers: [FunctionTrigger]

    package init(
        name: String, code: Code, runtime: String? = nil, handler: String? = nil, runtimeImage: String? = nil,
        command: String? = nil, environment: [String: String] = [:], secrets: [String] = [],
        labels: [String: String] = [:], annotations: [String: String] = [:], timeout: Int? = nil,
        memory: String? = nil, cpu: String? = nil, minimum: Int? = nil, maximum: Int? = nil,
        triggers: [FunctionTrigger] = []
    ) {
        self.name = name
        self.code = code
        self.runtime = runtime
        self.handler = handler
        self.runtimeImage = runtimeImage
        self.command = command
        self.environment = environment
        self.secrets = secrets
        self.labels = labels
        self.annotations = annotations
        self.timeout = timeout
        self.memory = memory
        self.cpu = cpu
        self.minimum = minimum
        self.maximum = maximum
        self.triggers = triggers
    }

    package var image: String? { if case .image(let image) = code { image } else { nil } }
    package var source: SourcePackage? { if case .source(let source) = code { source } else { nil } }
}

/// What calls a function by itself.
package enum FunctionTrigger: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable, Codable {
        case http
        case schedule
        case queue
    }

    /// At a path below the framework's own address, or at a host and path by an Ingress.
    case http(host: String?, path: String)
    /// Five fields of cron, UTC.
    case schedule(cron: String, payload: String?)
    /// Messages of a topic.
    case queue(topic: String)

    package var kind: Kind {
        switch self {
        case .http: .http
        case .schedule: .schedule
        case .queue: .queue
        }
    }

    /// For people: `schedule */5 * * * *`.
    package var text: String {
        switch self {
        case .http(let host, let path): "http \(host ?? "")\(path)"
        case .schedule(let cron, _): "schedule \(cron)"
        case .queue(let topic): "queue \(topic)"
        }
    }
}
