/// A Debian package for one distribution.
package struct PackageArtefact: Sendable, Hashable, Codable {
    /// `ID-VERSION_ID` of os-release, for example `debian-12`.
    package var distribution: String
    package var artefact: Artefact

    package init(distribution: String, artefact: Artefact) {
        self.distribution = distribution
        self.artefact = artefact
    }

    package var name: String { artefact.name }
    package var version: String { artefact.version }
}
