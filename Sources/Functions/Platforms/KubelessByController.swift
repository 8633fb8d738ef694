internal import Diagnostics
internal import Foundation
internal import KubernetesAPI

/// Deploying where Kubeless' own controllers run: martlet writes the resources, waits for what they make, and does what they cannot.
///
/// What they do, and with which faults, was seen: README of the framework.
extension KubelessPlatform {
    /// The resource alone: the controller makes the rest of it, and what it cannot make it says in its log only.
    func deploy(
        _ order: FunctionOrder, _ source: SourcePackage, _ controller: KubelessController
    ) async throws(Diagnostic) -> FunctionChange {
        let function = KubelessFunction(
            site: site, order: order, source: source, handler: try RuntimeServers.handler(order.handler, source),
            runtime: try RuntimeChoice.choose(
                order.runtime, language: SourceReader.language(ending: source.ending),
                of: controller.runtimes ?? site.runtimes, framework: site.framework))
        try refuseWhatTheControllerCannot(order, function, controller)
        try await checkSecrets(order, objects)
        let names = [("v1", "configmaps"), ("v1", "services"), ("apps/v1", "deployments")]
        for (version, plural) in names {
            try await refuseForeign(FunctionObjects.path(version, plural, namespace: site.namespace, order.name))
        }
        for trigger in order.triggers {
            // The controller of HTTP triggers takes over any Ingress of that name.
            if let made = try await made(of: trigger, order.name) { try await refuseForeign(made) }
        }
        guard
            try await eventually({ () throws(Diagnostic) in try await controller.isRunning(objects) })
        else {
            throw Diagnostic(
                code: "function.controller",
                "Kubeless' controller does not run: Deployment \(controller.namespace)/\(KubelessController.deployment) has no pod in "
                    + "which it does",
                detail: "nothing was written; without it nothing comes of a function",
                hint: "`martlet framework status kubeless` says why")
        }
        let change = try await write(function.forController, order.name)
        if change == .updated { try await removeTriggers(notIn: order) }
        for trigger in order.triggers {
            switch trigger {
            case .http: try await makeRoute(trigger, order.name, controller)
            case .schedule: try await makeSchedule(trigger, order.name)
            case .queue: continue
            }
        }
        return change
    }

    private func makeRoute(
        _ trigger: FunctionTrigger, _ name: String, _ controller: KubelessController
    ) async throws(Diagnostic) {
        try await waitForService(name, controller)
        let wasThere = try await objects.find(path("httptriggers", name)) != nil
        try await apply(trigger, name)
        if wasThere, let made = try await made(of: trigger, name), try await objects.find(made) == nil {
            // Its controller tried once, and looks at it again when it changes.
            let again: JSONValue = ["martlet.dev/asked-again": .string(Date().formatted(.iso8601))]
            try await objects.patch(path("httptriggers", name), ["metadata": ["annotations": again]])
        }
        try await waitUntilMade(trigger, name, controller)
    }

    /// The CronJob is made here, and owned by the Function, as without controllers.
    ///
    /// Theirs cannot read a Function that has a finalizer (README of the framework), and each has one. If it could, it would find a
    /// CronJob that is not its own, and leave it.
    private func makeSchedule(_ trigger: FunctionTrigger, _ name: String) async throws(Diagnostic) {
        guard case .schedule(let cron, let payload) = trigger else { return }
        guard let uid = try await objects.find(path("functions", name))?.at("metadata", "uid")?.string else {
            throw try await missing(name)
        }
        try await TriggerObjects.applyCronJob(
            objects, name: name, framework: site.framework, namespace: site.namespace, cron: cron, payload: payload,
            url: "http://\(name).\(site.namespace):8080/", image: site.triggerImage ?? "",
            owner: KubelessObjects.owner(name, uid: uid))
        try await apply(trigger, name)
    }

    /// The controller of HTTP triggers looks for the Service once; without it there will never be an Ingress.
    private func waitForService(_ name: String, _ controller: KubelessController) async throws(Diagnostic) {
        let service = FunctionObjects.path("v1", "services", namespace: site.namespace, name)
        guard try await !eventually({ () throws(Diagnostic) in try await objects.find(service) != nil }) else { return }
        throw Diagnostic(
            code: "function.not-ready",
            "Kubeless' controller has made no Service of \(name) within \(patience.components.seconds) s",
            detail:
                "no HTTP trigger was made: of a function without a Service its controller makes no Ingress, then or later",
            hint:
                "the log of Deployment \(controller.namespace)/\(KubelessController.deployment) says what went wrong; then deploy "
                + "again")
    }

