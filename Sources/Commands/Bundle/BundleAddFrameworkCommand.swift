internal import ArgumentParser
internal import Bundles
internal import Diagnostics
internal import Frameworks

/// The command `martlet bundle add-framework`.
struct BundleAddFrameworkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add-framework",
        abstract: "Put a serverless framework into a bundle: its files by URL, and its images.",
        discussion: """
            Files are downloaded, or taken from the cache; images are taken from a folder of tars (`docker save`, `skopeo copy \
            docker-archive:`). Images whose licence does not let them be passed on are refused.

            Example:
              martlet bundle add-framework ./kubernetes-bundle openfaas --channel mit-2023 --images ./tars
            """)

    @Argument(help: "A bundle's folder.", completion: .directory)
    var path: String

    @Argument(help: "The framework's name.")
    var name: String

    @Option(help: "The channel (default: the framework's default one).")
    var channel: String?

    @Option(help: "A folder with the tars of images; without it only files are added.", completion: .directory)
    var images: String?

    @OptionGroup var place: FrameworkPlace
    @OptionGroup var files: FrameworkFileOptions

    func run() async throws {
        let framework = try place.catalogue().framework(named: name)
        let wanted = channel ?? framework.defaultChannel?.name ?? framework.channels[0].name
        guard let chosen = framework.channel(wanted) else {
            throw Diagnostic(
                code: "framework.channel", "\(framework.title) has no channel \(wanted)",
                hint: "there are \(framework.channels.map(\.name).joined(separator: ", "))", exitCode: .usage)
        }
        let release = try FrameworkRelease.ofFiles(framework, chosen)
        var additions = try await FrameworkBundling.files(
            release, try files.store(spec: nil, frameworks: place.frameworks))
        if let images { additions += try FrameworkBundling.images(release, in: images) }
        let added = try await BundleExtension(path).add(additions)
        for entry in added { print("\(entry.path)  \(BundleText.size(entry.size))") }
        Conversation.say("\(added.count) file\(added.count == 1 ? "" : "s") added to \(path)")
        let missing = FrameworkBundling.missing(release, additions)
        for reference in missing where images != nil { Conversation.say("no tar holds \(reference)") }
    }
}
