enum DefaultClass {
    static let probe = HealthProbe(
        id: "storage.default-class", group: .storage, kind: .api, title: "One StorageClass is the default",
        why: """
            A claim that names no class gets the default one. Without a default it waits until there is one; with two, such a \
            claim is refused up to 1.25, and since 1.26 it gets the class that was made last.
            """,
        remedy: "mark exactly one: `kubectl annotate sc NAME storageclass.kubernetes.io/is-default-class=true`",
        needs: [.storageClasses, .claims, .version]
    ) { evidence, _ in
        let classes = try evidence.api.storageClasses.get()
        let defaults = classes.filter(\.isDefault).map(\.name).sorted()
        if classes.isEmpty, try evidence.api.claims.get().isEmpty {
            return [Judgement(.skipped, "cluster", "no storage class and no claim: storage is not used")]
        }
        // Where the version is not known the worse is said.
        let version = (try? evidence.api.version.get()).flatMap { MinorVersion($0) }
        let picksNewest = version.map { $0.minor >= 26 } ?? false
        let status: HealthStatus =
            defaults.count == 1 ? .pass : defaults.isEmpty || picksNewest ? .warn : .fail
        return [
            Judgement(
                status, "cluster", defaults.isEmpty ? "none of \(classes.count)" : defaults.joined(separator: ", "),
                threshold: "exactly one")
        ]
    }
}
