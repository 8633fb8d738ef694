import KubernetesAPI
import Testing

@testable import Frameworks

/// What the programs of a framework ask of the API: `access-needs.yaml` in its folder.
struct AccessNeeds {
    struct Need: Sendable, CustomStringConvertible {
        var verb: String
        var group: String
        var resource: String
        var subresource: String?
        /// nil asks for all namespaces, or for what belongs to none.
        var namespace: String?
        var name: String?

        var description: String {
            let path = [group, resource, subresource ?? ""].filter { !$0.isEmpty }.joined(separator: "/")
            return "\(verb) \(path) \(name ?? "") in \(namespace ?? "all namespaces")"
        }
    }

    struct Account: Sendable {
        var name: String
        var namespace: String
        var needs: [Need]
        var refused: [Need]
    }

    var accounts: [Account]

    /// - Parameter release: whose variables the file names.
    /// - Returns: nil for a framework, or a channel of it, that asks the API for nothing.
    static func read(_ release: FrameworkRelease) throws -> AccessNeeds? {
        let file = release.fill(try ShippedFrameworks.yaml(release.framework.name, "access-needs.yaml"))
        if let channels = file["channels"]?.array, !channels.contains(.string(release.channel.name)) { return nil }
        let sources = try #require(file["sources"]?.object)
        return AccessNeeds(
            accounts: try (file["accounts"]?.array ?? []).map { account in
                Account(
                    name: try #require(account["name"]?.string),
                    namespace: try #require(account["namespace"]?.string),
                    needs: try needs(account["needs"], sources: sources),
                    refused: try needs(account["refused"], sources: nil))
            })
    }

    private static func needs(_ list: JSONValue?, sources: [String: JSONValue]?) throws -> [Need] {
        var found: [Need] = []
        for entry in try #require(list?.array) {
            if let sources {
                let source = try #require(entry["source"]?.string)
                #expect(sources.keys.contains { source.hasPrefix("\($0): ") }, "\(source) names no source")
            }
            for verb in try #require(entry["verbs"]?.array).compactMap(\.string) {
                for resource in try #require(entry["resources"]?.array).compactMap(\.string) {
                    found.append(
                        Need(
                            verb: verb, group: try #require(entry["group"]?.string), resource: resource,
                            subresource: entry["subresource"]?.string, namespace: entry["namespace"]?.string,
                            name: entry["name"]?.string))
                }
            }
        }
        #expect(!found.isEmpty)
        return found
    }
}

extension KubernetesClient {
    /// Whether a service account may do it (SubjectAccessReview).
    func allows(_ need: AccessNeeds.Need, to account: AccessNeeds.Account) async throws -> Bool {
        var attributes: JSONValue = [
            "verb": .string(need.verb), "group": .string(need.group), "resource": .string(need.resource),
        ]
        if let subresource = need.subresource { attributes["subresource"] = .string(subresource) }
        if let namespace = need.namespace { attributes["namespace"] = .string(namespace) }
        if let name = need.name { attributes["name"] = .string(name) }
        let review = try await create(
            "/apis/authorization.k8s.io/v1/subjectaccessreviews",
            [
                "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
                "spec": [
                    "user": .string("system:serviceaccount:\(account.namespace):\(account.name)"),
                    "groups": [
                        "system:serviceaccounts", .string("system:serviceaccounts:\(account.namespace)"),
                        "system:authenticated",
                    ],
                    "resourceAttributes": attributes,
                ],
            ])
        let allowed: Bool = try #require(review["status"]?["allowed"]?.bool as Bool?)
        return allowed
    }
}
