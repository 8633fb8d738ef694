internal import Planning

/// Secrets at rest.
enum ProductionSecrets {
    static let probes = [
        HealthProbe(
            id: "production.encryption", group: .security, kind: .ssh, title: "Secrets are encrypted in etcd",
            why: """
                Reads which providers the running API servers encrypt with (the names only, never a key). The first one writes; \
                without it a disk or a backup of etcd shows every Secret in clear text.
                """,
            remedy: "use `profile: production`, or set encryption-provider-config with secretbox or kms first",
            questions: [EncryptionProviders.question], isForControlPlanesOnly: true
        ) { evidence, _ in
            HealthProbe.eachHost(evidence, controlPlanesOnly: true) { host in
                let threshold = "secretbox, kms or aescbc first, for secrets"
                guard let providers = try EncryptionProviders.read(on: host) else {
                    return [Judgement(.fail, host.subject, "nothing is encrypted", threshold: threshold)]
                }
                return [
                    Judgement(
                        providers.isAppropriate ? .pass : .fail, host.subject, providers.words, threshold: threshold)
                ]
            }
        }
    ]
}
