/// What martlet writes beside a profile that it makes.
struct ProfileOwner: Sendable, Hashable, Codable {
    enum Phase: String, Sendable, Hashable, Codable {
        /// The first start has not ended well: there is nothing in the cluster yet.
        case starting
        case started
    }

    /// The name of the spec.
    var cluster: String
    var phase: Phase
    /// The computer and file of the spec that made it.
    var spec: String
    /// Names of the addons that martlet has enabled, each with a space before and behind; nil in records of older versions.
    var addons: String?

    var enabledAddons: [String] { (addons ?? "").split(separator: " ").map(String.init) }
}
