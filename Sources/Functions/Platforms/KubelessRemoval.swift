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
        let isRunning = try await controller?.isRunning(objects) ?? false
        if isRunning {
            _ = try await eventually { () throws(Diagnostic) in
                for plural in gone where try await objects.find(path(plural, name)) != nil { return false }
                return true
            }
        }
        for plural in gone { try await release(plural, name) }
        try await removeCronJob(name)
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

    /// The controller of schedules deletes a CronJob by the trigger's name, which it gave another, and names an owner of a kind that is
    /// not there (cronjob-trigger v1.0.3, `pkg/controller/cronjob_trigger_controller.go`): it would go on calling what is gone.
    private func removeCronJob(_ name: String) async throws(Diagnostic) {
        let job = try await cronJob(name)
        guard let labels = try await objects.find(job)?.at("metadata", "labels"),
            labels["created-by"]?.string == "kubeless"
        else { return }
        try await objects.delete(job)
    }

    func cronJob(_ name: String) async throws(Diagnostic) -> String {
        FunctionObjects.path(
            try await TriggerObjects.cronVersion(objects), "cronjobs", namespace: site.namespace, "trigger-\(name)")
    }
}
