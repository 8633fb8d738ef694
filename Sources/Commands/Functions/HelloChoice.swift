internal import Diagnostics
internal import Frameworks
internal import Functions

/// Which hello function `function new` writes for a framework, and with which words it can be deployed there.
struct HelloChoice {
    var runtime: FunctionRuntime
    /// Of the folder of hello functions: `stream/shell.sh`.
    var file: String
    /// Words for `function deploy` beside name, source and framework.
    var deployWords: [String]

    /// - Parameters:
    ///   - wanted: what `--runtime` says; nil is the framework's default, as far as there is a hello in it.
    ///   - known: the framework's runtimes, as its default channel has them.
    static func make(
        _ wanted: String?, known: [FunctionRuntime], adapter: FunctionAdapter, framework: String, assets: FunctionAssets
    ) throws(Diagnostic) -> HelloChoice {
        let style = CallingStyle(adapter).rawValue
        let files = assets.names("hello/\(style)")
        let languages = files.map { String($0.prefix { $0 != "." }) }
        let able = known.filter { languages.contains($0.language) }
        let runtime: FunctionRuntime
        if let wanted {
            // Others run on an image with their interpreter.
            let others = languages.filter { language in !able.contains { $0.language == language } }.map {
                FunctionRuntime(id: $0, language: $0)
            }
            runtime = try RuntimeChoice.choose(
                wanted, language: nil, of: (able + others).sorted { $0.id < $1.id }, framework: framework)
        } else {
            let first = able.first(where: \.isDefault) ?? able.first
            runtime = first ?? FunctionRuntime(id: "python", language: "python")
        }
        guard let file = files.first(where: { $0.hasPrefix(runtime.language + ".") }) else {
            throw Diagnostic(
                code: "function.asset", "martlet lacks a hello for \(runtime.language)",
                hint: languages.isEmpty ? nil : "there is one for \(languages.joined(separator: ", ")): --runtime",
                exitCode: .lacking)
        }
        var words: [String] = []
        let standard = try? RuntimeChoice.choose(nil, language: runtime.language, of: known, framework: framework)
        if let standard, standard.id != runtime.id { words += ["--runtime", runtime.id] }
        if needsImage(runtime, known, adapter) { words += ["--runtime-image", "IMAGE"] }
        return HelloChoice(runtime: runtime, file: "\(style)/\(file)", deployWords: words)
    }

    /// Whether deploying fails unless the user names an image with the interpreter.
    ///
    /// OpenWhisk and Fission have images for languages themselves, and so has Kubeless' controller.
    private static func needsImage(
        _ runtime: FunctionRuntime, _ known: [FunctionRuntime], _ adapter: FunctionAdapter
    ) -> Bool {
        guard let own = known.first(where: { $0.id == runtime.id }) else { return true }
        return own.image == nil && own.kind == nil && (adapter == .openfaas || adapter == .knative)
    }
}

extension HelloChoice {
    /// The framework's runtimes without a cluster: those of its default channel.
    static func runtimes(_ framework: Framework, _ section: FunctionSection) throws -> [FunctionRuntime] {
        guard let channel = framework.defaultChannel ?? framework.channels.first else { return [] }
        return FunctionSites.runtimes(try FrameworkRelease.ofFiles(framework, channel), section)
    }
}
