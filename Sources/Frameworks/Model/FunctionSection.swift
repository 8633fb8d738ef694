/// How functions get into an installed framework and are reached there: whose API it speaks, and where things are.
///
/// Texts still hold their variables.
package struct FunctionSection: Sendable {
    /// APIs that `Sources/Functions` speaks.
    package enum Adapter: String, Sendable, CaseIterable, Codable {
        case openfaas
        case openwhisk
        case knative
        case fission
        case kubeless
    }

    package enum Input: String, Sendable, CaseIterable, Codable {
        case image
        case source
        case archive
    }

    /// A language that the framework runs from source.
    package struct Runtime: Sendable {
        /// What `--runtime` says.
        package var id: String
        /// `python`, `nodejs`, ...: chooses the hello and assess functions.
        package var language: String
        package var image: String?
        /// What the framework calls it, where that differs.
        package var kind: String?
        package var isDefault: Bool
        package var applies: Applicability
    }

    package var adapter: Adapter
    /// The id of the endpoint by which functions are managed and invoked; nil goes through the Kubernetes API alone.
    package var endpoint: String?
    /// Where functions live.
    package var namespace: String
    /// Where the framework's own pods are.
    package var core: String?
    package var inputs: [Input]
    /// Bytes of source that the framework takes.
    package var limit: Int
    package var runtimes: [Runtime]
    package var triggers: [FrameworkTraits.Trigger]
    package var isAsync: Bool
    /// Channels that do not scale to zero by themselves, but where no replicas may be asked for.
    package var zeroByHand: [String]
    /// Most replicas; nil is unbounded.
    package var maximumReplicas: Int?
    /// The image of what posts on a schedule.
    package var triggerImage: String?
}
