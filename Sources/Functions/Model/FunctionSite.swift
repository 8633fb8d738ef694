/// Which API a framework speaks.
package enum FunctionAdapter: String, Sendable, Hashable, CaseIterable, Codable {
    case openfaas
    case openwhisk
    case knative
    case fission
    case kubeless
}

/// A language that a framework runs from source.
package struct FunctionRuntime: Sendable, Hashable {
    /// What `--runtime` says.
    package var id: String
    /// Chooses the files of `manifests/functions`: python, nodejs, shell.
    package var language: String
    package var image: String?
    /// OpenWhisk's word for it: `nodejs:14`.
    package var kind: String?
    package var isDefault: Bool

    package init(id: String, language: String, image: String? = nil, kind: String? = nil, isDefault: Bool = false) {
        self.id = id
        self.language = language
        self.image = image
        self.kind = kind
        self.isDefault = isDefault
    }
}

/// An installed framework as its adapter needs to know it.
package struct FunctionSite: Sendable, Hashable {
    /// In which Secret the credentials are.
    package enum Credentials: Sendable, Hashable {
        case none
        /// Name and password under two keys.
        case basic(namespace: String, secret: String, user: String, password: String)
        /// `name:password` under one key.
        case joined(namespace: String, secret: String, key: String)
    }

    /// The catalogue's name.
    package var framework: String
    package var adapter: FunctionAdapter
    /// Where functions live.
    package var namespace: String
    /// Where the framework's own pods live.
    package var core: String
    /// Of management and invocation; nil where functions have Services of their own.
    package var gateway: ServiceAddress?
    package var credentials: Credentials
    package var runtimes: [FunctionRuntime]
    /// Bytes of source that the framework takes.
    package var sourceLimit: Int
    package var takesSource: Bool
    package var takesImages: Bool
    package var triggers: [FunctionTrigger.Kind]
    package var isAsynchronous: Bool
    /// By itself, when nobody asks.
    package var scalesToZero: Bool
    /// No replicas may be asked for, though it never comes to that by itself.
    package var hasZeroByHand: Bool
    package var maximum: Int?
    /// Of CronJobs that call functions: an image with a shell and wget or curl.
    package var triggerImage: String?

    package init(
        framework: String, adapter: FunctionAdapter, namespace: String, core: String, gateway: ServiceAddress? = nil,
        credentials: Credentials = .none, runtimes: [FunctionRuntime] = [], sourceLimit: Int = 1_000_000,
        takesSource: Bool = true, takesImages: Bool = true, triggers: [FunctionTrigger.Kind] = [.http],
        isAsynchronous: Bool = false, scalesToZero: Bool = false, hasZeroByHand: Bool = false,
        maximum: Int? = nil, triggerImage: String? = nil
    ) {
        self.framework = framework
        self.adapter = adapter
        self.namespace = namespace
        self.core = core
        self.gateway = gateway
        self.credentials = credentials
        self.runtimes = runtimes
        self.sourceLimit = sourceLimit
        self.takesSource = takesSource
        self.takesImages = takesImages
        self.triggers = triggers
        self.isAsynchronous = isAsynchronous
        self.scalesToZero = scalesToZero
        self.hasZeroByHand = hasZeroByHand
        self.maximum = maximum
        self.triggerImage = triggerImage
    }
}

/// A Service and how it is seen from outside of the cluster.
package struct ServiceAddress: Sendable, Hashable {
    package var namespace: String
    package var service: String
    /// A number or a name.
    package var port: String
    package var isSecure: Bool
    /// Its certificate is the framework's own and is not checked.
    package var isInsecure: Bool
    /// A Service of type NodePort or LoadBalancer for the same; nil: maybe `service` itself is one.
    package var outside: String?
    package var outsidePort: String?
    /// Of an Ingress.
    package var host: String?

    package init(
        namespace: String, service: String, port: String, isSecure: Bool = false, isInsecure: Bool = false,
        outside: String? = nil, outsidePort: String? = nil, host: String? = nil
    ) {
        self.namespace = namespace
        self.service = service
        self.port = port
        self.isSecure = isSecure
        self.isInsecure = isInsecure
        self.outside = outside
        self.outsidePort = outsidePort
        self.host = host
    }
}
