/// `apiserver_requested_deprecated_apis` exists since 1.19 and is reset when the API server restarts.
enum DeprecatedAPIs {
    static let probe = HealthProbe(
        id: "versions.deprecated-apis", group: .versions, kind: .api, title: "Nobody asks for APIs that go away",
        why: """
            API versions that somebody asked for since this API server started and that a coming version no longer has. \
            Whatever asks for them stops working on the day of the upgrade.
            """,
        remedy: "find who asks with the API server's audit log, and move it and its manifests to the newer version",
        needs: [.version, .metrics]
    ) { evidence, _ in
        let text = try evidence.api.version.get()
        guard let version = MinorVersion(text) else {
            throw Unmeasured("the API server's version \(text) is not understood")
        }
        let found = try evidence.api.deprecated.get().compactMap { request -> Judgement? in
            guard let removal = MinorVersion(request.removedRelease) else { return nil }
            let isNext = removal <= MinorVersion("\(version.major).\(version.minor + 1)") ?? version
            return Judgement(
                isNext ? .fail : .warn, "api/\(request.name)", "asked for, removed in \(request.removedRelease)",
                threshold: "not asked for; removal in the next minor version fails")
        }
        return found.isEmpty ? [Judgement(.pass, "cluster", "none", threshold: "none")] : found
    }
}
