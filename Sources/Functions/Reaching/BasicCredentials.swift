package import Diagnostics
internal import Foundation
internal import KubernetesAPI

/// A name and a password for HTTP Basic (RFC 7617).
package struct BasicCredentials: Sendable {
    private let joined: Secret<String>
    /// Where they came from, for messages.
    package let origin: String

    /// - Parameter joined: `name:password`.
    package init(joined: String, origin: String) {
        self.joined = Secret(joined)
        self.origin = origin
    }

    /// The name alone, which is no secret; OpenWhisk's is a UUID.
    package var user: String { String(joined.reveal().prefix { $0 != ":" }) }

    /// The value of an Authorization header; a secret.
    var header: String { "Basic " + Data(joined.reveal().utf8).base64EncodedString() }

    /// The environment variable that comes before the cluster's Secret; its value is `name:password`.
    package static let variable = "MARTLET_FUNCTION_AUTH"

    /// From the environment, else from the framework's Secret; nil if the framework has none.
    ///
    /// - Throws: `function.credentials` if they are needed and cannot be had.
    package static func find(
        _ site: FunctionSite, _ cluster: any FunctionCluster, environment: [String: String]
    ) async throws(Diagnostic) -> BasicCredentials? {
        if site.credentials == .none { return nil }
        if let given = environment[variable], !given.isEmpty {
            guard given.contains(":") else {
                throw Diagnostic(
                    code: "function.credentials", "\(variable) is not of the form name:password",
                    hint: "set it to both, with a colon between", exitCode: .usage)
            }
            return BasicCredentials(joined: given, origin: variable)
        }
        switch site.credentials {
        case .none: return nil
        case .basic(let namespace, let name, let user, let password):
            let secret = try await read(namespace, name, site, cluster)
            return BasicCredentials(
                joined: try value(user, secret, namespace, name) + ":" + value(password, secret, namespace, name),
                origin: "Secret \(namespace)/\(name)")
        case .joined(let namespace, let name, let key):
            let secret = try await read(namespace, name, site, cluster)
            return BasicCredentials(
                joined: try value(key, secret, namespace, name), origin: "Secret \(namespace)/\(name)")
        }
    }

    private static func read(
        _ namespace: String, _ name: String, _ site: FunctionSite, _ cluster: any FunctionCluster
    ) async throws(Diagnostic) -> JSONValue {
        do throws(KubernetesError) {
            return try await cluster.get(
                "/api/v1/namespaces/\(PathText.escaped(namespace))/secrets/\(PathText.escaped(name))")
        } catch {
            var diagnostic = error.diagnostic
            diagnostic.code = "function.credentials"
            diagnostic.summary =
                "the credentials of \(site.framework) cannot be read from the Secret \(namespace)/\(name)"
            diagnostic.detail = error.diagnostic.summary
            diagnostic.hint = "set \(variable) to name:password, or use a kubeconfig that may read the Secret"
            diagnostic.exitCode = .unreachable
            throw diagnostic
        }
    }

    /// Values in a Secret are base64 (core/v1 Secret `data`).
    private static func value(
        _ key: String, _ secret: JSONValue, _ namespace: String, _ name: String
    ) throws(Diagnostic) -> String {
        guard let text = secret["data"]?[key]?.string, let data = Data(base64Encoded: text) else {
            throw Diagnostic(
                code: "function.credentials", "the Secret \(namespace)/\(name) has no key \(key)",
                hint: "set \(variable) to name:password", exitCode: .unreachable)
        }
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
