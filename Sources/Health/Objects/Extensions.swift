/// Validating or mutating: the parts that both have.
package struct WebhookConfiguration: KubernetesObject {
    package struct Webhook: Sendable, Decodable {
        package struct Client: Sendable, Decodable {
            package struct Service: Sendable, Decodable {
                package var namespace: String?
                package var name: String?
            }
            package var service: Service?
            package var url: String?
        }
        package var name: String?
        package var failurePolicy: String?
        package var timeoutSeconds: Int?
        package var clientConfig: Client?
    }

    package var metadata: Metadata?
    package var webhooks: [Webhook]?
}

package struct APIService: KubernetesObject {
    package struct Spec: Sendable, Decodable {
        package struct Service: Sendable, Decodable {
            package var namespace: String?
            package var name: String?
        }
        package var service: Service?
    }
    package struct Status: Sendable, Decodable { package var conditions: [Condition]? }

    package var metadata: Metadata?
    package var spec: Spec?
    package var status: Status?
}

package struct Endpoints: KubernetesObject {
    package struct Subset: Sendable, Decodable {
        package struct Address: Sendable, Decodable {
            package var ip: String?
            package var nodeName: String?
        }
        package var addresses: [Address]?
        package var notReadyAddresses: [Address]?
    }

    package var metadata: Metadata?
    package var subsets: [Subset]?

    package var readyAddresses: [String] { (subsets ?? []).flatMap { $0.addresses ?? [] }.compactMap(\.ip) }
}

/// `/version`.
package struct ServerVersion: Sendable, Decodable {
    /// `v1.20.2`.
    package var gitVersion: String?
}
