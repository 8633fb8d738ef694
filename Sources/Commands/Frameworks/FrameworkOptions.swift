internal import ArgumentParser
internal import Bundles
internal import Diagnostics
internal import Foundation
internal import Frameworks
internal import Planning

/// Where frameworks are described.
struct FrameworkPlace: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A folder with frameworks of your own, beside those that come with martlet; of two with one name yours counts.",
            valueName: "folder"), completion: .directory)
    var frameworks: String?

    func catalogue() throws -> FrameworkCatalogue {
        if let frameworks {
            var isFolder = ObjCBool(false)
            guard FileManager.default.fileExists(atPath: frameworks, isDirectory: &isFolder), isFolder.boolValue else {
                throw Diagnostic(
                    code: "framework.folder", "--frameworks \(frameworks) is no folder",
                    hint: "name the folder in which each framework has a folder of its own", exitCode: .usage)
            }
        }
        return FrameworkCatalogue(
            folders: [frameworks].compactMap(\.self) + [try AssetLocator.standard.find("manifests").get()])
    }
}

/// What is installed, and where its files come from.
struct FrameworkChoiceOptions: ParsableArguments {
    @Option(help: "The channel (default: the first that fits the cluster).")
    var channel: String?

    @Option(name: .customLong("set"), help: "A parameter, NAME=VALUE; may be given often.")
    var parameters: [String] = []

    @Option(help: "All images come from this registry, HOST[:PORT][/PATH].")
    var registry: String?

    @Option(help: "Images of one registry come from another, docker.io=HOST[/PATH]; may be given often.")
    var mirror: [String] = []

    @Option(name: .customLong("http-proxy"), help: "The proxy that the framework's own pods use.")
    var httpProxy: String?

    @Option(name: .customLong("https-proxy"), help: "Their proxy for https (default: --http-proxy).")
    var httpsProxy: String?

    @Option(name: .customLong("no-proxy"), help: "What they reach without it, beside the cluster itself.")
    var noProxy: [String] = []

    @Flag(name: .customLong("accept-licence"), help: "Accept a licence that has to be accepted.")
    var acceptLicence = false

    @Flag(help: "Take over objects of the same names that martlet did not make.")
    var adopt = false

    @OptionGroup var files: FrameworkFileOptions

    func validate() throws {
        if let wrong = mirror.first(where: { ImageRewriting.mirror($0) == nil }) {
            throw ValidationError(
                "--mirror \(wrong): write REGISTRY=REPLACEMENT, without https:// and a slash at the end")
        }
        if let registry, registry.contains("://") || registry.hasSuffix("/") {
            throw ValidationError("--registry \(registry): write HOST[:PORT][/PATH]")
        }
        guard noProxy.isEmpty || httpProxy != nil || httpsProxy != nil else {
            throw ValidationError("--no-proxy belongs to --http-proxy or --https-proxy")
        }
        try PairWords.check(parameters, option: "--set")
    }

    /// What was asked for; what was installed before counts where nothing was.
    func images(_ known: InstalledFramework?) -> ImageRewriting {
        guard registry != nil || !mirror.isEmpty else { return known?.images ?? ImageRewriting() }
        let pairs = mirror.compactMap(ImageRewriting.mirror)
        return ImageRewriting(
            registry: registry, mirrors: Dictionary(pairs.map { ($0.host, $0.replacement) }) { $1 })
    }

    func proxies(_ known: InstalledFramework?) -> PodProxies {
        guard httpProxy != nil || httpsProxy != nil else { return known?.proxies ?? PodProxies() }
        return PodProxies(http: httpProxy, https: httpsProxy, none: noProxy)
    }
}

/// Where files by URL come from.
struct FrameworkFileOptions: ParsableArguments {
    @Option(help: "A bundle that holds files of frameworks.", completion: .file())
    var bundle: String?

    @OptionGroup var digests: FrameworkLockOption

    @Flag(help: "Download nothing: bundle and cache only.")
    var offline = false

    /// - Parameter frameworks: of `--frameworks`.
    func store(spec: String?, frameworks: String?) throws -> SourceStore {
        SourceStore(
            lock: try digests.file(spec: spec), bundle: try bundle.map { try OfflineBundle.open($0) },
            isOffline: offline, lockOptions: digests.words(spec: spec, frameworks: frameworks))
    }
}

/// Which digests vouch for files by URL.
struct FrameworkLockOption: ParsableArguments {
    @Option(
        help: "The lock file with digests (default: \(LockFile.fileName) beside the spec, or here).",
        completion: .file())
    var lock: String?

    func file(spec: String?) throws -> LockFile {
        try LockFile.load(lock ?? spec.map { PathName.beside($0, LockFile.fileName) } ?? LockFile.fileName)
    }

    /// What `framework lock` has to be told to write the same file; empty, or with a space at its beginning.
    func words(spec: String?, frameworks: String?) -> String {
        var words: [String] = []
        if let lock {
            words += ["--lock", lock]
        } else if let spec, PathName.folder(of: spec) != "." {
            words += ["-f", spec]
        }
        if let frameworks { words += ["--frameworks", frameworks] }
        return words.map { " " + Shell.quote($0) }.joined()
    }
}

enum FrameworkFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
}
