package import KubernetesAPI

/// A namespace that is made before everything else and removed last.
package struct FrameworkNamespace: Sendable {
    package enum Role: String, Sendable, CaseIterable {
        case core
        /// Where functions go unless the user says otherwise.
        case functions
    }

    package var name: String
    package var role: Role
    package var labels: [String: String]
    /// A file of the framework's makers makes it.
    package var isUpstream: Bool
    package var applies: Applicability
}

/// A Secret whose values are made on this machine, once.
package struct FrameworkSecret: Sendable {
    package enum Value: Sendable, Hashable {
        /// A fixed text, which may hold variables.
        case fixed(String)
        case generated(SecretGenerator)
        /// Other keys of the same Secret, one after the other.
        case joined([String], separator: String)
    }

    package var name: String
    package var namespace: String
    /// Further namespaces that get the same Secret.
    package var copies: [String]
    package var type: String
    /// In the order of the file.
    package var keys: [(name: String, value: Value)]
    package var applies: Applicability
}

/// How a value is made.
package enum SecretGenerator: Sendable, Hashable {
    /// Letters and digits.
    case alphanumeric(length: Int)
    case hexadecimal(length: Int)
    case uuid
    /// PEM of a self-signed certificate for these names.
    case certificate(names: [String])
    /// PEM of the key of the certificate in the same Secret.
    case certificateKey
}

package struct FrameworkImage: Sendable {
    package enum Role: String, Sendable, CaseIterable, Codable {
        case install
        /// Base images of functions.
        case runtime
        /// Samples.
        case function
    }

    package enum State: String, Sendable, CaseIterable, Codable {
        case ok
        case unverified
        case moved
        case gone
    }

    package var id: String
    package var reference: String
    /// `sha256:...`; nil is not known.
    package var digest: String?
    package var role: Role
    package var state: State
    package var replacement: String?
    package var architectures: [String]
    /// nil is what the licence says.
    package var isRedistributable: Bool?
    package var applies: Applicability
}

/// A file of objects.
package struct FrameworkSource: Sendable {
    package enum Origin: Sendable, Hashable {
        /// Our own, below the framework's folder; its texts hold variables.
        case file(String)
        /// Of the framework's makers; the URL may hold variables.
        case url(String, mirrors: [String])
    }

    /// Objects by what they are; of each list that is not empty one must match.
    package struct Selection: Sendable, Hashable {
        package var kinds: [String]
        package var names: [String]
        package var namespaces: [String]

        package func matches(_ object: JSONValue) -> Bool {
            let metadata = object["metadata"]
            return Self.holds(kinds, object["kind"]?.string) && Self.holds(names, metadata?["name"]?.string)
                && Self.holds(namespaces, metadata?["namespace"]?.string)
        }

        private static func holds(_ wanted: [String], _ found: String?) -> Bool {
            wanted.isEmpty || found.map(wanted.contains) ?? false
        }
    }

    /// A JSON merge patch (RFC 7396) on objects of the file.
    package struct Patch: Sendable {
        package var kind: String
        /// nil is all of the kind.
        package var name: String?
        package var namespace: String?
        package var merge: JSONValue
        package var applies: Applicability
    }

    package var id: String
    package var origin: Origin
    /// By channel; the empty name is every channel.
    package var digests: [String: String]
    package var size: Int?
    package var include: [Selection]
    package var exclude: [Selection]
    package var patches: [Patch]
    package var applies: Applicability

    package func digest(channel: String) -> String? { digests[channel] ?? digests[""] }
}

