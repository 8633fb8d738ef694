package import Diagnostics

/// What a client trusts, who it is, and how it gets out.
package struct WebSettings: Sendable {
    /// Whose certificates are believed.
    package enum Trust: Sendable {
        case system
        /// Only the authorities in this PEM file.
        case file(String)
        /// Only these authorities, in PEM.
        case pem([UInt8])
    }

    /// A client certificate with its key.
    package enum Identity: Sendable {
        case files(certificate: String, key: String)
        case pem(certificate: [UInt8], key: Secret<[UInt8]>)
    }

    package enum Proxy: Sendable, Hashable {
        /// `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, as libcurl reads them.
        case environment
        case none
        case url(String)
    }

    package var trust: Trust
    package var identity: Identity?
    /// Believes any certificate, also that of somebody in between; only where a user said so in as many words.
    package var isInsecure: Bool
    /// The name in the server's certificate where it is not the one in the URL.
    package var serverName: String?
    package var proxy: Proxy
    package var userAgent: String
    /// Transfers at a time; more wait in line.
    package var maximumTransfers: Int

    package init(
        trust: Trust = .system, identity: Identity? = nil, serverName: String? = nil, proxy: Proxy = .environment,
        userAgent: String = "martlet", maximumTransfers: Int = 8, isInsecure: Bool = false
    ) {
        self.isInsecure = isInsecure
        self.trust = trust
        self.identity = identity
        self.serverName = serverName
        self.proxy = proxy
        self.userAgent = userAgent
        self.maximumTransfers = maximumTransfers
    }
}
