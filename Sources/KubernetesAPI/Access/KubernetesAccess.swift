package import Diagnostics
package import WebClient

/// How one API server is reached: from a kubeconfig.
package struct KubernetesAccess: Sendable {
    package enum Token: Sendable {
        case value(Secret<String>)
        /// Read again each minute: tokens of service accounts are renewed in place.
        case file(String)
        case plugin(CredentialPlugin)
    }

    /// `https://HOST:PORT`, maybe with a path, without a slash at its end.
    package var server: String
    package var trust: WebSettings.Trust
    /// The server may be anybody: only where the kubeconfig says `insecure-skip-tls-verify: true`.
    package var isInsecure: Bool
    package var identity: WebSettings.Identity?
    package var token: Token?
    package var proxy: WebSettings.Proxy
    /// The name in the server's certificate where it is not the one in `server`.
    package var serverName: String?
    package var namespace: String
    package var context: String
    package var clusterName: String

    package init(
        server: String, trust: WebSettings.Trust = .system, isInsecure: Bool = false,
        identity: WebSettings.Identity? = nil, token: Token? = nil, proxy: WebSettings.Proxy = .environment,
        serverName: String? = nil, namespace: String = "default", context: String = "", clusterName: String = ""
    ) {
        self.server = server.hasSuffix("/") ? String(server.dropLast()) : server
        self.trust = trust
        self.isInsecure = isInsecure
        self.identity = identity
        self.token = token
        self.proxy = proxy
        self.serverName = serverName
        self.namespace = namespace
        self.context = context
        self.clusterName = clusterName
    }

    func settings(identity other: WebSettings.Identity?, maximumTransfers: Int) -> WebSettings {
        WebSettings(
            trust: trust, identity: other ?? identity, serverName: serverName, proxy: proxy,
            maximumTransfers: maximumTransfers, isInsecure: isInsecure)
    }
}

/// A program that knows credentials, as the `exec` of a kubeconfig's user describes it (client.authentication.k8s.io).
package struct CredentialPlugin: Sendable {
    /// With a path, or looked for in PATH.
    package var command: String
    package var arguments: [String]
    package var environment: [String: String]
    /// Of ExecCredential: `client.authentication.k8s.io/v1` or its `v1beta1`.
    package var apiVersion: String
    /// The cluster is told to the program.
    package var wantsCluster: Bool
    /// What the kubeconfig says to those who do not have the program.
    package var installHint: String?
    /// How long it may take: a person may have to confirm something elsewhere.
    package var patience: Duration
    /// What `wantsCluster` is answered with, as `spec.cluster` of the ExecCredential.
    package var cluster: JSONValue
}