/// A step of an installation; the steps follow each other.
package struct FrameworkPhase: Sendable {
    /// Fields of an object that something else made.
    package struct Patch: Sendable {
        package var object: ObjectName
        package var merge: JSONValue
        package var applies: Applicability
    }

    /// A Job of our own that runs once and is removed.
    package struct JobRun: Sendable {
        package var source: String
        package var name: String
        package var namespace: String
    }

    package enum Moment: Sendable, Hashable {
        case always
        case beforeUpgrade
        case afterUpgrade
    }

    package var id: String
    package var title: String
    package var apply: [String]
    package var patches: [Patch]
    package var job: JobRun?
    package var http: [EndpointRequest]
    /// The phase is done if this holds.
    package var unless: ReadinessCheck?
    package var waits: [ReadinessCheck]
    package var waitsAutomatically: Bool
    package var timeout: Duration
    package var applies: Applicability
}

/// An object by kind and name; names may hold variables.
package struct ObjectName: Sendable, Hashable {
    package var apiVersion: String
    package var kind: String
    package var name: String
    package var namespace: String?

    package init(apiVersion: String, kind: String, name: String, namespace: String? = nil) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.name = name
        self.namespace = namespace
    }
}

/// What removal does beside deleting what was applied.
package struct FrameworkRemoval: Sendable {
    package struct Objects: Sendable {
        package var apiVersion: String
        package var kind: String
        /// nil is all namespaces.
        package var namespace: String?
        package var selector: String?
        /// Empty is all that the selector finds.
        package var names: [String]
        /// Taken off, with consent, where nobody is left who would do it.
        package var finalizer: String?
        package var applies: Applicability
    }

    /// Deleted first and waited for, while the controllers run.
    package var userObjects: [Objects] = []
    package var http: [EndpointRequest] = []
    /// Looked for at the end.
    package var leftovers: [Objects] = []
    /// False: claims are kept unless the user says otherwise.
    package var deletesClaims = false
}

package struct FrameworkUpgrade: Sendable {
    package var maxMinorStep: Int?
    /// Phases that run only then.
    package var before: [String] = []
    package var after: [String] = []
    package var canRollBack = false
    package var note: String?
}

/// A way to a service.
package struct FrameworkEndpoint: Sendable {
    package enum Authentication: Sendable, Hashable {
        case none
        /// User and password under two keys of a Secret.
        case basic(secret: String, namespace: String, user: String, password: String)
        /// `user:password` under one key.
        case basicToken(secret: String, namespace: String, key: String)
    }

    package var id: String
    package var service: String
    package var namespace: String
    /// A number or a port's name.
    package var port: String
    package var scheme: String
    /// Its certificate is our own and not verified.
    package var isInsecure: Bool
    /// The service by which it is reached from outside the cluster.
    package var nodePortService: String?
    package var nodePortPort: String?
    /// Of an ingress.
    package var host: String?
    package var authentication: Authentication
    package var applies: Applicability
}

/// A request to an endpoint.
package struct EndpointRequest: Sendable {
    package var endpoint: String
    package var method: String
    package var path: String
    package var headers: [String: String]
    /// Sent as JSON, a text as it is.
    package var body: JSONValue?
    /// A file of the framework's folder, whose content is the body.
    package var bodyFile: String?
    /// Statuses that are right; empty is 200 to 299.
    package var expect: [Int]
    package var applies: Applicability

    package init(
        endpoint: String, method: String = "GET", path: String, headers: [String: String] = [:], body: JSONValue? = nil,
        bodyFile: String? = nil, expect: [Int] = [], applies: Applicability = Applicability()
    ) {
        self.endpoint = endpoint
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
        self.bodyFile = bodyFile
        self.expect = expect
        self.applies = applies
    }

    package func accepts(_ status: Int) -> Bool {
        expect.isEmpty ? (200..<300).contains(status) : expect.contains(status)
    }
}

/// The smallest proof that it works: one function, one request.
package struct SmokeTest: Sendable {
    package var image: String?
    package var runtime: String?
    package var source: String?
    /// Handles a request, in an image with a watchdog.
    package var command: String?
    package var method: String
    package var body: String?
    package var status: Int
    package var contains: String?
    package var deadline: Duration
}
