package import Diagnostics

/// The functions that `assess` deploys: small ones of `manifests/functions/assess`, which say who they are and do as they are told.
package struct AssessProbe: Sendable {
    /// Their names begin so.
    package static let prefix = "martlet-assess"

    /// The order that is measured, but for its name.
    package var order: FunctionOrder
    /// For people and for comparing: `shell`, or an image.
    package var name: String
    package var input: String
    /// Parts of the order that name a server.
    package var named: [String]
    /// Such parts that the framework asks for, and that come out of the catalogue.
    package var supplied: [String]
    /// By language what is deployed to see that it runs; a text says why there is nothing.
    package var languages: [(language: String, order: FunctionOrder)]
    /// An image of one's own.
    package var image: FunctionOrder?

    package init(
        order: FunctionOrder, name: String, input: String, named: [String], supplied: [String] = [],
        languages: [(language: String, order: FunctionOrder)], image: FunctionOrder?
    ) {
        self.order = order
        self.name = name
        self.input = input
        self.named = named
        self.supplied = supplied
        self.languages = languages
        self.image = image
    }

    /// What an order of source names of servers in the framework's own terms.
    ///
    /// OpenFaaS runs images, and source reaches them as a Secret; a Service of Knative names an image and its port; Kubeless' controller,
    /// Fission and OpenWhisk have images for languages themselves, and where no controller is martlet makes Deployments.
    private static func supplied(_ adapter: FunctionAdapter, hasImage: Bool) -> [String] {
        switch adapter {
        case .openfaas: ["an image"]
        case .knative: ["an image", "a port"]
        case .kubeless: hasImage ? ["an image", "a port"] : []
        case .fission, .openwhisk: []
        }
    }

    /// - Parameters:
    ///   - runtime: which is measured; nil is the first that there is a probe for.
    ///   - runtimeImage: instead of the runtime's own.
    ///   - image: deployed by itself, too.
    ///   - command: what handles a request in it, if it has a watchdog.
    /// - Throws: `assess.no-probe` if none of the framework's runtimes has a probe.
    package static func make(
        _ site: FunctionSite, runtimes: [FunctionRuntime], assets: FunctionAssets, runtime wanted: String?,
        runtimeImage: String?, image: String?, command: String? = nil
    ) throws(Diagnostic) -> AssessProbe {
        let style = CallingStyle(site.adapter)
        func source(_ folder: String, _ language: String) throws(Diagnostic) -> SourcePackage? {
            guard let file = assets.names("\(folder)/\(style.rawValue)").first(where: { $0.hasPrefix(language + ".") })
            else { return nil }
            let text = try assets.text("\(folder)/\(style.rawValue)/\(file)")
            return SourcePackage(files: [.init(path: file, bytes: Array(text.utf8))], main: file, isFolder: false)
        }
        var known = runtimes
        // An image that was named makes a language out of nothing.
        if known.isEmpty, let runtimeImage {
            known = [FunctionRuntime(id: wanted ?? "shell", language: wanted ?? "shell", image: runtimeImage)]
        }
        var candidates = known
        if let wanted {
            candidates = [try RuntimeChoice.choose(wanted, language: nil, of: known, framework: site.framework)]
        }
        let order = ["shell", "nodejs", "python"]
        let ranked = candidates.sorted {
            (order.firstIndex(of: $0.language) ?? 9, $0.isDefault ? 0 : 1) < (
                order.firstIndex(of: $1.language) ?? 9, $1.isDefault ? 0 : 1
            )
        }
        var chosen: (runtime: FunctionRuntime, source: SourcePackage)?
        for runtime in ranked where chosen == nil {
            if let source = try source("assess", runtime.language) { chosen = (runtime, source) }
        }
        guard let chosen else {
            throw Diagnostic(
                code: "assess.no-probe", "there is nothing to deploy on \(site.framework)",
                detail: known.isEmpty
                    ? "the catalogue names no runtime for it"
                    : "no probe for \(known.map(\.id).joined(separator: ", "))",
                hint: "name an image with an interpreter: --runtime shell --runtime-image IMAGE", exitCode: .usage)
        }
        let base = FunctionOrder(
            name: prefix, code: .source(chosen.source), runtime: chosen.runtime.id,
            runtimeImage: runtimeImage ?? chosen.runtime.image)
        var languages: [(language: String, order: FunctionOrder)] = []
        for runtime in known where !languages.contains(where: { $0.language == runtime.language }) {
            guard let source = try source("hello", runtime.language) else { continue }
            let isChosen = runtime.language == chosen.runtime.language
            languages.append(
                (
                    runtime.language,
                    FunctionOrder(
                        name: "\(prefix)-\(runtime.language)", code: .source(source), runtime: runtime.id,
                        runtimeImage: isChosen ? base.runtimeImage : runtime.image)
                ))
        }
        let named = runtimeImage == nil ? [] : ["an image"]
        return AssessProbe(
            order: base, name: chosen.runtime.id, input: "source", named: named,
            supplied: supplied(site.adapter, hasImage: base.runtimeImage != nil).filter { !named.contains($0) },
            languages: languages,
            image: image.map { FunctionOrder(name: "\(prefix)-image", code: .image($0), command: command) })
    }
}
