enum DefaultClass {
    static let probe = HealthProbe(
        id: "storage.default-class", group: .storage, kind: .api, title: "One StorageClass is the default",
        why: """
            A claim that names no class gets the default one. Without a default it waits for ever; with two, which one it gets \
            depends on the version and the order in which they were made.
            """,
        remedy: "mark exactly one: `kubectl annotate sc NAME storageclass.kubernetes.io/is-default-class=true`",
        needs: [.storageClasses, .claims]
    ) { evidence, _ in
        let classes = try evidence.api.storageClasses.get()
        let defaults = classes.filter(\.isDefault).map(\.name).sorted()
        if classes.isEmpty, try evidence.api.claims.get().isEmpty {
            return [Judgement(.skipped, "cluster", "no storage class and no claim: storage is not used")]
        }
        let status: HealthStatus = defaults.count == 1 ? .pass : defaults.isEmpty ? .warn : .fail
        return [
            Judgement(
                status, "cluster", defaults.isEmpty ? "none of \(classes.count)" : defaults.joined(separator: ", "),
                threshold: "exactly one")
        ]
    }
}
