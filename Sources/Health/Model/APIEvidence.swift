/// What may be asked of the API, each once for all probes that need it.
package enum APIList: String, Sendable, Hashable, CaseIterable {
    case nodes
    case leases
    case pods
    case endpoints
    case storageClasses
    case claims
    case volumes
    case signingRequests
    case bootstrapTokens
    case validatingWebhooks
    case mutatingWebhooks
    case apiServices
    case version
    case metrics
    case apiServers
    // Of profiles only.
    case namespaces
    case networkPolicies
    case serviceAccounts
    case roles
    case clusterRoles
    case roleBindings
    case clusterRoleBindings
    case podSecurityPolicies
    case disruptionBudgets
    /// What a request without credentials is answered.
    case anonymous
}

/// The lists that were asked; all others are unknown.
package struct APIEvidence: Sendable {
    package var nodes = Answer<[Node]>.notAsked
    package var leases = Answer<[Lease]>.notAsked
    package var pods = Answer<[Pod]>.notAsked
    package var endpoints = Answer<[Endpoints]>.notAsked
    package var storageClasses = Answer<[StorageClass]>.notAsked
    package var claims = Answer<[VolumeClaim]>.notAsked
    package var volumes = Answer<[Volume]>.notAsked
    package var signingRequests = Answer<[SigningRequest]>.notAsked
    package var bootstrapTokens = Answer<[BootstrapToken]>.notAsked
    package var validatingWebhooks = Answer<[WebhookConfiguration]>.notAsked
    package var mutatingWebhooks = Answer<[WebhookConfiguration]>.notAsked
    package var apiServices = Answer<[APIService]>.notAsked
    /// `v1.20.2`.
    package var version = Answer<String>.notAsked
    package var deprecated = Answer<[DeprecatedRequest]>.notAsked
    package var apiServers = Answer<[APIServerState]>.notAsked
    package var namespaces = Answer<[Namespace]>.notAsked
    package var networkPolicies = Answer<[NetworkPolicy]>.notAsked
    package var serviceAccounts = Answer<[ServiceAccount]>.notAsked
    package var roles = Answer<[AccessRole]>.notAsked
    package var clusterRoles = Answer<[AccessRole]>.notAsked
    package var roleBindings = Answer<[AccessBinding]>.notAsked
    package var clusterRoleBindings = Answer<[AccessBinding]>.notAsked
    package var podSecurityPolicies = Answer<[PodSecurityPolicy]>.notAsked
    package var disruptionBudgets = Answer<[DisruptionBudget]>.notAsked
    package var anonymous = Answer<AnonymousAccess>.notAsked

    /// Nothing could be asked, for one reason.
    package static func unreachable(_ reason: String) -> APIEvidence {
        APIEvidence(
            nodes: .unknown(reason), leases: .unknown(reason), pods: .unknown(reason), endpoints: .unknown(reason),
            storageClasses: .unknown(reason), claims: .unknown(reason), volumes: .unknown(reason),
            signingRequests: .unknown(reason), bootstrapTokens: .unknown(reason), validatingWebhooks: .unknown(reason),
            mutatingWebhooks: .unknown(reason), apiServices: .unknown(reason), version: .unknown(reason),
            deprecated: .unknown(reason), apiServers: .unknown(reason), namespaces: .unknown(reason),
            networkPolicies: .unknown(reason), serviceAccounts: .unknown(reason), roles: .unknown(reason),
            clusterRoles: .unknown(reason), roleBindings: .unknown(reason), clusterRoleBindings: .unknown(reason),
            podSecurityPolicies: .unknown(reason), disruptionBudgets: .unknown(reason), anonymous: .unknown(reason))
    }
}

/// One API server, asked at its own address or through the endpoint.
package struct APIServerState: Sendable {
    /// `HOST:PORT`.
    package var address: String
    package var isEndpoint: Bool
    /// nil if it answered that it is ready.
    package var problem: String?
    /// Lines of `/readyz?verbose` that are not ok.
    package var failedChecks: [String]
    /// Of small requests one after another, in seconds.
    package var latencies: [Double]
    /// Requests that were answered, and those that were not; of the endpoint only.
    package var answers = 0
    package var failures = 0

    package init(
        address: String, isEndpoint: Bool = false, problem: String? = nil, failedChecks: [String] = [],
        latencies: [Double] = []
    ) {
        self.address = address
        self.isEndpoint = isEndpoint
        self.problem = problem
        self.failedChecks = failedChecks
        self.latencies = latencies
    }
}

extension Answer {
    package static var notAsked: Answer<Value> { .unknown("it was not asked") }
}
