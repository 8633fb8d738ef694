internal import Diagnostics
internal import KubernetesAPI

extension APICollector {
    /// What only profiles ask.
    func profiles(_ needs: Set<APIList>) async -> APIEvidence {
        let access = "/apis/rbac.authorization.k8s.io/v1"
        async let namespaces = list(.namespaces, needs, "/api/v1/namespaces", of: Namespace.self)
        async let policies = list(
            .networkPolicies, needs, "/apis/networking.k8s.io/v1/networkpolicies", of: NetworkPolicy.self)
        async let accounts = list(.serviceAccounts, needs, "/api/v1/serviceaccounts", of: ServiceAccount.self)
        async let roles = list(.roles, needs, access + "/roles", of: AccessRole.self)
        async let clusterRoles = list(.clusterRoles, needs, access + "/clusterroles", of: AccessRole.self)
        async let bindings = list(.roleBindings, needs, access + "/rolebindings", of: AccessBinding.self)
        async let clusterBindings = list(
            .clusterRoleBindings, needs, access + "/clusterrolebindings", of: AccessBinding.self)
        async let security = list(
            .podSecurityPolicies, needs, "/apis/policy/v1beta1/podsecuritypolicies", of: PodSecurityPolicy.self)
        async let budgets = budgets(needs)
        async let anonymous = anonymous(needs)

        var evidence = APIEvidence()
        evidence.namespaces = await namespaces.answer
        evidence.networkPolicies = await policies.answer
        evidence.serviceAccounts = await accounts.answer
        evidence.roles = await roles.answer
        evidence.clusterRoles = await clusterRoles.answer
        evidence.roleBindings = await bindings.answer
        evidence.clusterRoleBindings = await clusterBindings.answer
        evidence.podSecurityPolicies = await security.answer
        evidence.disruptionBudgets = await budgets
        evidence.anonymous = await anonymous
        return evidence
    }

    /// `v1` came with 1.21, `v1beta1` went with 1.25.
    private func budgets(_ needs: Set<APIList>) async -> Answer<[DisruptionBudget]> {
        guard needs.contains(.disruptionBudgets) else { return .notAsked }
        do {
            do {
                return .value(
                    try await client.list("/apis/policy/v1/poddisruptionbudgets", of: DisruptionBudget.self).items)
            } catch  where error.isNotFound {
                return .value(
                    try await client.list("/apis/policy/v1beta1/poddisruptionbudgets", of: DisruptionBudget.self).items)
            }
        } catch {
            return .unknown(error.diagnostic.summary)
        }
    }

    /// Asks for the namespaces without a certificate and without a token; the server's certificate is verified as ever.
    private func anonymous(_ needs: Set<APIList>) async -> Answer<AnonymousAccess> {
        guard needs.contains(.anonymous) else { return .notAsked }
        var stranger = access
        stranger.identity = nil
        stranger.token = nil
        do {
            _ = try await KubernetesClient(stranger, timeouts: .trial).text(
                "/api/v1/namespaces", query: [("limit", "1")])
            return .value(.allowed)
        } catch {
            switch error.code {
            case 401: return .value(.unauthenticated)
            case 403: return .value(.forbidden)
            default: return .unknown(error.diagnostic.summary)
            }
        }
    }
}
