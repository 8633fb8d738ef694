package import Diagnostics
internal import KubernetesAPI

/// Deletion. Whatever the controllers make is owned by what it was made of, so that finalizers can be taken off without leaving anything,
/// but for one object (`removeCronJob`).
extension KubelessPlatform {
    /// The rest belongs to the Function and its triggers and goes with them.
    ///
    /// Finalizers that nobody takes off are taken off here: all where no controller runs, and those that the controller of a kind has not
    /// taken off within the patience.
    package func delete(_ name: String) async throws(Diagnostic) {
        let plurals = ["httptriggers", "cronjobtriggers", "functions"]
        var gone: [String] = []
        for plural in plurals where try await objects.delete(path(plural, name)) { gone.append(plural) }
        guard gone.contains("functions") else { throw try await missing(name) }
        let controller = try await KubelessController.find(objects, namespace: site.core)
        try await letGo(of: gone, name, isRunning: try await controller?.isRunning(objects) ?? false)
        try await removeCronJob(name)
    }

    /// An order says what there is to be: triggers of an earlier one go.
    ///
    /// The controller itself removes the autoscaler.
    func removeTriggers(notIn order: FunctionOrder) async throws(Diagnostic) {
        let kinds = Set(order.triggers.map(\.kind))
        var gone: [String] = []
        for (kind, plural) in [(FunctionTrigger.Kind.http, "httptriggers"), (.schedule, "cronjobtriggers")]
        where !kinds.contains(kind) {
            if try await objects.delete(path(plural, order.name)) { gone.append(plural) }
        }
        if !kinds.contains(.schedule) { try await removeCronJob(order.name) }
        if !gone.isEmpty { try await letGo(of: gone, order.name, isRunning: true) }
    }

    /// Waits for the controllers, and takes off what they leave.
    private func letGo(of plurals: [String], _ name: String, isRunning: Bool) async throws(Diagnostic) {
        if isRunning {
            _ = try await eventually { () throws(Diagnostic) in
                for plural in plurals where try await objects.find(path(plural, name)) != nil { return false }
                return true
            }
        }
        for plural in plurals { try await release(plural, name) }
    }

    /// Takes the makers' finalizer off, if the object bears it and is about to go.
    private func release(_ plural: String, _ name: String) async throws(Diagnostic) {
        guard let object = try await objects.find(path(plural, name)),
            object.at("metadata", "deletionTimestamp")?.string != nil
        else { return }
        let finalizers = object.at("metadata", "finalizers")?.array ?? []
        let rest = finalizers.filter { $0.string != Self.finalizer(plural) }
        guard rest.count < finalizers.count else { return }
        // Somebody else may have been faster.
        do { try await objects.patch(path(plural, name), ["metadata": ["finalizers": .array(rest)]]) } catch {
            guard try await objects.find(path(plural, name)) != nil else { return }
            throw error
        }
    }

    /// Martlet's own, or that of the makers' controller.
    ///
    /// The latter deletes a CronJob by the trigger's name, which it gave another, and names an owner of a kind that is
    /// not there (cronjob-trigger v1.0.3, `pkg/controller/cronjob_trigger_controller.go`): it would go on calling what is gone.
    private func removeCronJob(_ name: String) async throws(Diagnostic) {
        let job = try await cronJob(name)
        guard let labels = try await objects.find(job)?.at("metadata", "labels"),
            labels["created-by"]?.string == "kubeless" || labels[FunctionObjects.functionLabel]?.string == name
        else { return }
        try await objects.delete(job)
    }

    func cronJob(_ name: String) async throws(Diagnostic) -> String {
        FunctionObjects.path(
            try await TriggerObjects.cronVersion(objects), "cronjobs", namespace: site.namespace, "trigger-\(name)")
    }
}
