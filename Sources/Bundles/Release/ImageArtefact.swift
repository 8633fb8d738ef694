/// A container image as a docker-archive or OCI tar, with every name by which it is known after import.
package struct ImageArtefact: Sendable, Hashable, Codable {
    /// With tags, for example `registry.k8s.io/pause:3.9`; as the source writes them, at least one.
    package var references: [String]
    package var artefact: Artefact

    package init(references: [String], artefact: Artefact) {
        self.references = references
        self.artefact = artefact
    }
}