    private func refuseWhatTheControllerCannot(
        _ order: FunctionOrder, _ function: KubelessFunction, _ controller: KubelessController
    ) throws(Diagnostic) {
        guard order.runtimeImage == nil else {
            throw Diagnostic(
                code: "function.runtime-image", "Kubeless' controller puts no source into an image that is named",
                detail:
                    "it does so with the images of its own settings (ConfigMap \(controller.namespace)/\(KubelessController.settings))",
                hint: "leave --runtime-image out, or change the image there", exitCode: .usage)
        }
        if let watched = controller.watched, watched != site.namespace {
            throw Diagnostic(
                code: "function.namespace",
                "Kubeless' controller sees functions of namespace \(watched) only, and this one would be in \(site.namespace)",
                hint: "`martlet framework install kubeless --set watchNamespace=\(site.namespace)` changes that",
                exitCode: .usage)
        }
        let size = function.content.utf8.count
        guard size <= KubelessFunction.contentLimit else {
            throw Diagnostic(
                code: "function.source-too-large",
                "the source of \(order.name) becomes \(SourceReader.text(size)) of text, and a ConfigMap holds at most "
                    + SourceReader.text(KubelessFunction.contentLimit),
                detail: order.source?.isFolder == true
                    ? "a folder travels as a zip file in base64, a third larger" : nil,
                exitCode: .invalid)
        }
        guard controller.hasHTTPTriggers || !order.triggers.contains(where: { $0.kind == .http }) else {
            throw Diagnostic(
                code: "function.trigger", "Kubeless' controller of http triggers does not run here",
                detail: "Deployment \(controller.namespace)/\(KubelessController.deployment) has "
                    + controller.containers.joined(separator: ", "),
                exitCode: .usage)
        }
    }

    /// Made by server-side apply; replaced as a whole later: the controller writes the resource, too, and would keep what is left out.
    private func write(_ object: JSONValue, _ name: String) async throws(Diagnostic) -> FunctionChange {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(60)
        while clock.now < end {
            guard let old = try await objects.find(path("functions", name)) else {
                try await objects.apply(path("functions", name), object)
                return .created
            }
            if old.at("metadata", "deletionTimestamp")?.string == nil {
                var new = old
                for key in ["labels", "annotations"] {
                    let all = old.at("metadata", key)?.object ?? [:]
                    let merged = all.merging(object.at("metadata", key)?.object ?? [:]) { $1 }
                    if !merged.isEmpty { new["metadata"]?[key] = .object(merged) }
                }
                new["spec"] = object["spec"]
                if try await objects.replace(path("functions", name), new) { return .updated }
            }
            do { try await clock.sleep(for: .milliseconds(200)) } catch { break }
        }
        throw Diagnostic(
            code: "function.not-deleted", "\(name) was deleted before and is still there",
            detail: "its finalizer \(Self.finalizer("functions")) is taken off by Kubeless' controller, when that runs",
            hint: "`martlet framework status kubeless` says whether it does; then deploy again")
    }

    /// What carries a trigger out; nil if nothing does.
    private func made(of trigger: FunctionTrigger, _ name: String) async throws(Diagnostic) -> String? {
        switch trigger {
        case .http: FunctionObjects.path("networking.k8s.io/v1", "ingresses", namespace: site.namespace, name)
        case .schedule: try await cronJob(name)
        case .queue: nil
        }
    }

    /// What its controller cannot make it says in its log only.
    private func waitUntilMade(
        _ trigger: FunctionTrigger, _ name: String, _ controller: KubelessController
    ) async throws(Diagnostic) {
        guard case .http(let host, let route) = trigger, let made = try await made(of: trigger, name) else { return }
        let isRight = { (ingress: JSONValue) in
            let rule = ingress.at("spec", "rules")?[0]
            return rule?["host"]?.string ?? "" == host ?? ""
                && rule?.at("http", "paths")?[0]?["path"]?.string == "/" + (Self.plain(route) ?? "")
        }
        guard
            try await !eventually({ () throws(Diagnostic) in
                try await objects.find(made).map(isRight) ?? false
            })
        else { return }
        throw Diagnostic(
            code: "function.trigger-not-made", "\(name) is deployed, and nothing came of its \(trigger.text)",
            detail:
                "Kubeless' controller of such triggers makes \(made), and has not within \(patience.components.seconds) s",
            hint:
                "its log is in Deployment \(controller.namespace)/\(KubelessController.deployment); version 1.0.2 and older see no new "
                + "triggers after the first")
    }
}
