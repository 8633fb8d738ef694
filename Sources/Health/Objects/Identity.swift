package struct SigningRequest: KubernetesObject {
    package struct Spec: Sendable, Decodable {
        package var username: String?
        package var signerName: String?
    }
    package struct Status: Sendable, Decodable { package var conditions: [Condition]? }

    package var metadata: Metadata?
    package var spec: Spec?
    package var status: Status?

    /// Neither approved nor denied nor failed.
    package var isPending: Bool { status?.conditions?.isEmpty ?? true }
}

/// A bootstrap token without its secret half: `data` is decoded for its identifier and end only.
package struct BootstrapToken: KubernetesObject {
    package struct Fields: Sendable, Decodable {
        /// Base64.
        package var expiration: String?

        private enum CodingKeys: String, CodingKey { case expiration }
    }

    package var metadata: Metadata?
    package var data: Fields?
}
