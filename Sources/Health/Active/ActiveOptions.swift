/// What a person may choose about active probes.
package struct ActiveOptions: Sendable {
    /// With a BusyBox shell; nil takes one that the nodes already have.
    package var image: String?
    /// A name outside of the cluster that pods should be able to resolve; nil asks for none.
    package var externalName: String?

    package init(image: String? = nil, externalName: String? = nil) {
        self.image = image
        self.externalName = externalName
    }
}
