internal import Diagnostics

extension FunctionPlatform {
    /// Refuses what this framework cannot do before anything is written.
    func check(_ order: FunctionOrder) throws(Diagnostic) {
        try FunctionName.check(order.name)
        if order.image != nil, !site.takesImages { throw FunctionProblem.input("an image", site, "source: --source") }
        if let source = order.source {
            guard site.takesSource else { throw FunctionProblem.input("source", site, "an image: --image") }
            guard source.size <= site.sourceLimit else {
                throw Diagnostic(
                    code: "function.source-too-large",
                    "the source of \(order.name) has \(SourceReader.text(source.size)), and \(site.framework) takes at most "
                        + SourceReader.text(site.sourceLimit),
                    hint: "put what is large into an image and deploy that with --image", exitCode: .invalid)
            }
        }
        for trigger in order.triggers where !site.triggers.contains(trigger.kind) {
            throw Diagnostic(
                code: "function.trigger", "\(site.framework) has no \(trigger.kind.rawValue) triggers",
                detail: "it has \(site.triggers.map(\.rawValue).joined(separator: ", "))", exitCode: .usage)
        }
        if let maximum = site.maximum, let wanted = [order.minimum, order.maximum].compactMap({ $0 }).max(),
            wanted > maximum
        {
            throw FunctionProblem.replicas(wanted, site, maximum)
        }
        if let unheard = UnheardOption.first(order, site.adapter) {
            throw Diagnostic(
                code: "function.option", "\(site.framework) does nothing with --\(unheard.option)",
                detail: unheard.reason, hint: "leave it out", exitCode: .usage)
        }
    }

    /// Pods wait for a Secret that is not there without a word and without an end.
    ///
    /// Who may not read Secrets is not kept from naming one.
    func checkSecrets(_ order: FunctionOrder, _ objects: FunctionObjects) async throws(Diagnostic) {
        for name in order.secrets {
            let path = FunctionObjects.path("v1", "secrets", namespace: site.namespace, name)
            let isThere: Bool
            do throws(Diagnostic) { isThere = try await objects.find(path) != nil } catch { continue }
            guard isThere else { throw FunctionProblem.secret(name, site) }
        }
    }

    func checkScale(_ replicas: Int) throws(Diagnostic) {
        if replicas == 0, !site.scalesToZero, !site.hasZeroByHand {
            throw Diagnostic(
                code: "function.scale", "\(site.framework) does not scale to zero",
                hint: "`martlet framework recommend --scale-to-zero` tells which do", exitCode: .usage)
        }
        if let maximum = site.maximum, replicas > maximum { throw FunctionProblem.replicas(replicas, site, maximum) }
    }
}

/// An option that an adapter would drop without a word.
struct UnheardOption {
    var option: String
    var reason: String

    /// The first of an order's.
    static func first(_ order: FunctionOrder, _ adapter: FunctionAdapter) -> UnheardOption? {
        let isImage = order.image != nil
        let given: [(String, Bool)] = [
            ("handler", order.handler != nil), ("runtime", order.runtime != nil),
            ("runtime-image", order.runtimeImage != nil), ("command", order.command != nil), ("cpu", order.cpu != nil),
            ("min", order.minimum != nil), ("max", order.maximum != nil), ("label", !order.labels.isEmpty),
            ("payload", hasPayload(order)), ("http", hasAddress(order)),
        ]
        for (option, isGiven) in given where isGiven {
            if isImage, ["handler", "runtime", "runtime-image"].contains(option) {
                return UnheardOption(option: option, reason: "it belongs to --source; an image brings what it runs")
            }
            if let reason = reason(option, adapter, isImage: isImage) {
                return UnheardOption(option: option, reason: reason)
            }
        }
        return nil
    }

    private static func hasPayload(_ order: FunctionOrder) -> Bool {
        order.triggers.contains { if case .schedule(_, let payload) = $0 { payload != nil } else { false } }
    }

    /// More than that it be reached at all.
    private static func hasAddress(_ order: FunctionOrder) -> Bool {
        order.triggers.contains { if case .http(let host, let path) = $0 { host != nil || path != "/" } else { false } }
    }

    /// Why the option says nothing there; nil if it does.
    private static func reason(_ option: String, _ adapter: FunctionAdapter, isImage: Bool) -> String? {
        switch (adapter, option) {
        case (.openfaas, "handler"): "the file itself is run; --command says how"
        case (.openfaas, "http"): "every function is at /function/NAME of its gateway"
        case (.knative, "http"): "it gives every function a host of its own, which `martlet function describe` shows"
        case (.knative, "command"), (.fission, "command"):
            isImage ? nil : "source is run by the runtime; --handler says what is called"
        case (.kubeless, "command"): "source is run by the runtime; --handler says what is called"
        case (.fission, "payload"): "its time triggers send nothing"
        case (.openwhisk, "cpu"): "it gives an action a share of the processors by its memory"
        case (.openwhisk, "min"), (.openwhisk, "max"): "its invokers decide themselves how many instances run"
        case (.openwhisk, "label"): "actions have no labels; --annotation is kept"
        case (.openwhisk, "runtime-image"): "the image belongs to the kind, which the operator chose"
        case (.openwhisk, "command"): "an action is called by its runtime; --handler says what"
        case (.openwhisk, "http"): "a web action has an address of its own; --http / makes it one"
        default: nil
        }
    }
}
