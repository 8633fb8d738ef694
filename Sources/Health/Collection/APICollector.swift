internal import Diagnostics
package import Foundation
package import KubernetesAPI

/// Asks the API what the chosen probes need: each list once, all at the same time.
package struct APICollector: Sendable {
    package let client: KubernetesClient
    package let access: KubernetesAccess

    package init(access: KubernetesAccess) {
        self.access = access
        client = KubernetesClient(access)
    }

    /// - Returns: what was learnt; a list that was refused is unknown and leaves the others alone. `now` is the API
    ///   server's clock, nil if it never answered.
    package func collect(_ needs: Set<APIList>) async -> (evidence: APIEvidence, now: Date?) {
        async let nodes = list(.nodes, needs, "/api/v1/nodes", of: Node.self)
        async let leases = list(.leases, needs, "/apis/coordination.k8s.io/v1/leases", of: Lease.self)
        async let pods = list(.pods, needs, "/api/v1/pods", of: Pod.self)
        async let classes = list(
            .storageClasses, needs, "/apis/storage.k8s.io/v1/storageclasses", of: StorageClass.self)
        async let claims = list(.claims, needs, "/api/v1/persistentvolumeclaims", of: VolumeClaim.self)
        async let volumes = list(.volumes, needs, "/api/v1/persistentvolumes", of: Volume.self)
        async let requests = list(
            .signingRequests, needs, "/apis/certificates.k8s.io/v1/certificatesigningrequests", of: SigningRequest.self)
        async let tokens = list(
            .bootstrapTokens, needs, "/api/v1/namespaces/kube-system/secrets", of: BootstrapToken.self,
            fields: "type=bootstrap.kubernetes.io/token")
        async let validating = list(
            .validatingWebhooks, needs, "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
            of: WebhookConfiguration.self)
        async let mutating = list(
            .mutatingWebhooks, needs, "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
            of: WebhookConfiguration.self)
        async let services = list(
            .apiServices, needs, "/apis/apiregistration.k8s.io/v1/apiservices", of: APIService.self)
        async let versioned = versioned(needs)
        async let deprecated = deprecated(needs)
        async let servers = servers(needs)
        async let profiles = profiles(needs)

        var evidence = await profiles
        let nodeList = await nodes
        evidence.nodes = nodeList.answer
        evidence.leases = await leases.answer
        evidence.pods = await pods.answer
        evidence.endpoints = await versioned.endpoints
        evidence.storageClasses = await classes.answer
        evidence.claims = await claims.answer
        evidence.volumes = await volumes.answer
        evidence.signingRequests = await requests.answer
        evidence.bootstrapTokens = await tokens.answer
        evidence.validatingWebhooks = await validating.answer
        evidence.mutatingWebhooks = await mutating.answer
        evidence.apiServices = await services.answer
        evidence.version = await versioned.version
        evidence.deprecated = await deprecated
        evidence.apiServers = await servers
        return (evidence, nodeList.time)
    }

    struct Listed<Object: Sendable>: Sendable {
        var answer: Answer<[Object]>
        var time: Date?
    }

    func list<Object: KubernetesObject>(
        _ name: APIList, _ needs: Set<APIList>, _ path: String, of: Object.Type, fields: String? = nil
    ) async -> Listed<Object> {
        guard needs.contains(name) else { return Listed(answer: .notAsked) }
        do {
            let list = try await client.list(path, of: Object.self, fields: fields)
            return Listed(answer: .value(list.items), time: list.serverTime)
        } catch {
            return Listed(answer: .unknown(error.diagnostic.summary))
        }
    }

    /// The version, and what is asked for in one way or another by it.
    private func versioned(
        _ needs: Set<APIList>
    ) async -> (version: Answer<String>, endpoints: Answer<[Endpoints]>) {
        let version = await version(needs)
        return (version, await endpoints(needs, version: version))
    }

    private func version(_ needs: Set<APIList>) async -> Answer<String> {
        guard needs.contains(.version) else { return .notAsked }
        do {
            let version = try await client.get("/version", as: ServerVersion.self)
            return version.gitVersion.map(Answer.value) ?? .unknown("/version names no version")
        } catch {
            return .unknown(error.diagnostic.summary)
        }
    }

    private func deprecated(_ needs: Set<APIList>) async -> Answer<[DeprecatedRequest]> {
        guard needs.contains(.metrics) else { return .notAsked }
        do {
            let samples = try await client.metrics(
                names: ["apiserver_requested_deprecated_apis", "apiserver_request_total"])
            return .value(DeprecatedRequest.read(samples))
        } catch {
            return .unknown(error.diagnostic.summary)
        }
    }

    // MARK: API servers

    private func servers(_ needs: Set<APIList>) async -> Answer<[APIServerState]> {
        guard needs.contains(.apiServers) else { return .notAsked }
        do {
            // Every API server keeps its own address in this object (kube-apiserver's endpoint reconciler).
            let own = try await client.get("/api/v1/namespaces/default/endpoints/kubernetes", as: ServiceEndpoints.self)
            async let endpoint = EndpointTrial(access).run()
            var states = await withTaskGroup(of: APIServerState.self) { group in
                for address in own.addresses { group.addTask { await ready(at: address) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            states.sort { $0.address < $1.address }
            return .value([await endpoint] + states)
        } catch {
            return .unknown(error.diagnostic.summary)
        }
    }

    private func ready(at address: String) async -> APIServerState {
        var direct = access
        direct.server = "https://\(address)"
        var state = APIServerState(address: address)
        do {
            let text = try await KubernetesClient(direct, timeouts: .trial).text(
                "/readyz", query: [("verbose", "true")])
            state.failedChecks = Self.failedChecks(text)
        } catch {
            if case .status(let code, _, let message, _) = error, code == 500 {
                state.problem = "not ready"
                state.failedChecks = Self.failedChecks(message)
            } else {
                state.problem = error.diagnostic.summary
            }
        }
        return state
    }

    /// `[-]etcd failed: reason withheld` and its like.
    static func failedChecks(_ text: String) -> [String] {
        text.split(separator: "\n").filter { $0.hasPrefix("[-]") }.map { String($0.dropFirst(3)) }
    }
}

/// Addresses with ports of an Endpoints object.
struct ServiceEndpoints: Decodable, Sendable {
    struct Subset: Decodable, Sendable {
        struct Address: Decodable, Sendable { var ip: String? }
        struct Port: Decodable, Sendable { var port: Int? }
        var addresses: [Address]?
        var ports: [Port]?
    }

    var subsets: [Subset]?

    var addresses: [String] {
        (subsets ?? []).flatMap { subset -> [String] in
            guard let port = subset.ports?.first?.port else { return [] }
            return (subset.addresses ?? []).compactMap(\.ip).map {
                $0.contains(":") ? "[\($0)]:\(port)" : "\($0):\(port)"
            }
        }
    }
}
